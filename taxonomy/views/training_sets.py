"""Training sets, for admins: what is in them, the key of each moment, and who practises."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from incidents.views.attempts import refusal_of
from taxonomy import access
from taxonomy.actions import training as actions
from taxonomy.forms.training import GiveForm, TrainingSetForm
from taxonomy.models import Training, TrainingSet
from taxonomy.queries.training import (
    TrainingLine,
    coders_to_give,
    item_lines,
    items_of,
    left_the_coders,
    set_lines,
    training_lines,
    trainings_in,
)
from taxonomy.queries.training_results import percents_of
from taxonomy.queries.trees import tree_of
from taxonomy.views.revising import at_work, posted

Address = tuple[str, str, uuid.UUID]
PAGE = 25


@require_GET
def training_set_list(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The training sets of a scheme, the newest first."""
    member, edited = at_work(request, slug, scheme)
    page = page_by_key(TrainingSet.objects.filter(scheme=edited), query=request.GET, size=PAGE)
    context = {
        "study": member.study,
        "scheme": edited,
        "page": page,
        "lines": set_lines(edited, page.rows),
    }
    return render(request, "taxonomy/training_set_list.html", context)


@require_http_methods(["GET", "POST"])
def training_set_create(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Begin a set."""
    member, edited = at_work(request, slug, scheme)
    form = TrainingSetForm(posted(request))
    made: list[TrainingSet] = []
    status = refusal_of(
        form,
        lambda: made.append(
            actions.make_training_set(scheme=edited, by=member, name=form.cleaned_data["name"])
        ),
    )
    if status is None:
        return redirect("taxonomy:training_set_add", slug, scheme, made[0].uid)
    context = {"study": member.study, "scheme": edited, "form": form}
    return render(request, "taxonomy/training_set_create.html", context, status=status)


def training_set(request: Request, address: Address) -> tuple[Member, TrainingSet, bool]:
    """The admin, the set, and whether the admin may see what is in it."""
    slug, scheme, uid = address
    member, edited = at_work(request, slug, scheme)
    return member, access.training_set_of(edited, uid), access.sees_results(member, edited)


def set_context(row: TrainingSet, *, sees: bool) -> dict[str, object]:
    """What the pages of a set have in common."""
    return {
        "study": row.scheme.study,
        "scheme": row.scheme,
        "training_set": row,
        "line": set_lines(row.scheme, [row])[0],
        "sees": sees,
    }


@require_GET
def training_set_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """The moments of a set with their keys, and who practises or has, with how far they came."""
    _member, shown, sees = training_set(request, (slug, scheme, uid))
    around = ("moment__incident__version", "category")
    items = list(items_of(shown).select_related(*around)) if sees else []
    people = trainings_in(shown.scheme).filter(training_set=shown)
    page = page_by_key(people, query=request.GET, size=PAGE)
    percents = percents_of(page.rows, tree_of(shown.scheme)) if sees else {}
    context = {
        **set_context(shown, sees=sees),
        "items": item_lines(shown, items) if items else [],
        "page": page,
        "people": [(one, percents.get(one.training.pk)) for one in training_lines(page.rows)],
        "left": left_the_coders(shown.scheme.study, [row.member_id for row in page.rows]),
    }
    return render(request, "taxonomy/training_set_show.html", context)


@require_POST
def training_set_retire(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Give a set to nobody any more."""
    member, shown, _sees = training_set(request, (slug, scheme, uid))
    actions.retire_set(training_set=shown, by=member)
    messages.success(request, _("Retired: nobody is given this set any more."))
    return redirect("taxonomy:training_set_show", slug, scheme, uid)


@require_POST
def training_set_restore(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Let a retired set be given again."""
    member, shown, _sees = training_set(request, (slug, scheme, uid))
    actions.restore_set(training_set=shown, by=member)
    messages.success(request, _("Restored: this set can be given again."))
    return redirect("taxonomy:training_set_show", slug, scheme, uid)


@require_http_methods(["GET", "POST"])
def training_set_give(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Let coders practise on a set."""
    member, shown, sees = training_set(request, (slug, scheme, uid))
    form = GiveForm(posted(request), training_set=shown)
    given: list[Training] = []

    def act() -> None:
        for coder in form.cleaned_data["to"]:
            training = actions.give_training(training_set=shown, coder=coder, by=member)
            given.append(training)

    status = refusal_of(form, act)
    if given:
        _say_given(request, training_lines(given), set_lines(shown.scheme, [shown])[0].moments)
    if status is None:
        return redirect("taxonomy:training_set_show", slug, scheme, uid)
    context = {
        **set_context(shown, sees=sees),
        "form": form,
        "somebody": coders_to_give(shown).exists(),
    }
    return render(request, "taxonomy/training_set_give.html", context, status=status)


def _say_given(request: Request, lines: list[TrainingLine], moments: int) -> None:
    """Say who has the set now, and who has only what is new to them."""
    found = [(line.training.member.display_name, line.given) for line in lines]
    if whole := ", ".join(name for name, given in found if given == moments):
        messages.success(request, _("%(coders)s: the set is under Code.") % {"coders": whole})
    for name, given in found:
        if given < moments:
            said = _(
                "%(coder)s: %(given)s of %(all)s moments are under Code, the others not again."
            )
            messages.success(request, said % {"coder": name, "given": given, "all": moments})
