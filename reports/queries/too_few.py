"""Whether what the grid found tells too much of one organization, to who may not know its name."""

from collections.abc import Mapping
from typing import Any

from incidents.models import Member, Moment, Organization
from incidents.querysets import IncidentQuerySet
from reports.queries.filters import NOT_STATED, is_uid
from reports.queries.incidents import Sight
from taxonomy.queries.protection import hidden_organizations
from taxonomy.tabulation.disclosure import Rule


def tells_too_much(
    member: Member, sight: Sight, asked: Mapping[str, Any], found: IncidentQuerySet
) -> bool:
    """Whether a filter by organization leaves fewer moments, or interviews, than a table may show.

    An organization of which no table shows even the number is refused however it is asked for.
    """
    value = asked.get("organization")
    if not value or sight.names or not sight.places:
        return False
    rule = Rule(member.study.confidentiality_threshold)
    moments = Moment.objects.filter(incident__in=found.order_by().values("pk")).order_by()
    if moments[: rule.moments].count() < rule.moments:
        return True
    interviews = moments.values("incident__interview").distinct()
    if interviews[: rule.interviews].count() < rule.interviews:
        return True
    return _key(value) in hidden_organizations(member.study)


def _key(value: str) -> int | str | None:
    if value == NOT_STATED or not is_uid(value):
        return NOT_STATED
    return Organization.objects.filter(uid=value).values_list("pk", flat=True).first()
