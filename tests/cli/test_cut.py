from pathlib import Path

import pytest

from tests.support.commands import call, refusal
from tests.support.drawn_scenes import geojson, geopackage, placed, random_features, scene

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own


def test_cut_says_what_became_of_everything_and_what_to_type_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    features = random_features((600, 700), 30)
    scene(Path("my scene.tif"), features, (600, 700))
    labels = geopackage(Path("labels.gpkg"), placed(features), 32633)
    command = ("cut", "my scene.tif", "--labels", labels, "--size", "128", "--out", "tiles")
    assert call(*command) == 0
    printed = capsys.readouterr().out
    assert "what no polygon covers is background: --area FILE" in printed
    assert "30 polygons: " in printed
    assert "Next: maskwright check tiles; maskwright train tiles" in printed
    assert "Then: maskwright predict RUN 'my scene.tif' --huge --window 128" in printed
    assert call("check", "tiles") == 0
    printed = capsys.readouterr().out
    assert "groups by their folders, which a split keeps together" in printed
    assert "warning" not in printed
    assert "tiles holds files already" in refusal(capsys, *command)


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    features = random_features((200, 300), 9)
    image = scene(tmp_path / "scene.tif", features, (200, 300))
    labels = geojson(tmp_path / "labels.geojson", placed(features), "EPSG:32633")
    command = ("cut", image, "--labels", labels, "--out", tmp_path / "out")
    assert "no side of a tile" in refusal(capsys, *command, "--size", "9")
    assert "no gap" in refusal(capsys, *command, "--gap", "x")
    assert "--labels" in refusal(capsys, "cut", image, "--out", tmp_path / "out")
    assert "does not exist" in refusal(capsys, "cut", tmp_path / "no.tif", "--labels", labels, "--out", tmp_path / "o")
    assert "does not exist" in refusal(capsys, "cut", image, "--labels", tmp_path / "no", "--out", tmp_path / "o")
    assert "cut takes --set data.attribute" in refusal(capsys, *command, "--set", "data.invert=true")
    assert "data.ignore is a number in rasters" in refusal(capsys, *command, "--set", "data.ignore=3")
    assert "attribute 'roof'" in refusal(capsys, *command, "--set", "data.attribute=roof")
    assert "would count as data" in refusal(capsys, "cut", tmp_path, "--labels", labels, "--out", tmp_path / "out")
