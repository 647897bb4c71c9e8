"""Numberings of classes that exist in two versions, so that predictions often have one and masks the other."""

from collections.abc import Mapping

CITYSCAPES = {
    0: 7, 1: 8, 2: 11, 3: 12, 4: 13, 5: 17, 6: 19, 7: 20, 8: 21, 9: 22, 10: 23, 11: 24, 12: 25, 13: 26, 14: 27, 15: 28,
    16: 31, 17: 32, 18: 33,
}  # fmt: skip
"""The trainIds 0 to 18 of Cityscapes and their labelIds."""
COCO = tuple(i for i in range(1, 91) if i not in (12, 26, 29, 30, 45, 66, 68, 69, 71, 83))
"""The 80 category ids of COCO in order: networks number them 0 to 79, or 1 to 80 with a background."""

KNOWN: tuple[tuple[str, Mapping[int, int]], ...] = (
    ("the trainIds of Cityscapes in place of labelIds", CITYSCAPES),
    ("the labelIds of Cityscapes in place of trainIds", {label: train for train, label in CITYSCAPES.items()}),
    ("COCO's classes counted from 0 in place of category ids", dict(enumerate(COCO))),
    ("COCO's classes counted from 1 in place of category ids", dict(enumerate(COCO, start=1))),
    ("COCO's category ids in place of classes counted from 0", {c: i for i, c in enumerate(COCO)}),
    ("COCO's category ids in place of classes counted from 1", {c: i for i, c in enumerate(COCO, start=1)}),
)
"""What predictions hold, in words, and the class id that belongs to each of their values."""
