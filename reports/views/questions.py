"""The question that a page of a table, its files and its verbatims are about."""

import dataclasses
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.http import Request
from incidents.models import Member
from reports import access
from reports.forms.tables import TableForm
from taxonomy.access import sees_results
from taxonomy.models import Scheme
from taxonomy.queries.past import has_the_first_tree
from taxonomy.queries.tables import Answered, answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification, SpecificationError
from taxonomy.tabulation.tree import Tree


@dataclasses.dataclass(frozen=True)
class Question:
    """Who asks what of which scheme. `blind`: the reader may not see results here yet."""

    member: Member
    scheme: Scheme
    tree: Tree
    form: TableForm
    blind: bool
    names: bool

    def url(self, name: str) -> str:
        """The address of a page about this scheme."""
        return reverse(f"reports:{name}", args=[self.member.study.slug, self.scheme.slug])

    def address(self, name: str) -> str:
        """The address of a page about this question."""
        query = self.form.query()
        return f"{self.url(name)}?{query}" if query else self.url(name)

    def under(self, tree: Tree, **changes: str) -> "Question":
        """The same question about another tree of the scheme, with some values changed."""
        data = {**dict(self.form.data.items()), **changes}
        form = TableForm(data, study=self.member.study, tree=tree, names=self.names)
        return dataclasses.replace(self, tree=tree, form=form)

    def specified(self) -> Specification:
        """What is asked. Raises SpecificationError where it cannot be."""
        if not self.form.is_valid():
            raise SpecificationError(_first_error(self.form))
        return self.form.specification()

    def reconstruction(self) -> str:
        """In a study rebuilt from published figures what is published and what is not; else ""."""
        if not self.member.study.reconstruction:
            return ""
        if has_the_first_tree(self.scheme, self.tree):
            return _(
                "Percentages as published, everything else invented: the numbers, who told what,"
                " the texts."
            )
        return _(
            "The tree was changed since revision 1, so percentages need not be those published."
            " Everything else is invented: the numbers, who told what, the texts."
        )

    def answered(self) -> Answered:
        """The table. Raises SpecificationError where the question cannot be asked."""
        return answer(self.scheme, self.specified(), names=self.names, tree=self.tree)


def question_of(request: Request, slug: str, scheme: str) -> Question:
    """What the reader asks by the address; nothing is counted yet."""
    member, found = access.scheme_read(request, slug, scheme)
    tree, names = tree_of(found), access.sees_names(member)
    return Question(
        member=member,
        scheme=found,
        tree=tree,
        form=TableForm(request.GET, study=member.study, tree=tree, names=names),
        blind=not sees_results(member, found),
        names=names,
    )


def page_of_nothing(request: Request, question: Question) -> HttpResponse | None:
    """The page that says why there is no table: the reader is blind, or there are no rounds."""
    if not question.blind and question.tree.rounds:
        return None
    context = {
        "study": question.member.study,
        "scheme": question.scheme,
        "blind": question.blind,
    }
    return render(request, "reports/table_none.html", context, status=HTTPStatus.OK)


def _first_error(form: TableForm) -> str:
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        return f"{label}: {errors[0]}"
    return ""
