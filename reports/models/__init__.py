"""What is kept of tables, runs, quotes and files, and how members keep the grid of incidents."""

from reports.models.documents import (
    ClientLink,
    Composition,
    Dashboard,
    LinkOpening,
    Report,
    ReportFile,
)
from reports.models.exports import Export
from reports.models.grid import BulkAct, BulkLine, GridChoice, SavedFilter
from reports.models.method import MethodWords
from reports.models.quotes import Quote
from reports.models.tables import ChangedResult, Run, RunChart, Schedule, Table

__all__ = [
    "BulkAct",
    "BulkLine",
    "ChangedResult",
    "ClientLink",
    "Composition",
    "Dashboard",
    "Export",
    "GridChoice",
    "LinkOpening",
    "MethodWords",
    "Quote",
    "Report",
    "ReportFile",
    "Run",
    "RunChart",
    "SavedFilter",
    "Schedule",
    "Table",
]
