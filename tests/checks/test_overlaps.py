import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.findings.finding import Finding
from maskwright.imaging.photos import Photo
from tests.support.scenes import drawn_dataset, picture

SIDE_PX, STEP_PX = 96, 48


def tiles(count: int, *, name: Callable[[int, int], str], step_px: int = STEP_PX) -> dict[str, Photo]:
    """Return the tiles of pictures of 96x240 px, which share pixels where the step is shorter than a tile."""
    cut = {}
    for seed in range(count):
        whole = picture(seed, (SIDE_PX, 240))
        for left in range(0, 240 - SIDE_PX + 1, step_px):
            cut[name(seed, left)] = whole[:, left : left + SIDE_PX].copy()
    return cut


def leaks(folder: Path, photos: dict[str, Photo], *, held_out: Callable[[int], bool]) -> list[Finding]:
    parts = {name: "val" if held_out(place) else "train" for place, name in enumerate(sorted(photos))}
    dataset = drawn_dataset(folder, photos, parts=parts)  # type: ignore[arg-type]
    return [finding for finding in check(dataset) if finding.code == "split-leak"]


def by_place(seed: int, left: int) -> str:
    return f"photo{seed:02}_0000_{left:04}.png"


def test_tiles_of_one_photo_in_several_parts_are_named_with_a_pattern_that_groups_them(tmp_path: Path) -> None:
    photos = tiles(6, name=by_place)
    (leak,) = leaks(tmp_path, photos, held_out=lambda place: place % 3 == 1)
    assert leak.title == "Tiles of one photo are in different parts of the split"
    assert leak.evidence.startswith("8 of 8 held-out photos looked at share pixels with a training photo: ")
    assert "50% of a width to the" in leak.evidence
    pattern = re.findall(r"re\.sub\(r'(.*?)'", leak.fix)[0]
    groups = {re.sub(pattern, "", Path(name).stem) for name in photos}
    assert groups == {f"photo{seed:02}" for seed in range(6)} or groups == {f"photo{seed:02}_0000" for seed in range(6)}


def test_tiles_without_a_place_in_their_names_are_named_too(tmp_path: Path) -> None:
    names = iter(np.random.default_rng(1).permutation(900) + 100)
    photos = tiles(6, name=lambda *_: f"{next(names)}.png")
    named = leaks(tmp_path, photos, held_out=lambda place: place % 4 == 1)
    assert [finding.title for finding in named] == ["Photos of different parts of the split overlap"]


@pytest.mark.parametrize("step_px", [60, 72])
def test_any_step_of_the_tiles_is_found(tmp_path: Path, step_px: int) -> None:
    assert leaks(tmp_path, tiles(8, name=by_place, step_px=step_px), held_out=lambda place: place % 3 == 1)


def test_tiles_that_share_no_pixels_or_were_divided_by_photo_are_not_named(tmp_path: Path) -> None:
    apart = tiles(8, name=by_place, step_px=SIDE_PX)
    assert not leaks(tmp_path / "apart", apart, held_out=lambda place: place % 2 == 1)
    photos = tiles(6, name=by_place)
    assert not leaks(tmp_path / "whole", photos, held_out=lambda place: place < len(photos) // 3)
