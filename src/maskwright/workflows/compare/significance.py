"""Whether one recipe is better than another: the mean difference over photos that both have scored, with interval."""

from collections.abc import Mapping

import numpy as np

from maskwright.evaluation.bootstrap import Interval, bootstrap_over_photos


def paired_difference(ours: Mapping[str, float], base: Mapping[str, float]) -> Interval:
    """Return the mean difference over the photos that both have, with its bootstrap interval over those pairs."""
    both = [name for name in ours if name in base]
    return bootstrap_over_photos(np.array([ours[name] - base[name] for name in both]))
