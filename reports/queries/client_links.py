"""Links for somebody outside: those that open, and what their maker reads of them."""

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from reports.models import ClientLink, Dashboard, LinkOpening


def links_of(dashboard: Dashboard) -> QuerySet[ClientLink]:
    """The links of a dashboard: how often each was opened, and whether it ran out."""
    over = ExpressionWrapper(Q(expires_at__lte=Now()), output_field=BooleanField())
    rows = ClientLink.objects.filter(dashboard=dashboard)
    return rows.annotate(opened=Count("openings"), is_over=over).select_related("made_by", "job")


def openings_of(link: ClientLink) -> QuerySet[LinkOpening]:
    """The times at which a link was opened."""
    return LinkOpening.objects.filter(link=link)


def open_links() -> QuerySet[ClientLink]:
    """Those that open: made, not taken back, not run out by the clock of the database.

    Those of a deleted dashboard open nothing while it is deleted.
    """
    return ClientLink.objects.filter(
        made_at__isnull=False,
        revoked_at__isnull=True,
        expires_at__gt=Now(),
        dashboard__deleted_at__isnull=True,
    )
