from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.imaging.mask_geometry import component_areas
from maskwright.serve.cvat_function import CvatFunction, create
from tests.support.filled import fill_polygon

pytest.importorskip("cvat_sdk.auto_annotation")

from cvat_sdk import auto_annotation, masks  # after the skip


class Context(auto_annotation.DetectionFunctionContext):  # type: ignore[misc]  # cvat_sdk has no types
    """What CVAT hands to a function: a threshold, and whether it wants polygons."""

    frame_name = "a.jpg"

    def __init__(self, conf_threshold: float | None = None, *, conv_mask_to_poly: bool = False) -> None:
        self._threshold, self._polygons = conf_threshold, conv_mask_to_poly

    @property
    def conf_threshold(self) -> float | None:
        return self._threshold

    @property
    def conv_mask_to_poly(self) -> bool:
        return self._polygons


@pytest.fixture(scope="module")
def function(disc_run: Path) -> CvatFunction:
    return create(str(disc_run), runtime="torch")


@pytest.fixture(scope="module")
def photo(discs: Path) -> Image.Image:
    with Image.open(min(path for path in discs.iterdir() if path.suffix in (".jpg", ".png"))) as image:
        return image.convert("RGB")


def test_each_object_becomes_a_mask_of_its_class(function: CvatFunction, photo: Image.Image) -> None:
    assert isinstance(function.spec, auto_annotation.DetectionFunctionSpec)
    assert [(label.name, label.id) for label in function.spec.labels] == [("disc", 1)]
    truth = function.segmenter.mask(photo) == 1
    shapes = function.detect(Context(), photo)
    assert {shape.type.value for shape in shapes} == {"mask"}
    decoded = [masks.decode_mask(shape.points, image_width=photo.width, image_height=photo.height) for shape in shapes]
    assert np.array_equal(np.any(decoded, axis=0), truth)
    assert sorted(int(one.sum()) for one in decoded) == sorted(component_areas(truth).tolist())


def test_polygons_and_the_threshold_are_as_cvat_asks(function: CvatFunction, photo: Image.Image) -> None:
    truth = function.segmenter.mask(photo) == 1
    polygons = function.detect(Context(conv_mask_to_poly=True), photo)
    assert {shape.type.value for shape in polygons} == {"polygon"}
    filled = [fill_polygon(np.array(shape.points).reshape(-1, 2), truth.shape) for shape in polygons]
    assert np.mean(np.any(filled, axis=0) != truth) < 0.02
    assert function.detect(Context(1.0), photo) == []
