"""Which incidents may be one story told twice: in the same words, or in other words.

A *sketch* of a text is small and holds no words: the hashed stems it uses, and a MinHash of its
shingles, three neighbouring words each. Pairs are looked for among incidents that share stems
which few others use, so that the work grows with the number of incidents and not with its square.

Sources: A. Broder, "On the resemblance and containment of documents" (1997), for shingles;
P. Li, A. Owen and C.-H. Zhang, "One permutation hashing" (2012), for the MinHash; the weights are
the inverse document frequencies of K. Spärck Jones (1972).
"""

import dataclasses
import math
import re
import struct
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

STEM_LENGTH = 5  # letters; enough to tell words apart, short enough for their endings to differ
SHORTEST_WORD = 4  # shorter words are mostly grammar
SHINGLE = 3  # words
BINS = 64
FEWEST_STEMS = 12  # below that, texts are alike because they are short
RAREST = 16  # stems of an incident by which others are looked up
COMMON_AT_LEAST = 12  # a stem that as many incidents use is never too common to look up by
COMMON_SHARE = 0.02
BACKGROUND = 1000  # incidents that a study is thought to have at least, for the weights of stems
FEWEST_SHARED = 3  # rare stems; a pair with fewer is not weighed
SAME_WORDS = 50  # per cent of shingles
SAME_STORY = 34  # per cent of the weight of stems
SAME_STORY_NEAR = 28  # where teller or site are the same
EMPTY = 0xFFFFFFFF

WORD = re.compile(r"[^\W_]+")
WITHOUT_SPACES = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")


@dataclasses.dataclass(frozen=True)
class Sketch:
    """What a text looks like: hashed stems, and the smallest shingle hash in each of the bins.

    Kept in four bytes a number, so that a hundred thousand of them fit into 60 MB.
    """

    stems: "array[int]"
    bins: "array[int]"

    def pack(self) -> tuple[bytes, bytes]:
        """The two parts as bytes, four for each number."""
        return _pack(self.stems), _pack(self.bins)


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two incidents by their keys, the smaller first, and how like they are in per cent."""

    first: int
    second: int
    words: int
    story: int

    @property
    def same_words(self) -> bool:
        """Say whether they are alike word for word, not only in what they tell."""
        return self.words >= SAME_WORDS


def sketch_of(folded: str) -> Sketch:
    """Sketch a text that `texts.fold` has folded."""
    words = _words(folded)
    long_enough = (word for word in words if len(word) >= SHORTEST_WORD or _has_no_spaces(word))
    stems = {_hash(word[:STEM_LENGTH]) for word in long_enough}
    return Sketch(array("I", sorted(stems)), array("I", _smallest(_shingles(words))))


def unpack(stems: bytes, bins: bytes) -> Sketch:
    """Read a sketch from what `pack` made of it."""
    return Sketch(array("I", _unpack(stems)), array("I", _unpack(bins)))


def likeness_of_words(one: Sketch, other: Sketch) -> int:
    """Estimate, in per cent, how many of all their shingles two texts share (Jaccard)."""
    used = [(a, b) for a, b in zip(one.bins, other.bins, strict=True) if (a, b) != (EMPTY, EMPTY)]
    equal = sum(1 for a, b in used if a == b)
    return round(100 * equal / len(used)) if used else 0


def find_pairs(
    sketches: Mapping[int, Sketch],
    new: Collection[int],
    *,
    near: Callable[[int, int], bool],
) -> Iterator[Pair]:
    """Find the pairs of which at least one is new, each once.

    `near` says of two keys whether teller or site are the same; then less likeness is enough.
    """
    told = {key: sketch for key, sketch in sketches.items() if len(sketch.stems) >= FEWEST_STEMS}
    uses = Counter(stem for sketch in told.values() for stem in sketch.stems)
    size = max(len(told), BACKGROUND)
    weights = {stem: math.log(1 + size / count) for stem, count in uses.items()}
    users = _users(told, uses)
    whole = {key: _weight(sketch.stems, weights) for key, sketch in told.items()}
    fresh = set(new)
    for key in sorted(fresh & told.keys()):
        for other in _candidates(told[key], users, uses):
            if other == key or (other in fresh and other < key):
                continue
            pair = _pair(key, other, told, weights, whole)
            enough = SAME_STORY_NEAR if near(key, other) else SAME_STORY
            if pair.same_words or pair.story >= enough:
                yield pair


def _users(told: Mapping[int, Sketch], uses: Counter[int]) -> dict[int, list[int]]:
    """Which incidents use each stem, of those that few use."""
    common = max(COMMON_AT_LEAST, COMMON_SHARE * len(told))
    users = defaultdict(list)
    for key, sketch in told.items():
        for stem in sketch.stems:
            if 1 < uses[stem] <= common:
                users[stem].append(key)
    return users


def _candidates(sketch: Sketch, users: Mapping[int, list[int]], uses: Counter[int]) -> list[int]:
    shared = sorted((stem for stem in sketch.stems if stem in users), key=lambda s: (uses[s], s))
    met = Counter(key for stem in shared[:RAREST] for key in users[stem])
    return [key for key, times in met.items() if times >= FEWEST_SHARED]


def _pair(
    key: int,
    other: int,
    told: Mapping[int, Sketch],
    weights: Mapping[int, float],
    whole: Mapping[int, float],
) -> Pair:
    shared = _weight(set(told[key].stems).intersection(told[other].stems), weights)
    return Pair(
        first=min(key, other),
        second=max(key, other),
        words=likeness_of_words(told[key], told[other]),
        story=round(100 * shared / math.sqrt(whole[key] * whole[other])),
    )


def _weight(stems: Iterable[int], weights: Mapping[int, float]) -> float:
    return math.fsum(weights[stem] ** 2 for stem in stems)


def _words(folded: str) -> list[str]:
    """The words; where a script writes none apart, each two neighbouring signs stand for one."""
    found: list[str] = []
    for word in WORD.findall(folded):
        if _has_no_spaces(word) and len(word) > 1:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def _has_no_spaces(word: str) -> bool:
    return WITHOUT_SPACES.search(word) is not None


def _shingles(words: Sequence[str]) -> Iterator[int]:
    for at in range(max(len(words) - SHINGLE + 1, 0)):
        yield _hash(" ".join(words[at : at + SHINGLE]))


def _smallest(hashes: Iterable[int]) -> list[int]:
    bins = [EMPTY] * BINS
    for value in hashes:
        place, rest = value % BINS, value // BINS
        bins[place] = min(bins[place], rest)
    return bins


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _pack(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _unpack(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(packed) // 4}I", packed)
