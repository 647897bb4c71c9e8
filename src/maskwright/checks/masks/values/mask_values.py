"""Findings about values in masks: smoothing and JPEG, colours read as something else, 255 as an object."""

from collections.abc import Collection, Mapping, Sequence

from maskwright.classes import IGNORE, ClassRow, Colour
from maskwright.datasets.mask_values.conventions import EVENLY_MOST, levels_with_255
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.mask_artefacts import Traces, ghost_values, is_smoothed, joined_traces, steps_between_classes
from maskwright.imaging.mask_reader import COLOUR_BIT, colour_value

VOC_CLASSES = 21
VOC_BORDER: Colour = (224, 224, 192)
LOSSY_IDS = 64
"""JPEG moves values by up to some tens: ids below this are not safe in it."""


def smoothing_findings(masks: Sequence[tuple[str, Traces]], *, lossy: Collection[str] = ()) -> list[Finding]:
    """Return a finding where masks were smoothed or compressed with loss; `lossy` names those stored as JPEG."""
    whole = joined_traces([traces for _, traces in masks])
    ghosts = ghost_values(whole)
    held = set(whole.pixels) - {0, IGNORE}
    if ghosts:
        names = tuple(name for name, traces in masks if ghosts & set(traces.pixels))
        return [_ghosts(whole, ghosts, names, lossy)]
    if lossy and max(held, default=LOSSY_IDS) < LOSSY_IDS:
        return [_lossy_ids(sorted(held), lossy)]
    if not is_smoothed(whole) or len(held) < 2:
        return []
    names = tuple(name for name, traces in masks if steps_between_classes(traces))
    how = f"; {len(lossy)} of them are JPEG files" if lossy else ""
    evidence = (
        f"{steps_between_classes(whole):,} of {whole.changes:,} changes along rows pass through a third class for a "
        f"few pixels (clean masks: under 2 %), in {len(names)} masks{how}: {some(names)}"
    )
    return [make_finding("mask-smoothed", evidence, photos=names)]


def _ghosts(whole: Traces, ghosts: Collection[int], names: tuple[str, ...], lossy: Collection[str]) -> Finding:
    share = sum(whole.pixels[value] for value in ghosts) / sum(whole.pixels.values())
    solid = sorted(set(whole.pixels) - set(ghosts))
    how = f", {len(lossy)} of them JPEG files" if lossy else ""
    evidence = (
        f"{len(ghosts)} values cover {share:.2%} of the pixels in specks of a pixel or two, beside "
        f"{some([value_text(v) for v in solid], most=8)}, in {len(names)} masks{how}"
    )
    if len(solid) < 2 and max(ghosts) < COLOUR_BIT:
        return make_finding("mask-ghosts", evidence, photos=names, variant="binary")
    if max(solid, default=0) >= COLOUR_BIT:
        return make_finding("mask-ghosts", evidence, photos=names, variant="colours")
    return make_finding("mask-ghosts", evidence, values={"values": solid}, photos=names)


def _lossy_ids(held: Sequence[int], names: Collection[str]) -> Finding:
    evidence = f"{len(names)} masks with the ids 0 to {held[-1]} are JPEG files: {some(sorted(names))}"
    return make_finding("mask-ghosts", evidence, photos=sorted(names), variant="small-ids")


def value_text(value: int) -> str:
    """Return a stored value as people write it."""
    return f"#{value - COLOUR_BIT:06x}" if value >= COLOUR_BIT else str(value)


def colour_findings(values: Collection[int], rows: Sequence[ClassRow], *, palette: bool = False) -> list[Finding]:
    """Return a finding where stored values are colours gone wrong: read as grey or one channel, or in BGR order.

    `rows` is the class list, if there is one; without it the colours of PASCAL VOC are tried.
    """
    colours = [row.colour for row in rows if row.colour is not None]
    if any(value >= COLOUR_BIT for value in values):
        return _swapped(values, colours)
    objects = {value for value in values if 0 < value < IGNORE}
    listed = {row.value for row in rows}
    if palette or len(objects) < 2 or (listed and objects <= listed):
        return []
    tables = {"the class list": colours} if colours else {"PASCAL VOC": [*voc_colours(), VOC_BORDER]}
    for whose, table in tables.items():
        for reading, colours_read in _readings(table, channels=bool(colours)).items():
            if objects <= colours_read and max(objects) > len(table):
                return [_grey(objects, reading, whose)]
    return []


def _readings(colours: Sequence[Colour], *, channels: bool) -> dict[str, set[int]]:
    """Return the values that colours become when they are read as grey, or by one channel."""
    read = {"grey levels": {value for red, green, blue in colours for value in _greys(red, green, blue)}}
    # A channel of VOC is 0, 64, 128 or 192, as evenly spread ids are too: only a given list tells them apart.
    names = ("red", "green", "blue") if channels else ()
    return read | {f"their {name} channel": {colour[i] for colour in colours} for i, name in enumerate(names)}


def _greys(red: int, green: int, blue: int) -> set[int]:
    """Return the grey of a colour as Pillow and as cv2 round it."""
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    return {int(grey), round(grey)}


def voc_colours() -> list[Colour]:
    """Return the colours of PASCAL VOC's object classes 1 to 20, each bit of the id a bit of a channel."""
    colours = []
    for class_id in range(1, VOC_CLASSES):
        bits = [[class_id >> (3 * place + channel) & 1 for place in range(8)] for channel in range(3)]
        red, green, blue = (sum(bit << (7 - place) for place, bit in enumerate(row)) for row in bits)
        colours.append((red, green, blue))
    return colours


def _grey(objects: Collection[int], reading: str, whose: str) -> Finding:
    evidence = f"the values {some([str(v) for v in sorted(objects)], most=12)} are colours of {whose} read as {reading}"
    return make_finding("mask-grey-colours", evidence)


def _swapped(values: Collection[int], colours: Sequence[Colour]) -> list[Finding]:
    known = {colour_value(colour) for colour in colours}
    unknown = {value for value in values if value not in known and value not in (0, IGNORE)}
    backwards = {colour_value((blue, green, red)) for red, green, blue in colours}
    if not unknown or not unknown <= backwards:
        return []
    shown = some([value_text(v) for v in sorted(unknown)], most=8)
    evidence = f"{shown} are in no row of the class list; with red and blue swapped, all of them are"
    return [make_finding("mask-bgr", evidence)]


def mostly_ignored_findings(masks: Sequence[Mapping[int, int]]) -> list[Finding]:
    """Return a finding where most masks that hold anything hold 255 alone, which is ignored because of the others.

    `masks`: pixels by stored value, one a mask.
    """
    shown = [set(mask) - {0} for mask in masks if set(mask) - {0}]
    others = [values for values in shown if values != {IGNORE}]
    if not others or 2 * len(others) >= len(shown):
        return []
    stray = sorted(set().union(*others) - {IGNORE})
    evidence = (
        f"{len(shown) - len(others)} of {len(shown)} masks hold 0 and 255 alone; 255 is taken as ignored, since others "
        f"hold {some([str(v) for v in stray])}"
    )
    return [make_finding("ignore-object", evidence, variant="few")]


def ignored_object_findings(values: Collection[int]) -> list[Finding]:
    """Return a finding where 255, taken as ignored, is one of a few grey levels, as in 0, 128, 255."""
    how = levels_with_255(values)
    if not how:
        return []
    objects = sorted(value for value in values if 0 < value < COLOUR_BIT)
    shown = some([str(value) for value in objects], most=EVENLY_MOST)
    return [make_finding("ignore-object", f"the values 0, {shown} are {how}, and 255 is one of them")]
