"""The rows of classification."""

from taxonomy.models.codings import Assignment, Batch, Coding
from taxonomy.models.facts import RegionTally, Settlement, Tally, TallyPointer
from taxonomy.models.schemes import Category, Revision, RevisionChange, Round, Scheme

__all__ = [
    "Assignment",
    "Batch",
    "Category",
    "Coding",
    "RegionTally",
    "Revision",
    "RevisionChange",
    "Round",
    "Scheme",
    "Settlement",
    "Tally",
    "TallyPointer",
]
