"""Networks of exported files compute several photos at a time, with the masks of one at a time."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.inference.exported.exported_files import load_exported
from maskwright.inference.exported.runtimes import Runtime
from maskwright.inference.load import load
from maskwright.inference.parallel_photos import WORTH_COMPILING, for_callers
from maskwright.inference.predict_files import predict_files
from maskwright.inference.sources.photo_list import photos_to_do
from maskwright.workflows.export import export_run


def noise(folder: Path, count: int) -> None:
    """Write photos of smooth noise, of different sizes."""
    random = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        small = random.integers(0, 255, (8, 9, 3), dtype=np.uint8)
        Image.fromarray(cv2.resize(small, (120 + 9 * number, 100))).save(folder / f"{number}.png")


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_masks_do_not_depend_on_who_computes_beside(disc_run: Path, tmp_path: Path, runtime: Runtime) -> None:
    pytest.importorskip(runtime if runtime == "openvino" else "onnxruntime")
    export_run(disc_run, tmp_path / "model.onnx")
    segmenter = load_exported(tmp_path / "model.onnx", runtime=runtime)
    noise(tmp_path / "photos", WORTH_COMPILING + 2)
    photos = photos_to_do([tmp_path / "photos"], out=tmp_path / "out").photos
    assert for_callers(segmenter, 2, photos=len(photos)) is not None
    assert predict_files(segmenter, photos, tmp_path / "out").done == len(photos)
    for todo in photos:
        alone = segmenter.mask(np.asarray(Image.open(todo.path)))
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "masks" / f"{todo.name}.png")), alone)


def test_few_photos_and_networks_of_pytorch_take_turns(disc_run: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    export_run(disc_run, tmp_path / "model.onnx")
    assert for_callers(load_exported(tmp_path / "model.onnx"), 2, photos=WORTH_COMPILING - 1) is None
    assert for_callers(load(disc_run), 2, photos=100) is None
