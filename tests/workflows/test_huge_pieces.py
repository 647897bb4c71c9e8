"""An image that does not fit into memory at the working scale gets the mask that it would get as a whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwright.errors import ConfigError
from maskwright.imaging.photos import read_photo
from maskwright.workflows import predict_huge as module
from maskwright.workflows.huge_pieces import pieces_of
from maskwright.workflows.predict_huge import HugeWork, predict_huge
from tests.support.drawn_scenes import random_features, scene
from tests.workflows.test_predict_huge import mask_of, segmenter

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own
SIZE_HW = (1500, 2300)


@given(st.integers(1, 900), st.integers(1, 900), st.integers(50, 300), st.integers(0, 80))
def test_pieces_cover_each_pixel_once_and_are_seen_with_a_margin(
    height: int, width: int, side: int, margin: int
) -> None:
    covered = np.zeros((height, width), dtype=np.uint8)
    for piece in pieces_of((height, width), side, margin):
        covered[piece.rows, piece.columns] += 1
        assert piece.seen_rows.start == max(0, piece.rows.start - margin)
        assert piece.seen_columns.stop == min(width, piece.columns.stop + margin)
    assert (covered == 1).all()


def test_the_mask_of_pieces_is_that_of_the_whole_and_a_killed_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = scene(tmp_path / "scene.tif", random_features(SIZE_HW, 60), SIZE_HW)
    whole = predict_huge(segmenter(zooms=(1.0, 1.25), flip=True), image, tmp_path / "whole.tif", window_px=400)
    monkeypatch.setattr(module, "MOST_BYTES", 20 << 20)
    with pytest.raises(ConfigError, match="give a larger --window, or cut"):
        predict_huge(segmenter(zooms=(1.0, 1.25), flip=True), image, tmp_path / "no.tif", window_px=400)
    steps: list[str] = []

    def count(name: str, _: int) -> object:
        def step(*_: object) -> None:
            steps.append(name)
            if steps.count("predicting pieces") == 2 and len(steps) == 2:
                raise KeyboardInterrupt

        return step

    work = HugeWork("model", count)  # type: ignore[arg-type]
    arguments = (segmenter(zooms=(1.0, 1.25), flip=True), image, tmp_path / "pieces.tif")
    with pytest.raises(KeyboardInterrupt):
        predict_huge(*arguments, window_px=400, work=work)
    assert sorted(path.name for path in (tmp_path / "pieces.parts").rglob("*.done")) == [
        "piece-000000.done",
        "piece-000001.done",
    ]
    pieces = predict_huge(*arguments, window_px=400, work=work)
    assert steps.count("predicting pieces") > 4
    assert not (tmp_path / "pieces.parts").exists()
    assert np.mean(mask_of(whole.mask) == mask_of(pieces.mask)) > 0.999


def test_an_image_that_is_seen_enlarged_is_predicted_in_pieces(tmp_path: Path) -> None:
    image = scene(tmp_path / "scene.tif", random_features((700, 900), 20), (700, 900))
    result = predict_huge(segmenter(), image, tmp_path / "mask.tif", window_px=160, work=HugeWork("model"))
    assert result.working_hw[1] == 1125
    whole = replace(segmenter(), long_side_px=1125).mask(read_photo(image))
    assert np.mean(mask_of(result.mask) == whole) > 0.999
