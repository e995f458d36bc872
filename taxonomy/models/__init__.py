"""The rows of classification."""

from taxonomy.models.agreement import AgreementReport
from taxonomy.models.codings import (
    Adjudication,
    Assignment,
    Batch,
    Coding,
    EarlyLook,
    Plan,
)
from taxonomy.models.exchange import SchemeFile
from taxonomy.models.facts import RegionTally, Settlement, Tally, TallyPointer
from taxonomy.models.holdouts import HeldIncident, Holdout
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
from taxonomy.models.suggestions import Classifier, Doubt, Suggestion
from taxonomy.models.training import Training, TrainingItem, TrainingSet

__all__ = [
    "Adjudication",
    "AgreementReport",
    "Assignment",
    "Batch",
    "Category",
    "Classifier",
    "Coding",
    "Doubt",
    "EarlyLook",
    "HeldIncident",
    "Holdout",
    "PairVerdict",
    "Pile",
    "Placement",
    "Plan",
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
    "Suggestion",
    "Tally",
    "TallyPointer",
    "Training",
    "TrainingItem",
    "TrainingSet",
]
