from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.evaluation.evaluate import Judged, PhotoScore
from maskwright.report.run_pictures import PANEL_PX, map_path, panel_path, write_panel
from tests.support.drawn import disc_photos

NOTHING = np.zeros((2, 2), dtype=np.int64)


def pixels_of(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.array(image).astype(int)


def test_a_panel_shows_the_photo_reduced_with_both_outlines(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=1, size_hw=(900, 1200))
    sample = dataset.samples[0]
    photo, truth = dataset.photo(sample), dataset.mask(sample)
    bare = Judged(PhotoScore("bare", NOTHING), photo, truth * 0, truth * 0)
    right = Judged(PhotoScore("deep/right.png", NOTHING), photo, truth, truth)
    moved = Judged(PhotoScore("moved", NOTHING), photo, truth, np.roll(truth, 200, axis=1))
    drawn = []
    for judged in (bare, right, moved):
        write_panel(tmp_path / "run", judged, dataset.classes)
        drawn.append(pixels_of(panel_path(tmp_path / "run", judged.score.name).read_bytes()))
    assert drawn[0].shape == (480, PANEL_PX, 3)
    changed = [(np.abs(one - drawn[0]).max(axis=2) > 60).sum() for one in drawn[1:]]
    assert 0 < changed[0] < changed[1] < 0.1 * 480 * PANEL_PX


def test_photos_with_the_longest_names_get_pictures_of_their_own(tmp_path: Path) -> None:
    names = [f"scans/{'n' * 243}{i}.png" for i in "ab"] + ["\u00e4" * 125 + ".png"]
    small = np.zeros((8, 8), dtype=np.uint8)
    classes = disc_photos(tmp_path / "photos", count=1, size_hw=(64, 64)).classes
    for name in names:
        photo = np.zeros((8, 8, 3), dtype=np.uint8)
        write_panel(tmp_path / "run", Judged(PhotoScore(name, NOTHING), photo, small, small), classes)
    assert len({panel_path(tmp_path / "run", name) for name in names}) == 3
    written = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert len(written) == 3 * 5
    assert map_path(tmp_path / "run", names[0], "errors.png") in written
    assert panel_path(tmp_path, "short.png") == tmp_path / "pictures" / "judged" / "short.png.jpg"
