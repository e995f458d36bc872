"""What people add to the method section."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents import texts
from incidents.actions.history import record_change
from incidents.actions.refusals import StaleError
from incidents.models import Member, Study
from reports.choices import MethodPart
from reports.models import MethodWords


@transaction.atomic
def write_method(
    *, study: Study, words: Mapping[str, str], by: Member, row_version: int
) -> MethodWords:
    """Say in words what no figure says of how a study was done, and return it.

    A part left out or empty says nothing. `row_version` is the version that was read, 0 where
    nothing was written yet.

    Raises
    ------
    StaleError
        Somebody else wrote since `row_version`.
    """
    row, _new = MethodWords.objects.get_or_create(study=study)
    said = {part.value: texts.tidy(words.get(part, "")).strip() for part in MethodPart}
    said = {part: text for part, text in said.items() if text}
    unchanged = MethodWords.objects.filter(study=study, row_version=row_version)
    if not unchanged.update(words=said, row_version=F("row_version") + 1):
        raise StaleError(
            _("Somebody else changed these words meanwhile. Look at them, then save again.")
        )
    parts = [part for part in MethodPart.values if said.get(part) != row.words.get(part)]
    record_change(verb="write_method", on=study, study=study, by=by, parts=parts)
    row.refresh_from_db()
    return row
