"""The Python blocks of how-to pages run as they stand, on drawn discs."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.commands import call
from tests.support.drawn import disc_photos

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


def test_the_page_on_converting_writes_what_can_be_checked(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").symlink_to(discs)
    for block in python_blocks("convert-labels.md"):
        exec(block, {})
    assert capsys.readouterr().out == "()\n"
    assert call("check", "coco") == 0
