"""Draws docs/pictures/heat_map.jpg by running the example of fully_convolutional.md: python docs/make_heat_map.py."""

import re
from pathlib import Path
from typing import Any

from maskwright.imaging.drawing import draw_heat, encode_jpeg

DOCS = Path(__file__).resolve().parent


def run_example() -> dict[str, Any]:
    """Return the names that the page's example leaves: photo, heat, row, column ..."""
    page = (DOCS / "fully_convolutional.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)
    return names


if __name__ == "__main__":
    names = run_example()
    picture = draw_heat(names["photo"], names["heat"])
    (DOCS / "pictures" / "heat_map.jpg").write_bytes(encode_jpeg(picture, 88))
