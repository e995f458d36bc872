"""Tell an incident in English and in German, sentence by sentence the same.

Each line of `texts/` has both languages. They are filled in with the same draws, so the choices of
one line must stand in the same order in both. Persons as in the first study: the provider is {P}
{p} {po}, the customer {C} {Ca} {Cd} {c}, the matter {thing} {thing_a} {thing_d}.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reports.demo.four_regions.places import MONEY
from reports.demo.four_regions.plans import StoryPlan
from reports.demo.sentences import capitalized, filled, read_cases, read_table, with_articles

TEXTS: Final = Path(__file__).parent / "texts"
LANGUAGES: Final = ("en", "de")
POLES: Final = {"positive": "+", "negative": "-", "mixed": "±", "neutral": "0"}
PEOPLE_NAMED, NOTED = 0.9, 0.2  # how often an answer and a note are there
RECEIVED: Final = frozenset({"customer", "bystander"})

SELF: Final = {
    "en": {"P": "I", "p": "I", "po": "me"},
    "de": {"P": "ich", "p": "ich"},
}
CUSTOMER_SELF: Final = {
    "en": {"C": "I", "Co": "me", "c": "I"},
    "de": {"C": "ich", "Ca": "mich", "Cd": "mir", "c": "ich"},
}
ENGLISH: Final = {"m": ("he", "him"), "f": ("she", "her")}
GERMAN: Final = {"m": "er", "f": "sie"}
# Nominative, accusative and dative of the article.
ARTICLES: Final = {
    "m": ("der", "den", "dem"),
    "f": ("die", "die", "der"),
    "n": ("das", "das", "dem"),
}
COLLEAGUES: Final = {
    "m": ("my colleague", "mein Kollege"),
    "f": ("my colleague", "meine Kollegin"),
}
# A quotation in the middle of a sentence ends without its full stop.
CONTINUED: Final = {
    "en": (re.compile(r"\.\"(?:,|(?= (?:and|but)\b))"), ',"'),
    "de": (re.compile(r"\.“(?:,|(?= (?:und|aber)\b))"), "“,"),
}

Both = Sequence[str]  # one sentence, or name, by language in the order of LANGUAGES


@dataclass(frozen=True, slots=True)
class Noun:
    """A German noun with its gender and its oblique case."""

    gender: str
    name: str
    oblique: str

    @property
    def cases(self) -> tuple[str, str, str]:
        """Nominative, accusative and dative, each with its article."""
        nominative, accusative, dative = ARTICLES[self.gender]
        return (
            f"{nominative} {self.name}",
            f"{accusative} {self.oblique}",
            f"{dative} {self.oblique}",
        )


def narrate(story: StoryPlan, rng: random.Random) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Return the words of an incident by language and text, and an English label of each moment.

    All randomness comes from `rng`. Raises KeyError for a behaviour without sentences.
    """
    narrator = _Narrator(story, rng)
    deeds = [narrator.deed(part.behaviour, part.valence) for part in story.parts]
    tail, poles = deeds[-1], [deed.pole for deed in deeds]
    strategy = story.parts[-1].behaviour[0]
    side = story.told_as if story.told_as in RECEIVED else "provider"
    texts: dict[str, Both] = {
        "headline": narrator.headline(deeds[0]),
        "situation": narrator.joined("openings", side, "setups", story.parts[0].behaviour[0]),
        "action": [" ".join(words) for words in zip(*(d.text for d in deeds), strict=True)],
        "result": narrator.result(strategy, tail.pole),
    }
    if rng.random() < PEOPLE_NAMED:
        texts["people"] = narrator.said("people", story.told_as)
    if story.parts[-1].valence != "not_stated":
        pole = tail.pole if len(set(poles)) == 1 else "±"
        texts["reaction"] = narrator.said("reactions", f"{side} {pole}")
    if rng.random() < NOTED:
        texts["note"] = narrator.said("notes", "note")
    by_language = {
        language: {name: both[place] for name, both in texts.items()}
        for place, language in enumerate(LANGUAGES)
    }
    return by_language, [deed.headline[0] for deed in deeds]


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done in one moment, by language; `pole` is that of its valence."""

    headline: Both
    text: Both
    pole: str


class _Narrator:
    """One story's cast, and the sentences about it."""

    def __init__(self, story: StoryPlan, rng: random.Random) -> None:
        self._rng = rng
        self._begun = False
        self._parts = _cast(story, rng)

    def deed(self, behaviour: str, valence: str) -> Deed:
        pole = POLES.get(valence, "")
        side = pole if pole in {"+", "-"} else self._rng.choice("+-" if pole != "0" else "+")
        row = self._rng.choice(read_table(TEXTS, "deeds")[f"{behaviour} {side}"])
        sentences = [self._both(row[2:])]
        if self._begun:
            sentences.insert(0, self.said("links", "link"))
        if pole == "±":
            sentences.append(self.said("links", f"mixed {side}"))
        self._begun = True
        text = [" ".join(words) for words in zip(*sentences, strict=True)]
        return Deed(self._both(row[:2]), text, pole or side)

    def headline(self, deed: Deed) -> Both:
        nouns = [parts["noun"] for parts in self._parts]
        return [
            f"{noun[0].upper()}{noun[1:]}: {words}"
            for noun, words in zip(nouns, deed.headline, strict=True)
        ]

    def result(self, strategy: str, pole: str) -> Both:
        return self.said("results", f"{strategy} {pole}" if pole in {"+", "-"} else f"any {pole}")

    def joined(self, table: str, key: str, then: str, then_key: str) -> Both:
        pairs = zip(self.said(table, key), self.said(then, then_key), strict=True)
        return [" ".join(pair) for pair in pairs]

    def said(self, table: str, key: str) -> Both:
        return self._both(self._rng.choice(read_table(TEXTS, table)[key]))

    def _both(self, row: Both) -> Both:
        """Fill both languages with the same draws."""
        seed = self._rng.getrandbits(32)
        return [
            sentence(template, parts, place, random.Random(seed))  # noqa: S311
            for place, (template, parts) in enumerate(zip(row, self._parts, strict=True))
        ]


def sentence(template: str, parts: Mapping[str, str], place: int, rng: random.Random) -> str:
    """Return a template of the language at this place of LANGUAGES, filled in and punctuated."""

    def word(name: str) -> str:
        for key in (name, name[0].lower() + name[1:]):
            if key in parts:
                return parts[key]
            if key in read_table(TEXTS, "lexicon"):
                return str(rng.choice(read_table(TEXTS, "lexicon")[key])[place])
        message = f"no part is called {name}"
        raise KeyError(message)

    text = filled(template, word, rng)
    ended, by = CONTINUED[LANGUAGES[place]]
    text = ended.sub(by, text)
    return capitalized(with_articles(text) if place == 0 else text)


def _cast(story: StoryPlan, rng: random.Random) -> tuple[dict[str, str], dict[str, str]]:
    """Return what stays the same throughout one story, in English and in German."""
    section = "Elsewhere" if story.told_as in RECEIVED else story.talk.sector
    case = rng.choice(read_cases(TEXTS)[section])
    who, wer, short, customer, thing, matter, problem, trouble, stake, hanging, staff, server = case
    buyer, item, seller = _noun(customer), _noun(matter), _noun(server)
    money = MONEY[story.talk.country]
    english = {
        **_provider(story.told_as, seller, staff)[0],
        **_customer(story.told_as, buyer, short)[0],
        "who": who,
        "thing": thing,
        "noun": thing,
        "problem": problem,
        "stake": stake,
        "staff": staff,
        "money": money[0],
    }
    cases = dict(zip(("thing", "thing_a", "thing_d"), item.cases, strict=True))
    german = {
        **_provider(story.told_as, seller, staff)[1],
        **_customer(story.told_as, buyer, short)[1],
        **cases,
        "who": wer,
        "noun": item.name,
        "problem": trouble,
        "stake": hanging,
        "staff_n": seller.cases[0],
        "money": money[1],
    }
    return english, german


def _noun(text: str) -> Noun:
    gender, _, names = text.partition(":")
    name, _, oblique = names.partition("/")
    return Noun(gender, name, oblique or name)


def _provider(told_as: str, seller: Noun, staff: str) -> tuple[dict[str, str], dict[str, str]]:
    if told_as == "own":
        return SELF["en"], SELF["de"]
    he, him = ENGLISH[seller.gender]
    names = {
        "colleague": COLLEAGUES[seller.gender],
        "provider": (f"our {staff}", f"unser{'e' * (seller.gender == 'f')} {seller.name}"),
    }.get(told_as, (f"the {staff}", seller.cases[0]))
    return {"P": names[0], "p": he, "po": him}, {"P": names[1], "p": GERMAN[seller.gender]}


def _customer(told_as: str, buyer: Noun, short: str) -> tuple[dict[str, str], dict[str, str]]:
    if told_as == "customer":
        return CUSTOMER_SELF["en"], CUSTOMER_SELF["de"]
    nominative, accusative, dative = buyer.cases
    noun = f"the {short}"
    english = {"C": noun, "Co": noun, "c": ENGLISH[buyer.gender][0]}
    german = {"C": nominative, "Ca": accusative, "Cd": dative, "c": GERMAN[buyer.gender]}
    return english, german
