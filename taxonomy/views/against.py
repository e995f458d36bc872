"""One scheme against another of the study: a table of both, and which category fits which."""

import dataclasses
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents.access import member_for, require_recent_sign_in_for_file, require_role
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from taxonomy import access
from taxonomy.actions.exchanging import log_crosswalk
from taxonomy.choices import Residual
from taxonomy.exports import crosswalk_csv
from taxonomy.forms.against import AgainstForm
from taxonomy.models import Scheme
from taxonomy.queries.against import pairs_of
from taxonomy.queries.schemes import schemes_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.against import Against, Link, cross, crosswalk
from taxonomy.tabulation.display import percent_shown
from taxonomy.tabulation.tree import Node, Tree

PAGE = "taxonomy/scheme_against.html"
LINKS_SHOWN = 3


@dataclasses.dataclass(frozen=True)
class Asked:
    """Who asks what of which two schemes. `blind`: they may not see results in one of them yet."""

    member: Member
    here: Scheme
    there: Scheme
    trees: tuple[Tree, Tree]
    form: AgainstForm | None
    blind: bool

    def against(self) -> Against:
        """The counts of both. The form is valid and nobody is blind."""
        assert self.form is not None  # noqa: S101  (the caller looked)
        given = self.form.cleaned_data
        pairs = pairs_of(self.here, self.there)
        own, other = self.trees
        return cross(pairs, own, given["round"], other, given["other_round"])

    @property
    def empty(self) -> bool:
        """Whether one of the schemes has no round yet."""
        return self.form is None


@require_GET
def scheme_against_any(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The first other scheme of the study beside this one; or what to do where there is none."""
    member = _reader(request, slug)
    shown = access.scheme_shown(member, scheme)
    other = Scheme.objects.filter(study=member.study_id).exclude(pk=shown.pk).first()
    if other is not None:
        return redirect("taxonomy:scheme_against", slug, scheme, other.slug)
    context = {
        "study": member.study,
        "scheme": shown,
        "alone": True,
        "may_edit": member.has_role(RoleName.ADMIN),
    }
    return render(request, PAGE, context)


@require_GET
def scheme_against(request: Request, slug: str, scheme: str, other: str) -> HttpResponse:
    """Moments by the categories of two schemes, and how the one maps on the other."""
    asked = _asked(request, slug, scheme, other)
    context = {
        "study": asked.member.study,
        "scheme": asked.here,
        "other": asked.there,
        "others": schemes_of(asked.member).exclude(pk=asked.here.pk),
        "blind": asked.blind,
        "empty": asked.empty,
        "form": asked.form,
    }
    if asked.blind or asked.form is None:
        return render(request, PAGE, context)
    if not asked.form.is_valid():
        return render(request, PAGE, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return render(request, PAGE, context | _figures(asked, request.get_full_path()))


@require_GET
@never_cache
def scheme_against_csv(request: Request, slug: str, scheme: str, other: str) -> HttpResponse:
    """The crosswalk as CSV: one line for each pair of categories that share moments."""
    asked = _asked(request, slug, scheme, other)
    require_role(asked.member, RoleName.ANALYST, RoleName.ADMIN)
    require_recent_sign_in_for_file(request)
    if asked.blind or asked.form is None or not asked.form.is_valid():
        raise Http404
    rounds = (asked.form.cleaned_data["round"], asked.form.cleaned_data["other_round"])
    content = crosswalk_csv(asked.here, asked.there, asked.trees, crosswalk(asked.against()))
    log_crosswalk(scheme=asked.here, other=asked.there, rounds=rounds, by=asked.member)
    name = f"{slug}-{scheme}-against-{other}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _reader(request: Request, slug: str) -> Member:
    return member_for(request, slug, RoleName.ANALYST, RoleName.ADMIN, RoleName.CODER)


def _asked(request: Request, slug: str, scheme: str, other: str) -> Asked:
    member = _reader(request, slug)
    here, there = access.scheme_shown(member, scheme), access.scheme_shown(member, other)
    if here == there:
        raise Http404
    own, others = trees = (tree_of(here), tree_of(there))
    form = None
    if own.rounds and others.rounds:
        form = AgainstForm(request.GET, here=(here.name, own), there=(there.name, others))
    open_to = access.schemes_open_to(member)
    return Asked(member, here, there, trees, form, here not in open_to or there not in open_to)


# -- What is shown ----------------------------------------------------------------------------


def _figures(asked: Asked, back: str) -> dict[str, Any]:
    assert asked.form is not None  # noqa: S101  (the caller looked)
    against, given = asked.against(), asked.form.cleaned_data
    reads = asked.member.has_role(RoleName.ANALYST, RoleName.ADMIN)
    addresses = _Links(asked, back) if reads else None
    beside, found = list(against.beside), crosswalk(against)
    below = [_below(against, line, beside) for line in against.below]
    only_here = sum(_in_categories(against, line) for line in beside)
    only_there = sum(line["base"] for line in below)
    return {
        "only_here": only_here,
        "only_there": only_there,
        "neither": against.total - against.base - only_here - only_there,
        "against": against,
        "columns": [(node, addresses.there(node) if addresses else "") for node in against.columns],
        "rows": [_row(against, node, given["share"], addresses) for node in against.rows],
        "bases": [against.column_base.get(node.key, 0) for node in against.columns],
        "beside": [Residual(line).label for line in beside],
        "below": below,
        "beside_base": [_in_categories(against, line) for line in beside],
        "walk": [_walked(node, links) for node, links in found if links],
        "alone_here": [node for node, links in found if not links],
        "csv_url": _csv_url(asked) if reads else "",
    }


class _Links:
    """Addresses of what was told, behind a row, a column and a cell, from where it leads `back`."""

    def __init__(self, asked: Asked, back: str) -> None:
        study = asked.member.study.slug
        self._here = reverse("reports:verbatim_list", args=[study, asked.here.slug])
        self._there = reverse("reports:verbatim_list", args=[study, asked.there.slug])
        self._back = {"back": back}

    def there(self, node: Node) -> str:
        return f"{self._there}?{urlencode({'round': node.round, 'row': node.uid, **self._back})}"

    def here(self, node: Node, column: Node | None = None) -> str:
        asked = {"round": node.round, "row": node.uid}
        also = {"also": column.uid} if column else {}
        return f"{self._here}?{urlencode({**asked, **also, **self._back})}"


def _row(against: Against, node: Node, share: str, links: _Links | None) -> dict[str, Any]:
    base = against.row_base.get(node.key, 0)
    beside = against.only_here(node.key)
    return {
        "node": node,
        "url": links.here(node) if links else "",
        "cells": [_cell(against, node, column, share, links) for column in against.columns],
        "base": base,
        "beside": [beside[line] for line in against.beside],
    }


def _cell(
    against: Against, row: Node, column: Node, share: str, links: _Links | None
) -> dict[str, Any]:
    count = against.count(row.key, column.key)
    base = (
        against.column_base.get(column.key, 0)
        if share == "column"
        else against.row_base.get(row.key, 0)
    )
    shown = str(count) if share == "none" else percent_shown(count, base)
    said = _("%(row)s and %(column)s: %(count)d moments") % {
        "row": row.heading,
        "column": column.heading,
        "count": count,
    }
    url = links.here(row, column) if links and count else ""
    return {"shown": shown or "", "count": count, "url": url, "label": said}


def _below(against: Against, line: Residual, beside: list[Residual]) -> dict[str, Any]:
    counts = against.only_there(line)
    in_categories = [counts.get(node.key, 0) for node in against.columns]
    return {
        "label": Residual(line).label,
        "counts": in_categories,
        "base": sum(in_categories),
        "beside": [counts.get(other, 0) for other in beside],
    }


def _in_categories(against: Against, line: Residual) -> int:
    """The moments of a residual line of the other scheme that stand in a category here."""
    return sum(against.count(node.key, line) for node in against.rows)


def _walked(node: Node, links: list[Link]) -> dict[str, Any]:
    return {
        "node": node,
        "base": links[0].of_here,
        "links": [
            {
                "node": link.node,
                "shared": link.shared,
                "share": percent_shown(link.shared, link.of_here),
                "back": percent_shown(link.shared, link.of_there),
                "overlap": percent_shown(link.shared, link.either),
            }
            for link in links[:LINKS_SHOWN]
        ],
        "more": len(links) - LINKS_SHOWN,
    }


def _csv_url(asked: Asked) -> str:
    assert asked.form is not None  # noqa: S101  (the caller looked)
    rounds = {name: asked.form.cleaned_data[name] for name in ("round", "other_round")}
    args = [asked.member.study.slug, asked.here.slug, asked.there.slug]
    return f"{reverse('taxonomy:scheme_against_csv', args=args)}?{urlencode(rounds)}"
