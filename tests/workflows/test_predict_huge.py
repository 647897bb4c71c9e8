import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import torch
from rasterio.transform import from_origin
from torch import Tensor, nn

from maskwright.classes import class_table
from maskwright.errors import ConfigError, DataError, OutputError
from maskwright.imaging.photos import Photo
from maskwright.inference.segmenter import Segmenter
from maskwright.planning.plan import PredictPlan
from maskwright.workflows.predict_huge import HugeWork, predict_huge

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own
CLASSES = class_table(("background", "dark", "bright"))
SIZE_HW = (1100, 1700)


class Levels(nn.Module):
    """Three classes by brightness, from a 3x3 neighbourhood."""

    def __init__(self) -> None:
        super().__init__()
        self.blur = nn.AvgPool2d(3, 1, 1)

    def forward(self, photos: Tensor) -> Tensor:
        grey = self.blur(photos[:, :1])
        return torch.cat([20 - (grey - 128).abs(), 100 - grey, grey - 156], dim=1) / 10


def segmenter(*, least_patch: float = 0.0, zooms: tuple[float, ...] = (1.0,), flip: bool = False) -> Segmenter:
    plan = PredictPlan(zooms, flip, False, least_patch=least_patch)
    return Segmenter(Levels(), CLASSES, plan, 200, 96)


@pytest.fixture(scope="module")
def picture() -> Photo:
    noise = np.random.default_rng(3).normal(0, 1, (110, 170)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    levels = cv2.resize(128 + 700 * smooth, SIZE_HW[::-1], interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.clip(levels, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def scene(picture: Photo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("huge") / "scene.tif"
    facts = {"driver": "GTiff", "height": SIZE_HW[0], "width": SIZE_HW[1], "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", **facts, crs="EPSG:32633", transform=from_origin(500000, 5400000, 0.5, 0.5)) as file:
        file.write(np.moveaxis(picture, 2, 0))
    return path


def mask_of(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        return np.asarray(file.read(1))


@pytest.mark.parametrize(
    "network",
    [segmenter(), segmenter(zooms=(1.0, 1.5), flip=True), segmenter(least_patch=0.05)],
    ids=["plain", "several scales", "small patches removed"],
)
def test_the_mask_is_that_of_the_whole_image_in_memory(
    network: Segmenter, scene: Path, picture: Photo, tmp_path: Path
) -> None:
    result = predict_huge(network, scene, tmp_path / "mask.tif")
    mask, whole = mask_of(result.mask), network.mask(picture)
    assert np.mean(mask == whole) > 0.9999
    assert set(np.unique(whole)) == {0, 1, 2}
    assert result.pixels == tuple(np.bincount(mask.reshape(-1), minlength=3))


def test_a_class_of_which_the_image_shows_little_is_removed(scene: Path, picture: Photo, tmp_path: Path) -> None:
    network = segmenter()
    scarce = replace(network, predict=replace(network.predict, least_totals=(0.0, 0.0, 0.9)))
    mask = mask_of(predict_huge(scarce, scene, tmp_path / "mask.tif").mask)
    assert np.mean(mask == scarce.mask(picture)) > 0.9999
    assert set(np.unique(mask)) == {0, 1}


def test_place_palette_and_pyramid_are_in_the_file(scene: Path, tmp_path: Path) -> None:
    predict_huge(segmenter(), scene, tmp_path / "mask.tif")
    with rasterio.open(scene) as source, rasterio.open(tmp_path / "mask.tif") as mask:
        assert (mask.crs, mask.transform, mask.shape) == (source.crs, source.transform, source.shape)
        assert mask.profile["tiled"]
        assert mask.overviews(1) == [2]
        assert mask.colormap(1)[1][:3] == CLASSES.colours[1]


def test_pixels_without_data_are_ignored(scene: Path, picture: Photo, tmp_path: Path) -> None:
    holed = picture.copy()
    holed[600:700, 100:300] = 0
    holed[holed[:, :, 0] == 0] = 1
    holed[600:700, 100:300] = 0
    with (
        rasterio.open(scene) as source,
        rasterio.open(tmp_path / "holed.tif", "w", **source.profile | {"nodata": 0}) as file,
    ):
        file.write(np.moveaxis(holed, 2, 0))
    mask = mask_of(predict_huge(segmenter(), tmp_path / "holed.tif", tmp_path / "mask.tif").mask)
    assert (mask[600:700, 100:300] == 255).all()
    assert (mask == 255).sum() == 100 * 200


def test_a_window_sets_the_scale_of_smaller_photos(scene: Path, picture: Photo, tmp_path: Path) -> None:
    predict_huge(segmenter(), scene, tmp_path / "mask.tif", window_px=850)
    finer = Segmenter(Levels(), CLASSES, PredictPlan((1.0,), False, False), 400, 96)
    assert np.mean(mask_of(tmp_path / "mask.tif") == finer.mask(picture)) > 0.9999


def test_small_patches_are_those_of_a_window(scene: Path, picture: Photo, tmp_path: Path) -> None:
    """An image of 2x2 windows: a twentieth of a window is an eightieth of the image."""
    predict_huge(segmenter(least_patch=0.05), scene, tmp_path / "mask.tif", window_px=850)
    finer = Segmenter(Levels(), CLASSES, PredictPlan((1.0,), False, False, least_patch=0.05 / 4), 400, 96)
    assert np.mean(mask_of(tmp_path / "mask.tif") == finer.mask(picture)) > 0.9999


def test_what_cannot_be_read_by_rows_is_refused(scene: Path, tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("no image")
    with pytest.raises(DataError, match="no image that can be read by rows"):
        predict_huge(segmenter(), tmp_path / "text.tif", tmp_path / "mask.tif")
    with pytest.raises(ConfigError, match="smaller than the working scale"):
        predict_huge(segmenter(), scene, tmp_path / "mask.tif", window_px=50)
    cut = tmp_path / "cut.tif"
    cut.write_bytes(scene.read_bytes()[: scene.stat().st_size // 2])
    with pytest.raises(DataError):
        predict_huge(segmenter(), cut, tmp_path / "mask.tif")
    assert not (tmp_path / "mask.tif").exists()


class Stopping(Levels):
    """A network that is stopped after so many windows, and counts them."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.seen = most, 0

    def forward(self, photos: Tensor) -> Tensor:
        self.seen += 1
        if self.seen > self.most:
            raise KeyboardInterrupt
        return super().forward(photos)


def test_stopped_work_goes_on_and_gives_the_same_file(scene: Path, tmp_path: Path) -> None:
    network = segmenter(zooms=(1.0, 1.5), flip=True)
    whole, stopped, resumed = Stopping(1000), Stopping(7), Stopping(1000)
    predict_huge(replace(network, net=whole), scene, tmp_path / "whole.tif")
    with pytest.raises(KeyboardInterrupt):
        predict_huge(replace(network, net=stopped), scene, tmp_path / "mask.tif", work=HugeWork("a"))
    assert not (tmp_path / "mask.tif").exists()
    predict_huge(replace(network, net=resumed), scene, tmp_path / "mask.tif", work=HugeWork("a"))
    assert resumed.seen == whole.seen - 7
    assert (tmp_path / "mask.tif").read_bytes() == (tmp_path / "whole.tif").read_bytes()
    assert not (tmp_path / "mask.parts").exists()


@pytest.mark.parametrize("change", ["model", "image", "scale"])
def test_work_of_another_model_image_or_scale_is_not_gone_on_with(scene: Path, tmp_path: Path, change: str) -> None:
    image = Path(shutil.copy(scene, tmp_path / "scene.tif"))
    with pytest.raises(KeyboardInterrupt):
        predict_huge(replace(segmenter(), net=Stopping(3)), image, tmp_path / "mask.tif", work=HugeWork("a"))
    if change == "image":
        with rasterio.open(image, "r+") as file:
            file.write(255 - file.read())
    net = Stopping(1000)
    window = 850 if change == "scale" else None
    identity = "b" if change == "model" else "a"
    predict_huge(replace(segmenter(), net=net), image, tmp_path / "mask.tif", window_px=window, work=HugeWork(identity))
    predict_huge(segmenter(), image, tmp_path / "whole.tif", window_px=window)
    assert (tmp_path / "mask.tif").read_bytes() == (tmp_path / "whole.tif").read_bytes()
    assert not (tmp_path / "mask.parts").exists()


def test_files_of_others_below_the_folder_of_unfinished_work_stay(scene: Path, tmp_path: Path) -> None:
    foreign = [tmp_path / "mask.parts" / name for name in ("notes.txt", "0123456789abcdef/photo.npy", "old/0/a.npy")]
    for file in foreign:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
    with pytest.raises(KeyboardInterrupt):
        predict_huge(replace(segmenter(), net=Stopping(3)), scene, tmp_path / "mask.tif", work=HugeWork("a"))
    predict_huge(segmenter(), scene, tmp_path / "mask.tif", work=HugeWork("b"))
    assert sorted(path for path in (tmp_path / "mask.parts").rglob("*") if path.is_file()) == sorted(foreign)


def test_strips_and_windows_are_counted_to_the_end(scene: Path, tmp_path: Path) -> None:
    network, begun, done = segmenter(zooms=(1.0, 1.5), flip=True), dict[str, int](), Counter[str]()

    def count(name: str, total: int) -> Callable[..., None]:
        begun[name] = total
        return lambda: done.update([name])

    predict_huge(network, scene, tmp_path / "mask.tif", work=HugeWork("a", count))
    assert set(begun) == {"reading strips", "predicting windows", "writing strips"}
    assert done == begun


def test_windows_that_cannot_be_kept_do_not_stop_the_work(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: object) -> None:
        raise OutputError(f"cannot write {path}: No space left on device")

    predict_huge(segmenter(), scene, tmp_path / "whole.tif")
    monkeypatch.setattr("maskwright.inference.window_cache.write_with", full)
    predict_huge(segmenter(), scene, tmp_path / "mask.tif", work=HugeWork("a"))
    assert (tmp_path / "mask.tif").read_bytes() == (tmp_path / "whole.tif").read_bytes()
    assert not (tmp_path / "mask.parts").exists()


def test_a_damaged_image_leaves_nothing_behind(scene: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tif"
    cut.write_bytes(scene.read_bytes()[: scene.stat().st_size // 2])
    with pytest.raises(DataError):
        predict_huge(segmenter(), cut, tmp_path / "mask.tif", work=HugeWork("a"))
    assert list(tmp_path.iterdir()) == [cut]
