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
