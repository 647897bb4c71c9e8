"""Fixes obeyed to the letter: the line of Python between their backticks, run on what is stored."""

import re
from typing import Any

import cv2
import numpy as np
import scipy.ndimage
import skimage.measure
from PIL import Image, ImageChops, ImageOps

from benchmarks.field.faults import Array, Pairs
from maskwright.findings.finding import Finding

CODE = re.compile(r"`([^`]+)`")
NAMED = re.compile(r"(photos|masks|predictions) (that are )?named")
GIVES = re.compile(r"(?:^|; )(?:(predictions|prediction|mask) = |prediction\[)")
BEYOND_MENDING = "cannot be mended"


def command_of(finding: Finding) -> str:
    """Return the line of a fix that gives predictions or masks; "" where it has none."""
    commands = (code for code in CODE.findall(finding.fix) if GIVES.search(code))
    return next(commands, "")


def followed(finding: Finding, pairs: Pairs) -> Pairs | None:
    """Return the pairs after the finding's command; None where no command can be run on stored files.

    A command for photos, masks or predictions "named" is run on those alone, any other on all.
    """
    line = command_of(finding)
    if not line or "path" in line or BEYOND_MENDING in finding.fix:
        return None
    if "predictions = " in line:
        every = run(line, {"predictions": [prediction for _, prediction in pairs]})["predictions"]
        return [(truth, prediction) for (truth, _), prediction in zip(pairs, every, strict=True)]
    chosen = _places(finding) if NAMED.search(finding.fix) else range(len(pairs))
    return [_changed(line, *pair) if place in chosen else pair for place, pair in enumerate(pairs)]


def _places(finding: Finding) -> set[int]:
    return {int(name.removeprefix("pair ")) for name in finding.photos}


def _changed(line: str, truth: Array, prediction: Array) -> tuple[Array, Array]:
    if "mask = " in line:
        return np.asarray(run(line, {"mask": truth})["mask"], dtype=np.uint8), prediction
    size = {"height": truth.shape[0], "width": truth.shape[1]}
    stored = {"prediction": prediction.copy(), "probability": prediction, "logits": prediction, "output": prediction}
    return truth, run(line, size | stored)["prediction"]


def run(line: str, names: dict[str, Any]) -> dict[str, Any]:
    """Return the names after one line of Python that a fix gives; only this suite's own catalogue is run."""
    modules = {"np": np, "cv2": cv2, "scipy": scipy, "skimage": skimage}
    scope: dict[str, Any] = modules | {"Image": Image, "ImageOps": ImageOps, "ImageChops": ImageChops} | names
    exec(line, scope)
    return scope
