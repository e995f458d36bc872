"""The sentences for what can be wrong with the file of a scheme: what it is, and what to do."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taxonomy.exchange.book import BookProblem
from taxonomy.exchange.matching import Act

MESSAGES: Final[dict[str, Promise]] = {
    # the file
    "empty_file": _("The file is empty."),
    "file_too_big": _("The file is larger than %(limit)s MB, which no scheme of categories needs."),
    "no_categories": _("The file has no category."),
    "too_many_categories": _(
        "The file has more than %(limit)s categories. Bring it in by parts, or cut it down."
    ),
    "too_many_rounds": _("The file has more than %(limit)s levels."),
    "nothing_to_write": _(
        "The scheme has no category yet, and a .qdc file must have one. Take JSON."
    ),
    "not_json": _("This is no complete JSON. Take the file anew from where it came from."),
    "other_json": _("This JSON is no scheme of Candid: “format” is not “candid-scheme”."),
    "newer_json": _("The file has version %(version)s of the form, which is not known here."),
    "wrong_kind": _("“%(name)s” is missing or is not what it should be."),
    "no_rows": _(
        "The file has one line and no category below it. It should be a table of categories, JSON,"
        " or a codebook of REFI-QDA."
    ),
    "not_xml": _("This is no complete XML. Take the file anew from where it came from."),
    "doctype": _(
        "The file has a document type or entities, which a codebook never needs and which can do"
        " harm. It was not read."
    ),
    "other_root": _(
        "The file begins with “%(name)s”, so it is no codebook. Export the codebook (.qdc), not the"
        " project."
    ),
    "no_name_column": _("No column is called “name” or “path”. One of them must be there."),
    # rows
    "id_twice": _("The id %(id)s stands there twice."),
    "bad_id": _("“%(id)s” is no id. It must be a UUID, or empty."),
    "dangling": _("The id %(id)s is referred to, but is not in the file."),
    "text_too_long": _("“%(start)s…” is too long for “%(field)s”: at most %(limit)s characters."),
    "nul": _("Null characters and halves of letters are not allowed."),
    "no_name": _("A name is missing."),
    "no_round_name": _("The name of a round is missing."),
    "round_positions": _("Rounds must be numbered 1, 2, 3 and so on; 1 is the finest."),
    "bad_round": _("“%(value)s” is no round. Write its number; 1 is the finest."),
    "round_named_twice": _("Round %(value)s has two names in the file."),
    "not_yes": _("“%(value)s” under “%(name)s” is neither yes nor no."),
    # against the scheme
    "too_deep": _(
        "The file has %(levels)s levels, the scheme %(rounds)s rounds. Add a round first, or make a"
        " new scheme of the file."
    ),
    "rounds_in_other_order": _("The rounds of the file are in another order than the scheme's."),
    "other_rounds": _(
        "The file has the rounds %(names)s, which the scheme has not, and lacks %(missing)s. Name"
        " them alike first."
    ),
    "same_category": _("“%(name)s” is a category that an earlier row is already."),
    "name_in_places": _("“%(name)s” stands in several places. Give its id, or where it stands."),
    "no_such_round": _("“%(name)s” stands in round %(round)s, which the file does not have."),
    "id_of_round": _("The id %(id)s belongs to a round here, so no category can have it."),
    "id_of_category": _("The id %(id)s belongs to a category here, so no round can have it."),
    "in_other_round": _("“%(name)s” stands in another round here, and a category keeps its round."),
    "no_such_path": _("Neither the file nor the scheme has “%(path)s”, above “%(name)s”."),
    # worth knowing
    "unknown_name": _("“%(name)s” is not known here and is left out."),
    "unknown_element": _("The element “%(name)s” is not part of the standard and is left out."),
    "set_left_out": _("The set “%(name)s” is no round and is left out."),
    "colours": _("Colours are left out."),
    "not_codable": _(
        "“%(name)s” is not for coding in the file; here it is a category like the others."
    ),
    "path_differs": _("The path ends in “%(said)s”; the name “%(name)s” counts."),
}


def book_sentence(problem: BookProblem, form: str = "") -> str:
    """Return what to tell the user about a problem, and where in a file of this form it is."""
    said = str(MESSAGES[problem.code]) % problem.params
    if problem.line is None:
        return said
    in_json = form == "json" and problem.code != "not_json"
    where = _("Category %(line)d: %(said)s") if in_json else _("Line %(line)d: %(said)s")
    return str(where) % {"line": problem.line, "said": said}


ACTS: Final[dict[Act, Promise]] = {
    Act.NEW_ROUND: _("New round"),
    Act.ROUND_RENAMED: _("Round renamed"),
    Act.ADDED: _("Added"),
    Act.RENAMED: _("Renamed"),
    Act.DESCRIBED: _("Described"),
    Act.PLACED: _("Placed"),
    Act.MERGED: _("Merged"),
    Act.UNMERGED: _("Merge taken back"),
    Act.RETIRED: _("Retired"),
    Act.RESTORED: _("Restored"),
}
FIELDS: Final[dict[str, Promise]] = {
    "code": _("Code"),
    "label": _("Label in tables"),
    "definition": _("Definition"),
    "includes": _("Includes"),
    "excludes": _("Not here"),
    "positive_example": _("Example, done well"),
    "negative_example": _("Example, done badly"),
}
