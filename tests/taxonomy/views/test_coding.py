"""The coder's pages: what they show, what they keep, and what they never show."""

import re
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from incidents.choices import AskedFor, IncidentState, RoleName, ToldAs, VersionKind
from incidents.models import Incident, Member
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.choices import AssignmentState, BatchState
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    OrganizationFactory,
    RegionFactory,
    RespondentFactory,
    SiteFactory,
    StudyFactory,
    UserFactory,
)
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, SchemeFactory

HTMX = {"HX-Request": "true"}
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["Listening", "Waiting"])


@pytest.fixture
def coder(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.CODER])


@pytest.fixture
def desk(client, coder, scheme):
    client.force_login(coder.user)
    return reverse("taxonomy:coding_next", args=[scheme.study.slug, scheme.slug])


@pytest.fixture
def assignment(scheme, coder):
    IncidentFactory(study=scheme.study)
    return take_next_assignment(coder=coder, scheme=scheme)


def url(name, assignment):
    scheme = assignment.batch.scheme
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug, assignment.uid])


def body(name="Listening", **fields):
    category = {"category": str(Category.objects.get(name=name).uid)} if name else {}
    return {"uid": str(uuid.uuid4()), **category, **fields}


def code(assignment, name="Listening"):
    category = Category.objects.get(scheme=assignment.batch.scheme, name=name)
    return code_moment(
        assignment=assignment, by=assignment.coder, uid=uuid.uuid4(), category=category
    )


def of_somebody_else(scheme, name="Waiting"):
    """An assignment of another coder, with their answer."""
    other = MemberFactory(study=scheme.study, roles=[RoleName.CODER], display_name="Olga Other")
    incident = IncidentFactory(study=scheme.study, words={"headline": "Olga's own headline"})
    assignment = AssignmentFactory(scheme=scheme, moment=incident.moments.get(), coder=other)
    code_moment(
        assignment=assignment,
        by=other,
        uid=uuid.uuid4(),
        category=Category.objects.get(scheme=scheme, name=name),
        note="Olga's note",
    )
    return assignment


# -- Who may come in ---------------------------------------------------------------------------

PAGES = ["coding_list", "coding_mine"]
OF_A_SCHEME = ["coding_next", "coding_ahead", "coding_aside"]
OF_AN_ASSIGNMENT = ["coding_show", "coding_record", "coding_put_aside"]


def every_address(assignment):
    study, scheme = assignment.batch.scheme.study.slug, assignment.batch.scheme.slug
    coding = code(assignment)
    yield from (("get", reverse(f"taxonomy:{name}", args=[study])) for name in PAGES)
    yield from (("get", reverse(f"taxonomy:{name}", args=[study, scheme])) for name in OF_A_SCHEME)
    yield "get", url("coding_show", assignment)
    yield "post", url("coding_record", assignment)
    yield "post", url("coding_put_aside", assignment)
    yield "post", reverse("taxonomy:coding_take_back", args=[study, coding.uid])


def facts():
    rows = (
        Assignment.objects.order_by("pk").values_list("uid", "state"),
        Coding.objects.order_by("pk").values_list("uid", "taken_back"),
    )
    return [list(row) for row in rows]


@pytest.mark.parametrize(
    "role", [RoleName.ADMIN, RoleName.ANALYST, RoleName.INTERVIEWER], ids=lambda role: role.value
)
def test_only_coders_code_and_others_are_told_who_can_make_them_one(client, assignment, role):
    study = assignment.batch.scheme.study
    MemberFactory(study=study, roles=[RoleName.ADMIN], display_name="Ada Admin")
    client.force_login(MemberFactory(study=study, roles=[role]).user)
    addresses = list(every_address(assignment))
    before = facts()

    for verb, address in addresses:
        response = getattr(client, verb)(address, body())
        assert response.status_code == 403, address
        assert "Ada Admin" in response.text
        assert assignment.moment.incident.version.headline not in response.text
    assert facts() == before


@pytest.mark.parametrize("inside", ["another study", "no study", "this study, not active"])
def test_to_everybody_else_there_is_nothing(client, assignment, inside):
    study = assignment.batch.scheme.study
    user = UserFactory()
    if inside != "no study":
        home = study if inside.startswith("this") else StudyFactory()
        MemberFactory(study=home, user=user, roles=[RoleName.CODER], active=home != study)
    client.force_login(user)
    addresses = list(every_address(assignment))
    before = facts()

    for verb, address in addresses:
        assert getattr(client, verb)(address, body()).status_code == 404, address
    assert facts() == before


def test_another_coders_assignments_and_answers_do_not_exist(client, scheme, coder):
    theirs = of_somebody_else(scheme)
    client.force_login(coder.user)
    coding = Coding.objects.get()
    before = facts()
    take_back = reverse("taxonomy:coding_take_back", args=[scheme.study.slug, coding.uid])

    for name in OF_AN_ASSIGNMENT:
        verb = client.get if name == "coding_show" else client.post
        assert verb(url(name, theirs), body()).status_code == 404
    assert client.post(take_back).status_code == 404
    assert facts() == before


def test_pages_of_a_coder_show_nothing_of_other_coders(client, scheme, coder, desk, assignment):
    of_somebody_else(scheme)
    code(assignment)
    pages = [desk, *(reverse(f"taxonomy:{name}", args=[scheme.study.slug]) for name in PAGES)]

    for page in pages:
        text = client.get(page).text
        assert "Olga" not in text, page


def test_an_assignment_belongs_to_the_scheme_in_its_address(client, scheme, assignment, desk):
    other = SchemeFactory(study=scheme.study)
    address = reverse("taxonomy:coding_show", args=[scheme.study.slug, other.slug, assignment.uid])
    assert client.get(address).status_code == 404


# -- One moment --------------------------------------------------------------------------------


def test_a_coder_reads_the_words_and_nothing_of_who_told_them_where(client, scheme, desk):
    study = scheme.study
    site = SiteFactory(
        study=study,
        organization=OrganizationFactory(study=study, name="Acme Airlines", code="ACME-1"),
        region=RegionFactory(study=study, name="Northern Region"),
        place="Winnipeg",
    )
    interview = InterviewFactory(
        study=study,
        respondent=RespondentFactory(study=study, site=site, code="RESP-77"),
        interviewer=MemberFactory(study=study, display_name="Ines Interviewer", code="INT-9"),
        language="fr",
    )
    IncidentFactory(
        study=study,
        interview=interview,
        asked_for=AskedFor.POOR,
        told_as=ToldAs.CUSTOMER,
        words={
            "headline": "Un billet perdu",
            "situation": "Le billet était perdu.",
            "action": "Elle a <b>téléphoné</b>.",
            "result": "Tout allait bien.",
            "people": "Une employée.",
            "reaction": "Merci !",
            "note": "note of the interviewer",
        },
    )

    text = client.get(desk).text

    for shown in ("Un billet perdu", "Le billet était perdu.", "Tout allait bien.", "Merci !"):
        assert shown in text
    assert "Elle a &lt;b&gt;téléphoné&lt;/b&gt;." in text
    assert text.count('dir="auto" lang="fr"') == 6
    assert "Received as a customer" in text
    for hidden in (
        "Acme",
        "ACME-1",
        "Northern",
        "Winnipeg",
        "Canada",
        "RESP-77",
        "Ines",
        "INT-9",
        "Poor service",
        "note of the interviewer",
    ):
        assert hidden not in text


def test_a_part_of_a_divided_incident_is_named_beside_the_others(client, scheme, desk):
    IncidentFactory(study=scheme.study, moments=3)
    text = client.get(desk).text
    assert '<strong dir="auto">Part 1</strong>' in text
    assert "Part 2" in text
    assert "Part 3" in text


def test_a_whole_incident_has_no_parts(client, desk, assignment):
    assert "Code this part" not in client.get(desk).text


def test_every_offered_category_is_there_once_with_its_definition(client, scheme, desk, assignment):
    listening = Category.objects.filter(name="Listening")
    listening.update(
        definition="Lets people finish.",
        includes="Asking back.",
        excludes="Waiting in line.",
        positive_example="She nodded.",
        negative_example="He looked away.",
        code="L1",
    )
    text = client.get(desk).text
    assert text.count('type="radio"') == 2
    for words in listening.values_list(
        "definition", "includes", "excludes", "positive_example", "negative_example"
    ).get():
        assert text.count(words) == 1


def test_a_translation_of_what_is_shown_can_be_read_beside_it(client, desk, assignment):
    incident = assignment.moment.incident
    for number, based_on, words in ((2, 1, "He waited"), (3, 2, "Of another version")):
        incident.versions.create(
            number=number,
            based_on=based_on,
            kind=VersionKind.TRANSLATION,
            language="en",
            situation=words,
        )

    text = client.get(desk).text

    assert "Translation: English" in text
    assert "He waited" in text
    assert "Of another version" not in text


def test_when_nothing_is_left_the_desk_says_so(client, desk):
    response = client.get(desk)
    assert response.status_code == 200
    assert "Nothing is left to code" in response.text
    assert 'id="answer"' not in response.text


@pytest.mark.parametrize("rows", [1, 30])
def test_the_desk_asks_the_same_queries_whatever_was_coded(
    client, coder, desk, rows, django_assert_num_queries
):
    scheme = Scheme.objects.get()
    finest = scheme.rounds.get()
    for _ in range(rows):
        IncidentFactory(study=scheme.study)
        name = CategoryFactory(round=finest).name
        code(take_next_assignment(coder=coder, scheme=scheme), name)
    IncidentFactory(study=scheme.study)
    take_next_assignment(coder=coder, scheme=scheme)

    with django_assert_num_queries(21):
        assert client.get(desk).status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_schemes_takes_the_same_queries_for_any_number(
    client, coder, desk, rows, django_assert_num_queries
):
    schemes = [SchemeFactory(study=coder.study) for _ in range(rows - 1)]
    for scheme in schemes:
        IncidentFactory(study=coder.study)
        take_next_assignment(coder=coder, scheme=scheme)
    SchemeFactory()  # of another study

    with django_assert_num_queries(9):
        response = client.get(reverse("taxonomy:coding_list", args=[coder.study.slug]))

    assert response.text.count('class="row-link"') == rows


# -- Answering ---------------------------------------------------------------------------------


def test_an_answer_leads_to_the_next_moment(client, desk, assignment):
    response = client.post(url("coding_record", assignment), body(note=" Sure? ", unsure="on"))

    assert (response.status_code, response.url) == (302, desk)
    coding = Coding.objects.get()
    assert (coding.category.name, coding.note, coding.confidence) == (
        "Listening",
        "Sure?",
        "unsure",
    )


def test_to_the_script_an_answer_brings_a_receipt_with_the_way_so_far(client, desk, assignment):
    IncidentFactory(study=assignment.batch.scheme.study)
    sent = body(flagged="on")

    response = client.post(url("coding_record", assignment), sent, headers=SCRIPT)

    told = response.json()
    assert (response.status_code, told["uid"], told["revision"]) == (200, sent["uid"], "0")
    assert 'value="' + sent["category"] in told["parts"]["recent"]
    assert "1 done today" in told["parts"]["trail"]
    assert Coding.objects.get().flagged


def test_a_step_brings_the_categories_only_where_the_scheme_changed(
    client, scheme, desk, assignment
):
    scheme.revision = 4
    scheme.save()
    known = client.get(desk, {"revision": "4"}, headers=HTMX).text
    changed = client.get(desk, {"revision": "3"}, headers=HTMX).text
    assert 'type="radio"' not in known
    assert changed.count('type="radio"') == 2
    assert "<html" not in changed


def test_a_double_click_makes_one_coding(client, desk, assignment):
    sent = body()
    for _ in range(2):
        assert client.post(url("coding_record", assignment), sent).status_code == 302
    assert Coding.objects.count() == 1


def test_a_recent_category_pressed_counts_before_the_one_chosen(client, desk, assignment):
    recent = Category.objects.get(name="Waiting").uid
    client.post(url("coding_record", assignment), body("Listening", recent=recent))
    assert Coding.objects.get().category.name == "Waiting"


def test_a_reason_pressed_counts_before_the_category_chosen(client, desk, assignment):
    client.post(url("coding_record", assignment), body("Listening", unclassifiable="too_little"))
    coding = Coding.objects.get()
    assert (coding.category, coding.unclassifiable) == (None, "too_little")


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": ""},
        {"category": "no-uid"},
        {"category": str(uuid.uuid4())},
        {"unclassifiable": "whatever"},
        {"uid": "1"},
        {"seen": "1"},
        {"note": "x" * 2001},
        {"note": "nul\x00"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_cannot_be_an_answer_comes_back_and_changes_nothing(client, desk, assignment, wrong):
    sent = {**body(note="My note"), **wrong}
    response = client.post(url("coding_record", assignment), sent)
    told = client.post(url("coding_record", assignment), sent, headers=SCRIPT)

    assert (response.status_code, told.status_code) == (422, 422)
    assert told.json()["error"]
    assert 'role="alert"' in response.text
    assert wrong.get("note", "My note")[:3] in response.text
    assert not Coding.objects.exists()


def test_a_category_retired_meanwhile_is_refused_with_the_note_kept(client, desk, assignment):
    sent = body(note="I thought hard about this.")
    Category.objects.filter(name="Listening").update(retired=True)

    response = client.post(url("coding_record", assignment), sent)

    assert response.status_code == 409
    assert "This category is no longer offered. Choose another." in response.text
    assert "I thought hard about this.</textarea>" in response.text
    assert sent["uid"] in response.text
    assert not Coding.objects.exists()


def test_an_incident_withdrawn_meanwhile_gives_way_to_the_next_with_the_note_kept(
    client, scheme, desk, assignment
):
    gone = assignment.moment.incident
    following = IncidentFactory(study=scheme.study)
    Incident.objects.filter(pk=gone.pk).update(state=IncidentState.WITHDRAWN)

    response = client.post(url("coding_record", assignment), body(note="I thought hard."))
    told = client.post(url("coding_record", assignment), body(), headers=SCRIPT)

    assert (response.status_code, told.status_code) == (409, 409)
    assert told.json()["gone"] is True
    assert "taken out of the study" in told.json()["error"]
    assert "taken out of the study" in response.text
    assert "I thought hard." in response.text
    assert following.version.headline in response.text
    assert gone.version.headline not in response.text
    assert not Coding.objects.exists()


@pytest.mark.parametrize("name", ["Listening", None], ids=["too long", "without an answer"])
def test_the_note_of_an_incident_withdrawn_meanwhile_comes_back_even_where_it_is_not_taken(
    client, desk, assignment, name
):
    note = "I thought hard. " + ("x" * 2000 if name else "")
    Incident.objects.update(state=IncidentState.WITHDRAWN)

    response = client.post(url("coding_record", assignment), body(name, note=note))

    assert response.status_code == 409
    assert note.strip() in response.text
    assert assignment.moment.incident.version.headline not in response.text


def test_the_words_of_a_withdrawn_incident_are_not_shown_again(client, desk, assignment):
    Incident.objects.update(state=IncidentState.WITHDRAWN)
    assert client.get(url("coding_show", assignment)).status_code == 404


@pytest.mark.parametrize("name", ["coding_record", "coding_put_aside"])
def test_a_moment_taken_away_meanwhile_gives_way_to_the_next_with_the_note_kept(
    client, scheme, desk, assignment, name
):
    given = re.search(r'name="held" value="([^"]+)"', client.get(desk).text)[1]
    gone, following = assignment.moment.incident, IncidentFactory(study=scheme.study)
    Assignment.objects.all().delete()
    Incident.objects.filter(pk=gone.pk).update(state=IncidentState.EXCLUDED)
    sent = body(note="I thought <hard>.", held=given)

    response = client.post(url(name, assignment), sent)

    assert response.status_code == 409
    assert "This moment is no longer yours to code." in response.text
    assert "I thought &lt;hard&gt;." in response.text
    assert following.version.headline in response.text
    assert gone.version.headline not in response.text
    assert not Coding.objects.exists()


def test_who_cannot_show_that_a_moment_was_theirs_learns_nothing_of_it(
    client, scheme, desk, assignment
):
    given = re.search(r'name="held" value="([^"]+)"', client.get(desk).text)[1]
    theirs = of_somebody_else(scheme)
    other = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    before = facts()

    for proof in ("", "x\0", given):
        refused = client.post(url("coding_record", theirs), body("Waiting", held=proof))
        assert refused.status_code == 404
    client.force_login(other.user)
    assert client.post(url("coding_record", assignment), body(held=given)).status_code == 404
    assert facts() == before


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("headers", [{}, SCRIPT], ids=["page", "script"])
def test_a_moment_taken_off_while_its_answer_arrives_gives_way_to_the_next_with_the_note_kept(
    client, coder, assignment, monkeypatch, headers
):
    IncidentFactory(study=coder.study)

    def take_off_first(**given):
        Assignment.objects.filter(pk=assignment.pk).delete()
        return code_moment(**given)

    monkeypatch.setattr("taxonomy.views.coding.code_moment", take_off_first)

    asked = {"headers": headers, "data": body(note="I thought hard.")}
    response = client.post(url("coding_record", assignment), **asked)

    assert response.status_code == 409
    assert not Coding.objects.exists()
    if headers:
        assert response.json()["gone"] is True
        assert "taken off the batch" in response.json()["error"]
    else:
        assert "This moment is no longer yours to code." in response.text
        assert "I thought hard." in response.text
        assert 'id="answer"' in response.text


def test_a_session_that_ended_keeps_nothing_and_leads_back_to_the_moment(client, desk, assignment):
    client.logout()
    page = url("coding_show", assignment)

    told = client.post(url("coding_record", assignment), body(), headers=SCRIPT)
    led = client.post(
        url("coding_record", assignment), body(), headers={"Referer": f"http://testserver{page}"}
    )

    assert (told.status_code, told.json()["error"]) == (401, "You were signed out.")
    assert parse_qs(urlsplit(led.headers["Location"]).query) == {"next": [page]}
    assert not Coding.objects.exists()


def test_a_story_of_17000_letters_from_the_right_with_signs_is_coded_among_400_categories(
    client, scheme, coder, desk
):
    finest = scheme.rounds.get()
    Category.objects.bulk_create(
        Category(scheme=scheme, round=finest, position=n, name=f"סיווג {n} 🙂", exists=True)
        for n in range(10, 408)
    )
    words = ("הפקיד הקשיב לי עד הסוף 👩‍👩‍👧‍👦 " * 600)[:17_000].strip()
    told = IncidentFactory(
        study=scheme.study, words={"headline": "סיפור ארוך 🙂", "situation": words}
    )
    page = client.get(desk).text
    sent = body("סיווג 407 🙂", note="\u202eמחשבה 👍🏽")

    response = client.post(url("coding_record", Assignment.objects.get()), sent)

    assert (words in page, page.count('<li id="category-')) == (True, 400)
    assert response.headers["Location"] == desk
    coding = Coding.objects.get(moment__incident=told)
    assert (coding.category.name, coding.note) == ("סיווג 407 🙂", "\u202eמחשבה 👍🏽")
    mine = client.get(reverse("taxonomy:coding_mine", args=[scheme.study.slug])).text
    assert "סיווג 407 🙂" in mine


def test_in_a_locked_batch_an_answer_is_refused(client, desk, assignment):
    Batch.objects.update(state=BatchState.LOCKED)
    response = client.post(url("coding_record", assignment), body(note="Too late"))
    assert response.status_code == 409
    assert "locked" in response.text
    assert "Too late" in response.text
    assert not Coding.objects.exists()


def test_a_changed_answer_leads_back_to_the_list(client, scheme, desk, assignment):
    code(assignment)
    mine = reverse("taxonomy:coding_mine", args=[scheme.study.slug])

    response = client.post(url("coding_record", assignment), body("Waiting"))

    assert response.url == mine
    assert Coding.objects.live().get().category.name == "Waiting"


def test_an_answered_moment_shows_the_answer_to_change(client, desk, assignment):
    code(assignment, "Waiting")
    text = client.get(url("coding_show", assignment)).text
    assert "Change my answer" in text
    assert "Your answer so far" in text


# -- Putting aside, taking back ----------------------------------------------------------------


def test_what_is_put_aside_gives_way_to_the_next(client, scheme, desk, assignment):
    following = IncidentFactory(study=scheme.study)
    response = client.post(url("coding_put_aside", assignment), follow=True)

    assert following.version.headline in response.text
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.SKIPPED


def test_the_only_moment_left_stays_when_it_is_put_aside(client, desk, assignment):
    response = client.post(url("coding_put_aside", assignment), follow=True)
    assert "This is the only one left." in response.text
    assert assignment.moment.incident.version.headline in response.text


def test_the_last_answer_is_offered_to_be_taken_back(client, scheme, desk, assignment):
    coding = code(assignment)
    IncidentFactory(study=scheme.study)
    address = reverse("taxonomy:coding_take_back", args=[scheme.study.slug, coding.uid])
    assert address in client.get(desk).text

    response = client.post(address, follow=True)

    assert assignment.moment.incident.version.headline in response.text
    assert not Coding.objects.live().exists()


def test_taken_back_from_the_list_the_moment_shows_again(client, scheme, desk, assignment):
    coding = code(assignment)
    address = reverse("taxonomy:coding_take_back", args=[scheme.study.slug, coding.uid])

    response = client.post(address)

    assert (response.status_code, response.url) == (302, url("coding_show", assignment))
    assert not Coding.objects.live().exists()


def test_an_answer_of_a_withdrawn_incident_is_taken_back_without_its_words(
    client, scheme, desk, assignment
):
    coding = code(assignment)
    Incident.objects.update(state=IncidentState.WITHDRAWN)
    address = reverse("taxonomy:coding_take_back", args=[scheme.study.slug, coding.uid])

    response = client.post(address, follow=True)

    assert response.status_code == 200
    assert assignment.moment.incident.version.headline not in response.text
    assert not Coding.objects.live().exists()


def test_an_answer_changed_since_is_not_taken_back(client, scheme, desk, assignment):
    first = code(assignment)
    code(assignment, "Waiting")
    address = reverse("taxonomy:coding_take_back", args=[scheme.study.slug, first.uid])

    response = client.post(address, follow=True)

    assert "changed since" in response.text
    assert Coding.objects.live().get().category.name == "Waiting"


# -- My answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 30])
def test_my_answers_take_four_queries_for_any_number_of_rows(
    client, coder, desk, rows, django_assert_num_queries
):
    scheme = Scheme.objects.get()
    other = SchemeFactory(study=scheme.study, categories=["Cause"])
    incidents = [IncidentFactory(study=scheme.study) for _ in range(rows)]
    for number in range(rows):
        which, name = (scheme, "Waiting") if number % 2 else (other, "Cause")
        code(take_next_assignment(coder=coder, scheme=which), name)
    of_somebody_else(scheme)

    with django_assert_num_queries(4):
        response = client.get(reverse("taxonomy:coding_mine", args=[scheme.study.slug]))

    assert response.text.count('class="mine"') == rows
    assert incidents[0].version.headline in response.text
    assert "Olga" not in response.text


def test_my_answers_are_paged_by_key(client, scheme, coder, desk):
    for _ in range(52):
        IncidentFactory(study=scheme.study)
        code(take_next_assignment(coder=coder, scheme=scheme))
    address = reverse("taxonomy:coding_mine", args=[scheme.study.slug])
    uids = [str(uid) for uid in Coding.objects.order_by("-pk").values_list("uid", flat=True)]

    first = client.get(address)
    assert f"?after={uids[49]}" in first.text
    second = client.get(address, {"after": uids[49]})
    assert second.text.count('class="mine"') == 2
    assert f"?before={uids[50]}" in second.text


def test_answers_of_withdrawn_incidents_and_superseded_ones_are_not_listed(
    client, scheme, desk, assignment
):
    code(assignment)
    code(assignment, "Waiting")
    address = reverse("taxonomy:coding_mine", args=[scheme.study.slug])
    assert client.get(address).text.count('class="mine"') == 1

    Incident.objects.update(state=IncidentState.WITHDRAWN)
    text = client.get(address).text
    assert text.count('class="mine"') == 0
    assert "No answers yet" in text


def test_a_final_answer_offers_no_change(client, scheme, desk, assignment):
    code(assignment)
    Batch.objects.update(state=BatchState.LOCKED)
    text = client.get(reverse("taxonomy:coding_mine", args=[scheme.study.slug])).text
    assert "Final: the batch is locked" in text
    assert "Take back" not in text


def test_the_study_home_of_the_day_decides_what_is_today(client, scheme, coder, desk, time_machine):
    scheme.study.time_zone = "Pacific/Auckland"
    scheme.study.save()
    IncidentFactory(study=scheme.study)
    time_machine.move_to("1999-03-15T10:00:00Z")  # 15 March, 23:00 in Auckland
    coder = Member.objects.get(pk=coder.pk)
    code(take_next_assignment(coder=coder, scheme=scheme))
    address = reverse("taxonomy:coding_list", args=[scheme.study.slug])
    time_machine.move_to("1999-03-15T10:45:00Z")
    assert "1 done today" in client.get(address).text

    time_machine.move_to("1999-03-15T11:30:00Z")  # past midnight there, not in London
    assert "0 done today, 1 in all" in client.get(address).text
