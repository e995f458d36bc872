"""The query of a saved table: with the round by its uid, since positions move."""

import hashlib
import uuid
from collections.abc import Collection
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from taxonomy.choices import Dimension, Origin, Shares, Unit, Weight
from taxonomy.models import Round, Scheme

ROUND_UID = "round_uid"
BESIDE: Final = {"round", ROUND_UID, "counts"}  # said by its uid, and what changes no figure
USUAL: Final = {  # what is asked where nothing is said
    "by": Dimension.REGION.value,
    "origin": Origin.RESPONDENT.value,
    "unit": Unit.MOMENTS.value,
    "weight": Weight.NONE.value,
    "shares": Shares.COLUMN.value,
}


def to_keep(query: str, scheme: Scheme) -> str:
    """A query as it is kept: the uid of its round stands beside the position."""
    asked = QueryDict(query, mutable=True)
    rounds = Round.objects.filter(scheme=scheme, exists=True)
    uids = {str(position): uid for position, uid in rounds.values_list("position", "uid")}
    uid = uids.get(str(asked.get("round", "")))
    if uid is not None:
        asked[ROUND_UID] = str(uid)
    return asked.urlencode()


def to_ask(query: str, scheme: Scheme) -> tuple[QueryDict, bool]:
    """A kept query as it is asked today, and whether its round has gone; then it names none."""
    asked = QueryDict(query, mutable=True)
    uid = asked.get(ROUND_UID)
    asked.pop(ROUND_UID, None)
    if not uid:
        return asked, False
    rounds = Round.objects.filter(scheme=scheme, exists=True, uid=uid)
    position = rounds.values_list("position", flat=True).first()
    if position is None:
        asked.pop("round", None)
        return asked, True
    asked["round"] = str(position)
    return asked, False


def without(asked: QueryDict, names: list[str]) -> str:
    """A query without some of its fields."""
    return urlencode(
        [(name, one) for name, many in asked.lists() for one in many if name not in names]
    )


def digest_of(scheme: Scheme, round_uid: uuid.UUID | str, query: str) -> str:
    """What two queries share that ask the same of a round, whatever its position is by now.

    Nothing and the usual are the same, and so is a table with its counts and without.
    """
    asked = [
        (name, value)
        for name, many in QueryDict(query).lists()
        for value in many
        if name not in BESIDE and value and USUAL.get(name) != value
    ]
    text = f"{scheme.uid} {round_uid} {urlencode(sorted(asked))}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def coarsest_rounds(schemes: Collection[Scheme]) -> dict[int, uuid.UUID]:
    """The round of each scheme that is asked of where none is named, by the key of the scheme."""
    rounds = Round.objects.filter(scheme__in=schemes, exists=True).order_by("position")
    return dict(rounds.values_list("scheme_id", "uid"))
