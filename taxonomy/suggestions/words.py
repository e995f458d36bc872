"""What a classifier reads of a text: its words, and each two that stand side by side."""

from itertools import pairwise

from incidents.texts import searchable

LONGEST_TEXT = 20_000  # letters; what comes after is not read
LONGEST_WORD = 40


def tokens_of(text: str) -> list[str]:
    """The words of a text without case and accents, then its pairs of neighbouring words.

    In scripts that set no spaces between words each sign counts as a word, so that pairs of signs
    stand for words there. Punctuation is left out.
    """
    words = [
        word[:LONGEST_WORD]
        for word in searchable(text[:LONGEST_TEXT]).split()
        if any(letter.isalnum() for letter in word)
    ]
    return words + [" ".join(two) for two in pairwise(words)]
