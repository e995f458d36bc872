"""The files of moments of a study: whose they are, what is in them, what stands in their notes."""

import datetime as dt
from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.choices import IncidentState, RoleName, Verdict
from incidents.models import Incident, Member
from incidents.paging import shown_number
from reports.choices import ExportForm
from reports.datafiles.book import LONGEST_TEXT, Book, Headings, columns_of
from reports.models import Export
from reports.queries.moment_outcomes import outcomes_of
from reports.queries.moment_survey import GUARDED, Asked, Key, Survey, moments_asked
from reports.queries.moment_variables import fields_of
from taxonomy.access import schemes_open_to
from taxonomy.models import Scheme

if TYPE_CHECKING:
    from reports.queries.moment_rows import Moments

MOST_COUNTED = 20_000
OWN = "own"  # in what was asked: only what the member was told
A_LITTLE = dt.timedelta(minutes=1)  # as long as an act may take


def exports_of(member: Member) -> QuerySet[Export]:
    """The files of a study for its admins; for others their own, as far as their roles go.

    Analysts have those without names, interviewers those of what they were told.
    """
    exports = Export.objects.filter(study=member.study_id)
    if not member.has_role(RoleName.ADMIN):
        of_own = Q(question__has_key=OWN)
        allowed = Q(pk__in=[])
        if member.has_role(RoleName.ANALYST):
            allowed |= ~of_own
        if member.has_role(RoleName.INTERVIEWER):
            allowed |= of_own
        exports = exports.filter(allowed, asked_by=member, full=False)
    return exports.select_related("asked_by", "file", "job")


def expired_exports() -> QuerySet[Export]:
    """Those whose file is to go: it is old, or tells of what was withdrawn since it was read."""
    kept = Export.objects.filter(file__isnull=False)
    limit = timezone.now() - dt.timedelta(days=settings.EXPORT_DAYS)
    return kept.filter(Q(made_at__lt=limit) | _has_withdrawn())


def has_withdrawn(export: Export) -> bool:
    """Whether something was withdrawn since a file was read, which may tell of it."""
    return Export.objects.filter(_has_withdrawn(), pk=export.pk).exists()


def _has_withdrawn() -> Q:
    """In a file of what an interviewer was told only that matters."""
    of_study = Incident.objects.filter(study=OuterRef("study"), state=IncidentState.WITHDRAWN)
    of_own = of_study.filter(interview__interviewer=OuterRef("asked_by"))
    is_own = Q(question__has_key=OWN)
    return (~is_own & _is_in_it(of_study)) | (is_own & _is_in_it(of_own))


def _is_in_it(withdrawn: QuerySet[Incident]) -> Q:
    """Told by numbers; of what was set aside, which left no table, by the time."""
    counted = withdrawn.filter(left_seq__gt=OuterRef("data_seq"))
    aside = withdrawn.filter(
        screenings__verdict=Verdict.WITHDRAW,
        screenings__created_at__gte=OuterRef("made_at") - A_LITTLE,
    )
    return Q(Exists(counted)) | Q(Exists(aside), question__set_aside=True)


def expires_at(export: Export) -> dt.datetime | None:
    """When the file goes; None where there is none."""
    if export.made_at is None or export.file_id is None:
        return None
    return export.made_at + dt.timedelta(days=settings.EXPORT_DAYS)


def hidden_schemes(export: Export, member: Member) -> list[str]:
    """The names of the schemes in a file whose results the member may not see (now)."""
    names = {one["uid"]: one["name"] for one in export.made.get("schemes", [])}
    if not names:
        return []
    seen = {str(scheme.uid) for scheme in schemes_open_to(member)}
    return [name for uid, name in names.items() if uid not in seen]


def asked_by(member: Member, *, full: bool, set_aside: bool) -> tuple[Asked, list[Scheme]]:
    """What a member may ask for, and the schemes left out because they may not see results."""
    seen = schemes_open_to(member)
    schemes = list(Scheme.objects.filter(study=member.study_id).order_by("pk"))
    asked = Asked(member.study, full=full, set_aside=set_aside, schemes=tuple(seen))
    return asked, [scheme for scheme in schemes if scheme not in seen]


def asked_of_own(member: Member) -> Asked:
    """What an interviewer may ask for: all that they were told, in whatever state, in words."""
    return Asked(member.study, full=True, set_aside=True, told_to=member.pk)


def moments_counted(asked: Asked) -> tuple[int, bool]:
    """How many moments there are, at least so many; and whether that is all."""
    number = moments_asked(asked).order_by()[: MOST_COUNTED + 1].count()
    return min(number, MOST_COUNTED), number <= MOST_COUNTED


def columns_counted(asked: Asked) -> tuple[int, int]:
    """How many columns a file would have, and how many variables one for SPSS."""
    nothing: Mapping[str, frozenset[Key]] = dict.fromkeys(GUARDED, frozenset())
    survey = Survey(array("q"), 0, {}, nothing, nothing)
    variables = [field.variable for field in fields_of(asked, survey)]
    for scheme in asked.schemes:
        names = [variable.name for variable in variables]
        variables += outcomes_of(scheme, names).variables
    return len(columns_of(Book("", variables, (), 0, Headings()))), len(variables)


# -- What stands in the file ---------------------------------------------------------------------


def book_of(
    export: Export, moments: "Moments", *, left_out: Sequence[Scheme], restless: bool
) -> Book:
    """The file to be written: its variables and notes.

    `restless` where the data have changed whenever they were read before.
    """
    asked = moments.asked
    title = _("%(study)s: moments") % {"study": asked.study.name}
    book = Book(title, moments.variables, (), moments.survey.moments, _headings())
    notes = [
        *_about_study(asked),
        (_("Rows"), str(book.rows)),
        (_("Columns"), str(_columns(export, book))),
        (_("One row"), _("One moment, with the uid of its incident.")),
        (_("Which"), _which(asked)),
        *_as_of(asked, moments, restless=restless),
        (_("Names"), _names(asked)),
        *_about_schemes(moments, left_out),
        (_("Missing"), _missing()),
    ]
    if asked.full:
        notes.append((_("Words"), _about_words(export.form)))
    if export.reason:
        notes.append((_("Reason"), export.reason))
    return Book(title, book.variables, notes, book.rows, book.headings)


def _columns(export: Export, book: Book) -> int:
    return len(book.variables) if export.form == ExportForm.SAV else len(columns_of(book))


def _headings() -> Headings:
    return Headings(
        data=_("Moments"),
        variables=_("Variables"),
        notes=_("Notes"),
        name=_("Name"),
        label=_("Label"),
        kind=_("Kind"),
        number=_("Number in SPSS"),
        word=_("Code"),
        meaning=_("Meaning"),
        cut=_("… (cut)"),
    )


def _about_study(asked: Asked) -> list[tuple[str, str]]:
    study = asked.study
    about = [(_("Study"), study.name)]
    if study.note:
        about.append((_("Note"), study.note))
    if study.reconstruction:
        words = _(
            "Rebuilt from published figures: only percentages are as published; the rows, who told"
            " what, and the texts are invented."
        )
        about.append((_("Reconstruction"), words))
    return about


def _which(asked: Asked) -> str:
    if asked.told_to is not None:
        return _(
            "What was told to whoever asked for the file: submitted, returned, excluded or"
            " accepted, see “state”. What was withdrawn or held out is in no file."
        )
    if asked.set_aside:
        return _(
            "Moments of accepted incidents, and of those submitted, returned or excluded, which"
            " count in no table: see “state”. What was withdrawn or held out is in no file."
        )
    return _("Moments of accepted incidents: those that tables count.")


def _as_of(asked: Asked, moments: "Moments", *, restless: bool) -> list[tuple[str, str]]:
    now = timezone.localtime(timezone.now(), ZoneInfo(asked.study.time_zone))
    when = f"{date_format(now, 'DATETIME_FORMAT')} ({asked.study.time_zone})"
    number = shown_number(moments.standing.data_seq)
    about = [(_("As of"), _("%(when)s, data number %(number)s") % {"when": when, "number": number})]
    if restless:
        words = _(
            "People worked on the study each time it was read. Rows may show it as of this number"
            " or a little later."
        )
        about.append((_("Changed while it was read"), words))
    return about


def _names(asked: Asked) -> str:
    if asked.told_to is not None:
        return _("With names. This file is confidential: it names organizations and respondents.")
    if asked.full:
        return _(
            "With names. This file is confidential: it names organizations, interviewers and what"
            " people told."
        )
    words = ngettext(
        "De-identified: organizations by code, interviews and respondents by running numbers,"
        " months for days, no words. A region, country, sector, language, job role or kind of"
        " contact is shown where at least %(number)d moment from three interviews and two"
        " organizations has it; others are “withheld”. Each is looked at by itself: together they"
        " may still tell who somebody is.",
        "De-identified: organizations by code, interviews and respondents by running numbers,"
        " months for days, no words. A region, country, sector, language, job role or kind of"
        " contact is shown where at least %(number)d moments from three interviews and two"
        " organizations have it; others are “withheld”. Each is looked at by itself: together they"
        " may still tell who somebody is.",
        asked.study.confidentiality_threshold,
    )
    return words % {"number": asked.study.confidentiality_threshold}


def _about_schemes(moments: "Moments", left_out: Sequence[Scheme]) -> list[tuple[str, str]]:
    pairs = zip(moments.asked.schemes, moments.standing.revisions, strict=True)
    told = [
        _("%(scheme)s (tree revision %(number)d)") % {"scheme": scheme.name, "number": number}
        for scheme, number in pairs
    ]
    about = [(_("Schemes"), "; ".join(told) or _("none"))]
    if left_out:
        names = ", ".join(scheme.name for scheme in left_out)
        words = _("%(names)s: whoever asked for the file codes there and may not see results yet.")
        about.append((_("Left out"), words % {"names": names}))
    return about


def _missing() -> str:
    return _(
        "In a round, what no category counts has a code of its own: not_coded, in_dispute,"
        " unclassifiable, coarser_only, not_batched. In SPSS these are -1 to -5, withheld is -8 and"
        " not stated -9; all are declared missing. Moments that do not count have nothing there."
    )


def _about_words(form: str) -> str:
    words = _("Words are there where their respondent agreed to quotes; see “words”.")
    if form == ExportForm.SAV:
        cut = _("A text is cut after %(number)s bytes, which “…” shows; CSV and JSON have all.")
        return f"{words} {cut % {'number': shown_number(LONGEST_TEXT[form])}}"
    if form == ExportForm.XLSX:
        cut = _("A text is cut after %(number)s letters; CSV and JSON have all.")
        return f"{words} {cut % {'number': shown_number(LONGEST_TEXT[form])}}"
    return words
