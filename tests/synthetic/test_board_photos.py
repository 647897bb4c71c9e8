from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.mask_geometry import component_areas
from maskwright.synthetic.board import Ink, draw_bare_board
from maskwright.synthetic.board_coils import Coil, draw_coil
from maskwright.synthetic.board_parts import draw_lookalike
from maskwright.synthetic.board_photos import _free, draw_board_photo, draw_coil_photos
from maskwright.synthetic.printed_text import Box

COUNT = 24


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(draw_coil_photos(tmp_path_factory.mktemp("drawn") / "boards", count=COUNT, seed=0))


def test_boards_are_read_as_photos_with_masks_of_the_class_coil(boards: Dataset) -> None:
    assert boards.classes.names == ("background", "coil")
    assert len(boards) == COUNT
    assert file_findings(boards) == []
    assert all(s.size_hw and 440 <= max(s.size_hw) <= 480 for s in boards.samples)


def test_each_photo_shows_coils_on_about_a_hundredth_of_its_pixels(boards: Dataset) -> None:
    shares = np.array([boards.mask(s).mean() for s in boards.samples])
    assert shares.min() > 0
    assert 0.005 < shares.mean() < 0.02
    assert shares.max() < 0.05


def test_a_board_shows_at_most_four_coils(boards: Dataset) -> None:
    for sample in boards.samples:
        areas = component_areas(boards.mask(sample) == 1)
        assert (areas > 60).sum() <= 4


def test_coils_are_where_the_mask_says_copper_coloured_and_not_like_the_board_around(boards: Dataset) -> None:
    redder = []
    for sample in boards.samples:
        photo, mask = boards.photo(sample).astype(float), boards.mask(sample) == 1
        difference = photo[..., 0] - photo[..., 2]
        redder.append(difference[mask].mean() - difference[~mask].mean())
    assert np.mean(np.array(redder) > 0) > 0.8


def test_the_mask_of_a_coil_is_what_drawing_it_changed_and_never_more() -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        board, ink = draw_bare_board(rng, (160, 160))
        before, mask = board.copy(), np.zeros((160, 160), dtype=np.uint8)
        draw_coil(board, mask, Coil((80.0, 80.0), 40.0, float(seed)), ink=ink, rng=rng)
        changed = (board != before).any(axis=2)
        assert 900 < mask.sum() < np.pi * 46**2
        assert changed[mask == 1].mean() > 0.97


def test_lookalikes_leave_no_mask_and_stay_near_their_box() -> None:
    ink = Ink((20, 90, 50), (60, 130, 80), (200, 200, 200), (240, 240, 240))
    for seed in range(12):
        board = np.full((200, 200, 3), 90, dtype=np.uint8)
        draw_lookalike(board, Box(70, 70, 60, 60), ink, np.random.default_rng(seed))
        changed = (board != 90).any(axis=2)
        assert changed[75:125, 75:125].any()
        assert not changed[:40].any()
        assert not changed[:, :30].any()


def test_places_are_free_and_become_taken() -> None:
    taken = np.zeros((300, 300), dtype=np.bool_)
    rng = np.random.default_rng(0)
    boxes = [box for _ in range(30) if (box := _free(taken, (60, 40), rng)) is not None]
    assert 4 < len(boxes) < 30
    assert taken.sum() == len(boxes) * 60 * 40


def test_the_same_seed_draws_the_same_bytes_and_fewer_photos_are_the_first_of_more(
    boards: Dataset, tmp_path: Path
) -> None:
    draw_coil_photos(tmp_path / "again", count=2, seed=0)
    draw_coil_photos(tmp_path / "other", count=1, seed=1)
    for name in ("images/board001.jpg", "masks/board001.png", "images/board002.jpg", "classes.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (boards.root / name).read_bytes()
    other = (tmp_path / "other/images/board001.jpg").read_bytes()
    assert other != (boards.root / "images/board001.jpg").read_bytes()


def test_boards_can_be_drawn_small() -> None:
    drawn = draw_board_photo(np.random.default_rng(5), (120, 160))
    assert drawn.picture.shape == (120, 160, 3)
    assert drawn.mask.shape == (120, 160)
    assert set(np.unique(drawn.mask)) <= {0, 1}
