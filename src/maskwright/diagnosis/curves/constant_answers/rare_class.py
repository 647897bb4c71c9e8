"""One of two classes that is in the labels and never predicted: the accuracy is the share of the other, below 1."""

import math

from maskwright.diagnosis.history.curve import Curve, plain_accuracies, side_word
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import end, known
from maskwright.findings.finding import Finding, make_finding

AGREE = 0.002
"""How near the other class's IoU lies to the accuracy."""
LEAST = 0.0005
"""The smallest share of the pixels of a class that both can show."""
HALF = 0.5
"""Of what a constant answer costs: a training loss above it was computed on labels that hold the class."""
HEAVIEST = 50
"""The class weight that is advised, at most."""


def rare_class(history: History, lost: str, other: Curve) -> Finding | None:
    """Return the finding where accuracy and IoU of the `other` class agree below 1, and training labels hold `lost`."""
    accuracy = next(iter(plain_accuracies(history, other.side)), None)
    if accuracy is None or not len(known(accuracy.values)):
        return None
    share = 1 - end(known(accuracy.values))
    trained = _in_training(history, share)
    if share < LEAST or share > HALF or abs(1 - share - end(known(other.values))) > AGREE or not trained:
        return None
    name = lost.rpartition(".")[2]
    text = (
        f"{lost} stays at 0 in {side_word(other.side)}; {accuracy.name} is {1 - share:.2%}, and so is {other.name}: "
        f"the other {share:.2%} of the pixels are {name}'s, {trained}"
    )
    weight = min(HEAVIEST, max(2, round(math.sqrt((1 - share) / share))))
    return make_finding("class-missing", text, variant="rare", values={"weight": weight})


def _in_training(history: History, share: float) -> str:
    """Return what shows that the training labels hold the class too; "" where nothing does."""
    curves = [c for c in plain_accuracies(history, "train") if len(known(c.values))]
    if curves and end(known(curves[0].values)) < 1 - LEAST:
        return f"in training too ({end(known(curves[0].values)):.2%} right)"
    loss = known(history.train_loss)
    cost = -share * math.log(max(share, 1e-9)) - (1 - share) * math.log(1 - share) if share < 1 else math.inf
    if len(loss) and end(loss) >= HALF * cost:
        return f"in training too (a loss of {end(loss):.3g}; leaving them out costs {cost:.3g})"
    return ""
