"""A category is split on its page, and its moments are sorted again one after another."""

import json
import re
import uuid

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Moment
from taxonomy.actions.batching import merge_categories, retire_category
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.planning import open_batch
from taxonomy.actions.revisions import undo
from taxonomy.actions.splitting import resort, split_category
from taxonomy.models import Assignment, Category, Coding
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin(client):
    roles = [RoleName.ADMIN, RoleName.CODER]
    admin = MemberFactory(study=StudyFactory(slug="study"), roles=roles)
    client.force_login(admin.user)
    return admin


@pytest.fixture
def scheme(admin):
    scheme = start_scheme(
        study=admin.study,
        slug="x",
        name="X",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}],
        categories=[{"round": 1, "name": "Talk"}, {"round": 1, "name": "Walk"}],
    )
    for headline in ("First told", "Second told", "Third told"):
        IncidentFactory(study=admin.study, words={"headline": headline})
        assignment = take_next_assignment(coder=admin, scheme=scheme)
        code_moment(assignment=assignment, by=admin, uid=uuid.uuid4(), category=named("Talk"))
    return scheme


def named(name):
    return Category.objects.get(name=name)


def url(name, *further):
    return reverse(f"taxonomy:{name}", args=["study", "x", named("Talk").uid, *further])


def told(page):
    return re.findall(r"moment-headline[^>]*>(.*?)</h2>", page.text)


def sent(page, **fields):
    """What the form of the shown moment sends."""
    hidden = dict(re.findall(r'name="(uid|moment)" value="([^"]+)"', page.text))
    return hidden | fields


@pytest.fixture
def split(scheme, admin):
    return split_category(category=named("Talk"), names=["Listens", "Speaks"], by=admin)


def test_a_category_is_split_by_naming_its_parts(client, scheme):
    page = client.get(url("category_split")).text
    assert "3 moments wait to be sorted again and count here until then." in page

    short = client.post(url("category_split"), {"names": "Only one", "revision": 1})
    assert (short.status_code, "Only one</textarea>" in short.text) == (422, True)
    assert "Name at least two new categories." in short.text

    done = client.post(
        url("category_split"),
        {"names": "Listens\r\n\r\nSpeaks", "rationale": "two things", "revision": 1},
        follow=True,
    )
    assert "Split “Talk” into “Listens” and “Speaks”." in done.text
    words = client.get(url("category_show")).text
    assert "3 moments wait to be sorted again." in words
    assert url("resort_desk") in words


def test_a_split_category_is_called_split_and_a_retired_one_retired(client, scheme, split, admin):
    retire_category(category=named("Walk"), by=admin)

    board = client.get(reverse("taxonomy:scheme_show", args=["study", "x"])).text

    states = re.findall(r'row-title[^>]*>([^<]*)</span></span><span class="state[^>]*>(\w+)', board)
    assert dict(states) == {"Talk": "Split", "Walk": "Retired"}
    words = client.get(url("category_show")).text
    assert re.findall(r'dir="auto">(Listens|Speaks)</a>', words) == ["Listens", "Speaks"]
    undo(revision=split, by=admin)
    assert "Split into" not in client.get(url("category_show")).text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_who_has_split_a_category_is_led_to_what_waits(client, scheme, headers):
    fields = {"names": "<b>Listens\nSpeaks", "revision": 1}

    done = client.post(url("category_split"), fields, headers=headers)

    if headers:
        link = json.loads(done.headers["HX-Trigger"])["toast"]["link"]
        assert link == {"href": url("resort_desk"), "text": "Sort them"}
    else:
        link = f'“&lt;b&gt;Listens” and “Speaks”. <a href="{url("resort_desk")}">Sort them</a>'
        assert link in client.get(done.url).text


def test_where_nothing_waits_a_split_leads_nowhere(client, scheme, admin):
    address = reverse("taxonomy:category_split", args=["study", "x", named("Walk").uid])
    done = client.post(address, {"names": "<b>Goes</b>\nRuns", "revision": 1}, follow=True)
    (message,) = done.context["messages"]
    assert str(message) == "Split “Walk” into “<b>Goes</b>” and “Runs”."
    assert "“&lt;b&gt;Goes&lt;/b&gt;”" in done.text


def test_moments_are_sorted_one_after_another_left_and_taken_back(client, scheme, split):
    first = client.get(url("resort_desk"))
    assert (told(first), "0 of 3 sorted" in first.text) == (["First told"], True)

    into = named("Listens").uid
    second = client.post(url("resort_record"), sent(first, into=into), headers=HTMX)
    assert (told(second), "1 of 3 sorted" in second.text) == (["Second told"], True)
    assert "<html" not in second.text

    later = client.get(url("resort_desk"), {"after": sent(second)["moment"]}, headers=HTMX)
    assert told(later) == ["Third told"]
    last = client.post(url("resort_record"), sent(later, into=named("Walk").uid), headers=HTMX)
    assert told(last) == ["Second told"]

    coding = Coding.objects.get(category=named("Walk"))
    again = client.post(url("resort_take_back", coding.uid), headers=HTMX)
    assert told(again) == ["Third told"]
    for _ in range(2):
        again = client.post(url("resort_record"), sent(again, into=into), headers=HTMX)
    assert "All is sorted" in again.text


def test_elsewhere_is_nowhere_until_a_category_is_chosen(client, scheme, split):
    page = client.get(url("resort_desk")).text
    chooser = re.search(r'<select[^>]* id="resort-other".*?</select>', page, re.DOTALL)[0]
    chosen = re.findall(r"<option[^>]* selected", chooser)
    first = re.search(r"<option([^>]*)>([^<]*)<", chooser).groups()
    assert (chosen, first) == ([], (' value=""', "Choose a category"))
    assert f'value="{named("Walk").uid}"' in chooser
    assert re.match(r"<select[^>]* required", chooser)


def test_the_same_answer_again_is_one_coding_and_a_late_one_is_told(client, scheme, split, admin):
    page = client.get(url("resort_desk"))
    answer = sent(page, into=named("Speaks").uid)
    for _ in range(2):
        assert client.post(url("resort_record"), answer).status_code == 302
    assert Coding.objects.filter(category=named("Speaks")).count() == 1
    used = sent(client.get(url("resort_desk")), into=named("Speaks").uid) | {"uid": answer["uid"]}
    assert client.post(url("resort_record"), used).status_code == 302
    assert Coding.objects.filter(category=named("Speaks")).count() == 2

    late = client.post(url("resort_record"), answer | {"uid": uuid.uuid4()}, headers=HTMX)
    assert late.status_code == 409
    assert "This moment has been sorted meanwhile." in late.text
    empty = client.post(url("resort_record"), sent(page, into=""), headers=HTMX)
    assert (empty.status_code, "Choose a category." in empty.text) == (422, True)
    retired = client.post(
        url("resort_record"),
        sent(client.get(url("resort_desk")), into=named("Talk").uid),
        headers=HTMX,
    )
    assert "This is the category that was split." in retired.text


def test_only_who_sees_results_sorts_again(client, scheme, split, admin):
    coders = [admin, MemberFactory(study=admin.study, roles=[RoleName.CODER])]
    moment = IncidentFactory(study=admin.study).moments.get()
    moments = Moment.objects.filter(pk=moment.pk)
    page = client.get(url("resort_desk"))
    open_batch(scheme=scheme, name="Both", moments=moments, coders=coders, by=None)

    blind = client.get(url("resort_desk"))
    assert (told(blind), "You are coding in this scheme" in blind.text) == ([], True)
    answer = sent(page, into=named("Speaks").uid)
    assert client.post(url("resort_record"), answer).status_code == 404
    assert "wait to be sorted again" not in client.get(url("category_show")).text

    client.force_login(MemberFactory(study=admin.study, roles=[RoleName.ANALYST]).user)
    assert client.get(url("resort_desk")).status_code == 403


def test_a_coder_sorts_again_what_they_were_given_to_code(client, scheme, split, admin):
    coder = MemberFactory(study=admin.study, roles=[RoleName.CODER])
    page = client.get(url("resort_desk"))
    answer = sent(page, into=named("Speaks").uid)
    client.force_login(coder.user)
    assert "All is sorted" in client.get(url("resort_desk")).text
    assert client.post(url("resort_record"), answer).status_code == 404

    Assignment.objects.filter(moment__uid=answer["moment"]).update(coder=coder)
    assert told(client.get(url("resort_desk"))) == ["First told"]
    assert client.post(url("resort_record"), answer).status_code == 302


def test_what_was_not_split_has_no_such_desk(client, scheme):
    assert client.get(url("resort_desk")).status_code == 404


@pytest.mark.parametrize("junk", ["x", str(uuid.UUID(int=0))])
def test_a_moment_that_is_not_there_is_not_found(client, scheme, split, junk):
    assert client.get(url("resort_desk"), {"after": junk}).status_code == 404


def test_the_words_of_a_category_come_with_what_was_told_last_for_who_may_read_it(
    client, scheme, admin
):
    page = client.get(url("category_show")).text
    assert page.index("Third told") < page.index("First told")
    assert f"/incidents/?category={named('Talk').uid}" in page

    client.force_login(MemberFactory(study=admin.study, roles=[RoleName.CODER]).user)
    assert "Third told" not in client.get(url("category_show")).text


def test_who_is_refused_still_has_the_moment_they_looked_at(client, scheme, split):
    first = client.get(url("resort_desk"))
    second = client.get(url("resort_desk"), {"after": sent(first)["moment"]})

    for into, status in (("", 422), (named("Talk").uid, 409)):
        refused = client.post(url("resort_record"), sent(second, into=into), headers=HTMX)
        assert (refused.status_code, told(refused)) == (status, ["Second told"])
    client.post(url("resort_record"), sent(second, into=named("Speaks").uid))
    late = sent(second, into=named("Listens").uid) | {"uid": uuid.uuid4()}
    assert told(client.post(url("resort_record"), late, headers=HTMX)) == ["Third told"]


def test_what_is_taken_back_twice_is_taken_back(client, scheme, split):
    page = client.get(url("resort_desk"))
    client.post(url("resort_record"), sent(page, into=named("Speaks").uid))
    coding = Coding.objects.get(category=named("Speaks"))

    for _ in range(2):
        back = client.post(url("resort_take_back", coding.uid), headers=HTMX)
        assert (back.status_code, told(back)) == (200, ["First told"])
    client.post(url("resort_record"), sent(back, into=named("Walk").uid))
    late = client.post(url("resort_take_back", coding.uid), headers=HTMX)
    assert (late.status_code, "sorted otherwise since" in late.text) == (409, True)


def test_who_codes_blind_does_not_learn_by_undoing_what_was_sorted_again(client, scheme, admin):
    merged = merge_categories(categories=[named("Talk")], into=named("Walk"), by=admin)
    split_category(category=named("Walk"), names=["Listens", "Speaks"], by=admin)
    blind = MemberFactory(study=admin.study, roles=[RoleName.ADMIN, RoleName.CODER])
    IncidentFactory(study=admin.study)
    later = Moment.objects.filter(codings=None)
    open_batch(scheme=scheme, name="Both", moments=later, coders=[admin, blind], by=None)
    client.force_login(blind.user)
    address = reverse("taxonomy:revision_undo", args=["study", "x", merged.uid])

    before = client.post(address, {"rationale": ""})
    moment = Moment.objects.exclude(codings=None).first()
    walk, part = named("Walk"), named("Listens")
    resort(moment=moment, category=walk, into=part, by=admin, uid=uuid.uuid4())
    after = client.post(address, {"rationale": ""})

    for page in (before, after):
        assert (page.status_code, "You are coding in this scheme" in page.text) == (422, True)
        assert "have been sorted again" not in page.text
