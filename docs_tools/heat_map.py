"""Draw docs/pictures/heat_map.jpg by running the example of fully_convolutional.md: `python -m docs_tools.heat_map`."""

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.drawing import Photo, encode_jpeg

DOCS = Path(__file__).resolve().parents[1] / "docs"


def run_example() -> dict[str, Any]:
    """Return the variables that the page's example defines: photo, heat, row, column ..."""
    page = (DOCS / "fully_convolutional.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)
    return names


def draw_heat(photo: Photo, heat: NDArray[np.float32]) -> Photo:
    """Return a copy of the photo, greyed, on which heat (HxW, 0 to 1) glows from dark red to white where it is high."""
    grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype(np.float32)
    levels = np.clip(heat * 255, 0, 255).astype(np.uint8)
    glow = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_HOT), cv2.COLOR_BGR2RGB).astype(np.float32)
    share = np.clip(heat, 0, 1)[..., None] * 0.6
    return np.rint((1 - share) * (0.35 * photo + 0.45 * grey) + share * glow).astype(np.uint8)


if __name__ == "__main__":
    names = run_example()
    picture = draw_heat(names["photo"], names["heat"])
    (DOCS / "pictures" / "heat_map.jpg").write_bytes(encode_jpeg(picture, 88))
