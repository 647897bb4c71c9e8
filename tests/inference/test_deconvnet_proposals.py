from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from maskwright.classes import class_table
from maskwright.imaging.photos import Photo
from maskwright.inference.deconvnet_proposals import Logits, grid_windows, max_scores, object_windows
from maskwright.inference.segmenter import Segmenter
from maskwright.planning.plan import PredictPlan

BINARY = class_table(("background", "object"))
COLOURS = class_table(("red", "green", "blue"), background=None)


class SeesLargeThings(nn.Module):
    """One logit: surely positive where all is red over 9x9 px, less surely negative; it misses small things."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photos: Tensor) -> Tensor:
        red = ((photos[:, :1] - photos[:, 1:2]) > 50).float()
        core = -functional.max_pool2d(-functional.pad(red, (4, 4, 4, 4)), 9, stride=1)
        whole = functional.max_pool2d(functional.pad(core, (4, 4, 4, 4)), 9, stride=1)
        return (9 * whole - 3) * self.weight


class Colours(nn.Module):
    """Three logits, the colours, all below zero."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photos: Tensor) -> Tensor:
        return photos * self.weight - 1000


def scene() -> Photo:
    """Green, with a large and a small red square."""
    photo = np.zeros((128, 128, 3), dtype=np.uint8)
    photo[..., 1] = 200
    photo[10:60, 20:70] = (200, 0, 0)
    photo[90:96, 100:106] = (200, 0, 0)
    return photo


def segmenter(windows: str, net: nn.Module | None = None) -> Segmenter:
    plan = replace(PredictPlan((1.0,), False, False), windows=windows)  # type: ignore[arg-type]
    return Segmenter(net or SeesLargeThings(), BINARY, plan, 128, 128, window_px=128)


def test_windows_of_a_grid_see_small_objects_that_the_whole_photo_hides() -> None:
    truth = scene()[..., 0] > 100
    assert not segmenter("tiles").mask(scene())[90:96, 100:106].any()
    mask = segmenter("grid").mask(scene()) == 1
    assert mask[91:95, 101:105].all()
    assert (mask != truth).mean() < 0.01


def test_windows_around_what_a_first_pass_found_keep_it() -> None:
    mask = segmenter("objects").mask(scene()) == 1
    assert mask[11:59, 21:69].all()
    assert (mask[:80] != (scene()[:80, :, 0] > 100)).mean() < 0.02


def test_one_window_over_all_changes_no_class() -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (33, 47, 3), dtype=np.uint8)
    net = Colours()

    def score(window: Photo) -> Logits:
        with torch.inference_mode():
            logits = net(torch.from_numpy(window.astype(np.float32)).permute(2, 0, 1)[None])[0]
        return np.asarray(logits.numpy(), dtype=np.float32)

    whole = [(slice(0, 33), slice(0, 47))]
    joined = max_scores(photo, whole, score)
    np.testing.assert_array_equal(joined.argmax(axis=0), score(photo).argmax(axis=0))
    assert not joined[0].any()


def test_scores_are_the_naive_maximum_pixel_by_pixel() -> None:
    rng = np.random.default_rng(1)
    photo = np.arange(12 * 15, dtype=np.uint8).reshape(12, 15)[..., None].repeat(3, axis=2)
    windows = [(slice(0, 8), slice(0, 9)), (slice(4, 12), slice(3, 15)), (slice(2, 6), slice(2, 6))]
    made = {id(w): rng.normal(size=(3, w[0].stop - w[0].start, w[1].stop - w[1].start)) for w in windows}
    queue = [made[id(w)].astype(np.float32) for w in windows]
    joined = max_scores(photo, windows, lambda _window: queue.pop(0))
    for y in range(12):
        for x in range(15):
            best = [0.0, 0.0, 0.0]
            for w in windows:
                if w[0].start <= y < w[0].stop and w[1].start <= x < w[1].stop:
                    scores = made[id(w)][:, y - w[0].start, x - w[1].start]
                    best = [max(b, s - scores.mean()) for b, s in zip(best, scores, strict=True)]
            np.testing.assert_allclose(joined[:, y, x], [b - best[0] for b in best], atol=1e-5)


def test_of_two_windows_of_a_binary_net_the_surer_wins() -> None:
    photo = np.zeros((4, 4, 3), dtype=np.uint8)
    both = [(slice(0, 4), slice(0, 4))] * 2
    for sure, unsure in ((3.0, -1.0), (-3.0, 1.0)):
        queue = [np.stack([np.zeros((4, 4)), np.full((4, 4), z)]).astype(np.float32) for z in (sure, unsure)]
        joined = max_scores(photo, both, lambda _window, queue=queue: queue.pop(0))  # type: ignore[misc]
        assert np.all((joined[1] > 0) == (sure > 0))


@pytest.mark.parametrize("size_hw", [(1, 1), (97, 300), (512, 512)])
def test_a_grid_begins_with_the_whole_photo_and_covers_it_at_each_size(size_hw: tuple[int, int]) -> None:
    windows = grid_windows(size_hw, 128)
    assert windows[0] == (slice(0, size_hw[0]), slice(0, size_hw[1]))
    for share in (0.5, 0.25):
        side = round(share * max(size_hw))
        seen = np.zeros(size_hw, bool)
        for rows, columns in windows:
            if max(rows.stop - rows.start, columns.stop - columns.start) == side:
                seen[rows, columns] = True
        assert seen.all() == (2 * side >= 128)


def test_windows_around_patches_are_a_fifth_larger_and_no_more_than_fifty() -> None:
    mask = np.zeros((200, 200), bool)
    mask[50:150, 60:100] = True
    mask[10:14, 10:14] = True
    windows = object_windows([mask], 64)
    assert windows[0] == (slice(40, 160), slice(20, 140))
    assert windows[1] == (slice(0, 28), slice(0, 28))
    many = np.zeros((400, 400), bool)
    many[::5, ::5] = True
    assert 0 < len(object_windows([many], 8)) <= 50
    assert object_windows([np.zeros((9, 9), bool)], 8) == []


def test_several_classes_and_mirrored_looks_go_through_windows_too() -> None:
    photo = np.random.default_rng(2).integers(0, 256, (40, 64, 3), dtype=np.uint8)
    plan = PredictPlan((1.0,), True, False, windows="grid")
    mask = Segmenter(Colours(), COLOURS, plan, 64, 64, window_px=64).mask(photo)
    assert (mask == photo.argmax(axis=2)).mean() > 0.5
