"""Disputes decided by a person: what counts then, by whom and why; and reopened again.

Codings are never touched, so agreement stays what it was.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.history import record_change, record_changes
from incidents.actions.numbering import change_facts
from incidents.actions.refusals import RefusedError
from incidents.models import Incident, Member, Moment
from taxonomy.actions.settling import settle, settle_one
from taxonomy.choices import Outcome, Purpose, Unclassifiable
from taxonomy.models import Adjudication, Category, Coding, Scheme, Settlement
from taxonomy.queries.coding import offered
from taxonomy.queries.disputes import can_be_decided
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.outcomes import contested_keys


class AdjudicationRefused(RefusedError):
    """It cannot be decided or reopened so; the text says why and what to do."""


@transaction.atomic
def adjudicate(
    *,
    moment: Moment,
    scheme: Scheme,
    by: Member,
    reason: str,
    category: Category | None = None,
    unclassifiable: str = "",
) -> Adjudication:
    """Decide what counts for a moment that is in dispute, or that a majority settled.

    Deciding the same again changes nothing. Raises AdjudicationRefused where there is nothing to
    decide or somebody else has decided it, where the category is no longer offered, and without a
    reason.
    """
    seq = change_facts(scheme.study, by=by)
    revision = _check_answer(scheme, category, unclassifiable, reason)
    decision = Adjudication(
        scheme=scheme,
        moment=moment,
        member=by,
        by_coder=bool(_coded_by(by, scheme, [moment.pk])),
        category=category,
        unclassifiable=unclassifiable,
        reason=reason.strip(),
        scheme_revision=revision,
        from_seq=seq,
    )
    if not _to_decide(scheme, [moment.pk]):
        return _same_or_refused(decision)
    decision.save()
    settle_one(moment=moment.pk, scheme=scheme, seq=seq)
    record_change(
        verb="adjudicate",
        on=decision,
        study=scheme.study,
        by=by,
        **_said(category, unclassifiable),
    )
    return decision


@transaction.atomic
def adjudicate_alike(
    *,
    moments: Collection[int],
    scheme: Scheme,
    by: Member,
    reason: str,
    category: Category | None = None,
    unclassifiable: str = "",
) -> Sequence[Adjudication]:
    """Decide several moments (primary keys) alike with one reason; returns what was decided.

    Those that somebody has decided meanwhile are left as they are. Raises AdjudicationRefused as
    `adjudicate` does, and where none is left to decide.
    """
    seq = change_facts(scheme.study, by=by)
    revision = _check_answer(scheme, category, unclassifiable, reason)
    keys = _to_decide(scheme, moments)
    if not keys:
        raise AdjudicationRefused(_("None of these is to be decided any more."))
    coded = _coded_by(by, scheme, keys)
    decisions = Adjudication.objects.bulk_create(
        Adjudication(
            scheme=scheme,
            moment_id=key,
            member=by,
            by_coder=key in coded,
            category=category,
            unclassifiable=unclassifiable,
            reason=reason.strip(),
            scheme_revision=revision,
            from_seq=seq,
        )
        for key in keys
    )
    settle(moments=keys, scheme=scheme, seq=seq)
    record_changes(
        verb="adjudicate",
        on=decisions,
        study=scheme.study,
        by=by,
        **_said(category, unclassifiable),
    )
    return decisions


@transaction.atomic
def reopen(*, adjudication: Adjudication, by: Member, reason: str) -> None:
    """Open again what was decided, with a reason: what the coders said counts as before.

    Raises AdjudicationRefused without a reason, and where it has been reopened already.
    """
    if not reason.strip():
        raise AdjudicationRefused(_("Say why it is reopened: who decided it reads that."))
    _end(adjudication, by, reason.strip(), verb="reopen_dispute")


@transaction.atomic
def take_back_decision(*, adjudication: Adjudication, by: Member) -> None:
    """Take one's own decision back at once; that needs no reason.

    Raises AdjudicationRefused where somebody else decided it, and as `reopen` does.
    """
    if adjudication.member_id != by.pk:
        raise AdjudicationRefused(_("Somebody else decided it. Reopen it, and say why."))
    _end(adjudication, by, "", verb="take_back_decision")


def _end(adjudication: Adjudication, by: Member, reason: str, *, verb: str) -> None:
    scheme = adjudication.scheme
    seq = change_facts(scheme.study, by=by)
    standing = Adjudication.objects.filter(pk=adjudication.pk, to_seq__isnull=True)
    if not standing.update(to_seq=seq, reopened_by=by, reopened_for=reason):
        raise AdjudicationRefused(_("It has been reopened already."))
    settle_one(moment=adjudication.moment_id, scheme=scheme, seq=seq)
    record_change(verb=verb, on=adjudication, study=scheme.study, by=by)


def _check_answer(
    scheme: Scheme, category: Category | None, unclassifiable: str, reason: str
) -> int:
    """Refuse what cannot be decided of any moment; return the scheme's revision as it stands."""
    if not reason.strip():
        raise AdjudicationRefused(_("Say why: the coders read it."))
    if (category is None) == (unclassifiable == ""):
        raise AdjudicationRefused(_("Choose a category, or say why none can be given."))
    if unclassifiable and unclassifiable not in Unclassifiable.values:
        raise AdjudicationRefused(_("Choose one of the reasons."))
    if category is not None and not offered(scheme).filter(pk=category.pk).exists():
        raise AdjudicationRefused(_("This category is no longer offered. Choose another."))
    return Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk)


def _same_or_refused(wanted: Adjudication) -> Adjudication:
    """What its author has decided in the same way already; else say why it cannot be decided."""
    rows = Adjudication.objects.filter(scheme=wanted.scheme, moment=wanted.moment, to_seq=None)
    standing = rows.select_related("member", "category").first()
    if standing is not None and _says(standing) == _says(wanted):
        return standing
    if standing is not None:
        raise AdjudicationRefused(
            _("%(name)s has decided it meanwhile: %(what)s. Reopen it to decide otherwise.")
            % {
                "name": standing.member.display_name,
                "what": standing.in_words,
            }
        )
    if not Incident.objects.accepted().filter(pk=wanted.moment.incident_id).exists():
        raise AdjudicationRefused(_("This incident was taken out of the study meanwhile."))
    if _waits(wanted):
        raise AdjudicationRefused(
            _("Its batch is not locked yet: its coders may change their answers.")
        )
    if can_be_decided(wanted.scheme).filter(pk=wanted.moment_id).exists():
        raise AdjudicationRefused(
            _("What its coders chose has been merged meanwhile: there is nothing to decide.")
        )
    raise AdjudicationRefused(_("Its coders do not disagree: there is nothing to decide."))


def _said(category: Category | None, unclassifiable: str) -> dict[str, Any]:
    """What was decided, for the change log."""
    said = str(category.uid) if category else None
    return {"category": said, "unclassifiable": unclassifiable}


def _to_decide(scheme: Scheme, moments: Collection[int]) -> list[int]:
    """Which of the moments are to be decided: those of which no merge has settled the dispute."""
    tree = tree_of(scheme)
    rows: Any = can_be_decided(scheme).filter(pk__in=moments).order_by("pk")
    return [
        key
        for key, contested in rows.values_list("pk", "contested")
        if not (contested and tree.agreed(contested_keys(contested)))
    ]


def _waits(wanted: Adjudication) -> bool:
    settled = Settlement.objects.filter(scheme=wanted.scheme, moment=wanted.moment, to_seq=None)
    return settled.filter(outcome=Outcome.WAITING).exists()


def _says(decision: Adjudication) -> tuple[int, int | None, str, str]:
    said = decision.category_id, decision.unclassifiable, decision.reason
    return (decision.member_id, *said)


def _coded_by(member: Member, scheme: Scheme, moments: Collection[int]) -> set[int]:
    """Which of the moments a member has coded in the scheme, for anything but practice."""
    coded = Coding.objects.live().filter(scheme=scheme, coder=member, moment__in=moments)
    own = coded.exclude(purpose=Purpose.TRAINING)
    return set(own.values_list("moment", flat=True))
