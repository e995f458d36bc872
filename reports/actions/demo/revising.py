"""What the people of the demo did with their schemes: revised, sorted and proposed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from incidents.actions.numbering import lock_study
from incidents.models import Member, Study
from reports.actions.demo.accounts import ADMIN, CODER, FURTHER_CODERS
from reports.actions.demo.building import uid_of
from reports.demo.four_regions import revising as plan
from reports.demo.four_regions.judging import CAUSE, ENCOUNTER, OUTCOME
from reports.demo.four_regions.plans import StoryPlan
from taxonomy.actions.batching import merge_categories, place_categories
from taxonomy.actions.editing import describe_category
from taxonomy.actions.proposing import accept_proposal, decline_proposal, propose
from taxonomy.actions.revisions import undo
from taxonomy.actions.rounds import add_round, freeze_round
from taxonomy.actions.sorting import finish_sorting, put_on_pile, start_sort
from taxonomy.actions.splitting import resort, split_category
from taxonomy.choices import ProposalKind, SortOf
from taxonomy.models import Category, Round, Scheme, Sort
from taxonomy.queries.splitting import waiting_in

Members = Mapping[str, Member]


@transaction.atomic
def revise_schemes(*, study: Study, members: Members, stories: Sequence[StoryPlan]) -> None:
    """Revise and sort the schemes of the demo study as its people did, unless that was done.

    It is there as a whole or not at all.
    """
    lock_study(study.pk)
    if Sort.objects.filter(scheme__study=study, of=SortOf.CATEGORIES).exists():
        return
    schemes = {scheme.slug: scheme for scheme in Scheme.objects.filter(study=study)}
    for scheme in schemes.values():
        scheme.study = study
    _Revising(schemes, members).run(stories)


class _Revising:
    def __init__(self, schemes: Mapping[str, Scheme], members: Members) -> None:
        self._schemes, self._members, self._admin = schemes, members, members[ADMIN[0]]

    def run(self, stories: Sequence[StoryPlan]) -> None:
        self._split_encounters()
        self._sort_again(stories)
        self._merge_encounters()
        self._doubt_outcomes()
        self._batch_outcomes()
        self._propose_a_cause()
        for sort in plan.SORTS:
            self._sort(sort)

    def _named(self, scheme: str, *names: str) -> list[Category]:
        """Categories by their codes or names, in this order, as they stand now."""
        rows = Category.objects.filter(scheme=self._schemes[scheme], exists=True)
        known = {
            name: row
            for row in rows.select_related("scheme__study", "round")
            for name in (row.name, row.code)
        }
        return [known[name] for name in names]

    def _finest(self, scheme: str) -> Round:
        level = Round.objects.get(scheme=self._schemes[scheme], exists=True, position=1)
        level.scheme = self._schemes[scheme]
        return level

    # -- Kind of encounter ---------------------------------------------------------------------

    def _split_encounters(self) -> None:
        (category,) = self._named(ENCOUNTER, plan.SPLIT)
        split_category(
            category=category, names=plan.PARTS, by=self._admin, rationale=plan.WHY_SPLIT
        )

    def _sort_again(self, stories: Sequence[StoryPlan]) -> None:
        study = self._admin.study
        told = {uid_of(study, "incident", story.number): story for story in stories}
        (category,) = self._named(ENCOUNTER, plan.SPLIT)
        parts = dict(zip(plan.PARTS, self._named(ENCOUNTER, *plan.PARTS), strict=True))
        waiting = waiting_in(category).select_related("incident")
        for moment in list(waiting[: plan.SORTED_AGAIN]):
            part = told[moment.incident.uid].parts[moment.position - 1]
            resort(
                moment=moment,
                category=category,
                into=parts[plan.part_of(part.behaviour)],
                by=self._admin,
                uid=uid_of(study, "sorted again", moment.pk),
            )

    def _merge_encounters(self) -> None:
        merged, into = self._named(ENCOUNTER, plan.OTHER_TIME, plan.MADE_TO_MEASURE)
        merge_categories(categories=[merged], into=into, by=self._admin, rationale=plan.WHY_MERGED)
        for name, words in plan.DEFINITIONS.items():
            (category,) = self._named(ENCOUNTER, name)
            how: dict[str, Any] = {"by": self._admin, "rationale": plan.WHY_DEFINED, **words}
            describe_category(category=category, **how)

    # -- Outcome -------------------------------------------------------------------------------

    def _doubt_outcomes(self) -> None:
        merged, into = self._named(OUTCOME, *plan.LOYAL)
        revision = merge_categories(
            categories=[merged], into=into, by=self._admin, rationale=plan.WHY_LOYAL
        )
        undo(revision=revision, by=self._admin, rationale=plan.WHY_NOT_LOYAL)
        second, third = (self._members[code] for code, *_rest in FURTHER_CODERS)
        (unhappy,) = self._named(OUTCOME, plan.UNHAPPY)
        other_words = propose(
            scheme=self._schemes[OUTCOME],
            kind=ProposalKind.DESCRIBE,
            by=second,
            reason=plan.WHY_UNHAPPY,
            uid=uid_of(self._admin.study, "proposal", plan.UNHAPPY),
            category=unhappy,
            words=plan.UNHAPPY_WORDS,
        )
        accept_proposal(proposal=other_words, by=self._admin, answer=plan.UNHAPPY_ANSWER)
        satisfied, delighted = self._named(OUTCOME, *plan.GLAD)
        merge = propose(
            scheme=self._schemes[OUTCOME],
            kind=ProposalKind.MERGE,
            by=third,
            reason=plan.WHY_GLAD,
            uid=uid_of(self._admin.study, "proposal", satisfied.code),
            category=satisfied,
            other=delighted,
        )
        decline_proposal(proposal=merge, by=self._admin, answer=plan.GLAD_ANSWER)

    def _batch_outcomes(self) -> None:
        scheme = self._schemes[OUTCOME]
        add_round(scheme=scheme, name=plan.COARSER, by=self._admin, rationale=plan.WHY_COARSER)
        for name, codes in plan.GROUPS.items():
            place_categories(
                categories=self._named(OUTCOME, *codes),
                name=name,
                by=self._admin,
                rationale=plan.WHY_GROUPS[name],
            )
        freeze_round(round=self._finest(OUTCOME), by=self._admin, rationale=plan.WHY_FROZEN)

    # -- Cause, and the sorts ------------------------------------------------------------------

    def _propose_a_cause(self) -> None:
        (above,) = self._named(CAUSE, plan.UNDER)
        propose(
            scheme=self._schemes[CAUSE],
            kind=ProposalKind.ADD,
            by=self._members[CODER[0]],
            reason=plan.WHY_NEW_CAUSE,
            uid=uid_of(self._admin.study, "proposal", plan.NEW_CAUSE["name"]),
            other=above,
            words=plan.NEW_CAUSE,
        )

    def _sort(self, asked: plan.SortPlan) -> None:
        sort = start_sort(
            round=self._finest(asked.scheme),
            members=[self._members[code] for code in asked.sorters],
            name=asked.name,
            groups=asked.groups,
            by=self._admin,
        )
        cards = sort.items.select_related("category")
        items = {card.category.code: card for card in cards if card.category}
        for code, piles in asked.piles.items():
            by = self._members[code]
            sorter = sort.sorters.get(member=by)
            for name, lying in piles.items():
                for one in lying:
                    put_on_pile(sorter=sorter, item=items[one], to=name, by=by)
            finish_sorting(sorter=sorter, by=by)
