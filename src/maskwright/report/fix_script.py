"""A small program that applies the fix of a diagnosis to every file of predictions."""

import re

from maskwright.diagnosis.evidence.evidence import Storage
from maskwright.imaging.mask_reader import COLOUR_BIT
from maskwright.report.commands import with_place

IMPORTS = {
    "np.": "import numpy as np",
    "cv2.": "import cv2",
    "scipy.ndimage.": "import scipy.ndimage",
    "skimage.measure.": "import skimage.measure",
}
UNKNOWN = re.compile(r"\b(width|height|predictions|probability|logits|rgb|mask|photo)\b")
"""Names that a fix may use and that a file of predictions alone does not give."""


def fix_script(fix: str, storage: Storage) -> str:
    """Return a program that writes corrected copies of all predictions, "" where one cannot be written safely.

    Only for a PNG file a prediction: in an npy file there may be a stack of them, whose axes mean something else.
    """
    lines = [code for code, _ in with_place(fix) if "prediction = " in code]
    plain = storage.suffix == ".png" and max(storage.values, default=0) < COLOUR_BIT
    if not plain or len(lines) != 1 or UNKNOWN.search(lines[0]):
        return ""
    imports = [line for name, line in IMPORTS.items() if name in lines[0] or name == "np."]
    body = [f"    {line}" for line in lines[0].split("; ")]
    program = [
        "from pathlib import Path",
        "",
        *sorted(imports),
        "from PIL import Image",
        "",
        'folder = Path("predictions")  # your folder of predictions',
        'mended = folder.with_name(folder.name + "-mended")',
        'paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".png")',
        "if not paths:",
        '    raise SystemExit(f"{folder} holds no PNG file: write your folder of predictions behind `folder =`")',
        "mended.mkdir()",
        "for path in paths:",
        "    prediction = np.asarray(Image.open(path))",
        *body,
        "    target = mended / path.relative_to(folder)",
        "    target.parent.mkdir(parents=True, exist_ok=True)",
        "    Image.fromarray(prediction).save(target)",
    ]
    return "\n".join(program)
