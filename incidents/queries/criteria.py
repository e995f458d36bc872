"""What a study asks of an incident, in its own words or in those that every study knows."""

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

from incidents.choices import Criterion
from incidents.criteria import BY_CODE, KNOWN, OWN, Effect, Flag, TemplateName, effects_in
from incidents.models import Study, StudyCriterion

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ALWAYS = (Criterion.DUPLICATE, Criterion.OTHER)


@dataclasses.dataclass(frozen=True)
class Asked:
    """A criterion as one study has it; `flag` is what the house notices about it."""

    code: str
    name: "StrOrPromise"
    unmet: "StrOrPromise"
    effect: str
    flag: Flag | None = None
    limit: int | None = None

    @property
    def blocks(self) -> bool:
        """Say whether an incident that does not meet it cannot be accepted."""
        return self.effect == Effect.BLOCKS

    @property
    def is_own(self) -> bool:
        """Say whether only this study has it."""
        return self.code.startswith(OWN)


def criteria_of(study: Study) -> list[Asked]:
    """All criteria of a study in its order, those switched off too; one query.

    A study that never chose has the template SERVE.
    """
    rows = list(StudyCriterion.objects.filter(study=study))
    if not rows:
        effects = effects_in(TemplateName.SERVE)
        rows = [StudyCriterion(code=code, effect=effect) for code, effect in effects.items()]
    had = {row.code for row in rows}
    rows += [
        StudyCriterion(code=one.code, effect=Effect.OFF) for one in KNOWN if one.code not in had
    ]
    return [_asked(row) for row in rows]


def asked_in(study: Study) -> list[Asked]:
    """The criteria that a study asks."""
    return [criterion for criterion in criteria_of(study) if criterion.effect != Effect.OFF]


def reasons_of(study: Study) -> dict[str, "StrOrPromise"]:
    """Why an incident may have been left out, in words, by the code of the criterion."""
    words = {criterion.code: criterion.unmet for criterion in criteria_of(study)}
    return {**words, Criterion.OTHER.value: Criterion.OTHER.label}


def reasons_open(asked: Iterable[Asked]) -> list[tuple[str, "StrOrPromise"]]:
    """The reasons that a screener may give: what is asked, told twice, and other."""
    words = {criterion.code: criterion.unmet for criterion in asked}
    return list({**words, **{one.value: words.get(one, one.label) for one in ALWAYS}}.items())


def _asked(row: StudyCriterion) -> Asked:
    known = BY_CODE.get(row.code)
    if known is None:
        return Asked(row.code, row.name, row.unmet, row.effect)
    return Asked(
        code=row.code,
        name=row.name or known.name,
        unmet=row.unmet or known.unmet,
        effect=row.effect,
        flag=known.flag,
        limit=(row.limit or known.limit) if known.limit else None,
    )
