"""Several networks as one: the mean of their probabilities."""

from collections.abc import Sequence

import numpy as np

from maskwright.inference.logits_to_masks import Logits, probabilities_of, resize_logits

SMALLEST = 1e-12


def averaged_logits(members: Sequence[Logits]) -> Logits:
    """Return the logits of the mean of the members' probabilities, CxHxW at the finest of their sizes.

    Probabilities are averaged, not logits: a member that is very sure does not outvote the others.
    """
    finest_hw = max((member.shape[1], member.shape[2]) for member in members)
    total: Logits = np.zeros((len(members[0]), *finest_hw), dtype=np.float32)
    for member in members:
        total += resize_logits(probabilities_of(member), finest_hw)
    logits: Logits = np.log(np.maximum(total / len(members), SMALLEST))
    return np.asarray(logits - logits[0]) if len(logits) == 2 else logits
