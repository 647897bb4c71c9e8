"""The Python blocks of how-to pages run as they stand, on drawn discs."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from PIL import Image

from tests.support.commands import FAST, call
from tests.support.drawn import disc_photos
from tests.support.drawn_scenes import geojson, geopackage, placed, random_features, scene

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own
PAGES = Path(__file__).resolve().parents[2] / "docs" / "how-to"


def python_blocks(page: str) -> list[str]:
    blocks = re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    return blocks


class Bright(torch.nn.Module):
    """Marks what is bright in red: photos Nx3xHxW from 0 to 1 to logits Nx1xHxW."""

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return 40 * (photos[:, :1] - 0.6)


def test_the_page_on_other_models_saves_what_diagnose_reads_and_tells_how_it_should_be_fed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    saving, asking, skew = python_blocks("diagnose-another-model.md")
    monkeypatch.chdir(tmp_path)
    data = disc_photos(tmp_path / "photos")
    (tmp_path / "masks").mkdir()
    masks = [data.mask(sample) for sample in data.samples]
    photos = [torch.tensor(data.photo(sample)).permute(2, 0, 1) / 255 for sample in data.samples]
    for sample, mask in zip(data.samples, masks, strict=True):
        Image.fromarray(mask).save(tmp_path / "masks" / sample.name)
    stems = [Path(sample.name).stem for sample in data.samples]
    names = {"model": Bright(), "photos": list(zip(stems, photos, strict=True))}
    exec(saving, names)
    assert call("diagnose", "--truth", "masks", "--pred", "predictions", "--photos", "photos") == 0
    assert "IoU" in capsys.readouterr().out

    names["loader"] = [(torch.stack(photos), torch.from_numpy(np.stack(masks)))]
    exec(asking, names)
    assert "error" not in capsys.readouterr().out

    names |= {"images": [photo * 255 for photo in photos], "masks": masks, "model": Dim()}
    exec(skew, names)
    assert "as it is fed, 0.9" in capsys.readouterr().out


class Dim(torch.nn.Module):
    """Marks what is bright, but nothing beyond 1: a model that is fed 0 to 255 and wants 0 to 1."""

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return 40 * (photos[:, :1] - 0.6) - 1000 * (photos[:, :1] > 1)


def test_the_commands_of_the_page_on_huge_images_cut_train_and_predict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    features = random_features((2600, 2700), 160)
    scene(tmp_path / "scene.tif", features, (2600, 2700))
    geopackage(tmp_path / "labels.gpkg", placed(features), 32633)
    area = [(10.0, 10.0), (2000.0, 10.0), (2000.0, 1500.0), (10.0, 1500.0)]
    geojson(tmp_path / "area.geojson", placed([({}, [area])]), "EPSG:32633")
    section = (PAGES / "large.md").read_text(encoding="utf-8").split("## Training on a huge image")[1].split("\n## ")[0]
    commands = re.findall(r"^    maskwright (.+)$", section, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["cut", "check", "train", "predict", "cut"]
    for command in commands:
        more = FAST if command.startswith("train") else ()
        assert call(*shlex.split(command), *more) == 0, command
        printed = capsys.readouterr().out
        if command == commands[0]:
            assert "Then: maskwright predict RUN scene.tif --huge --window 1024" in printed
    with rasterio.open("scene-out/masks/scene.tif") as mask:
        assert (mask.height, mask.width) == (2600, 2700)


def test_the_page_on_converting_writes_what_can_be_checked(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").symlink_to(discs)
    for block in python_blocks("convert-labels.md"):
        exec(block, {})
    assert capsys.readouterr().out == "()\n"
    assert call("check", "coco") == 0
