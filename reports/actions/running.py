"""Runs: a question asked once while it waits, answered once by a job, and never changed after."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.files import keep_file, path_of
from incidents.actions.history import record_change
from incidents.jobs import Claim, Refused, request_job
from incidents.models import Member, StoredFile
from reports.actions.drawing import keep_pictures, pictures_of
from reports.actions.following import ask_to_follow
from reports.models import Run, RunChart, Schedule, Table
from reports.queries.runs import asks_of, key_of, others_in, table_asking
from reports.queries.specified import as_plain, from_plain
from taxonomy.models import Scheme
from taxonomy.queries.protection import tells_organizations
from taxonomy.tabulation.specification import Specification, SpecificationError

RUN_TABLE = "reports.run_table"
FORMAT = 1
SEED = 1
LETTERS: Final = "fdr"
STEPS = 5

Words = Sequence[tuple[str, str]]


@transaction.atomic
def ask_run(
    *,
    scheme: Scheme,
    specification: Specification,
    query: str,
    words: Words,
    names: bool,
    by: Member,
    schedule: Schedule | None = None,
    table: Table | None = None,
) -> Run:
    """Ask for a table with all statistics; returns the run that its job will answer.

    The same question that waits already is not asked for twice. `words` say the question in the
    words of now, `names` whether the member may read the names of organizations. The run belongs
    to the saved `table` that was open, or to one of the member's that asks the same. A `schedule`
    asks in the name of its owner, for its own table, and waits beside what a person asks.
    """
    names = names and tells_organizations(specification)
    question = _question(scheme, specification, query, words, names=names)
    who = schedule.uid if schedule else ""
    digest = hashlib.sha256(f"{scheme.uid} {query} {names}{who}".encode()).hexdigest()
    job = request_job(
        kind=RUN_TABLE,
        study=scheme.study,
        by=by,
        args={"scheme": str(scheme.uid)},
        unique_key=f"{RUN_TABLE}:{digest}",
    )
    asked = {"scheme": scheme, "query": query, "question": question, "schedule": schedule}
    person = None if schedule else by
    table = schedule.table if schedule else table or table_asking(scheme, question["asks"], by)
    run, is_new = Run.objects.get_or_create(
        job=job, defaults={**asked, "asked_by": person, "table": table}
    )
    if is_new:
        about = str(scheme.uid)
        record_change(verb="run_table", on=run, study=scheme.study, by=person, scheme=about)
    return run


def _question(
    scheme: Scheme, specification: Specification, query: str, words: Words, *, names: bool
) -> dict[str, Any]:
    """All that it takes to ask the same again, as plain values."""
    return {
        "format": FORMAT,
        "specification": as_plain(specification),
        "key": key_of(scheme, specification, names=names),
        "words": [list(pair) for pair in words],
        "names": names,
        "interviewers": specification.tells_interviewers,
        "organizations": tells_organizations(specification),
        "others": others_in(specification),
        "seed": SEED,
        "letters": LETTERS,
        "asks": asks_of(scheme, specification, query),
    }


def run_table(claim: Claim) -> None:
    """Count a table with everything that is known of it, and keep that. The runner of the job."""
    from reports.queries.computing import compute  # noqa: PLC0415  (loads NumPy: jobs only)

    run = _asked_run(claim)
    question = run.question
    try:
        found = compute(
            run.scheme,
            from_plain(question["specification"]),
            names=question["names"],
            seed=question["seed"],
            letters=question["letters"],
            progress=lambda done: claim.progress(done, STEPS),
        )
    except SpecificationError as error:
        raise Refused(str(error)) from None
    run.answer, run.revision, run.data_seq = found.answer, found.revision, found.data_seq
    run.answered_at = timezone.now()
    pictures = pictures_of(run)
    claim.progress(STEPS, STEPS)
    _keep(claim, run, found.members, pictures)


def _asked_run(claim: Claim) -> Run:
    run = Run.objects.filter(job=claim.job).select_related("scheme__study", "asked_by").first()
    if run is None:
        raise Refused(_("What was asked is no longer there."))
    return run


def _keep(claim: Claim, run: Run, members: bytes, pictures: Sequence[RunChart]) -> None:
    """Write file, answer and pictures together, if the job is still ours; else leave nothing."""
    kept: list[StoredFile] = []
    try:
        with transaction.atomic():
            claim.hold()
            kept.append(
                keep_file(
                    study=run.scheme.study, name=f"run-{run.uid}.npz", chunks=[members], by=None
                )
            )
            run.members = kept[0]
            run.save(update_fields=_WRITTEN)
            keep_pictures(pictures)
            if run.schedule_id:
                ask_to_follow(run)
            claim.finish(moments=run.answer["numbers"]["moments"][0])
    except BaseException:
        for file in kept:
            path_of(file).unlink(missing_ok=True)
        raise


_WRITTEN = ("answer", "revision", "data_seq", "answered_at", "members")


def members_file(run: Run) -> Path | None:
    """Where the file lies that says in which cell each moment stood."""
    return None if run.members is None else path_of(run.members)
