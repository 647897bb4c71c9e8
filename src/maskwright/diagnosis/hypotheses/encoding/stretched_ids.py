"""Class ids stretched from each prediction's own least to its own greatest id, as grey or in a colour map."""

from collections.abc import Mapping

import numpy as np

from maskwright.checks.masks.values.stretched_ids import places_in_map, stretched_by, values_in_words
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.evidence.prediction_encoding import FIRST_COLOUR, colour_of
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, iou_or_zero, relabelled_each
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.mask_reader import COLOUR_BIT

MIN_GAIN = 0.1
"""IoU that reading each prediction by its own ids must give back."""
MIN_REACHED = 0.3
"""IoU that must be reached."""
MAX_OFF = 0.1
"""How far from a whole number a stretched id may lie: levels are rounded to whole ones."""


def stretched_id_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that one id has other levels in other predictions, with each read by the ids that fit best."""
    if evidence.storage.kind != "ids" or len(evidence.classes) < 3:
        return []
    held = {case.name: _stored_values(case, evidence) for case in evidence.cases}
    shown = [(name, set(values.values())) for name, values in held.items() if len(values) > 1]
    map_name, greatest = stretched_by(shown)
    if not greatest:
        return []
    lookups = [_lookup(case, _places(held[case.name], map_name), len(evidence.classes)) for case in evidence.cases]
    undone = relabelled_each(evidence, lookups)
    gain, reached = gain_of(evidence, undone), iou_or_zero(undone)
    if gain < MIN_GAIN or reached < MIN_REACHED:
        return []
    steps = sorted(set(greatest.values()))
    text = (
        f"predictions hold {values_in_words(map_name)} in {' or '.join(map(str, steps))} equal steps from the first to "
        f"the last, one photo other ones than another ({some(_examples(greatest))}); read by the ids of each, the mean "
        f"IoU goes from {iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}"
    )
    values = {"last": len(evidence.classes) - 1}
    finding = make_finding("pred-palette", text, variant="stretched", values=values, recovered_iou=round(gain, 4))
    return [Hypothesis(finding, undone)]


def _examples(greatest: Mapping[str, int]) -> list[str]:
    """Return a photo of each number of steps, in words."""
    first = {steps: name for name, steps in reversed(list(greatest.items()))}
    return [f"{name}: {steps}" for steps, name in sorted(first.items())]


def _stored_values(case: Case, evidence: Evidence) -> dict[int, int]:
    """Return the stored value of each predicted one; greys that were stored as colours as their level."""
    stored = evidence.storage.values
    first = max(len(evidence.classes), FIRST_COLOUR)
    values = {}
    for value in np.flatnonzero(case.table.sum(axis=0)).tolist():
        place = value - first
        full = stored[place] if max(stored, default=0) >= COLOUR_BIT and 0 <= place < len(stored) else value
        red, green, blue = colour_of(full)
        values[value] = red if red == green == blue else full
    return values


def _places(values: Mapping[int, int], map_name: str) -> dict[int, int]:
    """Return where in the map each predicted value lies; {} where one lies nowhere."""
    places = places_in_map(list(values.values()), map_name)
    return dict(zip(values, places, strict=True)) if places else {}


def _lookup(case: Case, places: Mapping[int, int], count: int) -> Mask:
    """Return the reading from a least to a greatest id, of all that are whole numbers, with the most right pixels."""
    lookup = np.arange(256, dtype=np.uint8)
    best, chosen = -1, dict[int, int]()
    for least in range(count):
        for greatest in range(least, count):
            ids = {value: least + place / 255 * (greatest - least) for value, place in places.items()}
            if any(abs(i - round(i)) > MAX_OFF for i in ids.values()) or len({*map(round, ids.values())}) < len(ids):
                continue
            hits = sum(int(case.table[round(i), value]) for value, i in ids.items())
            if hits > best:
                best, chosen = hits, {value: round(i) for value, i in ids.items()}
    for value, class_id in chosen.items():
        lookup[value] = class_id
    return lookup
