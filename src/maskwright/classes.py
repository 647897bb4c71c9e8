"""The table of classes: what the numbers in a mask mean."""

from dataclasses import dataclass

IGNORE = 255
"""The class id in memory of pixels that count neither in training nor in scores."""

Colour = tuple[int, int, int]

PALETTE: tuple[Colour, ...] = (
    (230, 57, 70),
    (42, 157, 244),
    (82, 183, 96),
    (255, 183, 3),
    (155, 93, 229),
    (0, 180, 170),
    (247, 127, 0),
    (241, 91, 181),
    (120, 144, 40),
    (90, 110, 220),
    (180, 120, 80),
)
"""Colours of classes that bring none: distinct on photos and for most colour-blind readers."""


@dataclass(frozen=True)
class ClassRow:
    """One class as listed: `value` is the number stored in masks; an ignored one is no class."""

    value: int
    name: str
    colour: Colour | None = None
    ignore: bool = False


@dataclass(frozen=True)
class ClassTable:
    """Names and colours by class id; `names[i]` belongs to the pixels of value i.

    `background` is the id of the class that is not an object (no mean counts it), or None where every
    class counts, as in street scenes.

        >>> classes = mw.open_dataset("photos").classes
        >>> classes.names, classes.scored
        (('background', 'disc'), (1,))
    """

    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    background: int | None = 0

    def __len__(self) -> int:
        return len(self.names)

    @property
    def scored(self) -> tuple[int, ...]:
        """Ids of the classes that means run over: all but the background."""
        return tuple(i for i in range(len(self.names)) if i != self.background)

    @property
    def is_binary(self) -> bool:
        """True for one object class before a background."""
        return len(self.names) == 2 and self.background == 0


def class_table(names: tuple[str, ...], *, background: int | None = 0) -> ClassTable:
    """Return the table of `names` with colours from the palette, the background black."""
    colours = tuple((0, 0, 0) if i == background else PALETTE[(i - 1) % len(PALETTE)] for i in range(len(names)))
    return ClassTable(names, colours, background)
