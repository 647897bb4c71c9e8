"""What an exported file says of itself: classes, scale, licence, the run it came from, and a self-test."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from maskwright._version import __version__
from maskwright.classes import IGNORE, ClassTable
from maskwright.errors import FileError
from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU, stored_threshold
from maskwright.files import reading
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Bands, Photo
from maskwright.planning.plan import PredictPlan

FORMAT = 1
MOST_LOST = 0.5
"""IoU points that a network may lose in eight bits; one that loses more is not written, or not used so."""
FACTS = "maskwright"
"""The key of the file's metadata that holds the facts, as JSON."""
PHOTO = "maskwright.selftest.photo"
"""The key that holds the photo of the self-test, as PNG in base64."""
MASK = "maskwright.selftest.mask"
"""The key that holds the mask of the self-test, as PNG in base64."""
LICENCES = {
    "efficientnet-lite": "Apache-2.0, of the ImageNet weights; the trained weights are yours",
    "random": "none: trained from random weights; the trained weights are yours",
}


@dataclass(frozen=True)
class SelfTest:
    """A photo and the mask that the run gives for it, 255 where the run is undecided between two classes."""

    photo: Photo
    mask: Mask


@dataclass(frozen=True)
class Facts:
    """What the file's metadata hold, beside the self-test.

    `stride`, `least_px`: the sides that the network takes; `weights`, `licence`: where the network's weights began;
    `run_sha256`: of the run's weights; `train_digests`: of the training photos, which an evaluation leaves out;
    `temperatures`, `shifts`: the Segmenter's `correction`; `trust`: one line on how far to trust it; `eight_bits`: of a
    network in eight bits, what that costs and on which photos it was measured; `fast_lost`: the IoU points that eight
    bits cost there with --fast, None if unknown. All of these, and `least_expected_iou`, may be absent in files of
    earlier versions.
    """

    classes: ClassTable
    predict: PredictPlan
    long_side_px: int
    tile_px: int
    stride: int
    least_px: int
    grey_range: GreyRange | None
    bands: Bands | None
    weights: str
    licence: str
    run_sha256: str
    train_digests: tuple[str, ...] = ()
    temperatures: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()
    least_expected_iou: float = LEAST_EXPECTED_IOU
    trust: str = ""
    eight_bits: str = ""
    fast_lost: float | None = None


def licence_of(weights: str) -> str:
    """Return the licence of the weights that training began with, in words."""
    for word, licence in LICENCES.items():
        if word in weights.lower():
            return licence
    return f"that of: {weights}"


def as_metadata(facts: Facts, test: SelfTest) -> dict[str, str]:
    """Return the texts that the file's metadata hold."""
    values = {"format": FORMAT, "version": __version__, "ignore": IGNORE, **asdict(facts)}
    return {FACTS: json.dumps(values), PHOTO: _as_png(test.photo), MASK: _as_png(test.mask)}


def from_metadata(metadata: Mapping[str, str], path: Path) -> tuple[Facts, SelfTest]:
    """Return facts and self-test; FileError if the file was not exported by maskwright, or by a newer version."""
    if not {FACTS, PHOTO, MASK} <= metadata.keys():
        raise FileError(f"{path} was not exported by maskwright: `maskwright export RUN` makes such a file")
    with reading(path, advice="export it again"):
        values: Any = json.loads(metadata[FACTS])
        if values["format"] > FORMAT:
            raise FileError(f"{path} was exported by maskwright {values['version']}: update maskwright")
        return _facts(values), SelfTest(_from_png(metadata[PHOTO]), _from_png(metadata[MASK]))


def _facts(values: dict[str, Any]) -> Facts:
    table, plan, grey = values["classes"], values["predict"], values["grey_range"]
    colours = tuple((int(r), int(g), int(b)) for r, g, b in table["colours"])
    classes = ClassTable(tuple(table["names"]), colours, table["background"])
    known = {name: values[name] for name in Facts.__dataclass_fields__ if name in values}
    predict = replace(
        PredictPlan((1.0,), False, False),
        **{**plan, "zooms": tuple(plan["zooms"]), "least_totals": tuple(plan.get("least_totals", ()))},
    )
    bands = (values["bands"][0], values["bands"][1], values["bands"][2]) if values["bands"] else None
    grey_range = GreyRange(int(grey["low"]), int(grey["high"])) if grey else None
    own = {"classes": classes, "predict": predict, "grey_range": grey_range, "bands": bands}
    lists = {key: tuple(values.get(key, ())) for key in ("train_digests", "temperatures", "shifts")}
    threshold = stored_threshold(known.get("least_expected_iou", LEAST_EXPECTED_IOU), lists["shifts"], classes.scored)
    return Facts(**{**known, **own, **lists, "least_expected_iou": threshold})


def _as_png(pixels: Photo | Mask) -> str:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, format="PNG")
    return base64.b64encode(data.getvalue()).decode()


def _from_png(text: str) -> Photo:
    with Image.open(io.BytesIO(base64.b64decode(text)), formats=["PNG"]) as image:
        return np.array(image, dtype=np.uint8)
