"""Where each moment of a computed table stood, as one small file. Loads NumPy."""

import dataclasses
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
QUICKLY = 1  # the level of compression

Numbers = NDArray[np.int64]
Settled = tuple[str, int | None, str]  # outcome, category, contested categories


@dataclasses.dataclass(frozen=True, eq=False)
class Members:
    """The moments of a table, as parallel arrays in the order of their keys.

    `row` is a place in `rows` (uids) or -1-i for `residuals[i]`; `column` a place in `columns`
    (words); `settled` a place in `settlements`.
    """

    moment: Numbers
    row: Numbers
    column: Numbers
    settled: Numbers
    rows: Sequence[str]
    columns: Sequence[str]
    residuals: Sequence[str]
    settlements: Sequence[Settled]

    @property
    def lines(self) -> list[str]:
        """Rows and residual lines, by what names them."""
        return [*self.rows, *self.residuals]

    @property
    def line(self) -> Numbers:
        """For each moment a place in `lines`."""
        return np.where(self.row >= 0, self.row, len(self.rows) - 1 - self.row)


def in_order(members: Members) -> Members:
    """The same by the keys of moments, each once."""
    _keys, first = np.unique(members.moment, return_index=True)
    arrays = {
        name: getattr(members, name)[first] for name in ("moment", "row", "column", "settled")
    }
    return dataclasses.replace(members, **arrays)


def packed(members: Members) -> bytes:
    """Members as the bytes of a file: compressed arrays, and the lists as JSON beside them."""
    lists = {
        "format": FORMAT,
        "rows": list(members.rows),
        "columns": list(members.columns),
        "residuals": list(members.residuals),
        "settlements": [list(one) for one in members.settlements],
    }
    arrays = {
        "moment": np.diff(members.moment, prepend=0),
        "row": members.row,
        "column": members.column,
        "settled": members.settled,
        "lists": np.frombuffer(json.dumps(lists).encode(), dtype=np.uint8),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, _as_npy(_narrow(array)), zipfile.ZIP_DEFLATED, QUICKLY)
    return file.getvalue()


def unpacked(content: bytes) -> Members:
    """Members from the bytes of a file. Raises ValueError for another format."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        lists = json.loads(arrays["lists"].tobytes())
        if lists["format"] != FORMAT:
            raise ValueError("This is no file of members that can be read.")
        return Members(
            moment=np.cumsum(arrays["moment"].astype(np.int64)),
            row=arrays["row"].astype(np.int64),
            column=arrays["column"].astype(np.int64),
            settled=arrays["settled"].astype(np.int64),
            rows=lists["rows"],
            columns=lists["columns"],
            residuals=lists["residuals"],
            settlements=[
                (outcome, category, sets) for outcome, category, sets in lists["settlements"]
            ],
        )


def _narrow(array: Numbers) -> NDArray[Any]:
    """The same whole numbers in as few bytes each as they need."""
    if not len(array):
        return array
    kinds = (np.min_scalar_type(array.min()), np.min_scalar_type(array.max()))
    return array.astype(np.result_type(*kinds))


def _as_npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
