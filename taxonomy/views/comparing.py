"""What is otherwise between two revisions of a scheme."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from taxonomy import access
from taxonomy.forms.comparing import ComparisonForm
from taxonomy.models import Category
from taxonomy.queries.difference import compared
from taxonomy.tabulation.difference import Difference, Kind, RoundDifference
from taxonomy.tabulation.wording import Piece, pieces

PAGE = "taxonomy/revision_compare.html"
OPEN = 12  # a longer list is folded
SPELT_OUT = 20  # of so many categories the words are compared on one page
LETTERS = 60_000  # and no further category once so many letters were compared

HEADINGS = {
    Kind.ADDED: _("Added"),
    Kind.SPLIT_OFF: _("Split off"),
    Kind.GONE: _("Gone"),
    Kind.MERGED: _("Merged"),
    Kind.UNMERGED: _("No longer merged"),
    Kind.RENAMED: _("Renamed"),
    Kind.PLACED: _("Placed elsewhere"),
    Kind.RETIRED: _("Retired"),
    Kind.RESTORED: _("Restored"),
    Kind.WORDS: _("Words changed"),
}


@dataclasses.dataclass(frozen=True)
class Group:
    """What is otherwise in the same way in one round; `entries` with the words that changed."""

    kind: str
    heading: str | Promise
    entries: Sequence[tuple[Difference, Sequence[tuple[str, Sequence[Piece]]]]]

    @property
    def folded(self) -> bool:
        """Whether it is too long to be read unasked."""
        return len(self.entries) > OPEN


@require_GET
def revision_compare(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The net differences of two trees, by round; without numbers, the question."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    asked = bool({"from", "to"} & request.GET.keys())
    last = {"from": max(0, shown.revision - 1), "to": shown.revision}
    form = ComparisonForm(request.GET if asked else None, scheme=shown, initial=last)
    context = {"study": member.study, "scheme": shown, "form": form}
    if not asked or not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if asked else HTTPStatus.OK
        return render(request, PAGE, context, status=status)
    found = compared(shown, *form.span())
    about = str(form.cleaned_data["category"] or "")
    rounds = _rounds(found.rounds, about)
    names = [one.name for _round, groups in rounds for group in groups for one, _w in group.entries]
    context |= {"found": found, "rounds": rounds, "about": about, "about_name": names and names[0]}
    return render(request, PAGE, context)


def _rounds(
    rounds: Sequence[RoundDifference], about: str
) -> list[tuple[RoundDifference, list[Group]]]:
    """Each round with its groups; of one category only those where it is told of."""
    spelt_out = set(_within_bounds(_reworded(rounds, about)))
    told = [(one, list(_groups(one, about, spelt_out))) for one in rounds]
    return [(one, groups) for one, groups in told if groups or not about]


def _reworded(rounds: Sequence[RoundDifference], about: str) -> Iterator[Difference]:
    for one in rounds:
        yield from (each for each in one.of(Kind.WORDS) if _is_about(each, about))


def _within_bounds(reworded: Iterator[Difference]) -> Iterator[str]:
    """Those whose words are compared on this page; the first always is."""
    letters = 0
    for one in itertools.islice(reworded, SPELT_OUT):
        if letters >= LETTERS:
            return
        letters += sum(len(before) + len(after) for _field, before, after in one.fields)
        yield one.uid


def _is_about(difference: Difference, about: str) -> bool:
    return about in {"", difference.uid}


def _groups(changed: RoundDifference, about: str, spelt_out: set[str]) -> Iterator[Group]:
    for kind, heading in HEADINGS.items():
        entries = [
            (one, _words(one) if one.uid in spelt_out else [])
            for one in changed.of(kind)
            if _is_about(one, about)
        ]
        if entries:
            yield Group(kind.value, heading, entries)


def _words(difference: Difference) -> list[tuple[str, Sequence[Piece]]]:
    return [
        (str(Category._meta.get_field(field).verbose_name), pieces(before, after))  # type: ignore[union-attr]
        for field, before, after in difference.fields
    ]
