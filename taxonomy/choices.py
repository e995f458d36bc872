"""The closed lists of coding: purposes, outcomes, residual lines, units."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RevisionVerb(TextChoices):
    """What one revision of a scheme did."""

    START = "start", _("Started the scheme")
    IMPORT = "import", _("Brought categories with a file")
    ADD = "add", _("Added")
    RENAME = "rename", _("Renamed")
    DESCRIBE = "describe", _("Described")
    PLACE = "place", _("Placed")
    MERGE = "merge", _("Merged")
    SPLIT = "split", _("Split")
    RETIRE = "retire", _("Retired")
    RESTORE = "restore", _("Restored")
    REORDER = "reorder", _("Reordered")
    FREEZE = "freeze", _("Froze")
    REOPEN = "reopen", _("Reopened")
    DROP = "drop", _("Dropped")
    SORT = "sort", _("Took over a sort")
    UNDO = "undo", _("Took back")


class SortOf(TextChoices):
    """What is put into piles."""

    CATEGORIES = "categories", _("Categories of a round")
    MOMENTS = "moments", _("Moments")


class ProposalKind(TextChoices):
    """What a coder proposes."""

    ADD = "add", _("New category")
    DESCRIBE = "describe", _("Other words")
    MERGE = "merge", _("Merge")
    SPLIT = "split", _("Split")
    RETIRE = "retire", _("Retire")


class ProposalState(TextChoices):
    """What became of a proposal."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class BatchKind(TextChoices):
    """How a batch gives moments to coders."""

    ONCE = "once", _("Each moment once")
    SHARED = "shared", _("Shared out, one coder each")
    PLAN = "plan", _("Several coders each")
    RECODE = "recode", _("Coded again by the same coder")
    TRAINING = "training", _("For practice, beside a key")


LOCKED_WHEN_QUIET = (BatchKind.PLAN, BatchKind.RECODE)
BLINDING = (*LOCKED_WHEN_QUIET, BatchKind.TRAINING)  # until the batch is locked


class BatchState(TextChoices):
    """Whether coders still work in a batch."""

    OPEN = "open", _("Open")
    LOCKED = "locked", _("Locked")


class Hidden(TextChoices):
    """What coders need not see of a moment."""

    ORGANIZATION = "organization", _("Organization and site")
    REGION = "region", _("Region")
    INTERVIEWER = "interviewer", _("Interviewer")
    ASKED_FOR = "asked_for", _("What was asked for")


class Offered(TextChoices):
    """When coders are offered what the classifier would say."""

    NEVER = "never", _("Never")
    AFTER = "after", _("After the coder has chosen")
    BEFORE = "before", _("Before the coder chooses")


class Later(TextChoices):
    """What becomes of moments that are accepted after a plan was made."""

    WAIT = "wait", _("They wait until an admin gives them out")
    ONCE = "once", _("Each goes to the coder who asks next")


class AssignmentState(TextChoices):
    """Whether a coder has answered for a moment."""

    OPEN = "open", _("To do")
    SKIPPED = "skipped", _("Put aside")
    DONE = "done", _("Done")


class Purpose(TextChoices):
    """Why a coding was made."""

    PLAN = "plan", _("Coding")
    RECODE = "recode", _("Recoding")
    TRAINING = "training", _("Training")
    RESORT = "resort", _("Sorting again after a split")
    IMPORT = "import", _("Imported")
    KEY = "key", _("Key")


class Confidence(TextChoices):
    """How sure the coder was."""

    SURE = "sure", _("Sure")
    UNSURE = "unsure", _("Unsure")
    NOT_STATED = "not_stated", _("Not stated")


class Unclassifiable(TextChoices):
    """Why a moment cannot be classified."""

    TOO_LITTLE = "too_little", _("Too little detail")
    NO_BEHAVIOUR = "no_behaviour", _("No behaviour of a provider")
    SEVERAL = "several", _("Several behaviours that cannot be told apart")
    NO_CATEGORY = "no_category", _("No category fits")
    OTHER = "other", _("Other")


class Outcome(TextChoices):
    """What counts for a moment in a scheme, and why."""

    SINGLE = "single", _("One coder")
    AGREED = "agreed", _("Agreed")
    MAJORITY = "majority", _("By majority")
    ADJUDICATED = "adjudicated", _("Adjudicated")
    IN_DISPUTE = "in_dispute", _("In dispute")
    UNCLASSIFIABLE = "unclassifiable", _("Cannot be classified")
    WAITING = "waiting", _("Waiting")


class Residual(TextChoices):
    """The lines beside the base of a table, in the order they are printed."""

    NOT_CODED = "not_coded", _("Not coded")
    IN_DISPUTE = "in_dispute", _("In dispute")
    UNCLASSIFIABLE = "unclassifiable", _("Cannot be classified")
    COARSER_ONLY = "coarser_only", _("Coded only at a coarser round")
    NOT_BATCHED = "not_batched", _("Not batched")
    NEWER = "newer", _("Newer than the revision")


class Dimension(TextChoices):
    """What the columns of a table may be, besides the categories of another scheme."""

    REGION = "region", _("Region")
    COUNTRY = "country", _("Country")
    SECTOR = "sector", _("Sector")
    ORGANIZATION = "organization", _("Organization")
    VIEWPOINT = "viewpoint", _("Viewpoint")
    VALENCE = "valence", _("Valence")
    MONTH = "month", _("Month of the interview")
    QUARTER = "quarter", _("Quarter of the interview")
    YEAR = "year", _("Year of the interview")
    HAPPENED_MONTH = "happened_month", _("Month of the event")
    HAPPENED_QUARTER = "happened_quarter", _("Quarter of the event")
    HAPPENED_YEAR = "happened_year", _("Year of the event")
    INTERVIEWER = "interviewer", _("Interviewer")


class Unit(TextChoices):
    """What a table counts."""

    MOMENTS = "moments", _("Moments")
    INCIDENTS = "incidents", _("Incidents")
    INTERVIEWS = "interviews", _("Interviews")


class Weight(TextChoices):
    """What a moment counts for."""

    NONE = "none", _("No weights")
    INTERVIEW = "interview", _("Interviews alike")


class Shares(TextChoices):
    """What the percentages of a table are shares of."""

    COLUMN = "column", _("Column %")
    ROW = "row", _("Row %")
    TOTAL = "total", _("Total %")
    COUNTS = "counts", _("Counts")


class Origin(TextChoices):
    """Whose places the columns and filters mean."""

    RESPONDENT = "respondent", _("The respondent's")
    EVENT = "event", _("The event's")


class Recall(TextChoices):
    """Whether what was told happened inside the study's recall window before the interview."""

    INSIDE = "inside", _("Inside the recall window")
    OUTSIDE = "outside", _("Before the recall window")
    NOT_STATED = "not_stated", _("Cannot be told from the dates")
