"""How many steps a training takes at least, how many are enough, and how many minutes those take on its machine."""

import math

from maskwright.runs.folder import RunFacts

LEAST_STEPS = 20
"""A training takes so many steps however little time it has."""
FEW_STEPS = 60
"""With fewer steps a network has hardly left its start, and its masks show nothing but that."""
ENOUGH_STEPS = 150
"""So many steps give a usable model on most datasets: the advised minutes should hold them."""


def advised_minutes(facts: RunFacts) -> int:
    """Return minutes, in fives and at least 10, that give this run's machine enough steps, or twice as many."""
    wanted = max(2 * facts.minutes, facts.minutes * ENOUGH_STEPS / max(1, facts.steps), 10)
    return 5 * math.ceil(wanted / 5 - 1e-9)
