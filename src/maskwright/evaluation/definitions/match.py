"""Which of the common definitions is the number that somebody reports?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from maskwright.classes import ClassTable
from maskwright.errors import ConfigError
from maskwright.evaluation.definitions.compute_all import Definition, every_definition
from maskwright.evaluation.definitions.counts import PhotoTally

LEAST_TOLERANCE = 1e-5
"""Libraries count in float32 and smooth with about 1e-7: closer than this no two agree."""


@dataclass(frozen=True)
class Reported:
    """A number as somebody reports it, as a share, with half a unit of its last printed place as tolerance."""

    text: str
    value: float
    tolerance: float

    def is_(self, value: float) -> bool:
        """Return whether `value`, rounded as the number is printed, is this number."""
        return abs(value - self.value) <= self.tolerance * (1 + 1e-9)


def reported(text: str) -> Reported:
    """Read "0.49", "0.490", "49 %" or "49.3" (above 1: taken as percent).

    ConfigError for what is no number, is negative, or is above 100.
    """
    plain = text.strip().replace(" ", "")
    digits = plain.removesuffix("%")
    try:
        value = float(digits)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:
        raise ConfigError(f"metric={text}: a score is a number such as 0.49 or 49 %, between 0 and 100")
    unit = 0.01 if plain.endswith("%") or value > 1 else 1.0
    mantissa, _, exponent = digits.lower().partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return Reported(text, value * unit, max(0.5 * 10.0**-places * unit, LEAST_TOLERANCE))


def which_definition(tallies: Sequence[PhotoTally], number: Reported, classes: ClassTable) -> list[Definition]:
    """Return the definitions whose value, rounded as printed, is `number`: the usual ones first."""
    return [d for d in every_definition(tallies, classes) if number.is_(d.value)]


def nearest_definitions(tallies: Sequence[PhotoTally], number: Reported, classes: ClassTable) -> list[Definition]:
    """Return all definitions, the nearest to `number` first; for a number that is none of them."""
    known = [d for d in every_definition(tallies, classes) if not math.isnan(d.value)]
    return sorted(known, key=lambda d: abs(d.value - number.value))
