"""The broker without a server, mended: a message appears whole or not at all.

Kombu writes a message under its final name; a worker that reads it half-written loses it and ends.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts messages into a folder."""

    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        final = folder / f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"  # read in this order
        unseen = final.with_suffix(".part")
        try:
            unseen.write_text(dumps(payload))
            os.replace(unseen, final)  # noqa: PTH105  (says that it is atomic)
        except OSError as error:
            raise ChannelError(f"Cannot add a message to {folder}.") from error


class Transport(filesystem.Transport):
    """The transport of `filesystem://` addresses in this project."""

    Channel = Channel
