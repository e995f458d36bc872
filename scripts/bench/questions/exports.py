"""Files of all moments, written and read again by their job, and the memory that this takes."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.conf import settings

from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import Member
from reports.actions.moment_files import ask_export, remove_export
from reports.choices import ExportForm
from scripts.bench.crosstab import AGAINST, crosstab
from scripts.bench.measuring import Line, alone, seconds
from scripts.bench.subject import Subject, page

MOST_SECONDS = {100_000: 20}  # a workbook of up to so many incidents
FORMS = (ExportForm.XLSX, ExportForm.CSV, ExportForm.JSON, ExportForm.SAV)
PEAK = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")


def ask(subject: Subject) -> Iterator[Line]:
    """Each form de-identified, a workbook with all words, and the pages around them."""
    settings.FILES_DIR = subject.folder / "files"
    admin = Member.objects.filter(study=subject.study).with_role(RoleName.ADMIN).earliest("pk")
    for form in FORMS:
        line = _file(form, admin, subject.size)
        bare = seconds(partial(crosstab, subject))
        yield replace(line, reference=bare, against=AGAINST, ratio=line.ours / bare)
    yield _file(ExportForm.XLSX, admin, subject.size, full=True)
    client = subject.client(RoleName.ADMIN)
    yield alone("page that asks for a file", page(client, subject.address("reports:export_ask")))
    yield alone("list of files", page(client, subject.address("reports:export_list")))


def _file(form: ExportForm, by: Member, size: int, *, full: bool = False) -> Line:
    """One file by its job; the memory is that above what the process had."""
    export = ask_export(form=form, full=full, reason="measured" if full else "", by=by)
    before = _forget_peak()
    job, worked = export.job, time.process_time()
    assert job is not None  # noqa: S101  (it was just asked for)
    took = seconds(lambda: run_now(job))
    worked = time.process_time() - worked
    grown = _kilobytes("VmHWM") - before
    export.refresh_from_db()
    job.refresh_from_db()
    content = export.file.size / 1e6 if export.file else 0
    most = min((limit for at_most, limit in MOST_SECONDS.items() if size <= at_most), default=None)
    counts = most is not None and form == ExportForm.XLSX and not full
    remark = f"Python {worked:.1f} s; {grown / 1000:,.0f} MB more memory; file {content:,.1f} MB"
    remove_export(export=export, by=by)
    return Line(
        f"{export.rows or 0:,} moments as {form.label}{', with all words' if full else ''}",
        took,
        "s",
        target=f"≤ {most} s" if counts else "",
        met=took <= most if counts and most is not None else None,
        remark=job.error or remark,
    )


def _forget_peak() -> int:
    """Begin to look for the peak of memory anew, where the system can; what it is now, in kB."""
    with suppress(OSError):
        FORGET_PEAK.write_text("5")
    return _kilobytes("VmRSS")


def _kilobytes(name: str) -> int:
    lines = PEAK.read_text().splitlines() if PEAK.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
