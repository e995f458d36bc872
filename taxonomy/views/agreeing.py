"""What several made of a sort: how far they agree, and what becomes of it in the scheme."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, part_of
from incidents.models import Member
from incidents.views.attempts import refusal_of, version_to_send
from taxonomy import access
from taxonomy.actions.agreeing import Group, settle_pair, take_over_groups, take_over_piles
from taxonomy.actions.machine import request_machine_sort
from taxonomy.choices import SortOf
from taxonomy.forms.sorts import (
    AgreeForm,
    BesideForm,
    CutForm,
    PilesForm,
    SettleForm,
    SizesForm,
)
from taxonomy.models import Scheme, Sort, SortItem
from taxonomy.queries.clustering import (
    DISPUTED_SHOWN,
    clustering_of,
    compared,
    names_for,
    names_kept,
)
from taxonomy.queries.machine import latest_machine_job, machine_piles
from taxonomy.queries.piling import Candidate, beside, candidates
from taxonomy.queries.sorts import Made, items_of, made_in, round_above, standing_elsewhere
from taxonomy.queries.trees import tree_of
from taxonomy.views.revising import changed_page, posted

AGREE = "taxonomy/sort_agree.html"
SPARE_NAMES = 3  # groups that may be added by hand


@require_GET
def sort_results(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """The similarity matrix, the tree, and the agreement of each two sorters."""
    member = member_for(request, slug)
    sort = access.sort_of(member, scheme, uid)
    context = {
        "study": member.study,
        "scheme": sort.scheme,
        "sort": sort,
        "sees": access.sees_sorted(member, sort),
        "may_edit": member.has_role(RoleName.ADMIN),
    }
    if context["sees"]:
        compare = _compared if sort.of == SortOf.CATEGORIES else _beside
        context |= compare(request, member, sort)
    return render(request, "taxonomy/sort_results.html", context)


@require_POST
def sort_machine(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Ask the machine for groups; it says how far it is on the page of results."""
    member = member_for(request, slug)
    sort = access.sort_to_run(member, scheme, uid)
    form = SizesForm(request.POST)
    status = refusal_of(form, lambda: _ask_machine(sort, form, member))
    if status is not None:
        messages.error(request, " ".join(_sentences(form)))
    return redirect("taxonomy:sort_results", slug, scheme, uid)


def _ask_machine(sort: Sort, form: SizesForm, member: Member) -> None:
    access.require_results(member, sort.scheme)
    request_machine_sort(sort=sort, sizes=form.cleaned_data["sizes"], by=member)


def _sentences(form: Form) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


def _compared(request: Request, member: Member, sort: Sort) -> dict[str, Any]:
    open_to_machine = access.sees_machine(member, sort)
    made = made_in(sort, with_machine=open_to_machine)
    people = [each for each in made if not each.is_machine]
    asked = CutForm(request.GET)
    found = clustering_of(sort, people, linkage=asked.linkage_asked(), groups=asked.groups_asked())
    shown = CutForm(initial={"linkage": asked.linkage_asked(), "groups": found.number})
    return {
        "made": made,
        "people": people,
        "found": found,
        "pairs": compared(made),
        "cut": shown,
        "sees_machine": open_to_machine,
        "machine": machine_piles(made, found.items),
        "job": latest_machine_job(sort) if member.has_role(RoleName.ADMIN) else None,
        "sizes": SizesForm(initial={"sizes": sort.groups or found.number}),
    }


def _beside(request: Request, _member: Member, sort: Sort) -> dict[str, Any]:
    """The piles of two sorters of moments, the first two where none are named."""
    made = made_in(sort, with_machine=False)
    asked = BesideForm(request.GET, sorters=[each.sorter for each in made])
    known = {str(each.sorter.uid): each for each in made}
    first = known.get(asked.asked("first")) or next(iter(made), None)
    others = [each for each in made if each != first]
    second = known.get(asked.asked("second")) or next(iter(others), None)
    context: dict[str, Any] = {"made": made, "people": made, "pairs": compared(made)}
    if first and second:
        chosen = {"first": first.sorter.uid, "second": second.sorter.uid}
        context["beside"] = beside(first, second, list(items_of(sort)))
        context["chooser"] = BesideForm(
            initial=chosen, sorters=[each.sorter for each in made], auto_id="beside_%s"
        )
    return context


@require_http_methods(["GET", "POST"])
def sort_piles(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Choose piles of moments that become categories, as one revision."""
    member = member_for(request, slug)
    sort = access.sort_to_run(member, scheme, uid)
    form = PilesForm(posted(request), sort=sort)
    status = refusal_of(form, lambda: _take_piles(sort, form, member))
    if status is None:
        return changed_page(request, sort.scheme)
    latest = Scheme.objects.values_list("revision", flat=True).get(pk=sort.scheme_id)
    context = {
        "study": member.study,
        "scheme": sort.scheme,
        "sort": sort,
        "form": form,
        "revision": version_to_send(form, "revision", latest, status),
        "sees": access.sees_sorted(member, sort) and sort.of == SortOf.MOMENTS,
    }
    if context["sees"]:
        context["rows"] = _candidates(sort, form.typed())
    return render(request, "taxonomy/sort_piles.html", context, status=status)


def _take_piles(sort: Sort, form: PilesForm, member: Member) -> None:
    access.require_results(member, sort.scheme)
    take_over_piles(sort=sort, by=member, **form.change())


def _candidates(sort: Sort, typed: Mapping[str, str]) -> list[tuple[Candidate, str]]:
    """The piles with the names that were typed, or else that they would have."""
    found = candidates(made_in(sort, with_machine=False), list(items_of(sort)))
    return [(each, typed.get(str(each.pile.uid), each.name)) for each in found]


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def sort_agree(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """From the most disputed pairs to groups with names, and into the scheme as one revision."""
    member = member_for(request, slug)
    sort = access.sort_to_run(member, scheme, uid)
    form = AgreeForm(posted(request), sort=sort, has_round=round_above(sort.round) is not None)
    status = refusal_of(form, lambda: _take_over(sort, form, member))
    if status is None:
        return changed_page(request, sort.scheme)
    return _agree(request, member, sort, form=form, status=status)


def _take_over(sort: Sort, form: AgreeForm, member: Member) -> None:
    given = form.change()
    groups = [Group(name, things) for name, things in given.pop("gathered")]
    take_over_groups(sort=sort, groups=groups, by=member, **given)


@require_POST
@vary_on_headers("HX-Request")
def sort_settle(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Settle one disputed pair, or open it again."""
    member = member_for(request, slug)
    sort = access.sort_to_run(member, scheme, uid)
    form = SettleForm(request.POST, sort=sort)
    status = refusal_of(form, lambda: settle_pair(sort=sort, by=member, **form.settled()))
    if request.htmx or status is not None:
        said = " ".join(_sentences(form))
        sent = AgreeForm(request.POST, sort=sort, has_round=True)
        return _agree(request, member, sort, sent=sent, refused=said, status=status or 200)
    target = redirect("taxonomy:sort_agree", slug, scheme, uid)
    target["Location"] += f"?{_asked(request).urlencode()}"
    return target


def _agree(
    request: Request,
    member: Member,
    sort: Sort,
    *,
    form: AgreeForm | None = None,
    sent: AgreeForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; `sent` is what was typed while a pair was settled, to be kept and not judged."""
    above = round_above(sort.round)
    typed = {name: request.POST.get(name, "") for name in ("round_name", "rationale")}
    form = form or AgreeForm(sort=sort, has_round=above is not None, initial=typed)
    latest = Scheme.objects.values_list("revision", flat=True).get(pk=sort.scheme_id)
    context = {
        "study": member.study,
        "scheme": sort.scheme,
        "sort": sort,
        "above": above,
        "standing": len(tree_of(sort.scheme).rows(above.position)) if above else 0,
        "form": form,
        "refused": refused,
        "revision": version_to_send(form, "revision", latest, status),
        "sees": access.sees_sorted(member, sort) and sort.of == SortOf.CATEGORIES,
    }
    if context["sees"]:
        made = [each for each in made_in(sort, with_machine=False) if not each.is_machine]
        context |= _groups(_asked(request), sort, made, form if form.is_bound else sent)
    return render(request, part_of(AGREE, "agree", request), context, status=status)


def _asked(request: Request) -> QueryDict:
    """How the groups are cut: said in the address, or sent along."""
    asked = QueryDict(mutable=True)
    for name in ("linkage", "groups"):
        asked[name] = request.POST.get(name) or request.GET.get(name, "")
    return asked


def _groups(
    asked: QueryDict, sort: Sort, made: list[Made], sent: AgreeForm | None
) -> dict[str, Any]:
    """The groups as the tree and the settled pairs make them, or as they were typed."""
    cut = CutForm(asked)
    found = clustering_of(
        sort, made, linkage=cut.linkage_asked(), groups=cut.groups_asked(), by_hand=True
    )
    members = found.members()
    disputed = found.disputed()
    names, typed = _typed(sent, members, made)
    called = {str(number): name for number, name in enumerate(names, 1)}
    offered = [(item, str(number)) for number, group in enumerate(members, 1) for item in group]
    rows = [(item, typed.get(str(item.uid), number)) for item, number in offered]
    return {
        "offered": ",".join(number for _item, number in offered),
        "found": found,
        "cut": CutForm(initial={"linkage": cut.linkage_asked(), "groups": found.number}),
        "disputed": disputed[:DISPUTED_SHOWN],
        "number_disputed": len(disputed),
        "rows": rows,
        "names": names,
        "elsewhere": standing_elsewhere(
            sort, [(item, called.get(number.strip(), "")) for item, number in rows]
        ),
    }


def _typed(
    sent: AgreeForm | None, members: list[list[SortItem]], made: list[Made]
) -> tuple[list[str], Mapping[str, str]]:
    """The names of the groups, and what numbers were typed; else those of the tree are shown.

    Numbers that were changed by hand stay. Where none was, the groups follow what was settled and
    names follow the things.
    """
    spare = [""] * SPARE_NAMES
    if sent is None or not sent.names():
        return [*names_for(members, made), *spare], {}
    if sent.by_hand():
        return sent.names(), sent.numbers()
    return [*names_kept(members, made, sent.names(), sent.numbers()), *spare], {}
