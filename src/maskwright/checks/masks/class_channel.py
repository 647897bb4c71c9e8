"""A channel that may hold the classes of masks with too many colours, and the command that saves it alone."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from maskwright.datasets.dataset import Sample
from maskwright.datasets.truth.mask_truth import truth_files
from maskwright.findings.python_commands import saving_beside
from maskwright.imaging.mask_reader import channels

VALUES_LEAST, VALUES_MOST, COLOURS_A_VALUE = 2, 24, 4
"""A channel of one value tells nothing apart; one of classes has few, and many colours for each."""

SAVING = """\
import cv2
from pathlib import Path
for f in sorted(Path({root}).rglob({pattern})):
    if f.parent.name == {name}:
        out = f.parent.with_name({new}) / (f.stem + ".png")
        out.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(out), cv2.imread(str(f), cv2.IMREAD_UNCHANGED)[:, :, {band}])
"""
"""cv2 reads 16 bits whole, and blue first; Pillow would cut them to 8."""


def channel_of_few_values(colours: Collection[int], samples: Sequence[Sample], root: Path) -> str:
    """Return which channel may hold the classes, since it takes few values and the others many; "" for none."""
    values = channels(np.array(sorted(colours)))
    counts = {letter: len(np.unique(of_channel)) for letter, of_channel in zip("RGB", values, strict=True)}
    letter = min((letter for letter in counts if counts[letter] >= VALUES_LEAST), key=counts.__getitem__, default="")
    if not letter or counts[letter] > min(VALUES_MOST, len(colours) / COLOURS_A_VALUE):
        return ""
    return (
        f"; the channel {letter} takes {counts[letter]} values alone: if it is the class and the others number "
        f"objects, {_saving(letter, samples, root)}"
    )


def _saving(letter: str, samples: Sequence[Sample], root: Path) -> str:
    """Return what saves a channel of all masks beside them; it names no command where photos lie among the masks."""
    files = [path for sample in samples for path in truth_files(sample.truth)]
    code = SAVING.replace("{band}", str("BGR".index(letter)))
    found = saving_beside(code, files, [sample.photo for sample in samples], root=root, ending=f"_{letter}")
    if found is None:
        return "save it as grey PNGs in a folder of their own, and choose this with --set data.masks"
    command, new = found
    return f"save it beside the masks with `{command}`, and --set data.masks={new}"
