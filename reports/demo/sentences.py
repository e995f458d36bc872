"""Sentences from templates: `[this|that]` is a choice, `{word}` a part filled in.

Pure: every choice comes from the generator that is passed in.
"""

import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

PART: Final = re.compile(r"\[([^\[\]]*)\]|\{(\w+)\}")
SENTENCE_START: Final = re.compile(r"(^[\"“„]?|[^.][.][\"“]? |[!?] )([a-zäöü])")
WRONG_AN: Final = re.compile(r"\b([Aa])n (?=(?:one|uni|use|euro)[a-z]*)")
WRONG_A: Final = re.compile(r"\b([Aa]) (?=(?:(?!one\b|once\b|uni|use|euro)[aeiou]|hour|honest|X-))")

Table = dict[str, list[Sequence[str]]]


def filled(template: str, word: Callable[[str], str], rng: random.Random) -> str:
    """Return the template with choices made and parts filled in, until none is left.

    Choices and words are met from left to right, the inner ones first.
    """

    def fill(found: re.Match[str]) -> str:
        if found[2] is None:
            choices: list[str] = found[1].split("|")
            return rng.choice(choices)
        return word(found[2])

    while PART.search(template):
        template = PART.sub(fill, template)
    return template


def capitalized(text: str) -> str:
    """Let every sentence of a text begin with a capital letter."""
    return SENTENCE_START.sub(lambda found: found[1] + found[2].upper(), text)


def with_articles(text: str) -> str:
    """Set "a" and "an" right for the words that follow."""
    return WRONG_AN.sub(r"\1 ", WRONG_A.sub(r"\1n ", text))


@cache
def read_table(folder: Path, name: str) -> Table:
    """Return the lines of a file of sentences by their first column."""
    table: Table = {}
    for line in read_lines(folder, name):
        key, *rest = (field.strip() for field in line.split(" | "))
        table.setdefault(key, []).append(rest)
    return table


@cache
def read_cases(folder: Path) -> dict[str, list[list[str]]]:
    """Return the cases of a folder by the section they stand in."""
    cases: dict[str, list[list[str]]] = {}
    section = ""
    for line in read_lines(folder, "cases"):
        if line.startswith("["):
            section = line.strip("[]")
        else:
            cases.setdefault(section, []).append([field.strip() for field in line.split(" | ")])
    return cases


def read_lines(folder: Path, name: str) -> list[str]:
    """Return the lines of a file of texts without remarks and empty ones."""
    text = (folder / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
