"""Reads a file of codings made elsewhere, and says in sentences what is wrong with its rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError

from taxonomy.sheet_messages import sentence
from taxonomy.sheets.codings import (
    LIMITS,
    CodedSheet,
    Fault,
    MissingColumnsError,
    RowFault,
    read_codings,
)
from taxonomy.sheets.problems import SheetError
from taxonomy.sheets.reading import open_sheet

OWN_SENTENCES: Final = {
    "empty_file": "The file is empty. It has to have the columns incident, coder and category.",
    "header_only": "The file has headers but no rows.",
}
SENTENCES: Final[Mapping[Fault, str]] = {
    Fault.ROW_TOO_LONG: "there are %(cells)s cells, but %(headers)s headers.",
    Fault.NO_INCIDENT: "the incident is empty.",
    Fault.NO_CODER: "the coder is empty.",
    Fault.CODER_TOO_LONG: "the coder's name has more than %(limit)s characters.",
    Fault.NO_ANSWER: "there is neither a category nor a reason why none can be given.",
    Fault.TWO_ANSWERS: "there is a category, and a reason why none can be given.",
    Fault.NO_NUMBER: "“%(value)s” is no order of a moment. Write 1, 2, …, or nothing.",
    Fault.UNKNOWN_REASON: "“%(value)s” is no reason (unclassifiable). Choose one of: %(known)s.",
    Fault.UNKNOWN_CONFIDENCE: "“%(value)s” is no confidence. Choose one of: %(known)s.",
    Fault.NOTE_TOO_LONG: "the note has more than %(limit)s characters.",
    Fault.UNKNOWN_INCIDENT: "the study has no incident “%(value)s”.",
    Fault.SEVERAL_INCIDENTS: "several incidents have the number “%(value)s”. Give their uids.",
    Fault.NOT_ACCEPTED: "the incident does not count: it is %(state)s.",
    Fault.MOMENT_NOT_SAID: "the incident has %(number)s moments. Say which by its order.",
    Fault.UNKNOWN_MOMENT: "the incident has no moment %(value)s. It has: %(orders)s.",
    Fault.UNKNOWN_CODER: "the study has no member “%(value)s”.",
    Fault.SEVERAL_CODERS: "several members are called “%(value)s”. Give a code: %(codes)s.",
    Fault.UNKNOWN_CATEGORY: "the scheme has no category “%(value)s”.",
    Fault.SEVERAL_CATEGORIES: "“%(value)s” may be several. Give the whole path: %(paths)s.",
    Fault.MERGED: "“%(value)s” was merged into “%(into)s”.",
    Fault.RETIRED: "“%(value)s” is retired.",
    Fault.TWICE: "coder “%(coder)s” answers again for the moment of row %(first)s.",
    Fault.CODED_OTHERWISE: "this coder has another answer for the moment in the study.",
    Fault.IN_OPEN_BATCH: "the moment is still coded blindly in the batch “%(batch)s”.",
}


def read_coded_rows(path: Path) -> CodedSheet:
    """Read a CSV file or a workbook. Raises CommandError with what is wrong with it as a whole."""
    try:
        sheet = open_sheet(path, limits=LIMITS)
        return read_codings(sheet)
    except MissingColumnsError as error:
        missing = " and no column ".join(f"“{name}”" for name in error.names)
        known = ", ".join(sheet.headers)
        raise CommandError(f"The file has no column {missing}. Its columns are: {known}.") from None
    except SheetError as error:
        problem = error.problem
        said = OWN_SENTENCES.get(problem.code) or sentence(problem)
        raise CommandError(f"row {problem.row}: {said}" if problem.row else said) from None


def sentence_of(fault: RowFault) -> str:
    """What is wrong with a row, with its number."""
    return f"row {fault.row}: {SENTENCES[fault.fault] % fault.params}"
