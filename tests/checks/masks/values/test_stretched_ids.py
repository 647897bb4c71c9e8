from collections.abc import Mapping

import cv2
import numpy as np
import pytest

from maskwright.checks.masks.values.stretched_ids import stretched_findings
from maskwright.imaging.mask_reader import colour_value

IDS = [(0, 1), (0, 1, 2), (0, 2), (0, 1, 3), (0, 2, 3), (0, 1, 2, 3), (0, 3), (0, 1, 2), (0, 2, 4), (0, 1, 4), (0, 1)]
VIRIDIS = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[None], cv2.COLORMAP_VIRIDIS)[0, :, ::-1]


def counted(values: list[list[int]]) -> list[tuple[str, Mapping[int, int]]]:
    return [(f"m{i}", dict.fromkeys(held, 100)) for i, held in enumerate(values)]


def place(class_id: int, greatest: int) -> int:
    return round(255 * class_id / greatest)


def test_greys_stretched_by_each_masks_greatest_id_are_named() -> None:
    (found,) = stretched_findings(counted([[place(i, max(ids)) for i in ids] for ids in IDS]))
    assert found.title == "Ids are stretched over each mask's own greatest id"
    assert "the greatest ids are 1, 2, 3, 4" in found.evidence


def test_a_colour_map_stretched_by_each_masks_greatest_id_is_named() -> None:
    drawn = [[colour_value(tuple(VIRIDIS[place(i, max(ids))].tolist())) for i in ids] for ids in IDS]
    (found,) = stretched_findings(counted(drawn))
    assert "colours of the map 'viridis'" in found.evidence


@pytest.mark.parametrize("greatest", [2, 3, 4, 5])
def test_one_list_of_values_for_all_masks_is_no_stretch(greatest: int) -> None:
    fixed = [[place(i, greatest) for i in ids if i <= greatest] for ids in IDS]
    assert stretched_findings(counted(fixed)) == []
    always_the_last = [sorted({*values, 255}) for values in fixed]
    assert stretched_findings(counted(always_the_last)) == []


def test_plain_ids_and_binary_masks_are_no_stretch() -> None:
    assert stretched_findings(counted([list(ids) for ids in IDS])) == []
    assert stretched_findings(counted([[0, 255]] * 12)) == []
    colours = [[colour_value(tuple(VIRIDIS[60 * i].tolist())) for i in ids] for ids in IDS]
    assert stretched_findings(counted(colours)) == []


def test_one_list_that_some_masks_hold_whole_is_no_stretch() -> None:
    frames = [[0, 85, 170, 255], [0, 50, 85, 170, 255], [0, 85, 170, 255]] * 4
    assert stretched_findings(counted(frames)) == []


@pytest.mark.parametrize("ids", [(12, 13, 15, 17), (60, 120, 180), (40, 90, 140, 190)])
def test_one_class_a_photo_beside_a_border_of_255_is_no_stretch(ids: tuple[int, ...]) -> None:
    assert stretched_findings(counted([[0, ids[k % len(ids)], 255] for k in range(14)])) == []
