"""What was given in a batch that was locked already: it counts when all of it is answered."""

from incidents.actions.history import record_change
from incidents.choices import IncidentState
from incidents.models import Member
from taxonomy.actions.measuring import ask_agreement
from taxonomy.actions.settling import settle
from taxonomy.choices import BatchKind
from taxonomy.models import Batch
from taxonomy.queries.coding import late_in


def count_late(*, batch: Batch, coder: Member, seq: int, by: Member | None) -> bool:
    """Let what a coder answered late in a batch count, once all of it is answered.

    Returns whether it counts now; from then on it is final and the coder sees again. Call it under
    the number that `change_facts` gave.
    """
    late = late_in(batch).filter(coder=coder)
    if late.to_do().filter(moment__incident__state=IncidentState.ACCEPTED).exists():
        return False
    moments = set(late.values_list("moment", flat=True))
    late.update(late=False)
    settle(moments=moments, scheme=batch.scheme, seq=seq)
    record_change(
        verb="count_late",
        on=batch,
        study=batch.scheme.study,
        by=by,
        coder=str(coder.uid),
        moments=len(moments),
    )
    if batch.kind == BatchKind.PLAN:
        ask_agreement(scheme=batch.scheme, by=None)
    return True
