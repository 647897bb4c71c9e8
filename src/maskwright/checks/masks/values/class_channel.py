"""A channel that may hold the classes of masks with too many colours, and the command that saves it alone."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.dataset import Sample
from maskwright.datasets.truth.mask_truth import truth_files
from maskwright.findings.python_commands import python_command, python_text, saving_beside
from maskwright.imaging.mask_reader import channels

MIN_VALUES = 2
"""A channel of a single value tells nothing apart."""
MAX_VALUES = 24
"""A channel that holds classes takes few values."""
MIN_COLOURS_A_VALUE = 4
"""Each class must come in so many colours: the other channels number its objects."""

SAVING = """\
import cv2
from pathlib import Path
for f in sorted(Path({root}).rglob({pattern})):
    if f.parent.name == {name}:
        out = f.parent.with_name({new}) / (f.stem + ".png")
        out.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(out), cv2.imread(str(f), cv2.IMREAD_UNCHANGED)[:, :, {band}])
"""
SAVING_TENS = """\
import cv2, numpy as np
from pathlib import Path
for f in sorted(Path({root}).rglob({pattern})):
    b, g, r = cv2.imread(str(f)).astype(np.uint16).transpose(2, 0, 1)
    cv2.imwrite(str(f.parent / (f.name.removesuffix({ending}) + "_classid.png")), r // 10 * 256 + g)
"""
"""cv2 reads 16 bits whole, and blue first; Pillow would cut them to 8."""
_IN_TENS = (
    "red takes multiples of 10 alone, as in ADE20K, where red / 10 * 256 + green is the class (name_ndx of its json) "
    "and blue numbers objects"
)


def channel_of_few_values(colours: Collection[int], samples: Sequence[Sample], root: Path) -> str:
    """Return which channel may hold the classes, since it takes few values and the others many; "" for none."""
    values = channels(np.array(sorted(colours)))
    if _are_tens(values):
        return f"; {_IN_TENS}: save the classes with `{_saving_tens(samples, root)}`, and --set data.masks=classid"
    counts = {letter: len(np.unique(of_channel)) for letter, of_channel in zip("RGB", values, strict=True)}
    letter = min((letter for letter in counts if counts[letter] >= MIN_VALUES), key=counts.__getitem__, default="")
    if not letter or counts[letter] > min(MAX_VALUES, len(colours) / MIN_COLOURS_A_VALUE):
        return ""
    return (
        f"; the channel {letter} takes {counts[letter]} values alone: if it is the class and the others number "
        f"objects, {_saving(letter, samples, root)}"
    )


def _are_tens(values: NDArray[np.integer]) -> bool:
    """Tell whether red takes multiples of 10 alone, and red and green together few values for as many colours."""
    red, green, blue = values
    pairs = len(set(zip(red.tolist(), green.tolist(), strict=True)))
    several = len(np.unique(red)) >= MIN_VALUES and len(np.unique(green)) >= MIN_VALUES
    return several and not (red % 10).any() and 2 * pairs <= len(red) and bool(blue.any())


def _saving_tens(samples: Sequence[Sample], root: Path) -> str:
    """Return the command that saves the classes of such masks beside them."""
    names = [path.name for sample in samples for path in truth_files(sample.truth)]
    endings = {name[max(0, name.rfind("_")) :] for name in names}
    ending = endings.pop() if len(endings) == 1 else Path(names[0]).suffix
    texts = {"root": root, "pattern": f"*{ending}", "ending": ending}
    return python_command(SAVING_TENS.format(**{key: python_text(text) for key, text in texts.items()}))


def _saving(letter: str, samples: Sequence[Sample], root: Path) -> str:
    """Return what saves a channel of all masks beside them; it names no command where photos lie among the masks."""
    files = [path for sample in samples for path in truth_files(sample.truth)]
    code = SAVING.replace("{band}", str("BGR".index(letter)))
    found = saving_beside(code, files, [sample.photo for sample in samples], root=root, ending=f"_{letter}")
    if found is None:
        return "save it as grey PNGs in a folder of their own, and choose this with --set data.masks"
    command, new = found
    return f"save it beside the masks with `{command}`, and --set data.masks={new}"
