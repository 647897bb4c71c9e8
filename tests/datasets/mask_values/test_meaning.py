"""What stored values mean, over all the masks of a dataset."""

from collections.abc import Mapping

import numpy as np
import pytest

from maskwright.classes import IGNORE
from maskwright.datasets.mask_values.conventions import are_palettes_colours
from maskwright.datasets.mask_values.meaning import meaning_of
from maskwright.datasets.reader_types import MaskValues
from maskwright.errors import DataError
from maskwright.imaging.mask_artefacts import traces_of
from maskwright.imaging.mask_reader import COLOUR_BIT

SIZE_HW = (10, 10)


def values(counts: Mapping[int, int], **more: object) -> MaskValues:
    return MaskValues(counts, SIZE_HW, **more)  # type: ignore[arg-type]


def test_1_in_some_masks_and_255_in_others_are_one_object() -> None:
    meaning = meaning_of([values({0: 50, 1: 50}), values({0: 90, 255: 10}), values({0: 100})], None)
    assert dict(meaning.rule.values)[1] == dict(meaning.rule.values)[255] == 1
    assert meaning.classes.is_binary
    both = meaning_of([values({0: 50, 1: 40, 255: 10}), values({0: 90, 255: 10})], None)
    assert dict(both.rule.values)[255] == IGNORE


def test_palettes_that_disagree_are_read_by_colour() -> None:
    black, white, red = (0, 0, 0), (255, 255, 255), (200, 0, 0)
    one, other = values({0: 70, 1: 30}, palette=(black, white)), values({0: 30, 1: 70}, palette=(white, black))
    assert are_palettes_colours([one, other])
    meaning = meaning_of([one, other], None)
    assert meaning.rule.by_colour
    assert dict(meaning.rule.values) == {0: 0, 255: 1}
    assert not are_palettes_colours([values({0: 1, 1: 1}, palette=(black, red))])
    assert are_palettes_colours([values({0: 1, 1: 1}, palette=(black, red)), values({0: 1, COLOUR_BIT + 7: 1})])


def test_one_object_takes_all_values_and_leaves_what_is_ignored() -> None:
    meaning = meaning_of([values({0: 40, 1: 20, 7: 20, 9: 20})], None, ignore=9, one_object=True)
    assert {value: dict(meaning.rule.values)[value] for value in (0, 1, 7, 9)} == {0: 0, 1: 1, 7: 1, 9: IGNORE}
    numbers = meaning_of([values(dict.fromkeys(range(300), 1))], None, one_object=True)
    assert dict(numbers.rule.values)[255] == 1


def test_an_object_with_an_unsure_rim_may_fill_the_photo() -> None:
    rim = [values({0: 10, 128: 20, 255: 70}, border={255: 36}), values({0: 60, 128: 10, 255: 30}, border={255: 36})]
    assert dict(meaning_of(rim, None, one_object=True).rule.values) == {0: 0, 128: 1, 255: 1}
    numbered = [values({0: 5, 1: 10, 2: 15, 255: 70}, border={255: 36})]
    meaning = meaning_of(numbered, None, one_object=True)
    assert dict(meaning.rule.values) == {0: 1, 1: 1, 2: 1, 255: 0}
    assert "255 covers the masks' edges" in meaning.note


def test_invert_exchanges_object_and_ground_and_is_for_one_object() -> None:
    meaning = meaning_of([values({0: 30, 255: 70})], None, invert=True)
    assert dict(meaning.rule.values) == {0: 1, 255: 0}
    with pytest.raises(DataError, match=r"data\.invert is for masks of one object"):
        meaning_of([values({0: 30, 1: 30, 2: 40})], None, invert=True)


def test_255_around_several_values_is_the_background() -> None:
    masks = [values({0: 10, 128: 20, 255: 70}, border={255: 36})]
    meaning = meaning_of(masks, None)
    assert dict(meaning.rule.values) == {255: 0, 128: 1, 0: 2}
    assert "255" in meaning.note


def test_negative_values_are_no_class() -> None:
    meaning = meaning_of([values({0: 50, 1: 40, -9999: 10})], None)
    assert meaning.classes.is_binary
    assert -9999 not in dict(meaning.rule.values)


def test_codes_of_land_cover_keep_their_hundreds() -> None:
    for codes in ((1100, 1200, 1300), (11100, 11210, 11220, 12100, 13100), (1010, 1020, 2010)):
        rule = meaning_of([values(dict.fromkeys((0, *codes), 25))], None).rule
        assert len({class_id for value, class_id in rule.values if value in codes}) == len(codes)
    objects = meaning_of([values(dict.fromkeys((0, 1001, 1002, 2001), 25))], None).rule
    assert [dict(objects.values)[value] for value in (1001, 1002, 2001)] == [1, 1, 2]


def test_thin_lines_of_many_colours_are_classes() -> None:
    red, *lines = (COLOUR_BIT + colour for colour in (0xFF0000, 0xFFFF00, 0x00FFFF, 0xFF00FF, 0x008000))
    raw = np.zeros((60, 60), dtype=np.int32)
    raw[5:55, 5:30] = red
    for i, line in enumerate(lines):
        raw[:, 40 + 4 * i] = line
    stored, pixels = np.unique(raw, return_counts=True)
    counts = dict(zip(stored.tolist(), pixels.tolist(), strict=True))
    rule = meaning_of([values(counts, traces=traces_of(raw))], None).rule
    assert sorted(class_id for _, class_id in rule.values) == [0, 1, 2, 3, 4, 5]
