"""Round ticks for the axes of charts."""

import math


def ceiling(span: float) -> float:
    """Return the next tick at or above `span`."""
    span = max(span, 1e-6)
    step = spacing(span)
    return math.ceil(span / step - 1e-9) * step


def ticks(top: float) -> list[float]:
    """Return the ticks from 0 to `top`, which is one itself."""
    step = spacing(top)
    return [i * step for i in range(round(top / step) + 1)]


def spacing(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten that cuts `span` into two to five parts."""
    unit: float = 10.0 ** math.floor(math.log10(span))
    return next(unit * f for f in (0.2, 0.5, 1.0, 2.0) if span / (unit * f) <= 5)
