"""What was told beside its translation: which one is shown, and to whom as what."""

import pytest
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import translation

from incidents.choices import IncidentState, RoleName, VersionKind
from incidents.models import Incident, IncidentVersion
from incidents.queries.words import translation_of, translations_of
from tests.factories import IncidentFactory, MemberFactory
from tests.reports.told import make_world, tell

pytestmark = pytest.mark.django_db


def translate(incident, language, headline, *, based_on=1, **fields):
    return IncidentVersion.objects.create(
        incident=incident,
        number=incident.versions.count() + 1,
        kind=VersionKind.TRANSLATION,
        based_on=based_on,
        language=language,
        headline=headline,
        sha256="0" * 64,
        **{"situation": f"{headline}, told anew.", **fields},
    )


@pytest.fixture
def told():
    """Return an incident that was told in Dutch."""
    incident = IncidentFactory(words={"headline": "De paraplu", "situation": "Het regende."})
    set_language(incident, "nl")
    return incident


def set_language(incident, language):
    IncidentVersion.objects.filter(pk=incident.version_id).update(language=language)
    incident.version.refresh_from_db()


# -- Which translation ------------------------------------------------------------------------


def test_what_was_never_translated_has_none(told):
    assert translation_of(told) is None
    assert translation_of(Incident(pk=0)) is None


def test_the_translation_says_what_was_told_in_its_own_language(told):
    translate(told, "de", "Der Schirm")

    words = translation_of(told)

    assert (words.headline, words.language, words.language_name) == ("Der Schirm", "de", "German")
    assert words.answers == [("The situation", "Der Schirm, told anew.")]
    assert words.text == "Der Schirm, told anew."
    assert not words.is_readers


def test_of_several_it_is_that_in_the_readers_language_else_the_newest(told):
    translate(told, "fr", "Le parapluie")
    translate(told, "en-GB", "The umbrella")
    translate(told, "de", "Der Schirm")

    with translation.override("en"):
        assert translation_of(told).headline == "The umbrella"
        assert translation_of(told).is_readers
    with translation.override("it"):
        assert translation_of(told).headline == "Der Schirm"


def test_what_translates_words_corrected_since_is_none(told):
    translate(told, "en", "The umbrella")
    corrected = IncidentVersion.objects.create(
        incident=told, number=3, kind=VersionKind.CORRECTION, headline="De jas", sha256="1" * 64
    )
    told.version = corrected
    told.save()

    assert translation_of(told) is None
    translate(told, "en", "The coat", based_on=3)
    assert translation_of(told).headline == "The coat"


def test_a_translation_that_says_nothing_and_one_that_is_shown_already_are_none(told):
    erased = translate(told, "en", "", situation="")
    assert translation_of(told) is None

    erased.headline = "The umbrella"
    erased.save()
    assert translation_of(told).headline == "The umbrella"
    told.version = erased
    told.save()
    assert translation_of(told) is None


@pytest.mark.parametrize("rows", [1, 30])
def test_translations_are_read_in_one_query(rows, django_assert_num_queries):
    incidents = [IncidentFactory() for _ in range(rows)]
    for incident in incidents:
        translate(incident, "fr", f"Titre {incident.pk}")

    with django_assert_num_queries(1):
        found = translations_of(incidents)

    assert {key: words.headline for key, words in found.items()} == {
        incident.pk: f"Titre {incident.pk}" for incident in incidents
    }


# -- On the pages -----------------------------------------------------------------------------


@pytest.fixture
def world():
    """Return a study in which one incident was told in Dutch and translated into English."""
    world = make_world()
    world.told = tell(world, "De paraplu", category=world.warm)
    set_language(world.told, "nl")
    translate(world.told, "en", "The umbrella")
    return world


def pages_of(world):
    """Every page on which an admin reads the words, with what has to be there first."""
    slug, uid = world.study.slug, world.told.uid
    return [
        reverse("incidents:incident_show", args=[slug, uid]),
        reverse("incidents:screening_show", args=[slug, uid]),
        reverse("reports:incident_list", args=[slug]),
        reverse("reports:verbatim_list", args=[slug, world.scheme.slug], query={"round": 1}),
    ]


def test_every_page_shows_the_original_and_says_which_is_the_translation(client, world):
    client.force_login(world.admin.user)

    for address in pages_of(world):
        page = client.get(address).text

        original, named, words = (
            page.index(text) for text in ("De paraplu", "Translation: English", "The umbrella")
        )
        assert original < named < words, address
        assert 'lang="nl"' in page
        assert 'lang="en"' in page[named:], address


def test_before_it_is_divided_it_is_read_with_its_translation(client, world):
    Incident.objects.filter(pk=world.told.pk).update(state=IncidentState.SUBMITTED)
    client.force_login(world.admin.user)

    page = client.get(
        reverse("incidents:incident_divide", args=[world.study.slug, world.told.uid])
    ).text

    assert page.index("It was about De paraplu.") < page.index("The umbrella, told anew.")


def test_it_is_open_for_who_reads_that_language_and_folded_for_others(client, world):
    client.force_login(world.admin.user)
    address = pages_of(world)[0]

    assert '<details class="translation" open>' in client.get(address).text
    with override_settings(LANGUAGE_CODE="de"):
        page = client.get(address, headers={"Accept-Language": "de"}).text

    assert '<details class="translation">' in page
    assert "The umbrella" in page


def test_in_the_grid_words_in_the_readers_language_stand_alone(client, world):
    plain = tell(world, "A plain word")
    set_language(plain, "en")
    translate(plain, "fr", "Un mot simple")
    client.force_login(world.admin.user)

    page = client.get(reverse("reports:incident_list", args=[world.study.slug])).text

    assert page.count('class="translation-line"') == 1
    assert "Un mot simple" not in page


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ({"headline": "The umbrella", "situation": "It rained."}, "The umbrella"),
        ({"headline": "", "situation": "It rained."}, "It rained."),
        ({"headline": "", "situation": "", "result": "I got wet."}, "I got wet."),
        ({"headline": "", "situation": "rain " * 100}, f"{'rain ' * 21}rain…"),
        ({"headline": "", "situation": ""}, ""),
    ],
)
def test_what_has_no_headline_is_called_by_how_its_words_begin(words, heading):
    assert IncidentFactory(words=words).version.heading == heading


def test_who_may_not_read_an_incident_reads_no_translation(client, world):
    other = MemberFactory(study=world.study, roles=[RoleName.INTERVIEWER])
    client.force_login(other.user)

    refused = client.get(pages_of(world)[0])
    grid = client.get(reverse("reports:incident_list", args=[world.study.slug])).text

    assert refused.status_code == 404
    assert "The umbrella" not in grid
    assert "De paraplu" not in grid
