"""The rows of classification."""

from taxonomy.models.codings import Assignment, Batch, Coding
from taxonomy.models.exchange import SchemeFile
from taxonomy.models.facts import RegionTally, Settlement, Tally, TallyPointer
from taxonomy.models.proposals import Proposal
from taxonomy.models.schemes import Category, Revision, RevisionChange, Round, Scheme
from taxonomy.models.sorting import (
    PairVerdict,
    Pile,
    Placement,
    Sort,
    SortAct,
    Sorter,
    SortItem,
)

__all__ = [
    "Assignment",
    "Batch",
    "Category",
    "Coding",
    "PairVerdict",
    "Pile",
    "Placement",
    "Proposal",
    "RegionTally",
    "Revision",
    "RevisionChange",
    "Round",
    "Scheme",
    "SchemeFile",
    "Settlement",
    "Sort",
    "SortAct",
    "SortItem",
    "Sorter",
    "Tally",
    "TallyPointer",
]
