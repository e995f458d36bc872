"""What is in a training set: moments found or drawn, the key of each, their order."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from incidents.choices import IncidentState
from incidents.http import Request
from incidents.models import Member, Moment
from incidents.paging import page_by_key
from incidents.views.attempts import refusal_of, telling_refusals
from taxonomy import access
from taxonomy.actions import training as actions
from taxonomy.forms.training import AddForm, DrawForm, FindForm, KeyForm, MoveForm
from taxonomy.models import TrainingItem, TrainingSet
from taxonomy.queries.coding import STEP, told
from taxonomy.queries.training import (
    coders_who_answered,
    items_of,
    lacks_key,
    moments_to_add,
)
from taxonomy.queries.trees import tree_of
from taxonomy.views.revising import posted
from taxonomy.views.training_sets import Address, set_context, training_set


@require_http_methods(["GET", "POST"])
def training_set_add(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Find moments and tick them, or have some drawn."""
    address = (slug, scheme, uid)
    member, shown, _sees = training_set(request, address)
    form = AddForm(posted(request), scheme=shown.scheme)

    def act() -> int:
        return actions.add_moments(training_set=shown, moments=form.ticked(), by=member)

    return _adding(request, address, form, act, form=form)


@require_POST
def training_set_draw(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Put settled moments into a set at random, spread over the categories."""
    address = (slug, scheme, uid)
    member, shown, _sees = training_set(request, address)
    form = DrawForm(request.POST)

    def act() -> int:
        return actions.draw_moments(training_set=shown, by=member, **form.cleaned_data)

    return _adding(request, address, form, act, draw=form)


def _adding(
    request: Request,
    address: Address,
    asked: AddForm | DrawForm,
    act: Callable[[], int],
    **forms: object,
) -> HttpResponse:
    """Add what is asked for, and back to the set; else the page with what stands in the way."""
    member, shown, sees = training_set(request, address)
    number: list[int] = []

    def add() -> None:
        access.require_results(member, shown.scheme)
        number.append(act())

    status = refusal_of(asked, add)
    if status is None:
        said = ngettext("%(number)s moment is added.", "%(number)s moments are added.", number[0])
        messages.success(request, said % {"number": number[0]})
        return redirect("taxonomy:training_set_show", *address)
    found = _found(request, shown) if sees else {}
    context = {**set_context(shown, sees=sees), **found, "draw": DrawForm(), **forms}
    context["ticked"] = request.POST.getlist("moment")
    return render(request, "taxonomy/training_set_add.html", context, status=status)


def _found(request: Request, shown: TrainingSet) -> dict[str, Any]:
    filters = FindForm(request.GET, scheme=shown.scheme)
    rows = moments_to_add(shown, **filters.asked()).select_related("incident__version")
    page = page_by_key(rows, query=request.GET)
    return {"filters": filters, "page": page, "moments": list(_named(shown, page.rows))}


def _named(shown: TrainingSet, rows: Sequence[Any]) -> Iterator[tuple[Moment, str]]:
    """Moments with the path of what counts for them."""
    tree = tree_of(shown.scheme)
    for row in rows:
        node = tree.canonical(row.counts_as) if row.counts_as else None
        yield row, STEP.join(tree.path(node)) if node else ""


# -- One moment --------------------------------------------------------------------------------


def _item(request: Request, address: Address, uid: uuid.UUID) -> tuple[Member, TrainingItem, bool]:
    member, shown, sees = training_set(request, address)
    return member, access.training_item_of(shown, uid), sees


@require_http_methods(["GET", "POST"])
def training_item_key(
    request: Request, slug: str, scheme: str, uid: uuid.UUID, item: uuid.UUID
) -> HttpResponse:
    """What is right for a moment, and why; then on to the next without a key."""
    member, shown, sees = _item(request, (slug, scheme, uid), item)
    form = KeyForm(posted(request), item=shown)
    touched: list[Member] = []

    def act() -> None:
        access.require_results(member, shown.training_set.scheme)
        touched.extend(actions.set_key(item=shown, by=member, **form.key()))

    status = refusal_of(form, act)
    if status is None:
        _say_touched(request, _("The key is kept."), touched)
        return _onward(shown)
    context = {**set_context(shown.training_set, sees=sees), "item": shown}
    if sees:
        context |= _key_context(shown, form)
    return render(request, "taxonomy/training_item_key.html", context, status=status)


def _key_context(item: TrainingItem, form: KeyForm) -> dict[str, object]:
    coders = coders_who_answered([item.moment_id], item.training_set)
    counts = item.moment.incident.state == IncidentState.ACCEPTED
    return {
        "form": form,
        "told": told(item.moment) if counts else None,
        "coders": coders.get(item.moment_id, []),
    }


def _onward(item: TrainingItem) -> HttpResponse:
    """To the next moment without a key; where all have one to the next, and from the last back."""
    row = item.training_set
    address = (row.scheme.study.slug, row.scheme.slug, row.uid)
    tree = tree_of(row.scheme)
    items = list(items_of(row))
    after = [one for one in items if one.position > item.position]
    bare = [one for one in [*after, *items] if lacks_key(one, tree)]
    for following in bare or after:
        return redirect("taxonomy:training_item_key", *address, following.uid)
    return redirect("taxonomy:training_set_show", *address)


def _say_touched(request: Request, said: str, coders: Sequence[Member]) -> None:
    """Say what was done, and whose results it changes."""
    if not coders:
        messages.success(request, said)
        return
    touched = ngettext(
        "It concerns %(coders)s, who has coded this moment.",
        "It concerns %(coders)s, who have coded this moment.",
        len(coders),
    )
    names = ", ".join(coder.display_name for coder in coders)
    messages.warning(request, f"{said} {touched % {'coders': names}}")


@require_POST
def training_item_move(
    request: Request, slug: str, scheme: str, uid: uuid.UUID, item: uuid.UUID
) -> HttpResponse:
    """Put a moment one place up or down."""
    member, shown, _sees = _item(request, (slug, scheme, uid), item)
    form = MoveForm(request.POST)
    if form.is_valid():
        actions.move_item(item=shown, up=form.cleaned_data["way"] == "up", by=member)
    return redirect("taxonomy:training_set_show", slug, scheme, uid)


@require_POST
def training_item_take_out(
    request: Request, slug: str, scheme: str, uid: uuid.UUID, item: uuid.UUID
) -> HttpResponse:
    """Take a moment out of a set; it stays for those who have coded it."""
    member, shown, _sees = _item(request, (slug, scheme, uid), item)
    with telling_refusals(request):
        access.require_results(member, shown.training_set.scheme)
        touched = actions.take_out(item=shown, by=member)
        _say_touched(request, _("Taken out. It stays for who has coded it."), touched)
    return redirect("taxonomy:training_set_show", slug, scheme, uid)
