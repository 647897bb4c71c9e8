"""Stored values that hold the number of a class: in one channel of colours, or as class times 1000 plus object."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from maskwright.classes import IGNORE
from maskwright.datasets.mask_values.value_counts import with_values
from maskwright.datasets.reader_types import MaskValues
from maskwright.imaging.mask_artefacts import NO_TRACES
from maskwright.imaging.mask_reader import COLOUR_BIT

SMALL_NUMBER, LARGE_NUMBER = 16, 128
"""Numbers of classes that one channel holds begin below the first and end below the second; colours do not."""
THOUSAND, OBJECTS_MOST = 1000, 500
GREEN_MOST = 16
GAPS_MOST = 3
"""The highest number of an object is below so many times the count of objects; a palette's shades lie far apart."""
IN_THOUSANDS = "values from 1000 on are a class times 1000 plus the number of an object"
IN_RED = "red is the class, and green and blue number its objects"
IN_RED_BY_GREEN = "red is the class, and green numbers its objects"
OBJECTS_LEAST = 3
"""Without blue one class of so many objects is enough: ids of background have none, and no palette is that dark."""
DEEP_IGNORE = 65535


@dataclass(frozen=True)
class ClassNumbers:
    """The number of a class by the stored value that holds it, and how, as a part of a sentence ("" for plainly)."""

    numbers: Mapping[int, int]
    note: str = ""


def are_stored_listed(numbering: ClassNumbers, listed: Collection[int]) -> bool:
    """Tell whether a class list names stored values as they are: `listed` are its numbers and the values of colours."""
    return any(value in listed for value, number in numbering.numbers.items() if number != IGNORE)


def class_numbers(masks: Sequence[MaskValues]) -> ClassNumbers | None:
    """Return how stored values hold the numbers of classes; None where they are plain numbers or colours."""
    stored = {value for mask in masks for value in mask.counts if value >= 0}
    colours = {value for value in stored if value > COLOUR_BIT}
    if not colours:
        numbers = _in_thousands(stored)
        return None if numbers is None else ClassNumbers(numbers, IN_THOUSANDS)
    if (numbers := _in_one_channel(stored, colours)) is not None:
        return ClassNumbers(numbers)
    without_blue = not any(colour & 0xFF for colour in colours)
    numbers = _in_red(colours, masks, without_blue=without_blue)
    return None if numbers is None else ClassNumbers(numbers, IN_RED_BY_GREEN if without_blue else IN_RED)


def by_number(mask: MaskValues, numbers: Mapping[int, int]) -> MaskValues:
    """Return the values of a mask as the numbers of classes that they hold."""
    return replace(with_values(mask, numbers), traces=NO_TRACES)


def _in_one_channel(stored: Collection[int], colours: Collection[int]) -> dict[int, int] | None:
    """Return the numbers that one channel of colours holds, as simulators and food datasets write masks.

    None where a second channel is used, or where the numbers are as large as those of colours.
    """
    packed = {value: value - COLOUR_BIT for value in colours}
    if len(colours) < 2 or not set(stored) - set(colours) <= {0, IGNORE}:
        return None
    shift = next((s for s in (16, 8, 0) if not any(colour & ~(0xFF << s) for colour in packed.values())), None)
    if shift is None:
        return None
    numbers = {value: colour >> shift for value, colour in packed.items()}
    objects = set(numbers.values()) - {IGNORE}
    return numbers if objects and min(objects) < SMALL_NUMBER and max(objects) < LARGE_NUMBER else None


def _in_red(colours: Collection[int], masks: Sequence[MaskValues], *, without_blue: bool) -> dict[int, int] | None:
    """Return the classes of colours whose red is a class and whose green and blue number objects, as KITTI-STEP has.

    Red is a small number, green is nearly 0, objects of each red are counted from 0 or 1 with few gaps, a red stands
    beside several, and not all masks have the same ones: a palette of a few colours is no such numbering. Without
    blue, green alone numbers the objects, as SYNTHIA has them.
    """
    if len({frozenset(mask.counts) & frozenset(colours) for mask in masks}) < 2:
        return None
    packed = {value: value - COLOUR_BIT for value in colours}
    numbers = {value: colour >> 16 for value, colour in packed.items()}
    objects = set(numbers.values()) - {IGNORE}
    if not objects or min(objects) >= SMALL_NUMBER or max(objects) >= LARGE_NUMBER:
        return None
    shift = 8 if without_blue else 0
    counted = [[(c & 0xFFFF) >> shift for v, c in packed.items() if numbers[v] == number] for number in objects]
    if not without_blue and max(map(max, counted)) >> 8 >= GREEN_MOST:
        return None
    several = len(colours) >= 2 * len(set(numbers.values())) and max(map(max, counted)) > 1
    several = several or (without_blue and max(map(len, counted)) >= OBJECTS_LEAST)
    in_a_row = all(min(own) <= 1 and max(own) < GAPS_MOST * len(own) for own in counted)
    return numbers if several and in_a_row else None


def _in_thousands(stored: Collection[int]) -> dict[int, int] | None:
    """Return the classes of values such as 1001, 1002 and 2001, as Cityscapes and MOTS number objects; else None.

    Objects are numbered in a row; the last digits of codes, as land cover has them, lie far apart.
    """
    large = {value for value in stored if value >= THOUSAND and value != DEEP_IGNORE}
    small = set(stored) - large - {DEEP_IGNORE}
    if len(large) < 2 or max(small, default=0) > IGNORE or max(large) >= IGNORE * THOUSAND:
        return None
    numbers = {value: value // THOUSAND for value in large}
    objects = {value % THOUSAND for value in large}
    in_a_row = max(objects) < min(OBJECTS_MOST, 2 * len(objects))
    return numbers if in_a_row and objects != {0} else None
