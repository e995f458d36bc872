"""A sample of coders' own earlier work, given to each of them to code again."""

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.rows import write_rows
from incidents.models import Member, Study
from taxonomy.actions.planning import PlanRefused, check_coders
from taxonomy.choices import BatchKind
from taxonomy.models import Assignment, Batch, Scheme
from taxonomy.queries.recoding import DRAWN, Asked, Share, shares_of

NAME_LENGTH = 120


@transaction.atomic
def draw_recoding(*, scheme: Scheme, asked: Asked, by: Member | None) -> list[Batch]:
    """Draw from what each coder answered long enough ago, and give it to them again.

    Each coder has a batch of their own, so that nobody waits for another. Who has nothing that is
    old enough gets none. Returns the batches. Raises PlanRefused where nobody has, and where
    somebody is no active coder of the study.
    """
    study = lock_study(scheme.study_id)  # nobody else draws, and nobody changes an answer meanwhile
    check_coders(scheme, {coder.pk for coder in asked.coders})
    shares = [share for share in shares_of(scheme, asked) if share.drawn]
    if not shares:
        raise PlanRefused(_("None of them has an answer that is old enough to be given again."))
    alone = len(asked.coders) == 1
    return [_give(scheme, asked, share, study, alone=alone, by=by) for share in shares]


def _give(
    scheme: Scheme, asked: Asked, share: Share, study: Study, *, alone: bool, by: Member | None
) -> Batch:
    coder = share.coder
    name = asked.name if alone else f"{asked.name} · {coder.display_name}"
    batch = Batch.objects.create(
        scheme=scheme, name=name[:NAME_LENGTH], kind=BatchKind.RECODE, due_on=asked.due_on
    )
    moments = share.draw(asked)
    rows = ({"moment_id": moment} for moment in moments)
    write_rows(Assignment, rows, batch_id=batch.pk, coder_id=coder.pk, sole=False, late=False)
    record_change(
        verb=DRAWN,
        on=batch,
        study=study,
        by=by,
        coder=str(coder.uid),
        moments=len(moments),
        old=share.old,
        days=asked.days,
        seed=asked.seed,
        spread=asked.spread,
    )
    return batch
