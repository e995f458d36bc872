"""The question of a run as plain values, and back."""

from typing import Any

from taxonomy.choices import Origin, Shares, Unit, Weight
from taxonomy.tabulation.specification import Across, Specification, Variable, read_variable

SHOWN_ONLY = (
    "shares",
    "subtotals",
    "weight",
    "decimals",
    "adjusted",
)  # what two runs may differ in and be compared


def as_plain(specification: Specification) -> dict[str, Any]:
    """A question as JSON keeps it."""
    then = specification.then
    return {
        "round": specification.round,
        "by": _plain(specification.by),
        "then": None if then is None else _plain(then),
        "where": [[field, list(values)] for field, values in specification.where],
        "unit": specification.unit.value,
        "weight": specification.weight.value,
        "shares": specification.shares.value,
        "origin": specification.origin.value,
        "subtotals": specification.subtotals,
        "decimals": specification.decimals,
        "adjusted": specification.adjusted,
    }


def from_plain(plain: dict[str, Any]) -> Specification:
    """The question that was kept."""
    then = plain["then"]
    return Specification(
        round=plain["round"],
        by=_variable(plain["by"]),
        then=None if then is None else _variable(then),
        where=tuple((field, tuple(values)) for field, values in plain["where"]),
        unit=Unit(plain["unit"]),
        weight=Weight(plain["weight"]),
        shares=Shares(plain["shares"]),
        origin=Origin(plain["origin"]),
        subtotals=plain["subtotals"],
        decimals=plain.get("decimals", 0),
        adjusted=plain.get("adjusted", False),
    )


def _plain(variable: Variable) -> list[str]:
    return [variable.value, str(variable.label)]


def _variable(plain: list[str]) -> Variable:
    value, label = plain
    variable = read_variable(value)
    if isinstance(variable, Across):
        return Across(variable.scheme, variable.round, label)
    return variable
