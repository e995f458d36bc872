"""Who is quoted: as much of it as at least five people of the study share.

A quote names its teller as the paper does, "a cashier in Finland". What would fit fewer than
LEAST_ALIKE respondents is made coarser along LADDER, the same way for everybody.
"""

import dataclasses
import re
from collections.abc import Container
from typing import Final

LEAST_ALIKE: Final = 5
LADDER: Final = (  # from the finest; who it is, an employee or a customer, is always said
    ("role", "country"),
    ("role", "region"),
    ("sector", "country"),
    ("sector", "region"),
    ("role",),
    ("country",),
    ("sector",),
    ("region",),
    (),
)
PARTS: Final = ("role", "sector", "country", "region")
_THE = "AE BS CD CF CG DO GB GM KM MH MV NL PH SB SC US"  # countries
THE: Final = frozenset(_THE.split())
SPOKEN_LIKE_VOWELS: Final = frozenset("AEFHILMNORSX")


@dataclasses.dataclass(frozen=True, slots=True)
class Teller:
    """What is known of somebody who tells; what was not stated is blank or None.

    `relation` is how they stand to the organization. Sector and region are keys. `unnamed`: a row
    of a file that named nobody; such are compared with each other alone.
    """

    relation: str
    role: str = ""
    sector: int | None = None
    country: str = ""
    region: int | None = None
    unnamed: bool = False


def steps_of(teller: Teller) -> list[Teller]:
    """What may be said of a teller, from the finest; the last step, who it is, apart."""
    said = ({part: getattr(teller, part) for part in parts} for parts in LADDER[:-1])
    who = Teller(teller.relation, unnamed=teller.unnamed)
    return [dataclasses.replace(who, **parts) for parts in said if all(parts.values())]


def coarsened(teller: Teller, shared: Container[Teller]) -> Teller:
    """The finest that may be said of a teller: the first of its steps that enough people share.

    `shared` are steps that at least LEAST_ALIKE respondents of the study fit: those with the same
    role, or where none is said with the same relation, in that sector, country and region. Who it
    is alone may always be said.
    """
    steps = (step for step in steps_of(teller) if step in shared)
    return next(steps, Teller(teller.relation, unnamed=teller.unnamed))


def as_noun(role: str) -> str:
    """An English job role as it stands in a sentence: "Head cashier" is a head cashier."""
    return re.sub(r"\b[A-Z][a-z]+\b", lambda word: word.group().lower(), role.strip())


def takes_an(noun: str) -> bool:
    """Whether an English noun has "an" before it, judged by its first letter as it is spoken."""
    word = re.split(r"\W", noun.strip(), maxsplit=1)[0]
    if len(word) > 1 and word.isupper():  # spelled out, as HR is
        return word[0] in SPOKEN_LIKE_VOWELS
    return word[:1].lower() in set("aeio") or word[:2].lower() in {"um", "un", "up", "us"}
