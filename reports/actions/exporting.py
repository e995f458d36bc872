"""What left the house is in the change log."""

from django.db import transaction

from incidents.actions.history import record_change
from incidents.models import Member
from taxonomy.queries.tables import Answered

EXPORT_TABLE = "export_table"


@transaction.atomic
def log_export(*, answered: Answered, form: str, by: Member) -> None:
    """Record that a member took a table away as a file of this form (csv or xlsx).

    The log names the fields that were filtered, the tree's revision and the data number; what was
    in the file follows from them.
    """
    asked = answered.specification
    record_change(
        verb=EXPORT_TABLE,
        on=answered.scheme,
        study=by.study,
        by=by,
        form=form,
        round=asked.round,
        columns=asked.columns_value,
        unit=asked.unit.value,
        filters=[field for field, _values in asked.where],
        revision=answered.revision,
        data_seq=answered.data_seq,
    )
