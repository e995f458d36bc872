"""Coders propose while they code, admins answer, and the coder is told."""

import re
import uuid

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Moment
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.actions.proposing import accept_proposal, decline_proposal, propose
from taxonomy.actions.revisions import undo
from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.forms.proposals import WORDS
from taxonomy.models import Category, Proposal
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return StudyFactory(slug="study")


@pytest.fixture
def scheme(study):
    return start_scheme(
        study=study,
        slug="x",
        name="X",
        by=None,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "T", "name": "Top"},
            {"round": 1, "name": "One", "definition": "The first", "parent": "T"},
            {"round": 1, "name": "Two"},
        ],
    )


@pytest.fixture
def admin(study):
    return MemberFactory(study=study, roles=[RoleName.ADMIN], display_name="Ada")


@pytest.fixture
def coder(client, study):
    coder = MemberFactory(study=study, roles=[RoleName.CODER], display_name="Cleo")
    client.force_login(coder.user)
    return coder


def url(name, *args):
    scheme = () if name in {"proposal_mine", "coding_list"} else ("x",)
    return reverse(f"taxonomy:{name}", args=["study", *scheme, *args])


def named(name):
    return Category.objects.get(name=name)


def asking(kind, category=None, **rest):
    """The address of the form for a kind of proposal."""
    about = {"category": named(category).uid} if category else {}
    query = "&".join(f"{key}={value}" for key, value in {"kind": kind, **about, **rest}.items())
    return f"{url('proposal_new')}?{query}"


def sent(**fields):
    return {"uid": str(uuid.uuid4()), "reason": "Seen often", **fields}


def proposed(scheme, by, **rest):
    about = {"kind": ProposalKind.RETIRE, "category": named("One"), "reason": "Seen often"}
    return propose(scheme=scheme, by=by, **{**about, **rest})


def options(page, field):
    select = re.search(rf'<select[^>]* name="{field}".*?</select>', page, re.DOTALL)[0]
    return re.findall(r"<option[^>]*>\s*([^<]*?)\s*</option>", select)


# -- Proposing --------------------------------------------------------------------------------


def test_the_desk_leads_to_a_proposal_with_its_moment_as_the_example(client, scheme, coder):
    headline = IncidentFactory(study=coder.study).version.headline
    desk = client.get(url("coding_next")).text
    address = re.search(r'data-propose[^>]*href="([^"]*)"', desk)[1]

    page = client.get(address).text
    example = take_next_assignment(coder=coder, scheme=scheme)
    assert options(page, "example") == ["None", headline]
    assert re.search(rf'value="{example.uid}" selected', page)

    done = client.post(
        address,
        sent(name="Three", definition="The third", parent=named("Top").uid, example=example.uid),
        follow=True,
    )

    proposal = Proposal.objects.get()
    assert "Proposed." in done.text
    assert "New category: Three" in done.text
    assert (proposal.member, proposal.example, proposal.other, proposal.words) == (
        coder,
        example.moment,
        named("Top"),
        {"name": "Three", "definition": "The third"},
    )


CHANGES = {
    "describe": {"name": "One", "definition": "The very first"},
    "merge": {"into": "Two", "name": ""},
    "split": {"definition": "Early and late"},
    "retire": {},
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_of_a_category_is_proposed_from_its_page(client, scheme, coder, kind):
    about, fields = named("One"), dict(CHANGES[kind])
    words_page = client.get(url("category_show", about.uid)).text
    assert f"{url('proposal_new')}?kind=describe&amp;category={about.uid}" in words_page
    if kind == "merge":
        fields["into"] = named("Two").uid

    client.post(asking(kind, "One"), sent(**fields))

    proposal = Proposal.objects.get()
    other = named("Two") if kind == "merge" else None
    assert (proposal.kind, proposal.category, proposal.other) == (kind, about, other)
    differing = {"definition": fields["definition"]} if "definition" in fields else {}
    assert proposal.words == differing


def test_without_a_category_the_page_asks_for_one(client, scheme, coder):
    page = client.get(asking("merge")).text
    assert options(page, "category") == ["One · Top", "Two", "Top"]
    assert 'name="reason"' not in page


def test_a_form_that_lacks_something_comes_back_with_what_was_typed(client, scheme, coder):
    for wrong in (sent(name=""), sent(name="Three", reason=""), sent(name="x" * 301)):
        page = client.post(asking("add"), {**wrong, "definition": "Typed with care"})
        assert (page.status_code, "Typed with care" in page.text) == (422, True)
    unchanged = client.post(asking("describe", "One"), sent(name="One", definition="The first"))
    assert "Nothing would change." in unchanged.text
    assert not Proposal.objects.exists()


def test_what_is_typed_about_a_category_that_went_is_kept(client, scheme, coder, admin):
    address = asking("describe", "One")
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)

    page = client.post(address, sent(name="One", definition="Typed with care"))

    assert page.status_code == 422
    assert "Typed with care" in page.text
    assert "what you wrote is kept" in page.text


@pytest.mark.parametrize("query", ["kind=burn", "category=7", "example=x", "kind=&category=", ""])
def test_an_address_that_asks_for_nonsense_offers_a_new_category(client, scheme, coder, query):
    page = client.get(f"{url('proposal_new')}?{query}")
    assert (page.status_code, 'name="name"' in page.text) == (200, True)


def test_another_coders_moment_is_no_example(client, scheme, coder):
    IncidentFactory(study=coder.study)
    other = MemberFactory(study=coder.study, roles=[RoleName.CODER])
    theirs = take_next_assignment(coder=other, scheme=scheme)

    assert options(client.get(asking("add", example=theirs.uid)).text, "example") == ["None"]
    refused = client.post(asking("add"), sent(name="Three", example=theirs.uid))
    assert (refused.status_code, Proposal.objects.exists()) == (422, False)


# -- Answering --------------------------------------------------------------------------------


def test_an_admin_accepts_as_proposed_and_takes_it_back(client, scheme, coder, admin):
    proposal = proposed(scheme, coder)
    client.force_login(admin.user)
    assert "Retire: One" in client.get(url("proposal_list")).text

    done = client.post(url("proposal_accept", proposal.uid), {"answer": ""}, follow=True).text

    assert named("One").retired
    revision = Proposal.objects.get().revision
    assert "Accepted as revision 2." in done
    assert url("revision_undo", revision.uid) in done
    undo(revision=revision, by=admin)
    assert "Revision 3 took it back." in client.get(url("proposal_show", proposal.uid)).text


def test_an_admin_accepts_with_changes(client, scheme, coder, admin):
    words = {"name": "Three", "definition": "The third"}
    about = {"kind": ProposalKind.ADD, "category": None, "other": named("Top"), "words": words}
    proposal = proposed(scheme, coder, **about)
    client.force_login(admin.user)

    page = client.get(url("proposal_change", proposal.uid)).text
    assert 'value="Three"' in page
    assert "The third" in page
    assert re.search(rf'value="{named("Top").uid}" selected', page)

    changed = {"name": "Third", "definition": "The third", "parent": "", "answer": "Shorter"}
    client.post(url("proposal_change", proposal.uid), changed)

    assert (named("Third").parent, scheme.revisions.latest("number").rationale) == (None, "Shorter")


def facts_of_answer(page):
    """What stands in the answer as otherwise than proposed: label, proposed, became."""
    _, _, answer = page.partition('id="answer-title"')
    rows = re.findall(r"<dt>(.*?)</dt>\s*<dd>(?:<del[^>]*>(.*?)</del><br>)?(.*?)</dd>", answer)
    return {label: (proposed, became) for label, proposed, became in rows}


OTHERWISE = {
    "add": (
        {"words": {"name": "Three", "definition": "The third"}, "other": "Top"},
        {"words": {"name": "Late", "definition": "The third"}, "other": None},
        {"Name": ("Three", "Late"), "Stands under": ("Top", "–")},
    ),
    "describe": (
        {"category": "One", "words": {"definition": "1st", "excludes": "Two"}},
        {"words": {"definition": "The 1st", "name": "Uno"}},
        {"Definition": ("1st", "The 1st"), "Excludes": ("Two", "–"), "Name": ("", "Uno")},
    ),
    "merge": (
        {"category": "One", "other": "Two", "words": {"name": "Both"}},
        {"words": {"name": "The two"}, "other": "Three"},
        {"Merge into": ("Two", "Three"), "Name": ("Both", "The two")},
    ),
}


@pytest.mark.parametrize("kind", OTHERWISE)
def test_the_coder_reads_what_was_accepted_otherwise(client, scheme, coder, admin, kind):
    add_category(round=scheme.rounds.get(position=1), name="Three", by=admin)
    given, instead, told = ({**part} for part in OTHERWISE[kind])
    for part, name in ((given, "category"), (given, "other"), (instead, "other")):
        if part.get(name):
            part[name] = named(part[name])
    proposal = proposed(scheme, coder, **{"kind": kind, "category": None, **given})

    accept_proposal(proposal=proposal, by=admin, instead=instead)

    for reader in (coder, admin):
        client.force_login(reader.user)
        page = client.get(url("proposal_show", proposal.uid)).text
        assert page.count("Accepted with changes") == 2
        assert facts_of_answer(page) == told
        assert "<del" not in page.partition('id="answer-title"')[0]


@pytest.mark.parametrize("kind", OTHERWISE)
def test_what_is_accepted_as_proposed_is_not_said_to_be_changed(client, scheme, coder, admin, kind):
    given = {**OTHERWISE[kind][0]}
    for name in ("category", "other"):
        if given.get(name):
            given[name] = named(given[name])
    proposal = proposed(scheme, coder, **{"kind": kind, "category": None, **given})
    client.force_login(admin.user)
    page = client.get(url("proposal_change", proposal.uid)).text
    chosen = re.findall(r'<option value="([0-9a-f-]{36})" selected', page)
    fields = {name: shown_in(page, name) for name in WORDS if f'name="{name}"' in page}

    client.post(
        url("proposal_change", proposal.uid),
        {**fields, **{name: uid for name in ("parent", "into") for uid in chosen}, "answer": "Yes"},
    )

    shown = client.get(url("proposal_show", proposal.uid)).text
    assert "It became revision 2" in shown
    assert (facts_of_answer(shown), "Accepted with changes" in shown) == ({}, False)


def test_an_answer_that_was_typed_before_the_changes_is_kept(client, scheme, coder, admin):
    proposal = reworded(scheme, coder, definition="The very first")
    client.force_login(admin.user)
    page = client.get(url("proposal_show", proposal.uid)).text
    button = re.search(r"<button[^>]*>Accept with changes", page)[0]
    address = re.search(r'formaction="([^"]*)"', button)[1]
    assert 'name="ask" value="1"' in button

    sent_along = {"answer": "Almost", "revision": hidden_revision(page), "ask": "1"}
    form = client.post(address, sent_along)

    assert (form.status_code, shown_in(form.text, "answer")) == (200, "Almost")
    assert shown_in(form.text, "definition") == "The very first"
    assert f'action="{address}"' in form.text
    assert Proposal.objects.get().state == ProposalState.OPEN


def reworded(scheme, coder, **words):
    """A proposal of other words for One, which has a text with two lines."""
    about = named("One")
    describe_category(category=about, by=None, includes="Late\nand early")
    return proposed(scheme, coder, kind=ProposalKind.DESCRIBE, words=words)


def hidden_revision(page):
    return re.search(r'name="revision" value="(\d+)"', page)[1]


def shown_in(page, field):
    named_so = rf'[^>]* name="{field}"'
    area = rf'<textarea{named_so}[^>]*>\s*([^<]*)<|<input{named_so} value="([^"]*)"'
    return "".join(filter(None, re.search(area, page).groups()))


def typed(page, **answers):
    """The form of changes as a browser sends it, with these fields typed over."""
    fields = {name: shown_in(page, name) for name in WORDS}
    sent_lines = {name: text.replace("\n", "\r\n") for name, text in fields.items()}
    return {**sent_lines, "revision": hidden_revision(page), **answers}


def test_accepting_what_was_changed_since_it_was_read_is_refused(client, scheme, coder, admin):
    proposal = reworded(scheme, coder, definition="The very first")
    client.force_login(admin.user)
    address = url("proposal_accept", proposal.uid)
    seen = hidden_revision(client.get(url("proposal_show", proposal.uid)).text)
    describe_category(category=named("One"), by=admin, definition="Said meanwhile")

    late = client.post(address, {"answer": "With care", "revision": seen})

    assert late.status_code == 409
    assert "stands in the way" in late.text
    assert shown_in(late.text, "answer") == "With care"
    assert "Said meanwhile" in late.text
    assert (named("One").definition, Proposal.objects.get().state) == ("Said meanwhile", "open")

    client.post(address, {"answer": "With care", "revision": hidden_revision(late.text)})
    assert named("One").definition == "The very first"


def test_what_changes_elsewhere_does_not_stand_in_the_way(client, scheme, coder, admin):
    proposal = reworded(scheme, coder, definition="The very first")
    client.force_login(admin.user)
    seen = hidden_revision(client.get(url("proposal_show", proposal.uid)).text)
    describe_category(category=named("Two"), by=admin, definition="Said meanwhile")

    client.post(url("proposal_accept", proposal.uid), {"answer": "", "revision": seen})

    assert named("One").definition == "The very first"


def test_accepting_with_changes_gives_only_the_words_that_differ(client, scheme, coder, admin):
    proposal = reworded(scheme, coder, definition="The very first")
    client.force_login(admin.user)
    page = client.get(url("proposal_change", proposal.uid)).text

    client.post(url("proposal_change", proposal.uid), typed(page, definition="The first of all"))

    change = Proposal.objects.get().revision.changes.get()
    assert change.after == {"definition": "The first of all"}


def test_accepting_with_changes_does_not_take_other_words_back(client, scheme, coder, admin):
    proposal = reworded(scheme, coder, definition="The very first")
    client.force_login(admin.user)
    address = url("proposal_change", proposal.uid)
    page = client.get(address).text
    describe_category(category=named("One"), by=admin, name="Uno", includes="Early")

    late = client.post(address, typed(page, definition="The first of all", answer="With care"))

    assert (late.status_code, Proposal.objects.get().state) == (409, "open")
    shown = [shown_in(late.text, name) for name in ("name", "includes", "definition", "answer")]
    assert shown == ["Uno", "Early", "The first of all", "With care"]

    client.post(address, typed(late.text, answer="With care"))
    change = Proposal.objects.get().revision.changes.get()
    assert change.after == {"definition": "The first of all"}


def test_declining_without_a_word_is_refused(client, scheme, coder, admin):
    proposal = proposed(scheme, coder)
    client.force_login(admin.user)

    silent = client.post(url("proposal_decline", proposal.uid), {"answer": " "})
    assert (silent.status_code, "Say why it is declined." in silent.text) == (422, True)

    client.post(url("proposal_decline", proposal.uid), {"answer": "It is used in Asia"})
    assert Proposal.objects.get().state == ProposalState.DECLINED


def test_who_answers_second_reads_who_was_first(client, scheme, coder, admin):
    proposal = proposed(scheme, coder)
    decline_proposal(proposal=proposal, by=admin, answer="No")
    client.force_login(MemberFactory(study=admin.study, roles=[RoleName.ADMIN]).user)

    for name in ("proposal_accept", "proposal_decline", "proposal_change"):
        page = client.post(url(name, proposal.uid), {"answer": "Yes"})
        assert (page.status_code, "Ada has declined it already." in page.text) == (422, True)
    assert not named("One").retired


def test_a_change_that_the_scheme_refuses_says_why(client, scheme, coder, admin):
    proposal = proposed(scheme, coder, kind=ProposalKind.MERGE, other=named("Two"))
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)
    client.force_login(admin.user)

    page = client.post(url("proposal_accept", proposal.uid), {"answer": "Well"})

    assert page.status_code == 422
    assert "“One” has been merged into “Two”." in page.text
    assert Proposal.objects.get().state == ProposalState.OPEN


# -- Being told -------------------------------------------------------------------------------


def test_the_coder_is_told_until_the_answer_is_opened(client, scheme, coder, admin):
    proposal = proposed(scheme, coder)
    client.get(url("proposal_show", proposal.uid))  # before there is an answer
    decline_proposal(proposal=proposal, by=admin, answer="It is used in Asia")
    told = "1 of your proposals was answered."

    assert told in client.get(url("coding_list")).text
    assert "Answers to your proposals" in client.get(reverse("reports:home")).text
    assert "New answer" in client.get(url("proposal_mine")).text
    assert "It is used in Asia" in client.get(url("proposal_show", proposal.uid)).text

    assert told not in client.get(url("coding_list")).text
    assert "Answers to your proposals" not in client.get(reverse("reports:home")).text
    assert "New answer" not in client.get(url("proposal_mine")).text


def test_an_admin_who_reads_does_not_read_for_the_coder(client, scheme, coder, admin):
    proposal = proposed(scheme, coder)
    accept_proposal(proposal=proposal, by=admin)
    client.force_login(admin.user)
    client.get(url("proposal_show", proposal.uid))

    assert Proposal.objects.of(coder).unread().count() == 1


def test_admins_are_led_to_what_waits(client, scheme, coder, admin):
    proposed(scheme, coder)
    client.force_login(admin.user)

    assert "Proposals to answer" in client.get(reverse("reports:home")).text
    assert url("proposal_list") in client.get(reverse("taxonomy:scheme_list", args=["study"])).text


def test_an_open_proposal_is_withdrawn(client, scheme, coder, admin):
    proposal = proposed(scheme, coder)
    client.post(url("proposal_withdraw", proposal.uid))
    assert Proposal.objects.get().state == ProposalState.WITHDRAWN
    again = client.post(url("proposal_withdraw", proposal.uid), follow=True)
    assert "It has been withdrawn." in again.text


# -- Who reads what ---------------------------------------------------------------------------


def test_other_coders_do_not_read_what_one_proposes(client, scheme, coder, admin):
    proposal = proposed(scheme, coder, reason="Mine alone")
    client.force_login(
        MemberFactory(study=admin.study, roles=[RoleName.CODER, RoleName.ANALYST]).user
    )

    assert client.get(url("proposal_show", proposal.uid)).status_code == 404
    for address in (url("proposal_list"), url("proposal_mine")):
        assert str(proposal.uid) not in client.get(address).text
    client.force_login(admin.user)
    assert "Mine alone" in client.get(url("proposal_show", proposal.uid)).text


def finish(scheme):
    """Let all answer for all of a batch, and lock it."""
    batch = scheme.batches.get(name="Overlap")
    for task in batch.assignments.select_related("coder"):
        code_moment(assignment=task, by=task.coder, uid=uuid.uuid4(), category=named("One"))
    lock_batch(batch=batch, by=None)


def test_an_admin_who_codes_blind_reads_only_their_own(client, scheme, coder, study):
    both = MemberFactory(study=study, roles=[RoleName.ADMIN, RoleName.CODER])
    IncidentFactory(study=study)
    moments = Moment.objects.filter(incident__study=study)
    open_batch(scheme=scheme, name="Overlap", moments=moments, coders=[coder, both], by=None)
    theirs, own = proposed(scheme, coder), proposed(scheme, both)
    client.force_login(both.user)

    page = client.get(url("proposal_list")).text
    assert (str(theirs.uid) in page, str(own.uid) in page) == (False, True)
    assert "open to you when your batch is done" in page
    for name in ("proposal_accept", "proposal_decline"):
        assert client.post(url(name, theirs.uid), {"answer": "x"}).status_code == 404

    finish(scheme)
    assert str(theirs.uid) in client.get(url("proposal_list")).text


def test_an_admin_who_codes_blind_is_not_told_how_many_others_made(client, scheme, coder, study):
    both = MemberFactory(study=study, roles=[RoleName.ADMIN, RoleName.CODER])
    IncidentFactory(study=study)
    moments = Moment.objects.filter(incident__study=study)
    open_batch(scheme=scheme, name="Overlap", moments=moments, coders=[coder, both], by=None)
    proposed(scheme, coder)
    client.force_login(both.user)
    schemes = reverse("taxonomy:scheme_list", args=["study"])

    assert "Proposals to answer" not in client.get(reverse("reports:home")).text
    assert url("proposal_list") not in client.get(schemes).text

    proposed(scheme, both)
    assert client.get(schemes).context["page"].rows[0].number_of_proposals == 1
    assert [card.proposed for card in client.get(reverse("reports:home")).context["cards"]] == [1]

    finish(scheme)
    assert client.get(schemes).context["page"].rows[0].number_of_proposals == 2
    assert [card.proposed for card in client.get(reverse("reports:home")).context["cards"]] == [2]


def test_an_example_is_shown_to_whom_the_incident_is_open(client, scheme, coder, admin):
    incident = IncidentFactory(study=coder.study)
    task = take_next_assignment(coder=coder, scheme=scheme)
    address = url("proposal_show", proposed(scheme, coder, example=task.moment).uid)
    shown = incident.version.headline

    assert shown in client.get(address).text
    type(incident).objects.update(state="withdrawn")
    assert shown not in client.get(address).text
    assert "An incident that is not open to you." in client.get(address).text


@pytest.mark.parametrize("rows", [1, 30])
def test_lists_take_the_same_queries_for_any_number(
    client, scheme, admin, rows, django_assert_num_queries
):
    for number in range(rows):
        by = MemberFactory(study=admin.study, roles=[RoleName.CODER])
        answered = proposed(scheme, by)
        if number % 3 == 0:
            decline_proposal(proposal=answered, by=admin, answer="No")
    client.force_login(admin.user)

    with django_assert_num_queries(7):
        page = client.get(url("proposal_list"))

    assert page.text.count("Retire: One") == rows


def test_open_proposals_come_first(client, scheme, coder, admin):
    answered, waiting = proposed(scheme, coder), proposed(scheme, coder)
    newest = proposed(scheme, coder)
    decline_proposal(proposal=newest, by=admin, answer="No")
    decline_proposal(proposal=answered, by=admin, answer="No")

    found = re.findall(r"/proposals/([0-9a-f-]{36})/", client.get(url("proposal_mine")).text)

    assert found == [str(one.uid) for one in (waiting, newest, answered)]


def test_a_form_sent_again_with_other_words_comes_back_with_them(client, scheme, coder):
    typed = sent(name="Uno", definition="The first")
    client.post(asking("describe", "One"), typed)

    assert client.post(asking("describe", "One"), typed).status_code == 302
    again = client.post(asking("describe", "One"), {**typed, "name": "Strolls"})

    assert (again.status_code, 'value="Strolls"' in again.text) == (422, True)
    assert "You have sent this form already" in again.text
    assert Proposal.objects.get().words == {"name": "Uno"}
