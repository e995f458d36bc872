"""Bringing a file in: people, categories, incidents in portions, and one act that publishes all."""

import gc
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import jobs
from incidents.actions.fieldwork import Part, Told
from incidents.actions.history import record_change
from incidents.actions.intake import Arrival, publish, take_in
from incidents.actions.numbering import change_facts, next_number
from incidents.actions.refusals import RefusedError
from incidents.actions.rows import write_rows
from incidents.choices import AskedFor, ImportState, RowOutcome, ToldAs
from incidents.jobs import Claim
from incidents.models import (
    Import,
    ImportRow,
    Incident,
    Interview,
    Member,
    Moment,
    Respondent,
)
from taxonomy.actions.bringing import Brought, bring_first_codings
from taxonomy.actions.editing import grow_scheme, start_scheme
from taxonomy.actions.importing.meaning import (
    SCHEME_SLUG,
    fenced,
    plan_of,
    source_of,
    under_way,
)
from taxonomy.actions.importing.people import prepare_members, prepare_people
from taxonomy.actions.importing.preview import counts_of, not_batched_of, weight_of
from taxonomy.actions.importing.sizes import (
    let_others_write,
    rows_at_once,
    some_at_once,
    tell_sizes,
)
from taxonomy.actions.importing.taking_out import remove_rows, remove_unused
from taxonomy.models import Category, Coding, Scheme, Settlement
from taxonomy.sheets.plan import ImportPlan, Key, PlannedIncident

LAST_POSITION = 32_767  # what the field can hold; a file may be one endless interview

Path = tuple[str | None, ...]


def run_import(claim: Claim) -> None:
    """Bring a file in, all of it or nothing. The runner of the job.

    Safe to be cut off at any point: what an earlier attempt wrote is found again by its uids,
    every portion is fenced by the job, and readers see nothing before the last transaction.
    """
    source = source_of(claim)
    try:
        _bring_in(source, claim)
    except RefusedError as refusal:
        _give_up(source, claim)
        raise jobs.Refused(str(refusal)) from None
    finally:
        gc.unfreeze()


def _bring_in(source: Import, claim: Claim) -> None:
    plan = _open_plan(source)
    gc.freeze()  # it stays to the end, and looking for garbage in it takes long
    scheme, categories = _prepare_scheme(source, plan, claim)
    interviews = prepare_people(source, plan, claim)
    coders = prepare_members(source, plan, claim)
    with fenced(source, claim):
        seq = next_number(source.study)
    writer = _Writer(source, scheme, categories, interviews, coders, seq)
    missing = writer.missing(plan.incidents)
    done = len(plan.incidents) - len(missing)
    claim.progress(done, len(plan.incidents))
    with some_at_once(lambda portion: writer.write(portion, claim), _portions(missing)) as written:
        for number in written:
            done += number
            claim.progress(done, len(plan.incidents))
    _write_refused(source, plan, claim)
    tell_sizes(Respondent, Interview, Coding, Settlement)
    _publish(source, plan, claim)


def _open_plan(source: Import) -> ImportPlan:
    under_way(source)
    _sheet, plan = plan_of(source)
    if plan.blocked:
        raise RefusedError(_("Something in the file has to be settled before the import."))
    return plan


def _prepare_scheme(
    source: Import, plan: ImportPlan, claim: Claim
) -> tuple[Scheme | None, Mapping[Path, Category]]:
    """The scheme of the import with all categories of the file, grown in one revision."""
    if not plan.levels:
        return None, {}
    slug = source.options.get("scheme") or SCHEME_SLUG
    with fenced(source, claim):
        scheme = Scheme.objects.filter(study=source.study, slug=slug).first() or start_scheme(
            study=source.study,
            slug=slug,
            name=source.options.get("scheme_name") or _("Imported categories"),
            by=source.member,
            rationale=_rationale(source),
        )
        growth = grow_scheme(
            scheme=scheme,
            rounds=_round_names(source, plan),
            categories_by_path=[_known_path(one.path) for one in plan.categories],
            by=source.member,
            rationale=_rationale(source),
        )
        number = growth.revision.number if growth.revision else None
        Import.objects.filter(pk=source.pk).update(scheme_uid=scheme.uid)
        if number is not None:
            Import.objects.filter(pk=source.pk).update(revision_number=number)
    scheme.refresh_from_db()
    return scheme, growth.categories


def _rationale(source: Import) -> str:
    return _("Import of %(file)s") % {"file": source.file.name}


def _round_names(source: Import, plan: ImportPlan) -> list[str]:
    """The headers of the columns, from the coarsest round down."""
    columns = {field: header for header, field in source.options["columns"].items()}
    return [columns.get(level, level)[:120] for level in plan.levels]


def _known_path(path: Sequence[str]) -> Path:
    return tuple(name or None for name in path)


@dataclass
class _Writer:
    """Writes planned incidents, their rows and their codings."""

    source: Import
    scheme: Scheme | None
    categories: Mapping[Path, Category]
    interviews: Mapping[Key, Interview]
    coders: Mapping[str, Member]
    seq: int  # the number of the study under which they are coded; nobody sees it before the last
    told: dict[Key, int] = field(default_factory=dict)

    def missing(self, incidents: Sequence[PlannedIncident]) -> list[tuple[PlannedIncident, int]]:
        """What no earlier attempt has written, with the order in its interview."""
        rows = Incident.objects.filter(imported_from=self.source)
        written = set(rows.values_list("uid", flat=True))
        ordered = [(one, self._next_position(one.interview)) for one in incidents]
        return [(one, place) for one, place in ordered if self._uid(one) not in written]

    def _next_position(self, key: Key) -> int:
        self.told[key] = self.told.get(key, 0) + 1
        return min(self.told[key], LAST_POSITION)

    def _uid(self, planned: PlannedIncident) -> uuid.UUID:
        return uuid.uuid5(self.source.uid, f"row {planned.row_number}")

    def write(self, portion: Sequence[tuple[PlannedIncident, int]], claim: Claim) -> int:
        """Write a portion in one transaction, which commits only while the job is ours.

        Others may write in the study meanwhile: publishing looks at what they changed.
        Returns how many incidents it has.
        """
        arrivals = [self._arrival(planned, position) for planned, position in portion]
        with transaction.atomic():
            self._write([planned for planned, _position in portion], arrivals)
            claim.hold()
        let_others_write()
        return len(portion)

    def _write(self, portion: Sequence[PlannedIncident], arrivals: Sequence[Arrival]) -> None:
        source = self.source
        keys = take_in(study=source.study, arrivals=arrivals, source=source, by=source.member)
        written = list(zip(portion, keys, strict=True))
        write_rows(
            ImportRow,
            (row for planned, key in written for row in _rows(planned, key.incident)),
            source_id=source.pk,
        )
        brought = [one for planned, key in written for one in self._brought(planned, key.moments)]
        if self.scheme is not None:
            bring_first_codings(scheme=self.scheme, brought=brought, seq=self.seq)

    def _arrival(self, planned: PlannedIncident, position: int) -> Arrival:
        told = Told(
            words=planned.words,
            language=planned.language,
            told_as=planned.told_as or ToldAs.NOT_STATED,
            asked_for=planned.asked_for or AskedFor.NOT_STATED,
            happened_told=planned.happened_told,
            happened_from=planned.happened_from,
            happened_to=planned.happened_to,
        )
        return Arrival(
            uid=self._uid(planned),
            interview=self.interviews[planned.interview],
            told=told,
            parts=tuple(Part(moment.label, moment.valence) for moment in planned.moments),
            position=position,
            source_id=planned.source_id,
            translation={"situation": planned.translation} if planned.translation else {},
        )

    def _brought(self, planned: PlannedIncident, moments: Sequence[int]) -> Iterator[Brought]:
        for part, moment in zip(planned.moments, moments, strict=True):
            for coding in part.codings:
                yield Brought(
                    moment=moment,
                    coder=self.coders[coding.coder],
                    category=self.categories[_known_path(coding.category)],
                )


def _rows(planned: PlannedIncident, incident: int) -> Iterator[dict[str, Any]]:
    for place, row in enumerate(planned.rows):
        yield {
            "number": row.number,
            "incident_id": incident,
            "outcome": RowOutcome.MERGED if place else RowOutcome.INCIDENT,
            "extra": _kept(row.extras, row.written),
        }


def _kept(extras: Mapping[str, str], written: Mapping[str, str]) -> dict[str, dict[str, str]]:
    kept = {"columns": dict(extras), "as_typed": dict(written)}
    return {name: cells for name, cells in kept.items() if cells}


def _portions(
    incidents: Sequence[tuple[PlannedIncident, int]],
) -> Iterator[list[tuple[PlannedIncident, int]]]:
    portion: list[tuple[PlannedIncident, int]] = []
    weight, most = 0, rows_at_once()
    for one in incidents:
        if portion and weight + weight_of(one[0]) > most:
            yield portion
            portion, weight = [], 0
        portion.append(one)
        weight += weight_of(one[0])
    if portion:
        yield portion


def _write_refused(source: Import, plan: ImportPlan, claim: Claim) -> None:
    """Keep the rows that are left out, with all they held."""
    most = rows_at_once()
    for start in range(0, len(plan.refused), most):
        with transaction.atomic():
            claim.hold()
            ImportRow.objects.bulk_create(
                (
                    ImportRow(
                        source=source,
                        number=row.number,
                        outcome=RowOutcome.REFUSED,
                        reason=row.reason,
                        extra=_kept(row.cells, {}),
                    )
                    for row in plan.refused[start : start + most]
                ),
                ignore_conflicts=True,
            )


@transaction.atomic
def _publish(source: Import, plan: ImportPlan, claim: Claim) -> None:
    seq = change_facts(source.study, by=source.member)
    under_way(source)
    _check_offered(source)
    published = publish(Incident.objects.filter(imported_from=source), seq=seq)
    tell_sizes(Incident, Moment)  # before anybody counts them
    summary = {
        **source.summary,
        "counts": counts_of(plan),
        "not_batched": not_batched_of(plan),
    }
    Import.objects.filter(pk=source.pk, state=ImportState.RUNNING).update(
        state=ImportState.DONE,
        published_at=timezone.now(),
        summary=summary,
        row_version=F("row_version") + 1,
    )
    record_change(
        verb="import_file",
        on=source,
        study=source.study,
        by=source.member,
        incidents=published,
        counts=counts_of(plan),
    )
    claim.finish(**counts_of(plan))


def _check_offered(source: Import) -> None:
    """Somebody may have taken categories back while they were coded in; the study is locked."""
    coded = Coding.objects.filter(category=OuterRef("pk"), moment__incident__imported_from=source)
    gone = Category.objects.filter(Exists(coded), exists=False).first()
    if gone is not None:
        raise RefusedError(
            _("The category “%(name)s” was taken back meanwhile. Nothing was imported.")
            % {"name": gone.name}
        )


def _give_up(source: Import, claim: Claim) -> None:
    """Take out what was written and let people settle what is wrong."""
    if source.state != ImportState.RUNNING:
        return
    remove_rows(source, claim)
    remove_unused(source, claim)
    with fenced(source, claim):
        change_facts(source.study, by=source.member)
        record_change(verb="give_up_import", on=source, study=source.study, by=source.member)
        Import.objects.filter(pk=source.pk, state=ImportState.RUNNING).update(
            state=ImportState.CHECKED, row_version=F("row_version") + 1
        )
