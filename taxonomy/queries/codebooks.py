"""The starter schemes that come with Candid."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "codebooks"
SERVE = "serve"


def codebook(name: str) -> dict[str, Any]:
    """Read a starter scheme: `slug`, `name`, `description`, `rounds` and `categories`."""
    book: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return book
