"""The guide of a study, worded by its admin."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents import texts
from incidents.actions.history import record_change
from incidents.actions.refusals import StaleError
from incidents.choices import GuidePart
from incidents.models import Guide, Member, Study
from incidents.queries.guides import default_words


@transaction.atomic
def change_guide(
    *, study: Study, language: str, words: Mapping[str, str], by: Member, row_version: int
) -> Guide:
    """Word the guide of a study in one language, and return it.

    A part that is left empty, or says what Candid comes with, has the words Candid comes with.
    `row_version` is the version that was read, 0 where nothing was worded yet.

    Raises
    ------
    StaleError
        Somebody else worded the guide since `row_version`.
    """
    guide, _new = Guide.objects.get_or_create(study=study, language=language)
    own = {part.value: _own_words(part, words, language) for part in GuidePart}
    own = {part: text for part, text in own.items() if text}
    unchanged = Guide.objects.filter(pk=guide.pk, row_version=row_version)
    if not unchanged.update(words=own, row_version=F("row_version") + 1):
        raise StaleError(
            _("Somebody else changed the guide meanwhile. Look at it, then save again.")
        )
    parts = [part for part in GuidePart.values if own.get(part) != guide.words.get(part)]
    record_change(verb="change_guide", on=guide, study=study, by=by, language=language, parts=parts)
    guide.refresh_from_db()
    return guide


def _own_words(part: GuidePart, words: Mapping[str, str], language: str) -> str:
    text = texts.tidy(words.get(part, "")).strip()
    return "" if text == default_words(part, language) else text
