"""Ids stretched over each mask's own greatest id, as grey or through a colour map: one class has many values."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.mask_reader import COLOUR_BIT, channels

COLOUR_MAPS = {
    name: int(getattr(cv2, f"COLORMAP_{name.upper()}"))
    for name in ("viridis", "jet", "plasma", "inferno", "magma", "cividis", "turbo", "hot", "bone", "rainbow", "hsv")
}
MOST_IDS = 20
MIN_MASKS = 6
"""Masks with an object below which nothing is said."""
MIN_MASKS_OF_SEVERAL = 4
"""Masks that must hold two ids or more: one id alone always fits."""
MIN_EVEN_SHARE = 0.95
"""Share of the masks whose values must be evenly spaced up to the last place."""
MIN_LIST_SHARE = 0.8
"""Share of the places of one list for all masks that are in use, from which on it is that list, and no stretching."""
MAX_COLOUR_DISTANCE = 8
"""Levels in a channel by which a colour may miss that of the map, which libraries round differently."""
MAX_CHANCE = 0.01
"""How probable it may be that values of any list lie at such places: with 20 steps nearly every one does."""
MAX_PLACE_DISTANCE = 1.0
"""Grey levels by which a value may miss an evenly spaced place."""


def stretched_findings(masks: Sequence[tuple[str, Mapping[int, int]]]) -> list[Finding]:
    """Return a finding where each mask's ids were spread from 0 to 255 by its greatest; `masks`: pixels by value."""
    shown = [(name, set(counts)) for name, counts in masks if len(counts) > 1]
    map_name, greatest = stretched_by(shown)
    return [_finding(greatest, shown, map_name)] if greatest else []


def stretched_by(shown: Sequence[tuple[str, set[int]]]) -> tuple[str, dict[str, int]]:
    """Return the colour map ("grey" for none) and each mask's greatest id by name; no ids where none is stretched.

    `shown` are the stored values of each mask with an object.
    """
    for map_name in ("grey", *COLOUR_MAPS) if len(shown) >= MIN_MASKS else ():
        greatest = _greatest_ids(shown, map_name)
        if greatest:
            return map_name, greatest
    return "", {}


def values_in_words(map_name: str) -> str:
    """Return what values of a colour map are, in words; of "grey" levels."""
    return "grey levels" if map_name == "grey" else f"colours of the map {map_name!r}"


def places_in_map(values: Sequence[int], map_name: str) -> list[int]:
    """Return where in a map each stored value lies, 0 to 255; [] where one lies nowhere."""
    places = [_places([value], map_name) for value in values]
    return [place for held in places for place in held] if all(places) else []


def _greatest_ids(shown: Sequence[tuple[str, set[int]]], map_name: str) -> dict[str, int]:
    """Return each mask's greatest id, {} where the masks are not stretched by it or all by the same one."""
    fitted: dict[str, int] = {}
    several = 0
    for name, values in shown:
        places = _places(values, map_name)
        least = _least_steps(places) if places and 0 in places and 255 in places else 0
        if least:
            fitted[name] = least
            several += len(places) > 2
    if len(fitted) < MIN_EVEN_SHARE * len(shown) or several < MIN_MASKS_OF_SEVERAL:
        return {}
    held = [_places(values, map_name) for _, values in shown]
    everything = set().union(*held)
    if _chance([frozenset(places - {0, 255}) for places in held]) > MAX_CHANCE:
        return {}
    if any(places == everything for places in held):  # one list: another greatest id has other places
        return {}
    spread = [sum(steps == known for steps in fitted.values()) for known in set(fitted.values()) - {1}]
    common = _least_steps(everything)  # one list for all masks would hold most of its places
    if len([count for count in spread if count >= 2]) < 2 or (
        common and len(everything) >= MIN_LIST_SHARE * (common + 1)
    ):
        return {}
    return fitted


def _chance(inner: Sequence[frozenset[int]]) -> float:
    """Return about how probable it is that values of any list lie at equal steps; `inner`: those but 0 and 255."""
    chance = 1.0
    for places in set(inner) - {frozenset()}:
        most = _least_steps(places)
        hits = [(steps - 1) * (2 * MAX_PLACE_DISTANCE + 1) / 254 for steps in range(1, most + 1)]
        chance *= min(1.0, sum(hit ** len(places) for hit in hits))
    return chance


def _least_steps(places: Collection[int]) -> int:
    """Return the least number of equal steps from 0 to 255 that reach all the places; 0 where none does."""
    for steps in range(1, MOST_IDS + 1):
        grids = [k / steps * width for k in range(steps + 1) for width in (255, 256)]
        if all(min(abs(place - at) for at in grids) <= MAX_PLACE_DISTANCE for place in places):
            return steps
    return 0


def _places(values: Collection[int], map_name: str) -> set[int]:
    """Return where in a map the values lie, 0 to 255; an empty set where one lies nowhere."""
    if map_name == "grey":
        return set() if any(v >= COLOUR_BIT for v in values) else set(values)
    table, places = _table(map_name), set()
    for colour in channels(np.array(list(values), dtype=np.int64)).T:
        distance = np.abs(table - colour).max(axis=1)
        if distance.min() > MAX_COLOUR_DISTANCE:
            return set()
        places.add(int(distance.argmin()))
    return places


@cache
def _table(map_name: str) -> NDArray[np.int64]:
    ramp = np.arange(256, dtype=np.uint8)[None]
    return np.asarray(cv2.applyColorMap(ramp, COLOUR_MAPS[map_name])[0, :, ::-1], dtype=np.int64)


def _finding(greatest: Mapping[str, int], shown: Sequence[tuple[str, set[int]]], map_name: str) -> Finding:
    ids = ", ".join(str(v) for v in sorted(set(greatest.values())))
    held = len({value for _, values in shown for value in values})
    evidence = (
        f"{held} {values_in_words(map_name)} in {len(shown)} masks; each mask holds the first and the last one and "
        f"equal steps between, of another width in other masks: the greatest ids are {ids} ({some(list(greatest))})"
    )
    return make_finding("mask-grey-colours", evidence, photos=tuple(greatest), variant="stretched")
