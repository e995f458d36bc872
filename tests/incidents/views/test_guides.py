import datetime as dt

import pytest
from django.urls import reverse
from django.utils import translation

from incidents.choices import AskedFor, Elicitation, GuidePart, RoleName
from incidents.models import Change, Guide
from incidents.queries.guides import DEFAULTS, asked_in_turn, guide_of
from tests.factories import InterviewFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
NOVEMBER = dt.date(2026, 11, 21)


@pytest.fixture
def admin(client):
    study = StudyFactory(languages=["en", "fr"])
    member = MemberFactory(study=study, roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


def url(name, member, language=""):
    address = reverse(f"incidents:{name}", args=[member.study.slug])
    return f"{address}?language={language}" if language else address


def save(client, admin, language="en", **words):
    return client.post(url("guide_edit", admin, language), {"row_version": "0", **words})


# -- Since when -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "held_on", "days", "since"),
    [
        ("en", NOVEMBER, 31, "since 21 October."),
        ("en", dt.date(2026, 1, 10), 31, "since 10 December 2025."),
        ("en", NOVEMBER, 7, "since 14 November."),
    ],
)
def test_the_recall_window_is_said_as_a_date(language, held_on, days, since):
    study = StudyFactory(recall_window_days=days)

    guide = guide_of(study, language, held_on=held_on)

    assert since in guide.sayings[GuidePart.ASK_POOR].words


@pytest.mark.parametrize(
    ("language", "ask", "said"),
    [
        ("fr", "Pensez au temps depuis le {since}.", "depuis le 21 octobre"),
        ("de", "Denken Sie an die Zeit seit dem {since}.", "seit dem 21. Oktober"),
    ],
)
def test_the_date_is_said_in_the_language_of_the_interview(language, ask, said):
    study = StudyFactory(languages=["en", language])
    study.guides.create(language=language, words={"ask_either": ask})

    guide = guide_of(study, language, held_on=NOVEMBER)

    (_asked, saying), *_others = guide.asks
    assert said in saying.words
    assert (saying.language, saying.own) == (language, True)


def test_words_there_are_no_words_for_in_the_language_are_marked_as_english():
    guide = guide_of(StudyFactory(), "zh-hans", held_on=NOVEMBER)

    with translation.override("en"):
        assert guide.opening.words == str(DEFAULTS[GuidePart.OPENING])
    assert guide.opening.language == "en"


# -- What is asked for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, ["either"]),
        ({"elicitation": Elicitation.ALTERNATING}, ["good", "poor"]),
        ({"elicitation": Elicitation.ALTERNATING, "poor_first": True}, ["poor", "good"]),
        (
            {"elicitation": Elicitation.QUOTA, "quota_good": 2, "quota_poor": 1},
            ["good", "good", "poor"],
        ),
        ({"elicitation": Elicitation.QUOTA}, ["good", "poor"]),
    ],
)
def test_a_study_asks_in_its_order(fields, asked):
    assert asked_in_turn(StudyFactory(**fields)) == [AskedFor(kind) for kind in asked]


# -- Wording it -------------------------------------------------------------------------------


def test_an_admin_words_a_part_and_the_others_stay_as_candid_has_them(client, admin):
    response = save(client, admin, "fr", close="C'est tout. Merci.")

    assert response.status_code == 302
    guide = Guide.objects.get()
    assert (guide.language, guide.words) == ("fr", {"close": "C'est tout. Merci."})
    shown = client.get(url("guide_show", admin, "fr")).context["guide"]
    assert (shown.close.words, shown.close.own, shown.opening.own) == (
        "C'est tout. Merci.",
        True,
        False,
    )
    english = client.get(url("guide_show", admin, "en")).context["guide"]
    assert english.close.own is False
    change = Change.objects.get(verb="change_guide")
    assert change.details == {"language": "fr", "parts": ["close"]}


def test_a_form_that_is_saved_as_it_came_words_nothing(client, admin):
    form = client.get(url("guide_edit", admin)).context["form"]
    as_it_came = {part: form[part].value().replace("\n", "\r\n") for part in GuidePart.values}

    save(client, admin, **as_it_came)

    assert Guide.objects.get().words == {}


def test_a_part_left_empty_has_its_first_words_again(client, admin):
    save(client, admin, close="That was all.")
    client.post(url("guide_edit", admin, "en"), {"row_version": "1", "close": " "})

    assert Guide.objects.get().words == {}


def test_a_question_without_the_recall_window_is_not_taken(client, admin):
    response = save(client, admin, ask_good="Tell me of good service.")

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["ask_good"]
    assert Guide.objects.count() == 0


def test_of_two_admins_who_word_the_guide_at_once_the_second_is_told(client, admin):
    save(client, admin, close="Mine.")

    response = save(client, admin, close="Theirs.")

    assert response.status_code == 409
    assert "Theirs." in response.text
    assert Guide.objects.get().words == {"close": "Mine."}


def test_an_interview_shows_the_question_of_its_day_and_language(client, admin):
    interview = InterviewFactory(study=admin.study, language="en", held_on=NOVEMBER)
    address = reverse("incidents:interview_show", args=[admin.study.slug, interview.uid])

    page = client.get(f"{address}incidents/{interview.uid}/")

    assert "since 21 October." in page.text


def test_an_interviewer_reads_the_guide_and_does_not_word_it(client, admin):
    interviewer = MemberFactory(study=admin.study, roles=[RoleName.INTERVIEWER])
    client.force_login(interviewer.user)

    shown = client.get(url("guide_show", admin))

    assert shown.status_code == 200
    assert reverse("incidents:guide_edit", args=[admin.study.slug]) not in shown.text
    assert save(client, admin, close="Mine.").status_code == 403
    assert Guide.objects.count() == 0
