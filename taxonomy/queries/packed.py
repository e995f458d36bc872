"""Keys of many rows as one value of a statement, so that Python does nothing for each row.

PostgreSQL puts their bytes one behind another, SQLite their digits with commas between; the value
itself tells which. Loads NumPy, so only jobs and commands may import it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, TextField
from django.db.models.sql.compiler import SQLCompiler
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
BYTES = np.dtype(">i8")  # as PostgreSQL sends a bigint


class Packed(Aggregate):
    """The keys of a group, which are never null; several of one statement are in one order."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **how: Any
    ) -> tuple[str, Any]:
        """Ask for bytes: to write digits and read them again takes longer."""
        template = "STRING_AGG(INT8SEND(%(expressions)s), ''::bytea)"
        return self.as_sql(compiler, connection, template=template, **how)


def unpacked(values: Sequence[str | bytes | None]) -> Numbers:
    """The keys of all groups, one group after another; None: of no row."""
    found = [value for value in values if value]
    if not found:
        return np.zeros(0, dtype=np.int64)
    if isinstance(found[0], str):
        return np.fromstring(",".join(found), dtype=np.int64, sep=",")  # type: ignore[arg-type]
    return np.frombuffer(b"".join(found), dtype=BYTES).astype(np.int64)  # type: ignore[arg-type]
