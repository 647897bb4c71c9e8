"""Every input of a Segmenter is read right or refused in one line: none is segmented in silence as something else."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from maskwright.classes import class_table
from maskwright.datasets.photo_with_mask import Example
from maskwright.errors import DataError
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.photos import Photo, read_photo
from maskwright.inference.photo_inputs import as_photo
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import photos_to_do
from maskwright.planning.plan import PredictPlan
from tests.support.rotated_photos import save_rotated


class Bright(nn.Module):
    """One logit: positive where red is above 127."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photos: Tensor) -> Tensor:
        return (photos[:, :1] - 127) * self.weight


def bright(*, grey_range: GreyRange | None = None) -> Segmenter:
    plan = PredictPlan((1.0,), False, False)
    return Segmenter(Bright(), class_table(("background", "disc")), plan, 40, 512, grey_range)


def photo() -> Photo:
    """Return a 30x40 photo, red in a rectangle, grey noise elsewhere."""
    pixels = np.random.default_rng(0).integers(0, 100, (30, 40, 3)).astype(np.uint8)
    pixels[5:15, 10:30] = (250, 20, 20)
    return pixels


EXPECTED = (photo()[..., 0] > 127).astype(np.uint8)
RIGHT: dict[str, Callable[[Photo], Any]] = {
    "HWC uint8": lambda p: p,
    "a view with negative strides": lambda p: p[::-1, ::-1][::-1, ::-1],
    "Fortran order": np.asfortranarray,
    "PIL": Image.fromarray,
    "PIL with an alpha channel": lambda p: Image.fromarray(p).convert("RGBA"),
    "RGBA": lambda p: np.dstack([p, np.full(p.shape[:2], 7, np.uint8)]),
    "palette": lambda p: Image.fromarray(p).quantize(64),
    "negative strides": lambda p: p[::-1, ::-1].copy()[::-1, ::-1],
    "read-only": lambda p: np.broadcast_to(p, p.shape),
    "masked array without masked pixels": np.ma.masked_array,
    "one frame of an animation": lambda _: animation().convert("RGB"),
    "tensor HWC": torch.from_numpy,
    "tensor CHW": lambda p: torch.from_numpy(p).permute(2, 0, 1),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_photo_in_any_form_gives_the_same_mask(kind: str) -> None:
    np.testing.assert_array_equal(bright().mask(RIGHT[kind](photo())), EXPECTED)
    np.testing.assert_array_equal(bright()(RIGHT[kind](photo())), EXPECTED)


def test_grey_arrays_and_images_are_three_equal_channels() -> None:
    grey = photo()[..., 0]
    for given in (grey, grey[..., None], Image.fromarray(grey), torch.from_numpy(grey), torch.from_numpy(grey)[None]):
        np.testing.assert_array_equal(bright().mask(given), EXPECTED)


def test_paths_and_pil_images_are_turned_by_exif_and_a_list_gives_a_list(tmp_path: Path) -> None:
    save_rotated(tmp_path / "turned.png", Image.fromarray(photo()))
    upright = np.rot90(EXPECTED, -1)
    with Image.open(tmp_path / "turned.png") as image:
        masks = bright().mask([tmp_path / "turned.png", str(tmp_path / "turned.png"), image, photo()])
    for mask in masks[:3]:
        np.testing.assert_array_equal(mask, upright)
    np.testing.assert_array_equal(masks[3], EXPECTED)
    assert read_photo(str(tmp_path / "turned.png")).shape == (40, 30, 3)


def test_uint16_is_scaled_by_the_range_of_the_run() -> None:
    deep = photo()[..., 0].astype(np.uint16) * 100 + 1000
    segmenter = bright(grey_range=GreyRange(1000, 26500))
    np.testing.assert_array_equal(segmenter.mask(deep), EXPECTED)
    np.testing.assert_array_equal(segmenter.mask(torch.from_numpy(deep)), EXPECTED)


def test_the_layout_of_an_ambiguous_tensor_is_said() -> None:
    pixels = photo()[:3]
    chw = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
    np.testing.assert_array_equal(as_photo(chw, layout="chw"), pixels)
    np.testing.assert_array_equal(as_photo(torch.from_numpy(pixels), layout="hwc"), pixels)
    np.testing.assert_array_equal(as_photo(pixels.transpose(2, 0, 1), layout="chw"), pixels)


def test_probabilities_sum_to_1_and_agree_with_the_mask_and_regions_name_the_class() -> None:
    probabilities = bright().probabilities(photo())
    assert probabilities.shape == (2, 30, 40)
    np.testing.assert_allclose(probabilities.sum(axis=0), 1, atol=1e-6)
    np.testing.assert_array_equal(probabilities.argmax(axis=0), EXPECTED)
    ((name, polygon),) = bright().regions(photo())
    assert name == "disc"
    assert sorted(map(tuple, polygon)) == [(10, 5), (10, 15), (30, 5), (30, 15)]
    assert [len(regions) for regions in bright().regions([photo(), photo()])] == [1, 1]


def animation() -> Image.Image:
    """Return an opened GIF of two frames."""
    first, second, file = Image.fromarray(photo()), Image.fromarray(255 - photo()), io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=[second])
    return Image.open(file)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "floats from 0 to 1": (lambda: photo() / 255, r"\(255 \* photo\)\.round\(\)"),
    "float tensor from 0 to 1": (lambda: torch.from_numpy(photo()).float() / 255, r"\(255 \* photo\)"),
    "floats from 0 to 255": (lambda: photo().astype(np.float32), r"photo\.round\(\)\.astype\(np\.uint8\)"),
    "normalised floats": (lambda: (photo() - 127.0) / 60, "before any normalisation"),
    "NaN": (lambda: np.full((30, 40, 3), np.nan), "before any normalisation"),
    "bfloat16": (lambda: torch.from_numpy(photo()).bfloat16(), "uint8"),
    "uint16 in an 8-bit run": (lambda: photo().astype(np.uint16), "trained on 8-bit photos"),
    "int64": (lambda: photo().astype(np.int64), r"int64 values from 0 to 250: give uint8"),
    "booleans": (lambda: photo() > 127, r"bool values from 0 to 1: .*\(255 \* photo\)"),
    "infinity": (lambda: np.where(photo() > 127, np.inf, 1.0), "NaN and infinity are no brightness"),
    "float tensor that learns": (lambda: torch.ones(3, 30, 40, requires_grad=True), r"\(255 \* photo\).*torch\.uint8"),
    "tensor from 0 to 255": (lambda: torch.from_numpy(photo()).float(), r"photo\.round\(\)\.to\(torch\.uint8\)"),
    "complex tensor": (lambda: torch.zeros(3, 30, 40, dtype=torch.complex64), "torch.complex64"),
    "big-endian uint16": (lambda: photo().astype(">u2") * 257, "trained on 8-bit photos"),
    "numbers above 255": (lambda: photo().astype(np.int32) * 257, "only the file itself"),
    "negative numbers": (lambda: photo().astype(np.int16) - 10, "before any normalisation"),
    "masked pixels": (lambda: np.ma.masked_greater(photo(), 200), r"masked pixels.*photo\.filled\(0\)"),
    "photo with its mask": (lambda: Example(photo(), EXPECTED), r"give example\.photo"),
    "animation": (lambda: animation(), r"has 2 frames: give one"),
    "address": (lambda: "https://photos.example/a.jpg", "is an address and no file"),
    "open file": (lambda: io.BytesIO(b"x"), "a BytesIO is no photo"),
    "generator": (lambda: (p for p in [photo()]), "a generator is no photo"),
    "memory view": (lambda: memoryview(photo().tobytes()), "a memoryview is no photo"),
    "records": (lambda: np.zeros(4, dtype=[("red", "u1")]), "shape 4 is no photo"),
    "text array": (lambda: np.array([["a", "b"]]), "values: give uint8"),
    "objects": (lambda: np.array([[None, 1]], dtype=object), "object values"),
    "CHW array": (lambda: photo().transpose(2, 0, 1), r'40 channels as HWC: say layout="chw"'),
    "batch": (lambda: photo()[None], "is a batch: give a list"),
    "batch of tensors": (lambda: torch.from_numpy(photo())[None], "is a batch: give a list"),
    "one row": (lambda: photo()[0, :, 0], "is no photo"),
    "no pixels": (lambda: photo()[:0], "no pixels"),
    "five channels": (lambda: np.zeros((30, 40, 5), np.uint8), "5 channels as HWC: give 1"),
    "two channels": (lambda: np.zeros((30, 40, 2), np.uint8), "2 channels"),
    "tensor without channels": (lambda: torch.zeros(30, 40, 9, dtype=torch.uint8), "9 channels"),
    "ambiguous tensor": (lambda: torch.zeros(3, 40, 3, dtype=torch.uint8), 'say layout="chw" or layout="hwc"'),
    "None": (lambda: None, "a NoneType is no photo"),
    "bytes": (lambda: b"\xff\xd8\xff", "a bytes is no photo"),
    "number": (lambda: 7, "an int is no photo"),
    "list in a list": (lambda: [[photo()]], "a list is no photo"),
    "list of pixels": (lambda: photo().tolist(), "a list is no photo"),
    "dict": (lambda: {"image": photo()}, "a dict is no photo"),
    "missing file": (lambda: "nowhere.jpg", "nowhere.jpg is not there"),
    "folder": (lambda: Path(), "is a folder"),
    "PIL float image": (lambda: Image.fromarray(photo()[..., 0].astype(np.float32)), "mode F"),
    "PIL CMYK": (lambda: Image.fromarray(photo()).convert("CMYK"), "mode CMYK"),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("method", ["mask", "probabilities", "regions", "__call__"])
def test_a_wrong_input_is_refused_in_one_line(kind: str, method: str) -> None:
    make, reason = WRONG[kind]
    with pytest.raises(DataError, match=reason) as caught:
        getattr(bright(), method)(make())
    assert "\n" not in str(caught.value)


def test_a_layout_that_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match='30 channels as CHW: say layout="hwc"'):
        bright().mask(photo(), layout="chw")
    with pytest.raises(DataError, match="layout='nchw' is unknown"):
        bright().mask(photo(), layout="nchw")  # type: ignore[call-overload]


def test_pipes_are_skipped_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(b"")
    os.mkfifo(tmp_path / "in/pipe.png")
    todo = photos_to_do([tmp_path / "in"], out=tmp_path / "out")
    assert [photo.path.name for photo in todo.photos] == ["a.png"]
    assert "a pipe or a device" in str(todo.skipped[0])
