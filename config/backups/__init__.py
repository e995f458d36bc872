"""One file that holds everything: all rows and all stored files, as they were at one moment.

The file is a ZIP: `rows/<model>.jsonl` with one JSON array for each row, `files/<path>` with each
stored file, and `manifest.json` with what there is and its checksums. The last 64 bytes are the
sha256 of all bytes before them (a ZIP calls them its comment), so a file that was cut short or
altered anywhere is known before anything of it is used. Nothing in it depends on the database.
"""

from config.backups.restoring import restore
from config.backups.saving import save
from config.backups.sealing import Refusal

__all__ = ["Refusal", "restore", "save"]
