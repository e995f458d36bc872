import datetime as dt
import json
import random
import re
from collections import Counter

import pytest

from incidents.choices import AskedFor, Consent, Criterion, Mode, ServedBy, ToldAs, Valence
from reports.demo.four_regions import first_words, holding, judging, narrator
from reports.demo.four_regions.narrator import narrate, sentence
from reports.demo.four_regions.places import REGION_OF
from reports.demo.four_regions.plans import AnswerPlan, Fate
from reports.demo.four_regions.world import FATES, PLANNED, build_world
from reports.demo.sentences import read_lines
from taxonomy.choices import Unclassifiable
from taxonomy.queries.codebooks import FOLDER, codebook

SCHEMES = ["serve", "cause", "encounter", "outcome"]
ALIKE_IN_BOTH = [
    "openings",
    "setups",
    "deeds",
    "links",
    "results",
    "reactions",
    "people",
    "notes",
    "lexicon",
]
CAST = (
    *("P", "p", "po", "C", "Co", "Ca", "Cd", "c", "who", "thing", "thing_a", "thing_d"),
    *("problem", "stake", "staff", "staff_n", "money"),
)
SENTENCE_END = re.compile(r"(?<=[.!?])[\"“]?\s+(?=[\"„A-ZÄÖÜ])")
GAPS = r"[\[\]{}|]|  | [,.;]|\.\.|[?!][.,]|,,"
CLUMSY = {
    "en": re.compile(
        GAPS + r"|\ba (?!one-)[aeio]|\ban [^aeiouhX]|\bI (?:has|is|he|she|him|her|does|knows)\b"
        r"|\b(?:by|to|with|from) I\b|\bme (?:was|had|said)\b|[„“]"
    ),
    "de": re.compile(
        GAPS + r"|\b(?:[Ii]ch) (?:hat|ist|macht|geht|will|weiß,)\b|\b(?:bei|mit|von) ich\b"
        r"|\b(?:der|die|das) (?:der|die|das)\b|\bfür ich\b|\""
    ),
}


@pytest.fixture(scope="module")
def world():
    return build_world(seed=2026)


@pytest.fixture(scope="module")
def stories(world):
    return world.stories


@pytest.fixture(scope="module")
def told(stories):
    rng = random.Random(2026)
    return [narrate(story, rng)[0] for story in stories]


def answers(told, language):
    return [
        text
        for both in told
        for name, text in both[language].items()
        if name not in ("headline", "note")
    ]


# -- The plan ----------------------------------------------------------------------------------


def test_600_incidents_of_100_interviews_in_30_sites_of_12_organizations(world):
    assert len(world.stories) == 600
    assert len(world.talks) == len(world.respondents) == 100
    assert len({story.talk.code for story in world.stories}) == 100
    assert len({respondent.site for respondent in world.respondents}) == len(world.sites) == 30
    assert len({site.organization for site in world.sites}) == len(world.organizations) == 12
    assert {site.region for site in world.sites} == {"North", "West", "East", "South"}


def test_incidents_of_an_interview_are_numbered_from_one_without_a_gap(world):
    orders = {}
    for story in world.stories:
        orders.setdefault(story.talk.code, []).append(story.order)
    assert all(order == list(range(1, len(order) + 1)) for order in orders.values())


def test_a_fifth_has_several_moments_and_only_what_is_used_was_divided(stories):
    sizes = Counter(len(story.parts) for story in stories)
    assert sizes == {1: 480, 2: 100, 3: 20}
    assert {story.fate for story in stories if len(story.parts) > 1} == {Fate.USED}


def test_every_fate_has_its_share_and_its_reason(stories):
    fates = Counter(story.fate for story in stories)
    assert fates == FATES
    assert {story.criterion for story in stories if story.fate == Fate.EXCLUDED} == set(
        Criterion.values
    )
    assert all(story.words for story in stories if story.fate == Fate.RETURNED)
    assert not any(story.criterion for story in stories if story.fate != Fate.EXCLUDED)


def test_all_values_are_those_that_the_study_knows(world):
    stories = world.stories
    assert {story.told_as for story in stories} == set(ToldAs.values)
    assert {part.valence for story in stories for part in story.parts} == set(Valence.values)
    assert {story.asked_for for story in stories} == set(AskedFor.values)
    assert {story.served_by for story in stories} == set(ServedBy.values)
    assert {talk.consent for talk in world.talks} == set(Consent.values) - {"by_source"}
    assert {talk.mode for talk in world.talks} == set(Mode.values) - {"not_stated"}


def test_more_than_a_third_is_told_in_german_and_almost_all_of_it_translated(stories):
    german = [story for story in stories if story.talk.language == "de"]
    assert len(german) == 280
    assert {story.talk.country for story in german} == {"DE", "AT", "CH"}
    assert sum(story.translated for story in german) / len(german) > 0.9
    assert not any(story.translated for story in stories if story.talk.language == "en")


def test_what_happened_lies_inside_the_recall_window_unless_excluded_for_it(stories):
    for story in stories:
        days = (story.talk.held_on - story.happened_from).days
        assert (days > 31) == (story.criterion == "too_old")
        assert story.happened_from <= story.happened_to < story.talk.held_on


def test_interviews_are_held_on_working_days_of_early_2026(world):
    days = [talk.held_on for talk in world.talks]
    assert days == sorted(days)
    assert dt.date(2026, 1, 12) <= min(days) <= max(days) < dt.date(2026, 4, 1)
    assert all(day.weekday() < 5 for day in days)


def test_regions_tell_of_different_strategies(stories):
    shares = {region: Counter() for region in set(REGION_OF.values())}
    for story in stories:
        for part in story.parts:
            shares[REGION_OF[story.talk.country]][part.behaviour[0]] += 1
    establish = {region: rows["E"] / rows.total() for region, rows in shares.items()}
    assert establish["West"] > 2 * establish["East"]


# -- Coding ------------------------------------------------------------------------------------


def used_parts(stories):
    return [part for story in stories if story.fate == Fate.USED for part in story.parts]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_answers_name_categories_of_the_codebook_or_a_reason(stories, scheme):
    codes = {category["code"] for category in codebook(scheme)["categories"]}
    given = [one for s in stories for part in s.parts for one in part.answers.get(scheme, ())]
    assert len(given) > 500
    assert {one.category for one in given} - {""} <= codes
    assert all(bool(one.category) != bool(one.reason) for one in given)
    assert {one.reason for one in given} - {""} <= set(Unclassifiable.values)
    assert {one.coder for one in given} == {0, 1, 2}


@pytest.mark.parametrize("scheme", PLANNED)
def test_what_a_plan_gives_out_has_answers_of_three_that_sometimes_differ(stories, scheme):
    planned = [part.answers[scheme] for part in used_parts(stories) if scheme in part.planned]
    alike = sum(len({(one.category, one.reason) for one in given}) == 1 for given in planned)
    assert len(planned) == PLANNED[scheme]
    assert [one.coder for given in planned for one in given] == [0, 1, 2] * len(planned)
    assert 0.5 < alike / len(planned) < 0.9


def test_only_what_is_doubtful_has_a_note(stories):
    noted = [
        one
        for part in used_parts(stories)
        for given in part.answers.values()
        for one in given
        if one.note
    ]
    assert {one.note for one in noted} == set(judging.DOUBTS)
    assert {one.confidence for one in noted} == {"unsure"}
    assert len(noted) > 30


def test_the_rest_is_coded_by_one_or_not_yet(stories):
    for part in used_parts(stories):
        for scheme in set(SCHEMES) - part.planned:
            assert len(part.answers.get(scheme, ())) <= 1


def test_some_answers_are_coarser_and_some_moments_cannot_be_classified(stories):
    single = [
        part.answers["serve"][0]
        for part in used_parts(stories)
        if len(part.answers.get("serve", ())) == 1
    ]
    assert sum(len(one.category) == 1 for one in single) >= 5
    assert sum(bool(one.reason) for one in single) >= 5


def test_who_stands_alone_may_join_the_others_and_nobody_else(stories):
    two_to_one = [AnswerPlan(0, "E1"), AnswerPlan(1, "E2"), AnswerPlan(2, "E1")]
    assert judging.second_thought(two_to_one) == AnswerPlan(1, "E1", confidence="sure")
    assert judging.second_thought([AnswerPlan(coder, "E1") for coder in range(3)]) is None
    assert judging.second_thought([AnswerPlan(n, f"E{n + 1}") for n in range(3)]) is None
    assert sum(part.second is not None for part in used_parts(stories)) > 20


def test_a_pile_has_the_plainer_of_two_names(stories):
    names = {first_words.pile_of(part) for part in used_parts(stories)}
    assert names == {*first_words.PILES, *first_words.RARE.values()}
    other = {first_words.in_other_words(name) for name in names}
    assert len(other - names) == len(first_words.OTHER_WORDS) == 4
    assert {first_words.agreed(name) for name in other} == names


# -- The codebooks -----------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES[1:])
def test_the_further_codebooks_define_every_category_under_a_parent_that_exists(scheme):
    book = codebook(scheme)
    categories = {category["code"]: category for category in book["categories"]}
    coarsest = max(row["position"] for row in book["rounds"])
    assert len(categories) == len(book["categories"])
    for category in categories.values():
        assert all(
            category[field].endswith(".")
            for field in ("definition", "includes", "excludes", "positive_example")
        )
        parent = category["parent"]
        assert (parent is None) == (category["round"] == coarsest)
        assert parent is None or categories[parent]["round"] == category["round"] + 1


def test_every_codebook_is_used():
    names = {json.loads(path.read_text())["slug"] for path in FOLDER.glob("*.json")}
    assert names == set(SCHEMES)


# -- The words ---------------------------------------------------------------------------------


class Recorder(random.Random):
    """A generator that notes among how many it chose."""

    def __init__(self, seed):
        super().__init__(seed)
        self.drawn = []

    def choice(self, options):
        self.drawn.append(len(options))
        return super().choice(options)


@pytest.mark.parametrize("table", ALIKE_IN_BOTH)
def test_every_line_makes_the_same_choices_in_both_languages(table):
    cast = dict.fromkeys(CAST, "x")
    lines = read_lines(narrator.TEXTS, table)
    assert lines
    for line in lines:
        *_key, first, second = line.split(" | ")
        for seed in range(8):
            rngs = Recorder(seed), Recorder(seed)
            sentence(first, cast, 0, rngs[0])
            sentence(second, cast, 1, rngs[1])
            assert rngs[0].drawn == rngs[1].drawn, line


@pytest.mark.parametrize("language", narrator.LANGUAGES)
def test_three_in_four_sentences_occur_once_or_are_the_first_of_their_kind(told, language):
    sentences = [s for text in answers(told, language) for s in SENTENCE_END.split(text)]
    assert len(sentences) > 4_500
    assert len(set(sentences)) / len(sentences) >= 0.75
    assert Counter(sentences).most_common(1)[0][1] <= 20


@pytest.mark.parametrize("language", narrator.LANGUAGES)
def test_no_story_equals_another_and_most_headlines_differ(told, language):
    stories = [tuple(both[language].items()) for both in told]
    assert len(set(stories)) == len(stories) == 600
    assert len({both[language]["headline"] for both in told}) / 600 >= 0.75


@pytest.mark.parametrize("language", narrator.LANGUAGES)
def test_no_text_has_a_gap_a_wrong_article_or_a_wrong_person(told, language):
    texts = [text for both in told for text in both[language].values()]
    assert [text for text in texts if CLUMSY[language].search(text)] == []


@pytest.mark.parametrize("language", narrator.LANGUAGES)
def test_answers_are_sentences_and_short(told, language):
    for text in answers(told, language):
        assert text[0].isupper() or text[0] in '"„'
        assert text.endswith((".", '."', '?"', ".“", "?“"))
        assert len(text) < 1_000


@pytest.mark.parametrize("received", ["customer", "bystander"])
def test_who_received_or_saw_it_was_not_the_provider(stories, told, received):
    texts = [
        both["en"] for story, both in zip(stories, told, strict=True) if story.told_as == received
    ]
    assert len(texts) > 40
    assert all(re.search(r"\bI\b", words["situation"]) for words in texts)
    assert not any(re.search(r"\b(?:our|before us)\b", words["situation"]) for words in texts)


def test_an_unstated_valence_has_no_reaction(stories, told):
    for story, both in zip(stories, told, strict=True):
        assert ("reaction" in both["en"]) == (story.parts[-1].valence != "not_stated")
        assert both["en"].keys() == both["de"].keys()


def test_the_same_seed_gives_the_same_study_and_another_seed_another(world):
    assert build_world(2026) == world
    assert build_world(2027) != world
    story = world.stories[5]
    texts = [narrate(story, random.Random(seed)) for seed in (3, 3, 4)]
    assert texts[0] == texts[1] != texts[2]


def test_what_was_held_out_falls_on_a_known_pile_or_on_none(stories):
    known = {name for name in first_words.PILES if name != "Small things"}
    rng = random.Random(3)

    both = [holding.both_answers(part, known, rng) for part in used_parts(stories)]

    assert {one.category for pair in both for one in pair} == {*known, ""}
    assert all(bool(one.category) != bool(one.reason) for pair in both for one in pair)
    assert {(one.coder, other.coder) for one, other in both} == {(0, 1)}
    for part, (first, _second) in zip(used_parts(stories), both, strict=True):
        assert first.category == (first_words.pile_of(part) in known) * first_words.pile_of(part)
    alike = sum(one.category == other.category for one, other in both)
    assert 0.8 < alike / len(both) < 0.92
