"""Asking for files of all moments, and reading them."""

import json

from incidents import jobs
from incidents.actions.files import path_of
from reports.actions.moment_files import ask_export


def made(by, form="json", **asked):
    """Ask for a file and do the work."""
    export = ask_export(form=form, by=by, **{"full": False, **asked})
    job = jobs.run_now(export.job)
    export.refresh_from_db()
    assert job.error == ""
    assert export.file is not None
    return export


def document(export):
    return json.loads(path_of(export.file).read_text())


def moments_in(by, **asked):
    return document(made(by, **asked))["moments"]
