"""The pages of disputes: listed, looked at, decided, reopened; and what coders see afterwards."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.models import Incident
from taxonomy.actions.adjudicating import adjudicate
from taxonomy.actions.splitting import resort, split_category
from taxonomy.choices import BatchKind, Outcome
from taxonomy.models import Adjudication, Batch, Coding, Scheme
from tests.factories import MemberFactory
from tests.taxonomy.disputed import TWO_APART, category, coded, decide, settled
from tests.taxonomy.factories import SchemeFactory


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["Listening", "Waiting", "Amends"])


@pytest.fixture
def admin(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], display_name="Ada")


@pytest.fixture
def coders(scheme):
    names = ("Nora", "Otto", "Pia")
    return [
        MemberFactory(study=scheme.study, roles=[RoleName.CODER], display_name=name)
        for name in names
    ]


@pytest.fixture
def two(coders):
    return coders[:2]


@pytest.fixture
def apart(scheme, two):
    (moment,) = coded(scheme, two, TWO_APART)
    return moment


def at(scheme, name, *args):
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug, *args])


def signed_in(client, member):
    client.force_login(member.user)
    return client


def test_batches_to_choose_from_are_those_in_which_coders_can_disagree(client, scheme, admin):
    for kind in set(BatchKind) - {BatchKind.ONCE}:  # that one a scheme has from the start
        Batch.objects.create(scheme=scheme, name=f"Portion {kind}", kind=kind)

    filters = signed_in(client, admin).get(at(scheme, "dispute_list")).context["filters"]

    named = [name for _uid, name in filters.fields["batch"].choices]
    assert named[2:] == ["Portion plan"]


def test_why_there_is_no_category_is_not_read_as_one(client, scheme, two, admin):
    (moment,) = coded(scheme, two, ("Listening", ""))
    words, show = (
        '<strong dir="auto">Cannot be classified: Other',
        at(scheme, "dispute_show", moment.uid),
    )
    assert words in signed_in(client, admin).get(show).text

    decision = decide(moment, scheme, admin, category=None, unclassifiable="other")
    decided = [
        show,
        at(scheme, "dispute_list") + "?shown=decided",
        at(scheme, "dispute_reopen", decision.uid),
    ]
    assert all("Cannot be classified: Other" in client.get(url).text for url in decided)

    signed_in(client, two[1])
    for name in ("coding_mine", "coding_outcomes"):
        page = client.get(reverse(f"taxonomy:{name}", args=[scheme.study.slug]))
        assert "Cannot be classified: Other" in page.text


def test_the_list_names_pairs_by_frequency_and_says_what_was_said(client, scheme, two, admin):
    coded(scheme, two, TWO_APART, TWO_APART, ("Listening", "Amends"), ("Waiting", "Waiting"))

    page = signed_in(client, admin).get(at(scheme, "dispute_list"))
    said = page.content.decode()

    assert [(words, times) for words, times, _query in page.context["pairs"]] == [
        ("Listening against Waiting", 2),
        ("Listening against Amends", 1),
    ]
    assert page.context["many"] == 3
    query = page.context["pairs"][1][2]
    only = client.get(f"{at(scheme, 'dispute_list')}?{query}")
    assert len(only.context["lines"]) == 1
    assert "Nora" not in said


def test_a_list_takes_as_many_queries_however_long(
    client,
    scheme,
    two,
    admin,
):
    moments = coded(scheme, two, *[TWO_APART] * 2)
    signed_in(client, admin)

    def asked():
        client.get(at(scheme, "dispute_list"))
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{at(scheme, 'dispute_list')}?shown=all")
        return len(queries)

    few = asked()
    coded(scheme, two, *[TWO_APART] * 4)
    decide(moments[0], scheme, admin)

    assert asked() == few


def test_deciding_leads_to_the_next_of_the_same_list_and_can_be_undone(client, scheme, two, admin):
    first, other, second = coded(scheme, two, TWO_APART, ("Listening", "Amends"), TWO_APART)
    signed_in(client, admin)
    listed = client.get(at(scheme, "dispute_list"))
    query = listed.context["pairs"][0][2]
    waiting = category(scheme, "Waiting")

    done = client.post(
        f"{at(scheme, 'dispute_decide', second.uid)}?{query}",
        {"choice": str(waiting.uid), "reason": "They waited"},
        follow=True,
    )

    assert done.redirect_chain[-1][0] == f"{at(scheme, 'dispute_show', first.uid)}?{query}"
    assert settled(second) == (Outcome.ADJUDICATED, "Waiting")
    (message,) = done.context["messages"]
    undone = client.post(message.extra_tags, follow=True)
    assert undone.redirect_chain[-1][0].startswith(at(scheme, "dispute_show", second.uid))
    assert settled(second)[0] == Outcome.IN_DISPUTE
    assert settled(other)[0] == Outcome.IN_DISPUTE


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"choice": "other"}, None),
        ({"choice": "none"}, None),
        ({"choice": "none", "unclassifiable": "several"}, Outcome.UNCLASSIFIABLE),
        ({"choice": "nonsense"}, None),
        ({}, None),
    ],
)
def test_a_decision_wants_one_answer(client, admin, apart, answer, outcome):
    scheme = Scheme.objects.get()
    page = signed_in(client, admin).post(
        at(scheme, "dispute_decide", apart.uid), {**answer, "reason": "Read it twice"}
    )

    assert page.status_code == (302 if outcome else 422)
    assert settled(apart)[0] == (outcome or Outcome.IN_DISPUTE)
    if not outcome:
        assert "Read it twice" in page.content.decode()


def test_another_category_may_be_found(client, scheme, two, admin):
    (moment,) = coded(scheme, two, TWO_APART)
    amends = category(scheme, "Amends")

    signed_in(client, admin).post(
        at(scheme, "dispute_decide", moment.uid),
        {"choice": "other", "other": str(amends.uid), "reason": "Neither"},
    )

    assert settled(moment) == (Outcome.ADJUDICATED, "Amends")


def test_who_comes_second_is_told_and_sees_what_was_decided(client, scheme, two, admin):
    (moment,) = coded(scheme, two, TWO_APART)
    decide(moment, scheme, admin)
    other = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])

    page = signed_in(client, other).post(
        at(scheme, "dispute_decide", moment.uid),
        {"choice": str(category(scheme, "Listening").uid), "reason": "I think so"},
    )

    assert page.status_code == 422
    assert "Ada has decided it meanwhile: Waiting" in page.content.decode()
    assert not page.context["decides"]
    assert Adjudication.objects.count() == 1


WITHDRAWN = "This incident was taken out of the study meanwhile."
UNDISPUTED = "Its coders do not disagree: there is nothing to decide."


@pytest.mark.parametrize("said", [WITHDRAWN, UNDISPUTED])
def test_what_is_no_dispute_any_more_leads_back_to_the_list(
    client, admin, apart, monkeypatch, said
):
    def decide_late(**how):
        if said == WITHDRAWN:
            Incident.objects.filter(moments=apart).update(state=IncidentState.WITHDRAWN)
        else:
            apart.settlements.all().delete()  # as where what a file brought is taken back
        return adjudicate(**how)

    monkeypatch.setattr("taxonomy.views.disputes.adjudicating.adjudicate", decide_late)
    scheme = Scheme.objects.get()
    sent = {"choice": str(category(scheme, "Waiting").uid), "reason": "They waited first."}

    response = signed_in(client, admin).post(at(scheme, "dispute_decide", apart.uid), sent)

    assert response.headers["Location"] == at(scheme, "dispute_list")
    assert said in client.get(response.headers["Location"]).text
    assert not Adjudication.objects.exists()


def test_several_are_decided_alike_from_the_list(client, scheme, two, admin):
    moments = coded(scheme, two, *[TWO_APART] * 3)
    signed_in(client, admin)
    url, waiting = at(scheme, "dispute_alike"), str(category(scheme, "Waiting").uid)

    none = client.post(url, {"choice": waiting, "reason": "Alike"})
    assert none.status_code == 422
    assert "Tick the disputes" in none.content.decode()
    client.post(
        url,
        {"choice": waiting, "reason": "Alike", "moment": [one.uid for one in moments[:2]]},
    )

    assert [settled(moment)[0] for moment in moments] == [
        Outcome.ADJUDICATED,
        Outcome.ADJUDICATED,
        Outcome.IN_DISPUTE,
    ]


def test_reopening_from_the_list_of_decided_ones_wants_a_reason(client, scheme, two, admin):
    (moment,) = coded(scheme, two, TWO_APART)
    decision = decide(moment, scheme, admin)
    signed_in(client, admin)
    url = at(scheme, "dispute_reopen", decision.uid)
    assert url in client.get(f"{at(scheme, 'dispute_list')}?shown=decided").content.decode()

    assert client.post(url, {"reason": " "}).status_code == 422
    client.post(url, {"reason": "The note says otherwise"})

    assert settled(moment)[0] == Outcome.IN_DISPUTE
    shown = client.get(at(scheme, "dispute_show", moment.uid)).content.decode()
    assert "The note says otherwise" in shown


def test_admins_read_names_others_letters(client, scheme, two, admin):
    (moment,) = coded(scheme, two, TWO_APART)
    Coding.objects.filter(coder=two[1]).update(note="A long queue")
    analyst = MemberFactory(study=scheme.study, roles=[RoleName.ANALYST])
    url = at(scheme, "dispute_show", moment.uid)

    to_admin = signed_in(client, admin).get(url).content.decode()
    to_analyst = signed_in(client, analyst).get(url).content.decode()
    to_coder = signed_in(client, two[0]).get(url).content.decode()

    assert "Nora" in to_admin
    assert "Otto" in to_admin
    for page in (to_analyst, to_coder):
        assert "Otto" not in page
        assert "Coder B" in page
        assert "A long queue" in page
        assert 'name="choice"' not in page
    assert "Coder A" in to_analyst
    assert "Coder A" not in to_coder


def test_majority_and_merge_are_said_as_such(client, scheme, coders, admin):
    (moment,) = coded(scheme, coders, ("Waiting", "Waiting", "Listening"), majority=True)

    page = signed_in(client, admin).get(at(scheme, "dispute_show", moment.uid))

    assert "By majority: 2 of 3." in page.content.decode()
    assert page.context["decides"]


# -- What a coder sees afterwards --------------------------------------------------------------


def test_a_coder_sees_what_came_of_their_answers_and_their_own_drift(client, scheme, two, admin):
    same, other, apart, waits = coded(
        scheme, two, ("Waiting", "Waiting"), TWO_APART, TWO_APART, ("Amends", "Listening")
    )
    decide(other, scheme, admin, "Listening", reason="They were heard")
    decide(apart, scheme, admin, "Waiting", reason="They waited")
    signed_in(client, two[0])
    url = reverse("taxonomy:coding_outcomes", args=[scheme.study.slug])

    page = client.get(url)

    drift = page.context["drift"]
    assert (drift.overall.same, drift.overall.total, drift.in_dispute) == (2, 3, 1)
    assert drift.overall.percent == 67
    assert [(week.same, week.total) for week in drift.weeks] == [(2, 3)]
    assert {(one.name, one.same, one.total) for one in drift.categories} == {
        ("Listening", 1, 2),
        ("Waiting", 1, 1),
    }
    rows = {row.coding.moment_id: row for row in page.context["rows"]}
    assert {key for key, row in rows.items() if row.differs} == {apart.pk}
    assert rows[same.pk].counts_as == "Waiting"
    assert rows[waits.pk].outcome == Outcome.IN_DISPUTE
    said = page.content.decode()
    assert "They waited" in said
    assert "Otto" not in said
    only = client.get(f"{url}?differs=yes")
    assert [row.coding.moment_id for row in only.context["rows"]] == [apart.pk]


def test_a_coder_who_is_blind_sees_nothing_of_it(client, scheme, two, admin):
    (moment,) = coded(scheme, two, TWO_APART)
    coded(scheme, two, TWO_APART, locked=False)
    signed_in(client, two[0])

    listed = client.get(at(scheme, "dispute_list"))
    outcomes = client.get(reverse("taxonomy:coding_outcomes", args=[scheme.study.slug]))

    assert listed.context["blind"]
    assert "when your batch is locked" in listed.content.decode()
    assert client.get(at(scheme, "dispute_show", moment.uid)).status_code == 404
    assert outcomes.context["scheme"] is None


def test_a_part_split_off_since_is_what_one_said(client, scheme, two, admin):
    (moment,) = coded(scheme, two, ("Waiting", "Waiting"))
    split = category(scheme, "Waiting")
    split_category(category=split, names=["In line", "On the phone"], by=admin, rationale="Two")
    resort(
        moment=moment, category=split, into=category(scheme, "In line"), by=admin, uid=uuid.uuid4()
    )

    page = signed_in(client, two[0]).get(
        reverse("taxonomy:coding_outcomes", args=[scheme.study.slug])
    )

    assert page.context["drift"].overall.percent == 100
    assert not page.context["rows"][0].differs
