"""The closed lists of what comes out."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BulkVerb(TextChoices):
    """What may be done to many incidents at once."""

    ACCEPT = "accept", _("Accept")
    RETURN = "return", _("Return with a question")
    EXCLUDE = "exclude", _("Exclude")
    RESTORE = "restore", _("Restore")
    BATCH = "batch", _("Put on a batch")
    UNDO = "undo", _("Undo")


class ChartKind(TextChoices):
    """The pictures of a table."""

    DOTS = "dots", _("Dots with intervals")
    STACKED = "stacked", _("Stacked bars")
    DIVERGING = "diverging", _("Diverging bars")
    RESIDUALS = "residuals", _("Heat table of residuals")
    MULTIPLES = "multiples", _("Small multiples")
    OVER_TIME = "over_time", _("Change over time")


class Theme(TextChoices):
    """What a picture is drawn for."""

    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class ExportForm(TextChoices):
    """The formats of a file of all moments."""

    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("Excel")
    JSON = "json", _("JSON")
    SAV = "sav", _("SPSS")


OWN_FORMS = (ExportForm.CSV, ExportForm.XLSX)  # of what an interviewer was told


class MethodPart(TextChoices):
    """What only people can say of how a study was done, in the order of the method section."""

    SAMPLING = "sampling", _("How organizations and respondents were chosen")
    CODERS = "coders", _("Who coded, and how they were prepared")
    LIMITS = "limits", _("Limits of this study")


class QuoteBar(TextChoices):
    """Why what stands on the clipboard may not be quoted; worked out each time, never kept."""

    GONE = "gone", _("Its incident does not count now, so its words are not shown.")
    CONSENT = "consent", _("The respondent agreed to notes only.")
    CORRECTED = "corrected", _("The words were corrected after the passage was taken.")
    UNCONFIRMED = "unconfirmed", _("Nobody has confirmed it yet.")

    @property
    def is_lasting(self) -> bool:
        """Whether it cannot be confirmed either."""
        return self != QuoteBar.UNCONFIRMED


class DocumentForm(TextChoices):
    """The formats of a report."""

    PDF = "pdf", _("PDF")
    DOCX = "docx", _("Word")
    PPTX = "pptx", _("PowerPoint")


class ReportItem(TextChoices):
    """What stands in a report or on a dashboard: there tables as of today, in a report runs."""

    TABLE = "table", _("Table of today")
    RUN = "run", _("Table")
    QUOTE = "quote", _("Quote")
    TEXT = "text", _("Text")


class Ready(TextChoices):
    """The tables that every study wants, each with the words on either side."""

    SIDES = "sides", _("Told as a customer and as a provider")
    VALENCES = "valences", _("Good and poor service")
    CAUSES = "causes", _("What poor service is put down to")


class Rhythm(TextChoices):
    """When a saved table is computed again by itself."""

    NIGHTLY = "nightly", _("Every night")
    CHANGED = "changed", _("When the data changed")


class LeftOut(TextChoices):
    """Why a part of a dashboard is not shown by a link."""

    QUOTE = "quote", _("Quotes are not shown outside by a link: only figures are.")
    NO_RUN = (
        "no_run",
        _(
            "Never computed without names of organizations or interviewers. Compute it, then make"
            " another link."
        ),
    )
    NO_FILE = (
        "no_file",
        _("The run has lost its file. Compute the table again, then make another link."),
    )
    ORGANIZATIONS = (
        "organizations",
        _("Single organizations are its columns or its filter: no figure of one goes outside."),
    )
    GONE = "gone", _("Deleted, no longer shared, or of a scheme that was hidden.")
    NAMES = "names", _("Its words name an organization of the study.")
    EMPTY = "empty", _("Nothing of what was to be shown fits this table.")
