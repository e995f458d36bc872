"""A table's page, a run with all statistics and a report, each beside the same table by pandas."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.actions.files import remove_file
from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import Job, Member
from reports.actions.composing import add_run, create_report
from reports.actions.documents import ask_document
from reports.actions.running import ask_run
from reports.choices import ChartKind, DocumentForm
from reports.models import Report, ReportFile, Run
from scripts.bench.crosstab import AGAINST, ROUND, crosstab
from scripts.bench.measuring import Line, paired
from scripts.bench.subject import Subject, page
from taxonomy.choices import Dimension
from taxonomy.tabulation.specification import Specification

PAGE_MS = 60
RUN_SECONDS = {2_826: 1, 1_000_000: 5}
PDF_SECONDS = 3
LARGE = 500_000
FEW, MANY = 3, 7


def ask(subject: Subject) -> Iterator[Line]:
    """The table of strategies by region, from the page to the printed report."""
    settings.FILES_DIR = subject.folder / "files"
    known = Run.objects.values_list("pk", flat=True)
    made = Run.objects.filter(scheme=subject.scheme).exclude(pk__in=list(known))
    beside = partial(_beside, partial(crosstab, subject), subject.size)
    try:
        yield _page(subject, beside)
        yield _run(subject, beside)
        yield _report(subject, made.latest("pk"), beside)
    finally:
        _remove(made)


def _beside(bare: Callable[[], Any], size: int, question: str, act: Callable[[], Any]) -> Line:
    act()  # what is loaded once is loaded
    return paired(question, act, bare, against=AGAINST, rounds=FEW if size >= LARGE else MANY)


def _within(line: Line, ms: float | None, said: str, remark: str = "") -> Line:
    met = None if ms is None else line.ours <= ms
    return replace(line, target=said if ms else "", met=met, remark=remark)


def _page(subject: Subject, beside: Callable[..., Line]) -> Line:
    url = f"{subject.address('reports:table_show', subject.scheme.slug)}?by=region&round={ROUND}"
    open_page = page(subject.client(RoleName.ANALYST), url)
    line = beside("page of the table by region", open_page)
    with CaptureQueriesContext(connection) as asked:
        open_page()
    return _within(line, PAGE_MS, f"≤ {PAGE_MS} ms", f"{len(asked)} statements")


def _run(subject: Subject, beside: Callable[..., Line]) -> Line:
    """Asked for, computed with all statistics, drawn and kept, as the worker does it."""
    analyst = _analyst(subject)

    def compute() -> None:
        specification = Specification(round=ROUND, by=Dimension.REGION)
        asked: dict[str, Any] = {"query": f"by=region&round={ROUND}", "words": [], "names": False}
        run = ask_run(scheme=subject.scheme, specification=specification, by=analyst, **asked)
        _done(run.job)

    line = beside("a run with all statistics and pictures", compute)
    most = next((of for size, of in RUN_SECONDS.items() if subject.size <= size), None)
    return _within(line, most and most * 1000, f"≤ {most} s")


def _report(subject: Subject, run: Run, beside: Callable[..., Line]) -> Line:
    """A report of one run with its table, sentences and every picture, and the method section."""
    analyst = _analyst(subject)
    report = create_report(title="Measured", with_method=True, by=analyst)
    report = add_run(
        report=report, run=run, table=True, findings=True, charts=list(ChartKind), by=analyst
    )
    line = beside(
        "a report as PDF",
        lambda: _done(ask_document(report=report, form=DocumentForm.PDF, by=analyst).job),
    )
    return _within(line, PDF_SECONDS * 1000, f"≤ {PDF_SECONDS} s")


def _analyst(subject: Subject) -> Member:
    return Member.objects.filter(study=subject.study).with_role(RoleName.ANALYST).earliest("pk")


def _done(job: Job | None) -> None:
    if job is None or run_now(job).state != "done":
        raise RuntimeError(f"The job ended as {job and job.state}: {job and job.error}")


def _remove(made: Any) -> None:
    """Leave nothing: a large study is measured again."""
    runs = list(made.select_related("members__study"))
    reports = Report.objects.filter(title="Measured")
    files = ReportFile.objects.filter(report__in=reports).select_related("file__study")
    stored = [one.file for one in files] + [run.members for run in runs]
    files.delete()
    reports.delete()
    made.delete()
    for file in stored:
        if file is not None:
            remove_file(file)
