"""Tell an incident in plain words by a small grammar.

The sentences are in `texts/`: `[this|that]` is a choice, `{word}` a part filled in. Who tells it
decides the persons: the provider is {P} {p} {po} {pp} {ps} (noun, I/he/she, me, my, myself), the
customer {C} {Co} {Cs} {c} {co} {cp} {cs}, the house {we} {us} {our} {our_o}.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from reports.demo.plans import IncidentPlan
from reports.demo.sentences import (
    Table,
    capitalized,
    filled,
    read_cases,
    read_table,
    with_articles,
)

TEXTS: Final = Path(__file__).parent / "texts"
ACTIONS: Final = ("see", "establish", "render", "value", "extend")
FIRST_PERSON: Final = {"p": "I", "po": "me", "pp": "my", "ps": "myself"}
PRONOUNS: Final = {
    "he": {"p": "he", "po": "him", "pp": "his", "ps": "himself"},
    "she": {"p": "she", "po": "her", "pp": "her", "ps": "herself"},
}
HOUSE: Final = {
    "provider": {"we": "we", "us": "us", "our": "our", "our_o": "ours"},
    "customer": {"we": "they", "us": "them", "our": "their", "our_o": "theirs"},
}
WOMEN: Final = re.compile(r"\b(woman|widow|mother|matron)\b")
MEN: Final = re.compile(r"\b(man|son|father)\b")
# What a dollar of 1998 comes to, in the money of the place.
MONEY: Final = {
    "US": ("dollars", 1.0),
    "CA": ("dollars", 1.5),
    "GB": ("pounds", 0.6),
    "IE": ("pounds", 0.7),
    "DE": ("marks", 1.7),
    "FR": ("francs", 5.6),
    "CH": ("francs", 1.4),
    "BE": ("francs", 35.0),
    "NL": ("guilders", 1.9),
    "SE": ("kronor", 8.0),
    "IT": ("lire", 1700.0),
    "ES": ("pesetas", 145.0),
    "JP": ("yen", 120.0),
    "SG": ("dollars", 1.7),
    "HK": ("dollars", 7.7),
    "MY": ("ringgit", 3.8),
    "IN": ("rupees", 42.0),
    "PH": ("pesos", 40.0),
    "TH": ("baht", 37.0),
}
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
HOURS: Final = ("nine", "ten", "eleven", "noon", "two", "three", "four", "half past four", "five")
CASE_FIELDS: Final = (
    "who",
    "short",
    "thing",
    "problem",
    "task",
    "stake",
    "staff",
    "dept",
    "option",
    "saving",
)
# Where nobody takes business elsewhere: told of only if nothing else fits.
PUBLIC: Final = re.compile(r"\b(town's|hospital's|clinic)\b")
COMMERCE: Final = re.compile(
    r"order|contract|business|offer|elsewhere|worth|bought|another \{thing\}"
)
# Counts that a headline and what was done have in common.
SHARED: Final = {"n": "same_n", "minutes": "same_minutes", "page": "same_page", "ord": "same_ord"}
# Words that say too little to stand for the whole, as "set" for "set of bolts".
MEASURES: Final = frozenset({"set", "pair", "drum", "run", "supply", "aid"})


@dataclass(frozen=True, slots=True)
class Narrative:
    """The words of one incident: a headline and the answers to the five questions."""

    headline: str
    situation: str
    action: str
    result: str
    people: str
    reaction: str


def narrate(incident: IncidentPlan, rng: random.Random) -> Narrative:
    """Return words that fit an incident's category, pole, sector, country and teller.

    All randomness comes from `rng`. Raises KeyError for a category without sentences.
    """
    pole = "+" if incident.valence == "positive" else "-"
    behaviour = incident.category.split(".")[0]
    parts = _cast(incident, rng)
    headline, action = _agreeing(*rng.choice(_actions()[f"{incident.category} {pole}"]))
    viewpoint = incident.viewpoint

    def tell(table: str, key: str) -> str:
        fitting = _fitting(_table(table)[key], public=parts["public"] == "yes")
        return _sentences(rng.choice(fitting)[0], parts, rng)

    opening = tell("openings", viewpoint)
    full_name, parts["thing"] = parts["thing"], parts["head"]
    return Narrative(
        headline=_headline(headline, {**parts, "thing": full_name}, rng),
        situation=f"{opening} {tell('setups', behaviour)}",
        action=_sentences(action, parts, rng),
        result=tell("results", f"{behaviour} {pole}"),
        people=tell("people", incident.told_as),
        reaction=tell("reactions", f"{viewpoint} {pole}"),
    )


def _agreeing(headline: str, action: str) -> tuple[str, str]:
    """Let the first count of a kind in the headline be the first of its kind in the action."""
    for word, shared in SHARED.items():
        pattern = re.compile(rf"\{{{word}(_C)?\}}")
        if pattern.search(headline):
            headline = pattern.sub(f"{{{shared}}}", headline, count=1)
            action = pattern.sub(f"{{{shared}}}", action, count=1)
    return headline, action


def _fitting(rows: list[Sequence[str]], *, public: bool) -> list[Sequence[str]]:
    if not public:
        return rows
    return [row for row in rows if not COMMERCE.search(row[0])] or rows


def _headline(template: str, parts: Mapping[str, str], rng: random.Random) -> str:
    """Return a headline that names what it was about, unless the template does."""
    text = _sentences(template, parts, rng)
    if "{thing}" in template:
        return text
    about = parts["thing"]
    rest = text if text.startswith(("I ", '"', parts["day"])) else text[0].lower() + text[1:]
    return f"{about[0].upper()}{about[1:]}: {rest}"


def _head(thing: str) -> str:
    """Return the short name of a thing once it has been named in full."""
    first, of, _ = thing.partition(" of ")
    if of:
        return thing if first in MEASURES else first
    return re.split(r" (?:for|to) ", thing)[0].split()[-1]


def _cast(incident: IncidentPlan, rng: random.Random) -> dict[str, str]:
    """Return what stays the same throughout one story."""
    section = "Elsewhere" if incident.viewpoint == "customer" else incident.sector
    case = dict(zip(CASE_FIELDS, rng.choice(read_cases(TEXTS)[section]), strict=True))
    day = rng.randrange(len(WEEKDAYS))
    parts = {
        **case,
        "head": _head(case["thing"]),
        "public": "yes" if _is_public(section, case["who"]) else "no",
        **_persons(incident, case, rng),
        **HOUSE[incident.viewpoint],
        **_amounts(incident.country, rng),
        "day": WEEKDAYS[day],
        "day2": WEEKDAYS[(day + 1) % len(WEEKDAYS)],
        "hour": rng.choice(HOURS),
        "a_staff": f"a {case['staff']}",
        **{shared: f"{{{word}}}" for word, shared in SHARED.items()},
    }
    return {word: _filled(text, parts, rng) for word, text in parts.items()}


def _is_public(section: str, who: str) -> bool:
    return section in {"Government", "Healthcare"} or bool(PUBLIC.search(who))


def _persons(incident: IncidentPlan, case: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    told_as = incident.told_as
    other = _pronoun_of_customer(case["who"], rng)
    provider = "she" if other == "he" else "he"
    subject = {
        "own": "I",
        "colleague": "my colleague",
        "provider": f"our {case['staff']}",
        "customer": f"the {case['staff']}",
    }[told_as]
    persons = {"P": subject, **(FIRST_PERSON if told_as == "own" else PRONOUNS[provider])}
    teller_is_customer = told_as == "customer"
    themselves = FIRST_PERSON if teller_is_customer else PRONOUNS[other]
    persons |= {word.replace("p", "c", 1): text for word, text in themselves.items()}
    noun = f"the {case['short']}"
    persons |= {
        "C": "I" if teller_is_customer else noun,
        "Co": "me" if teller_is_customer else noun,
        "Cs": "my" if teller_is_customer else f"{noun}'s",
        "has": "have" if teller_is_customer else "has",
        "they_two": "we" if told_as in {"own", "customer"} else "they",
    }
    return persons


def _pronoun_of_customer(who: str, rng: random.Random) -> str:
    if WOMEN.search(who) and not who.startswith("a son"):
        return "she"
    return "he" if MEN.search(who) else rng.choice(("he", "she"))


def _amounts(country: str, rng: random.Random) -> dict[str, str]:
    """Return four amounts of money: a part of the amount, the amount, a small and a large one."""
    amount = rng.choice((30, 40, 45, 60, 75, 80, 90, 110, 120, 150, 180, 240, 320))
    dollars = {
        "small": rng.choice((2, 3, 4, 5, 6)),
        "part": amount * rng.choice((0.2, 0.25, 0.3, 0.4)),
        "amount": amount,
        "amount2": amount * rng.choice((40, 60, 80, 120)),
    }
    return {word: _money(value, country) for word, value in dollars.items()}


def _money(dollars: float, country: str) -> str:
    unit, rate = MONEY[country]
    value = max(2, float(f"{dollars * rate:.2g}"))
    return f"{value:,.0f} {unit}"


def _sentences(template: str, parts: Mapping[str, str], rng: random.Random) -> str:
    text = with_articles(_filled(template, parts, rng))
    return capitalized(text.replace('?,"', '?"').replace('?."', '?"'))


def _filled(template: str, parts: Mapping[str, str], rng: random.Random) -> str:
    return filled(template, lambda name: _word(name, parts, rng), rng)


def _word(name: str, parts: Mapping[str, str], rng: random.Random) -> str:
    """Return a part by its name; the first letter's case matters only where both exist."""
    name = name.removesuffix("_C")
    for key in (name, name[0].lower() + name[1:]):
        if key in parts:
            return parts[key]
        if key in _table("lexicon"):
            return str(rng.choice(_table("lexicon")[key])[0])
    message = f"no part is called {name}"
    raise KeyError(message)


def _table(name: str) -> Table:
    return read_table(TEXTS, name)


@cache
def _actions() -> dict[str, list[Sequence[str]]]:
    return {key: rows for name in ACTIONS for key, rows in _table(f"actions_{name}").items()}
