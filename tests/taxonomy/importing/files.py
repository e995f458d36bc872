"""Small files to import, written for the tests."""

import csv
import io
from collections import Counter

from django.apps import apps
from django.db import connection

from incidents.choices import JobState
from incidents.jobs import run_now
from incidents.models import Job, Study
from taxonomy.actions import importing

HEADERS = ("id", "narrative", "region", "organization", "valence", "theme", "sub theme")


def csv_of(rows, headers=HEADERS):
    """Return rows as the bytes of a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode()


def told(number, *, region="North", organization="Acme", valence="positive", codes=("A", "A1")):
    return [f"i{number}", f"Somebody told story {number}.", region, organization, valence, *codes]


TEN = csv_of([told(n, region=("North", "South", "")[n % 3]) for n in range(10)])


def receive(study, content=TEN, *, name="told.csv", by=None, **options):
    """Upload a file and say what it means; what is not said is what was guessed."""
    source = importing.receive_file(study=study, name=name, chunks=[content], by=by)
    if options:
        options = {**options, "columns": options.get("columns", source.options["columns"])}
        source = importing.say_what_it_means(
            source=source, by=by, row_version=source.row_version, **options
        )
    return source


def check(source, by=None):
    job = run_now(importing.request_check(source=source, by=by))
    assert job.state == JobState.DONE, job.error
    source.refresh_from_db()
    return source


def bring_in(source, by=None):
    """Check and import a file; return the import as it is then."""
    check(source, by)
    job = run_now(importing.request_import(source=source, by=by, row_version=source.row_version))
    assert job.state == JobState.DONE, job.error
    source.refresh_from_db()
    return source


def take_out(source, by=None):
    job = run_now(importing.request_undo(source=source, by=by))
    assert job.state == JobState.DONE, job.error
    source.refresh_from_db()
    return source


def tally(study):
    """Do the counting that waits."""
    for job in Job.objects.filter(study=study, kind="taxonomy.rebuild_tallies", state="waiting"):
        run_now(job)


def row_counts(*, but=()):
    """Count the rows of every table of incidents and taxonomy."""
    models = [*apps.get_app_config("incidents").get_models()]
    models += apps.get_app_config("taxonomy").get_models()
    each = [f"SELECT '{one.__name__}', COUNT(*) FROM {one._meta.db_table}" for one in models]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        counts = dict(cursor.fetchall())
    counts["data_seq"] = sum(Study.objects.values_list("data_seq", flat=True))
    return Counter({name: n for name, n in counts.items() if name not in but})


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())
