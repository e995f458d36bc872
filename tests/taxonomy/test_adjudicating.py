"""Disputes decided in the open: by whom, why, reopened, and at once by two."""

import uuid

import pytest
from django.db import transaction

from incidents.actions.numbering import change_facts
from incidents.choices import IncidentState, RoleName
from incidents.models import Change, Incident, Study
from taxonomy.actions.adjudicating import (
    AdjudicationRefused,
    adjudicate,
    adjudicate_alike,
    reopen,
    take_back_decision,
)
from taxonomy.actions.batching import merge_categories, retire_category
from taxonomy.actions.settling import settle
from taxonomy.actions.splitting import resort, split_category
from taxonomy.choices import BatchState, Dimension, Outcome, Residual, Unclassifiable
from taxonomy.models import Adjudication, Coding, Settlement
from taxonomy.queries.checks import differences
from taxonomy.queries.disputes import (
    Shown,
    can_be_decided,
    contested_sets,
    disputes_of,
    how_often,
    pairs_in,
    settled_moments,
)
from taxonomy.queries.reliability import material_of
from taxonomy.queries.tables import cells_by
from taxonomy.queries.trees import tree_of
from taxonomy.reliability.report import report_of
from taxonomy.tabulation.rollup import ALL, roll_up
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once
from tests.taxonomy.disputed import TWO_APART, category, coded, decide, settled
from tests.taxonomy.factories import SchemeFactory

NAMES = ["Listening", "Waiting", "Amends"]


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=NAMES)


@pytest.fixture
def admin(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], display_name="Ada")


@pytest.fixture
def coders(scheme):
    return [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(3)]


def wrong(scheme):
    """Settlements that do not follow from what was recorded."""
    return [one for one in differences(scheme.study) if one.kind == "settlement"]


def test_what_is_decided_counts_with_its_author_and_reason(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    before = Study.objects.get().data_seq

    decision = decide(moment, scheme, admin, reason="  They waited first. ")

    assert settled(moment) == (Outcome.ADJUDICATED, "Waiting")
    assert (decision.member, decision.reason, decision.by_coder) == (
        admin,
        "They waited first.",
        False,
    )
    assert decision.from_seq == before + 1
    logged = Change.objects.get(verb="adjudicate")
    assert (logged.object_uid, logged.member) == (decision.uid, admin)
    assert "waited" not in str(logged.details)
    assert not wrong(scheme)


def test_that_it_cannot_be_classified_may_be_decided(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    why = Unclassifiable.SEVERAL

    decide(moment, scheme, admin, category=None, unclassifiable=why)

    assert settled(moment) == (Outcome.UNCLASSIFIABLE, None)
    assert not wrong(scheme)


def test_a_decision_by_somebody_who_coded_the_moment_says_so(scheme, coders):
    both = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN, RoleName.CODER])
    first, second = coded(scheme, [coders[0], both], TWO_APART, TWO_APART)
    (other,) = coded(scheme, coders[:2], TWO_APART)

    assert decide(first, scheme, both).by_coder
    assert not decide(other, scheme, both).by_coder
    alike = adjudicate_alike(
        moments=[second.pk],
        scheme=scheme,
        by=both,
        reason="As before",
        category=category(scheme, "Waiting"),
    )
    assert [decision.by_coder for decision in alike] == [True]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"reason": "  "}, "Say why"),
        ({"category": None}, "Choose a category"),
        ({"unclassifiable": "other"}, "Choose a category"),
        ({"category": None, "unclassifiable": "moody"}, "one of the reasons"),
    ],
)
def test_a_decision_says_one_thing_and_why(scheme, coders, admin, how, words):
    (moment,) = coded(scheme, coders[:2], TWO_APART)

    with pytest.raises(AdjudicationRefused, match=words):
        decide(moment, scheme, admin, **how)
    assert settled(moment)[0] == Outcome.IN_DISPUTE


def test_only_categories_that_are_offered_are_decided_for(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    retire_category(category=category(scheme, "Amends"), by=admin, rationale="Unused")
    stranger = category(SchemeFactory(categories=["Elsewhere"]), "Elsewhere")

    for wanted in (category(scheme, "Amends"), stranger):
        with pytest.raises(AdjudicationRefused, match="no longer offered"):
            decide(moment, scheme, admin, category=wanted)


def test_nothing_is_decided_before_the_batch_is_locked(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART, locked=False)

    with pytest.raises(AdjudicationRefused, match="not locked yet"):
        decide(moment, scheme, admin)
    assert not settled_moments(scheme, admin).exists()


def test_what_coders_agree_on_is_not_decided(scheme, coders, admin):
    agreed, nobody_could = coded(scheme, coders[:2], ("Waiting", "Waiting"), ("", ""))

    for moment in (agreed, nobody_could):
        with pytest.raises(AdjudicationRefused, match="nothing to decide"):
            decide(moment, scheme, admin, "Listening")


def test_what_was_withdrawn_is_not_decided(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    Incident.objects.filter(moments=moment).update(state=IncidentState.WITHDRAWN)

    with pytest.raises(AdjudicationRefused, match="taken out of the study"):
        decide(moment, scheme, admin)


def test_a_majority_may_be_overruled_and_counts_again_when_reopened(scheme, coders, admin):
    first, second = coded(
        scheme,
        coders,
        ("Listening", "Listening", "Waiting"),
        ("", "", "Waiting"),
        majority=True,
    )
    assert [settled(first)[0], settled(second)[0]] == [Outcome.MAJORITY, Outcome.UNCLASSIFIABLE]
    assert set(can_be_decided(scheme)) == {first, second}

    decisions = [decide(moment, scheme, admin) for moment in (first, second)]
    assert settled(first) == settled(second) == (Outcome.ADJUDICATED, "Waiting")

    for decision in decisions:
        reopen(adjudication=decision, by=admin, reason="Too quick")
    assert settled(first) == (Outcome.MAJORITY, "Listening")
    assert settled(second) == (Outcome.UNCLASSIFIABLE, None)
    assert not wrong(scheme)


def test_a_dispute_between_what_files_brought_may_be_decided(scheme, coders, admin):
    moment = IncidentFactory(study=scheme.study).moments.get()
    for coder, name in zip(coders, TWO_APART, strict=False):
        Coding.objects.create(
            scheme=scheme,
            moment=moment,
            coder=coder,
            purpose="import",
            category=category(scheme, name),
            scheme_revision=0,
            seq=1,
        )
    with transaction.atomic():
        settle(moments=[moment.pk], scheme=scheme, seq=change_facts(scheme.study))

    decide(moment, scheme, admin)

    assert settled(moment) == (Outcome.ADJUDICATED, "Waiting")


# -- Reopening ---------------------------------------------------------------------------------


def test_a_reopened_dispute_is_one_again_and_keeps_what_was_decided(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    other = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    decision = decide(moment, scheme, admin)

    reopen(adjudication=decision, by=other, reason="The note says otherwise")

    assert settled(moment) == (Outcome.IN_DISPUTE, None)
    decision.refresh_from_db()
    assert decision.to_seq > decision.from_seq
    assert (decision.reopened_by, decision.reopened_for) == (other, "The note says otherwise")
    assert Change.objects.filter(verb="reopen_dispute", object_uid=decision.uid).exists()
    again = decide(moment, scheme, other, "Amends")
    assert settled(moment) == (Outcome.ADJUDICATED, "Amends")
    assert set(Adjudication.objects.filter(to_seq=None)) == {again}
    assert not wrong(scheme)


def test_reopening_wants_a_reason_and_happens_once(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decision = decide(moment, scheme, admin)

    with pytest.raises(AdjudicationRefused, match="Say why"):
        reopen(adjudication=decision, by=admin, reason=" ")
    reopen(adjudication=decision, by=admin, reason="Wrong")
    with pytest.raises(AdjudicationRefused, match="reopened already"):
        reopen(adjudication=decision, by=admin, reason="Wrong again")
    decision.refresh_from_db()
    assert decision.reopened_for == "Wrong"


def test_one_takes_back_only_what_one_decided(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decision = decide(moment, scheme, admin)
    other = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])

    with pytest.raises(AdjudicationRefused, match="Somebody else"):
        take_back_decision(adjudication=decision, by=other)
    take_back_decision(adjudication=decision, by=admin)

    assert settled(moment)[0] == Outcome.IN_DISPUTE


# -- Several, and the same again ---------------------------------------------------------------


def test_several_are_decided_alike_and_what_others_decided_stays(scheme, coders, admin):
    moments = coded(scheme, coders[:2], *[TWO_APART] * 3)
    other = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    decide(moments[1], scheme, other, "Amends")

    decisions = adjudicate_alike(
        moments=[moment.pk for moment in moments],
        scheme=scheme,
        by=admin,
        reason="Waiting is the cause",
        category=category(scheme, "Waiting"),
    )

    assert [decision.moment_id for decision in decisions] == [moments[0].pk, moments[2].pk]
    assert [settled(moment)[1] for moment in moments] == ["Waiting", "Amends", "Waiting"]
    assert Change.objects.filter(verb="adjudicate", member=admin).count() == 2
    with pytest.raises(AdjudicationRefused, match="None of these"):
        adjudicate_alike(
            moments=[moment.pk for moment in moments],
            scheme=scheme,
            by=admin,
            reason="Again",
            category=category(scheme, "Waiting"),
        )


def test_the_same_sent_twice_is_one_decision_and_another_is_refused(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)

    assert decide(moment, scheme, admin) == decide(moment, scheme, admin)
    with pytest.raises(AdjudicationRefused, match="Ada has decided it meanwhile: Waiting"):
        decide(moment, scheme, admin, "Listening")
    assert Adjudication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    other = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    wanted = [(admin, category(scheme, "Waiting")), (other, category(scheme, "Listening"))]

    outcomes = at_once(
        *(
            lambda by=by, into=into: adjudicate(
                moment=moment, scheme=scheme, by=by, category=into, reason="I am sure"
            )
            for by, into in wanted
        )
    )

    (decision,) = [one for one in outcomes if isinstance(one, Adjudication)]
    (refusal,) = [one for one in outcomes if isinstance(one, AdjudicationRefused)]
    assert f"{decision.member.display_name} has decided it meanwhile" in str(refusal)
    assert settled(moment) == (Outcome.ADJUDICATED, decision.category.name)
    assert not wrong(scheme)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_reopen_at_once_one_is_told(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decision = decide(moment, scheme, admin)

    outcomes = at_once(
        *(
            lambda why=why: reopen(adjudication=decision, by=admin, reason=why)
            for why in ("One", "Other")
        )
    )

    assert sorted(map(type, outcomes), key=str) == sorted(
        [type(None), AdjudicationRefused], key=str
    )
    assert settled(moment)[0] == Outcome.IN_DISPUTE


# -- What becomes of a decision when the scheme changes ----------------------------------------


def rolled(scheme, moment):
    row = Settlement.objects.get(moment=moment, to_seq=None)
    return tree_of(scheme).canonical(row.category_id).name


def test_a_decision_counts_where_its_category_was_merged_into(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decide(moment, scheme, admin)

    merge_categories(
        categories=[category(scheme, "Waiting")],
        into=category(scheme, "Amends"),
        by=admin,
        rationale="One",
    )

    assert rolled(scheme, moment) == "Amends"
    assert not wrong(scheme)


def test_a_decision_stands_when_its_category_is_retired(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decision = decide(moment, scheme, admin)

    retire_category(category=category(scheme, "Waiting"), by=admin, rationale="Unused")

    assert settled(moment) == (Outcome.ADJUDICATED, "Waiting")
    reopen(adjudication=decision, by=admin, reason="It is retired")
    with pytest.raises(AdjudicationRefused, match="no longer offered"):
        decide(moment, scheme, admin)


def test_what_was_decided_is_sorted_again_after_a_split(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decision = decide(moment, scheme, admin)
    split = category(scheme, "Waiting")
    split_category(category=split, names=["In line", "On the phone"], by=admin, rationale="Two")
    assert settled(moment) == (Outcome.ADJUDICATED, "Waiting")

    resort(
        moment=moment,
        category=split,
        into=category(scheme, "In line"),
        by=admin,
        uid=uuid.uuid4(),
    )

    assert settled(moment) == (Outcome.ADJUDICATED, "In line")
    reopen(adjudication=decision, by=admin, reason="Anew")
    assert not wrong(scheme)


def test_a_dispute_that_a_merge_settled_is_none_to_decide(scheme, coders, admin):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    merge_categories(
        categories=[category(scheme, "Waiting")],
        into=category(scheme, "Listening"),
        by=admin,
        rationale="One",
    )
    tree = tree_of(scheme)

    assert list(disputes_of(scheme, admin, tree)) == []
    assert list(disputes_of(scheme, admin, tree, shown=Shown.MERGED)) == [moment]


# -- Agreement ---------------------------------------------------------------------------------


def agreement_in(scheme):
    """Every coefficient of every round with its interval, and what it is computed from."""
    batches = list(scheme.batches.filter(state=BatchState.LOCKED))
    material = material_of(scheme, batches, clusters="interview")
    codings = list(Coding.objects.order_by("pk").values())
    return report_of(material, samples=5, seed=1), codings


def test_agreement_never_changes_by_deciding(scheme, coders, admin):
    moments = coded(
        scheme,
        coders,
        ("Listening", "Waiting", "Amends"),
        ("Listening", "Listening", "Waiting"),
        ("Waiting", "Waiting", "Waiting"),
        ("", "Waiting", "Listening"),
    )
    before = agreement_in(scheme)
    assert before[0][0]["overall"]

    decisions = [decide(moment, scheme, admin) for moment in (moments[0], moments[1], moments[3])]
    assert agreement_in(scheme) == before

    reopen(adjudication=decisions[0], by=admin, reason="Anew")
    assert agreement_in(scheme) == before


# -- What is listed ----------------------------------------------------------------------------


def in_table(scheme):
    tree = tree_of(scheme)
    counts = roll_up(cells_by(scheme, Dimension.REGION, tree), tree, 1)
    return counts.residuals[Residual.IN_DISPUTE][ALL]


def test_what_is_to_decide_is_the_line_in_dispute_of_every_table(scheme, coders, admin):
    moments = coded(
        scheme,
        coders[:2],
        TWO_APART,
        ("Listening", "Amends"),
        ("Waiting", "Waiting"),
        ("", "Amends"),
        ("Waiting", "Amends"),
        TWO_APART,
    )
    tree = tree_of(scheme)
    assert disputes_of(scheme, admin, tree).count() == in_table(scheme) == 5

    decide(moments[0], scheme, admin)
    merge_categories(
        categories=[category(scheme, "Waiting")],
        into=category(scheme, "Amends"),
        by=admin,
        rationale="One",
    )
    Incident.objects.filter(moments=moments[5]).update(state=IncidentState.WITHDRAWN)

    tree = tree_of(scheme)
    assert disputes_of(scheme, admin, tree).count() == in_table(scheme) == 2
    numbers = {
        shown: disputes_of(scheme, admin, tree, shown=shown).count() for shown in Shown.values
    }
    assert numbers == {
        Shown.OPEN: 2,
        Shown.MAJORITY: 0,
        Shown.DECIDED: 1,
        Shown.MERGED: 1,
        Shown.FLAGGED: 0,
        Shown.ALL: 4,
    }


def test_pairs_are_counted_commonest_first_and_lead_to_their_moments(scheme, coders, admin):
    moments = coded(
        scheme,
        coders,
        ("Listening", "Waiting", "Waiting"),
        ("Waiting", "Listening", "Amends"),
        ("", "Amends", "Amends"),
    )
    tree = tree_of(scheme)
    pairs = pairs_in(contested_sets(settled_moments(scheme, admin)), tree)
    named = [({tree.nodes[end].name if end else "" for end in pair.ends}, n) for pair, n in pairs]
    assert named[0] == ({"Listening", "Waiting"}, 2)
    assert len(named) == 4
    assert ({"", "Amends"}, 1) in named
    for pair, number in pairs:
        assert disputes_of(scheme, admin, tree, pair=pair).count() == number

    decide(moments[0], scheme, admin)

    commonest = pairs[0][0]
    assert how_often(scheme, tree, [commonest, pairs[-1][0]]) == [2, 1]
    everywhere = disputes_of(scheme, admin, tree, shown=Shown.ALL, pair=commonest)
    assert set(everywhere) == set(moments[:2])
    assert list(disputes_of(scheme, admin, tree, pair=commonest)) == [moments[1]]


def test_a_coder_looks_into_what_was_given_to_them(scheme, coders, admin):
    theirs = coded(scheme, coders[:2], TWO_APART)
    coded(scheme, coders[1:], TWO_APART)

    assert list(disputes_of(scheme, coders[0], tree_of(scheme))) == theirs
    assert disputes_of(scheme, coders[1], tree_of(scheme)).count() == 2


def test_what_coders_flagged_is_listed_whatever_came_out(scheme, coders, admin):
    agreed, waits = coded(scheme, coders[:2], ("Waiting", "Waiting"), TWO_APART)
    Coding.objects.filter(moment=agreed, coder=coders[0]).update(flagged=True)
    (unlocked,) = coded(scheme, coders[:2], TWO_APART, locked=False)
    Coding.objects.filter(moment=unlocked).update(flagged=True)

    flagged = disputes_of(scheme, admin, tree_of(scheme), shown=Shown.FLAGGED)

    assert list(flagged) == [agreed]
    assert waits not in flagged
