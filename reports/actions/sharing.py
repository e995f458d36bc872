"""Links by which somebody outside reads figures: asked for, made by a job, opened, taken back."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.files import path_of
from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.jobs import Claim, Refused, request_job
from incidents.models import Member
from reports.actions.documents import reads_names, sees_all
from reports.actions.drawing import pictures_of
from reports.models import ClientLink, Dashboard, LinkOpening, Run
from reports.queries.client_links import open_links
from reports.queries.runs import runs_open_to
from taxonomy.access import schemes_open_to

MAKE_CLIENT_PAGE = "reports.make_client_page"
TOKEN_BYTES = 32
TRIES = 5
STEPS = 2
APART = dt.timedelta(minutes=1)  # openings that are noted


class ReleasedMeanwhileError(Exception):
    """Another link was made in the study each time that this one was to be kept."""


@transaction.atomic
def share_dashboard(
    *, dashboard: Dashboard, recipient: str, expires_at: dt.datetime, by: Member
) -> tuple[ClientLink, str]:
    """Ask for a page of what stands on a dashboard now, for somebody outside.

    Returns the link, which opens once a job has made its page, and the token of its address, of
    which only a digest is kept.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ClientLink(
        dashboard=dashboard,
        recipient=recipient,
        token_hash=digest_of(token),
        asked={"title": dashboard.title, "items": dashboard.items},
        made_by=by,
        expires_at=expires_at,
    )
    args = {"link": str(link.uid)}
    link.job = request_job(kind=MAKE_CLIENT_PAGE, study=by.study, by=by, args=args)
    link.save()
    record_change(
        verb="share_dashboard",
        on=link,
        study=by.study,
        by=by,
        dashboard=str(dashboard.uid),
        until=expires_at.isoformat(),
    )
    return link, token


@transaction.atomic
def renew_link(*, link: ClientLink, by: Member) -> str:
    """Give a link another address, with the same page and term; returns its token.

    The address before opens nothing more. Raises RefusedError where it was taken back or ran out.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    standing = ClientLink.objects.filter(pk=link.pk, revoked_at__isnull=True, expires_at__gt=Now())
    if not standing.update(token_hash=digest_of(token)):
        raise RefusedError(_("This link was taken back or has run out."))
    record_change(verb="renew_link", on=link, study=by.study, by=by)
    return token


@transaction.atomic
def revoke_link(*, link: ClientLink, by: Member) -> None:
    """Take a link back: it opens nothing from here on. Taken back twice is no reason."""
    if ClientLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=Now()):
        record_change(verb="revoke_link", on=link, study=by.study, by=by)


def open_link(token: str) -> ClientLink | None:
    """The link that an address opens, its opening noted; None where it opens nothing.

    Its row is held meanwhile: what is taken back at the same time was opened before, and noted, or
    is not opened. Openings within a minute are noted as one.
    """
    named = open_links().filter(token_hash=digest_of(token))
    if not named.exists():
        return None
    with transaction.atomic():
        link = named.select_for_update(of=("self",)).select_related("dashboard").first()
        if link is not None and not link.openings.filter(opened_at__gt=Now() - APART).exists():
            LinkOpening.objects.create(link=link)
    return link


def digest_of(token: str) -> str:
    """What is kept of the token of an address."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


# -- The page -----------------------------------------------------------------------------------


def make_client_page(claim: Claim) -> None:
    """Make what a link shows. The runner of the job.

    Raises Refused where who asked may no longer, or nothing may be shown.
    """
    for _attempt in range(TRIES):
        link = _asked(claim)
        claim.progress(0, STEPS)
        with claim.kept():
            known = _make(link)
        claim.progress(1, STEPS)
        if _keep(claim, link, known):
            return
    raise ReleasedMeanwhileError


def _asked(claim: Claim) -> ClientLink:
    links = ClientLink.objects.select_related("dashboard__study", "made_by__study")
    link = links.filter(uid=claim.job.args["link"], dashboard__deleted_at__isnull=True).first()
    if link is None:
        raise Refused(_("The dashboard is no longer there."))
    if link.revoked_at is not None:
        raise Refused(_("The link was taken back before its page was made."))
    by = link.made_by
    if not (by.active and by.has_role(RoleName.ADMIN, RoleName.ANALYST) and sees_all(by)):
        raise Refused(_("Whoever asked for the link may not have it any more."))
    return link


def _make(link: ClientLink) -> set[int]:
    """Fill a link; returns the keys of the links before it that it was looked at beside."""
    from reports.queries.client_pages import client_page, names_of, organizations_in  # noqa: PLC0415  (NumPy)
    from reports.queries.releasing import Releases  # noqa: PLC0415
    from reports.queries.written import Sources  # noqa: PLC0415
    from reports.runs.members import Members, unpacked  # noqa: PLC0415

    def members(run: Run) -> Members | None:
        path = path_of(run.members) if run.members else None
        return unpacked(path.read_bytes()) if path and path.is_file() else None

    by, study = link.made_by, link.dashboard.study
    if organizations_in(link.asked["title"], names_of(study)):
        raise Refused(_("The title of the dashboard names an organization. Give it another."))
    schemes = schemes_open_to(by)
    runs = runs_open_to(by, schemes, names=reads_names(by))
    sources = Sources(by, schemes, runs, draw=pictures_of, hide=lambda _run: ())
    releases = Releases(study, members)
    made = client_page(link.asked, sources, releases)
    if not made.content["sections"]:
        raise Refused(_("There is nothing on this dashboard that may be shown outside."))
    link.content, link.made_of, link.made_at = made.content, made.made_of, timezone.now()
    return releases.links


def _keep(claim: Claim, link: ClientLink, known: set[int]) -> bool:
    """Keep the page and end the job with it; False where it has to be made again.

    That is where another was made meanwhile: two releases that do not know of each other could
    together tell what neither tells; and where a run of it was removed by its schedule.
    """
    from reports.queries.releasing import links_made  # noqa: PLC0415  (loads NumPy)

    study = link.dashboard.study
    with transaction.atomic():
        lock_study(study.pk)
        runs = Run.objects.select_for_update().filter(uid__in=link.made_of)
        if len(runs.order_by("pk").values_list("pk")) < len(link.made_of):
            return False
        claim.hold()
        if set(links_made(study).values_list("pk", flat=True)) - known:
            return False
        link.save(update_fields=["content", "made_of", "made_at"])
        record_change(verb="make_client_page", on=link, study=study, runs=len(link.made_of))
        claim.finish(sections=len(link.content["sections"]))
    return True
