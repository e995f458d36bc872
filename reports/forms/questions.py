"""The question of a table, as a member may ask it: who asks what of which scheme."""

import dataclasses
from collections.abc import Mapping

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.models import Member
from reports import access
from reports.forms.tables import TableForm
from reports.models import Table
from reports.queries.dashboards import digests_of
from reports.queries.filters import is_uid
from reports.queries.runs import asks_of
from taxonomy.access import schemes_open_and_hidden
from taxonomy.choices import Origin, Weight
from taxonomy.models import Scheme
from taxonomy.queries.past import has_the_first_tree
from taxonomy.queries.protection import protected
from taxonomy.queries.tables import Answered, answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification, SpecificationError
from taxonomy.tabulation.tree import Tree


@dataclasses.dataclass(frozen=True)
class Question:
    """Who asks what of which scheme. `blind`: the reader may not see results here yet.

    `others` are the other schemes whose results are open to them; `sees_all`: none is hidden.
    """

    member: Member
    scheme: Scheme
    tree: Tree
    form: TableForm
    blind: bool
    names: bool
    others: list[Scheme]
    sees_all: bool

    def url(self, name: str) -> str:
        """The address of a page about this scheme."""
        return reverse(f"reports:{name}", args=[self.member.study.slug, self.scheme.slug])

    def address(self, name: str) -> str:
        """The address of a page about this question."""
        query = self.form.query()
        return f"{self.url(name)}?{query}" if query else self.url(name)

    def saved_table(self) -> Table | None:
        """The saved table that the address names, while the question is still its own."""
        uid = str(self.form.data.get("table", ""))
        if not is_uid(uid) or not self.form.is_valid():
            return None
        table = access.tables_open(self.member).filter(scheme=self.scheme, uid=uid).first()
        if table is None:
            return None
        try:
            asks = asks_of(self.scheme, self.specified(), self.form.query())
        except SpecificationError:
            return None
        return table if digests_of([table])[table.uid] == asks else None

    def as_of_table(self, table: Table) -> str:
        """The address of the page that says to which saved table this question belongs."""
        return f"{self.url('table_show')}?{self.form.query({'table': str(table.uid)})}"

    def under(self, tree: Tree, **changes: str) -> "Question":
        """The same question about another tree of the scheme, with some values changed."""
        data = {**dict(self.form.data.items()), **changes}
        form = _form(self.member, tree, data, self.others)
        return dataclasses.replace(self, tree=tree, form=form)

    def specified(self) -> Specification:
        """What is asked. Raises SpecificationError where it cannot be."""
        if not self.form.is_valid():
            raise SpecificationError(_first_error(self.form))
        return self.form.specification()

    def words(self) -> list[tuple[str, str]]:
        """The question in words, as it is meant now. Raises SpecificationError."""
        asked = self.specified()
        kept = "; ".join(item["label"] for item in self.form.active)
        said = [
            (_("Scheme"), self.scheme.name),
            (_("Round"), self.tree.rounds.get(asked.round, "")),
            (_("Columns"), ", ".join(str(variable.label) for variable in asked.columns)),
            (_("Kept"), kept or _("Everything")),
            (_("Unit"), str(asked.unit.label)),
            (_("Percentages"), str(asked.shares.label)),
        ]
        if asked.weight != Weight.NONE:
            said.append((_("Weights"), str(asked.weight.label)))
        if asked.decimals:
            said.append((_("Decimals"), _("One decimal")))
        if asked.adjusted:
            said.append((_("Adjusted to 100"), _("Yes")))
        if asked.origin != Origin.RESPONDENT:
            said.append((_("Region, sector, organization"), str(asked.origin.label)))
        return said

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

    def answered(self, asked: Specification | None = None) -> Answered:
        """The table, of what is `asked` or what the form asks.

        Raises SpecificationError where it cannot be asked, or not of a page.
        """
        asked = asked or self.specified()
        counted = answer(self.scheme, asked, names=self.names, tree=self.tree, at_once=True)
        return protected(counted, names=self.names)


def question_about(scheme: Scheme, member: Member, asked: QueryDict) -> Question:
    """What a query asks of a scheme that the member may read."""
    tree, (open_to, hidden) = tree_of(scheme), schemes_open_and_hidden(member)
    others = [one for one in open_to if one != scheme]
    return Question(
        member=member,
        scheme=scheme,
        tree=tree,
        form=_form(member, tree, asked, others),
        blind=scheme not in open_to,
        names=access.sees_names(member),
        others=others,
        sees_all=not hidden,
    )


def _form(
    member: Member, tree: Tree, asked: Mapping[str, str] | QueryDict, others: list[Scheme]
) -> TableForm:
    return TableForm(
        asked,
        study=member.study,
        tree=tree,
        names=access.sees_names(member),
        people=access.sees_people(member),
        others=others,
    )


def _first_error(form: TableForm) -> str:
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        return f"{label}: {errors[0]}"
    return ""
