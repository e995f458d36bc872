"""What a large study would hold, drawn from a seed: few common things, many rare ones. Pure."""

import datetime as dt
import functools
import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from incidents.choices import AskedFor, IncidentState, ServedBy, ToldAs, Valence
from incidents.models.fieldwork import ANSWERS
from incidents.texts import fold
from reports.demo.grammar import narrate
from reports.demo.world import build_world, read_counts

ORGANIZATIONS = 2000
SITES_OF_EACH = 3
SECTORS = 12
COUNTRIES = {
    "Asia": ("JP", "SG", "IN", "HK", "KR", "TH"),
    "Canada": ("CA",),
    "Europe": ("DE", "FR", "GB", "SE", "ES", "IT", "NL", "PL", "AT"),
    "United States": ("US",),
}
REGIONS = {"Asia": 15, "Canada": 10, "Europe": 21, "United States": 54}
INCIDENTS_OF_AN_INTERVIEW = 6
INTERVIEWERS = 40
CODERS = 12
FIRST_DAY = dt.date(2020, 1, 6)
DAYS = 700
STATES = {
    IncidentState.ACCEPTED: 960,
    IncidentState.RETURNED: 8,
    IncidentState.EXCLUDED: 24,
    IncidentState.WITHDRAWN: 8,
}
TOLD_AS = {
    ToldAs.OWN: 40,
    ToldAs.COLLEAGUE: 20,
    ToldAs.PROVIDER: 10,
    ToldAs.CUSTOMER: 25,
    ToldAs.BYSTANDER: 3,
    ToldAs.NOT_STATED: 2,
}
VALENCES = {
    Valence.POSITIVE: 52,
    Valence.NEGATIVE: 38,
    Valence.MIXED: 6,
    Valence.NEUTRAL: 2,
    Valence.NOT_STATED: 2,
}
ASKED_FOR = {AskedFor.GOOD: 45, AskedFor.POOR: 45, AskedFor.EITHER: 10}
SERVED_BY = {ServedBy.OWN_SITE: 70, ServedBy.ELSEWHERE: 25, ServedBy.NOT_STATED: 5}
LANGUAGES = {"en": 70, "de": 15, "fr": 15}
DIVIDED = 0.05  # of the incidents, into two moments
WAITING_TO_BE_SCREENED = 0.02  # of the incidents, the newest
WAITING_TO_BE_CODED = 0.04
SECOND_CODER = 0.08  # of the moments coded
DISAGREEING = 0.3  # of those coded twice
UNCLASSIFIABLE = 0.02
RARE_WORDS = 20_000
SYLLABLES = re.findall(r"\w+", "ba ce di fo gu ha ki lo mu ne po qui ra se ta vo we xi ya zu")


@dataclass(frozen=True)
class Size:
    """How much of everything there is for so many incidents."""

    incidents: int

    @property
    def interviews(self) -> int:
        """Six incidents each."""
        return -(-self.incidents // INCIDENTS_OF_AN_INTERVIEW)

    @property
    def screened(self) -> int:
        """The incidents that somebody has looked at: all but the newest."""
        return self.incidents - int(self.incidents * WAITING_TO_BE_SCREENED)

    @property
    def organizations(self) -> int:
        """Two thousand, or as many as there are interviews to hold in them."""
        return min(ORGANIZATIONS, self.interviews)


def weights(number: int, steepness: float = 1.0) -> list[float]:
    """Weights that fall as in Zipf's law, added up for `choices`."""
    return list(itertools.accumulate((rank + 1) ** -steepness for rank in range(number)))


def chosen(rng: random.Random, shares: Mapping[Any, int], number: int) -> list[str]:
    """So many draws from named shares, as plain text for the database."""
    names = [str(getattr(name, "value", name)) for name in shares]
    return rng.choices(names, weights=list(shares.values()), k=number)


@dataclass(frozen=True)
class Sentence:
    """A sentence and its form for searching."""

    text: str
    folded: str


@dataclass
class Words:
    """Texts of incidents: sentences that recur, and names that hardly do."""

    rng: random.Random
    headlines: list[Sentence] = field(default_factory=list)
    sentences: dict[str, list[Sentence]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    _falling: list[float] = field(default_factory=list)

    @classmethod
    def drawn(cls, rng: random.Random) -> "Words":
        """Take the sentences from the narratives of the demo study, and invent names."""
        words = cls(rng)
        told = _narratives()
        words.headlines = _sentences(one["headline"] for one in told)
        for name in ANSWERS:
            words.sentences[name] = _sentences(one[name] for one in told if one.get(name))
        parts = itertools.product(SYLLABLES, repeat=4)
        names = ["".join(part) for part in itertools.islice(parts, 0, None, 7)][:RARE_WORDS]
        rng.shuffle(names)
        words.names = names
        words._falling = weights(len(names))
        return words

    def tell(self) -> tuple[dict[str, str], str]:
        """The texts of one incident by field, and all of them folded."""
        parts = {name: self.rng.choice(pool) for name, pool in self.sentences.items() if pool}
        headline = self.rng.choice(self.headlines)
        name = self.rng.choices(self.names, cum_weights=self._falling)[0]
        texts = {key: part.text for key, part in parts.items()}
        texts["headline"] = headline.text
        texts["situation"] = f"{texts['situation']} {name.capitalize()} was there too."
        sentences = (headline, *parts.values())
        return texts, " ".join([*(one.folded for one in sentences), name, "was there too."])


@functools.cache
def _narratives() -> list[dict[str, str]]:
    rng = random.Random(7)  # noqa: S311  (a measurement, not a secret)
    return [asdict(narrate(plan, rng)) for plan in build_world(read_counts(), 7).incidents]


def _sentences(texts: Iterator[str]) -> list[Sentence]:
    return [Sentence(text, fold(text)) for text in dict.fromkeys(texts)]


def days(rng: random.Random, number: int) -> list[dt.date]:
    """The days on which interviews were held, in order."""
    return sorted(FIRST_DAY + dt.timedelta(rng.randrange(DAYS)) for _one in range(number))


def states(rng: random.Random, size: Size) -> list[str]:
    """The states of all incidents: the newest wait to be screened."""
    waiting = [IncidentState.SUBMITTED.value] * (size.incidents - size.screened)
    return [*chosen(rng, STATES, size.screened), *waiting]


@dataclass(frozen=True, slots=True)
class Answers:
    """Who answered what for one moment: coders by their number, categories by theirs."""

    coders: Sequence[int]
    categories: Sequence[int]  # 0 stands for: cannot be classified


def answers(rng: random.Random, number: int, categories: int) -> Iterator[Answers]:
    """The answers for so many moments; a few categories are common and most are rare."""
    falling = weights(categories, 1.2)
    ranks = range(1, categories + 1)
    for _one in range(number):
        category = rng.choices(ranks, cum_weights=falling)[0]
        if rng.random() < UNCLASSIFIABLE:
            category = 0
        coder = rng.randrange(CODERS)
        if rng.random() >= SECOND_CODER:
            yield Answers((coder,), (category,))
            continue
        other = (coder + 1 + rng.randrange(CODERS - 1)) % CODERS
        differs = rng.random() < DISAGREEING
        second = category % categories + 1 if differs else category
        yield Answers((coder, other), (category, second))
