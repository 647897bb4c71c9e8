"""A second stage of a training that destroys what the first one learned, as after unfreezing an encoder."""

from itertools import pairwise

from maskwright.diagnosis.history.column_names import LOSS, VALIDATION
from maskwright.diagnosis.history.continued_epochs import Part
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, end, known
from maskwright.findings.finding import Finding, make_finding

RISES, OF_TRAINING, NOT_BACK = 1.5, 1.3, 1.1
"""What the validation loss and the training loss rise to, as multiples of their levels before, and what the validation
loss stays above at the end."""


def second_stage_findings(history: History | None) -> list[Finding]:
    """Return that both losses rise where a log's epochs begin again, and that validation does not come back."""
    if history is None or "counted on" not in history.reading:
        return []
    begins = 0
    for before, part in pairwise(history.parts):
        begins += len({*before.at.tolist()})
        ours, theirs = _losses(before), _losses(part)
        if not all(len(values) for values in (*ours, *theirs)):
            continue
        levels = [float(end(values)) for values in ours]
        tops = [float(values.max()) for values in theirs]
        best = float(ours[1].min())
        if min(levels) <= 0 or tops[0] < OF_TRAINING * levels[0] or tops[1] < RISES * levels[1]:
            continue
        if end(theirs[1]) < NOT_BACK * best:
            continue
        text = (
            f"where the next part of the training begins, at {history.unit} {begins + before.at[0]:g}, the validation "
            f"loss goes from {ours[1][-1]:.3g} up to {tops[1]:.3g}, the training loss from {ours[0][-1]:.3g} up to "
            f"{tops[0]:.3g}; the validation loss is {theirs[1][-1]:.3g} at the end"
        )
        variant = "fastai" if history.tool == "fastai" else "stage"
        return [make_finding("lr-too-high", text, variant=variant)]
    return []


def _losses(part: Part) -> tuple[Values, Values]:
    """Return the training and the validation loss of a part, empty where there is none."""
    empty = part.at[:0].astype(float)
    train = next((v for n, v in part.columns.items() if LOSS.search(n) and not VALIDATION.search(n)), empty)
    validation = next((v for n, v in part.columns.items() if LOSS.search(n) and VALIDATION.search(n)), empty)
    return known(train), known(validation)
