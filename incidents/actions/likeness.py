"""Pointing out incidents that may be one story told twice. Nothing is ever merged."""

from collections.abc import Iterator, Mapping

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from incidents import texts
from incidents.actions.history import record_change
from incidents.actions.refusals import StaleError
from incidents.choices import IncidentState
from incidents.criteria import Judgement
from incidents.jobs import Claim, request_job
from incidents.likeness import Pair, find_pairs, sketch_of, unpack
from incidents.models import Incident, IncidentVersion, Likeness, Member, Sketch, Study
from incidents.models.fieldwork import ANSWERS
from incidents.queries.likeness import OUT, not_compared
from incidents.querysets import IncidentQuerySet

FIND_LIKENESSES = "incidents.find_likenesses"
PORTION = 200
MOST_COMPARED = 100_000  # the newest of a study; more would not fit a worker's memory


def find_likenesses(claim: Claim) -> None:
    """Look for incidents of a study that are like another one. The runner of the job.

    Safe to run twice at once: a pair is written once, and a judged one is left alone.
    """
    study = Study.objects.get(jobs=claim.job)
    _sketch_all(study, claim)
    found = _compare(study, claim)
    with transaction.atomic():
        claim.finish(found=found)


def request_where_unseen() -> None:
    """What the sweeper looks for: studies with an incident to screen that nobody compared yet."""
    waiting = Incident.objects.filter(state=IncidentState.SUBMITTED, study=OuterRef("pk"))
    for study in Study.objects.filter(Exists(not_compared(waiting))):
        with transaction.atomic():
            request_job(
                kind=FIND_LIKENESSES, study=study, unique_key=f"{FIND_LIKENESSES}:{study.pk}"
            )


@transaction.atomic
def judge_likeness(*, likeness: Likeness, judgement: str, by: Member) -> Likeness:
    """Say whether two incidents are one story; both stay as they are. Returns the pair.

    Raises
    ------
    StaleError
        Somebody else judged it since it was read.
    """
    judged = Likeness.objects.filter(pk=likeness.pk, judgement=likeness.judgement).update(
        judgement=judgement,
        judged_by=None if judgement == Judgement.OPEN else by,
        judged_at=None if judgement == Judgement.OPEN else Now(),
    )
    if not judged:
        raise StaleError(_("Somebody else judged these two just now. Look again."))
    record_change(
        verb="judge_likeness",
        on=likeness,
        study=likeness.study,
        by=by,
        judgement=[likeness.judgement, judgement],
    )
    likeness.refresh_from_db()
    return likeness


def _told(study: Study) -> IncidentQuerySet:
    incidents = Incident.objects.published().filter(study=study, version__isnull=False)
    return incidents.exclude(state__in=OUT)


def _sketch_all(study: Study, claim: Claim) -> None:
    current = Sketch.objects.filter(incident=OuterRef("pk"), version=OuterRef("version"))
    missing = _told(study).exclude(Exists(current)).order_by("pk")
    done, last, total = 0, 0, missing.count()
    while portion := list(missing.filter(pk__gt=last).select_related("version")[:PORTION]):
        last = portion[-1].pk
        sketches = [_sketch(incident, incident.version) for incident in portion if incident.version]
        with transaction.atomic():
            claim.hold()
            _replace(sketches)
        done += len(portion)
        claim.progress(done, total)


def _replace(sketches: list[Sketch]) -> None:
    """Write sketches in place of older ones, whose pairs nobody judged go with them."""
    incidents = [sketch.incident_id for sketch in sketches]
    outdated = Sketch.objects.filter(incident__in=incidents)
    of_them = Q(first__in=incidents) | Q(second__in=incidents)
    if outdated.delete()[0]:
        Likeness.objects.filter(of_them, judgement=Judgement.OPEN).delete()
    Sketch.objects.bulk_create(sketches, ignore_conflicts=True)


def _sketch(incident: Incident, version: IncidentVersion) -> Sketch:
    told = " ".join(getattr(version, name) for name in ("headline", *ANSWERS))
    stems, bins = sketch_of(texts.fold(told)).pack()
    return Sketch(incident=incident, version=version, stems=stems, bins=bins)


def _compare(study: Study, claim: Claim) -> int:
    rows = list(_sketches_of(study))
    new = [key for key, compared, *_rest in rows if not compared]
    teller = {key: respondent for key, _compared, respondent, *_rest in rows}
    site = {key: place for key, _compared, _respondent, place, *_rest in rows}
    sketches = {key: unpack(bytes(stems), bytes(bins)) for key, *_rest, stems, bins in rows}
    del rows
    pairs = find_pairs(
        sketches,
        new,
        near=lambda one, other: teller[one] == teller[other] or site[one] == site[other],
    )
    found = 0
    for portion in _portions(pairs):
        found += len(portion)
        with transaction.atomic():
            claim.hold()
            _point_out(study, portion)
    for start in range(0, len(new), PORTION):
        with transaction.atomic():
            claim.hold()
            compared = Sketch.objects.filter(incident__in=new[start : start + PORTION])
            compared.update(compared=True)
    return found


def _sketches_of(study: Study) -> Iterator[tuple[int, bool, int, int, bytes, bytes]]:
    sketches: QuerySet[Sketch] = Sketch.objects.filter(
        incident__in=_told(study), version=F("incident__version")
    )
    columns = (
        "incident",
        "compared",
        "incident__interview__respondent",
        "incident__site",
        "stems",
        "bins",
    )
    newest = sketches.order_by("-incident")[:MOST_COMPARED]
    return newest.values_list(*columns).iterator()


def _portions(pairs: Iterator[Pair]) -> Iterator[list[Pair]]:
    portion: list[Pair] = []
    for pair in pairs:
        portion.append(pair)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _point_out(study: Study, pairs: list[Pair]) -> None:
    keys = {key for pair in pairs for key in (pair.first, pair.second)}
    still_there: Mapping[int, Incident] = Incident.objects.in_bulk(keys)
    Likeness.objects.bulk_create(
        [
            Likeness(
                study=study,
                first_id=pair.first,
                second_id=pair.second,
                words=pair.words,
                story=pair.story,
            )
            for pair in pairs
            if pair.first in still_there and pair.second in still_there
        ],
        ignore_conflicts=True,
    )
