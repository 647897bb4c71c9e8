"""Results on disk, each known by the code that gave it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maskwright.files import write_json


def known(path: Path, code: str) -> dict[str, Any] | None:
    """Return the values that this code wrote to the path, None if there are none or other code wrote them."""
    if not path.exists():
        return None
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values if values.pop("code", "") == code else None


def keep(path: Path, code: str, values: Mapping[str, object]) -> None:
    """Write the values with the hash of the code that gave them."""
    write_json(path, {**values, "code": code})
