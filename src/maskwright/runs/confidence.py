"""confidence.json of a run: what makes its probabilities believable, measured on inner photos during training."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.errors import RunError
from maskwright.files import read_json, reading, write_json
from maskwright.output_file_names import CONFIDENCE_FILE

MOST_SHIFT = 20.0


@dataclass(frozen=True)
class Correction:
    """Logits are divided by `temperatures` and lowered by `shifts`, one each a class; none leave them as they are."""

    temperatures: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()


NO_CORRECTION = Correction()


@dataclass(frozen=True)
class RunConfidence:
    """`correction` of the logits, and `least_expected_iou`: below it a photo is unsure.

    `photos`: inner photos that they were chosen on, at `step` of training.
    """

    correction: Correction
    least_expected_iou: float
    photos: int
    step: int


def write_confidence(folder: Path, confidence: RunConfidence) -> None:
    """Write confidence.json into the run folder."""
    values = asdict(confidence)
    write_json(folder / CONFIDENCE_FILE, {**values.pop("correction"), **values})


def read_confidence(folder: Path, class_count: int) -> RunConfidence | None:
    """Return the contents of confidence.json, None where a run has none; RunError if they cannot be used."""
    path = folder / CONFIDENCE_FILE
    if not path.exists():
        return None
    with reading(path, error=RunError, advice="restore it, or remove it: the masks stay the same without"):
        values: Any = read_json(path)
        temperatures = tuple(float(t) for t in values["temperatures"])
        shifts = tuple(float(shift) for shift in values.get("shifts", ()))  # runs of earlier versions have none
        threshold = float(values["least_expected_iou"])
        if len(temperatures) not in (0, class_count) or not all(0.1 <= t <= 10 for t in temperatures):
            raise ValueError(f"temperatures {temperatures} for {class_count} classes")
        if len(shifts) not in (0, class_count) or not all(abs(shift) <= MOST_SHIFT for shift in shifts):
            raise ValueError(f"shifts {shifts} for {class_count} classes")
        if not 0 <= threshold <= 1:
            raise ValueError(f"least_expected_iou {threshold}")
        return RunConfidence(Correction(temperatures, shifts), threshold, int(values["photos"]), int(values["step"]))
