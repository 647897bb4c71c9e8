"""The diagnosis: every fault that the evidence can show, ranked, and what it could not show."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence, as_evaluation
from maskwright.diagnosis.hypotheses.classes.annotation_faults import annotation_fault_hypotheses
from maskwright.diagnosis.hypotheses.classes.class_frequencies import class_amount_hypotheses
from maskwright.diagnosis.hypotheses.classes.class_orders import class_order_hypotheses
from maskwright.diagnosis.hypotheses.classes.confused_classes import confused_class_hypotheses
from maskwright.diagnosis.hypotheses.classes.numbered_objects import numbered_object_hypotheses
from maskwright.diagnosis.hypotheses.classes.permuted_ids import permuted_id_hypotheses, value_without_class_hypotheses
from maskwright.diagnosis.hypotheses.classes.void_class import unscored_void_hypotheses, void_class_hypotheses
from maskwright.diagnosis.hypotheses.encoding.probabilities import probability_hypotheses, threshold_hypotheses
from maskwright.diagnosis.hypotheses.encoding.stored_ids import encoding_hypotheses
from maskwright.diagnosis.hypotheses.encoding.stretched_ids import stretched_id_hypotheses
from maskwright.diagnosis.hypotheses.encoding.stretched_maps import stretched_map_hypotheses
from maskwright.diagnosis.hypotheses.encoding.wrapped_values import wrapped_value_hypotheses
from maskwright.diagnosis.hypotheses.geometry.displaced_parts import displaced_part_hypotheses
from maskwright.diagnosis.hypotheses.geometry.fixed_alarms import fixed_alarm_hypotheses
from maskwright.diagnosis.hypotheses.geometry.misalignment import misalignment_hypotheses
from maskwright.diagnosis.hypotheses.geometry.photo_only_augmentation import photo_only_augmentation_hypotheses
from maskwright.diagnosis.hypotheses.geometry.pixel_order import pixel_order_hypotheses
from maskwright.diagnosis.hypotheses.geometry.test_time_flips import flip_hypotheses
from maskwright.diagnosis.hypotheses.geometry.wrong_axis import wrong_axis_hypotheses
from maskwright.diagnosis.hypotheses.pairing.carried_over import carried_over_hypotheses
from maskwright.diagnosis.hypotheses.pairing.constant_predictions import constant_prediction_hypotheses
from maskwright.diagnosis.hypotheses.pairing.mismatched_pairs import (
    mixed_up_pair_hypotheses,
    unpaired_file_hypotheses,
)
from maskwright.diagnosis.hypotheses.pairing.repeated_predictions import (
    empty_prediction_hypotheses,
    repeated_prediction_hypotheses,
)
from maskwright.diagnosis.hypotheses.pairing.unrelated_predictions import with_unrelated
from maskwright.diagnosis.hypotheses.postprocessing.boxes import box_hypotheses
from maskwright.diagnosis.hypotheses.postprocessing.filled_holes import filled_hole_hypotheses
from maskwright.diagnosis.hypotheses.postprocessing.kept_pieces import kept_piece_hypotheses
from maskwright.diagnosis.hypotheses.postprocessing.parts_of_objects import part_of_object_hypotheses
from maskwright.diagnosis.hypotheses.postprocessing.polygons import polygon_hypotheses
from maskwright.diagnosis.hypotheses.postprocessing.size_limit import size_limit_hypotheses
from maskwright.diagnosis.hypotheses.postprocessing.thin_parts import thin_part_hypotheses
from maskwright.diagnosis.hypotheses.scores.generalisation import (
    copied_truth_hypotheses,
    generalisation_hypotheses,
    useless_accuracy_hypotheses,
)
from maskwright.diagnosis.hypotheses.scores.metric_choice import metric_choice_findings
from maskwright.diagnosis.hypotheses.scores.one_orientation import one_orientation_findings
from maskwright.diagnosis.hypotheses.scores.reported_score import reported_findings
from maskwright.diagnosis.hypotheses.scores.unexplained import unexplained_findings
from maskwright.diagnosis.hypotheses.scores.uninformative_scores import score_findings
from maskwright.diagnosis.hypotheses.shapes.blocks import block_hypotheses
from maskwright.diagnosis.hypotheses.shapes.object_shapes import object_shape_hypotheses
from maskwright.diagnosis.hypotheses.shapes.thickness import thickness_hypotheses
from maskwright.diagnosis.hypotheses.tiles.blank_lines import blank_line_hypotheses
from maskwright.diagnosis.hypotheses.tiles.inverted_tiles import inverted_tile_hypotheses
from maskwright.diagnosis.hypotheses.tiles.missing_tiles import missing_tile_hypotheses
from maskwright.diagnosis.hypotheses.tiles.seams import seam_hypotheses
from maskwright.diagnosis.hypotheses.tiles.separate_tiles import separate_tile_hypotheses
from maskwright.diagnosis.hypotheses.tiles.summed_windows import summed_window_hypotheses
from maskwright.diagnosis.hypotheses.tiles.unpredicted_regions import unpredicted_region_hypotheses
from maskwright.diagnosis.not_checked import not_checked_findings
from maskwright.diagnosis.ranking import ranked_causes, with_raised
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_of, is_constant
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding, Findings
from maskwright.progress_counter import StartCounting, no_counting

LOOKING = "looking for faults"
MOST_AT_ONCE = 4
"""So many faults are undone one after the other."""
GOOD_AGAIN = 0.85
"""Mean IoU from which on no further one is looked for."""
TILES_EXTRA = 0.08
"""IoU by which unusual orders of tiles, of which there are many, must beat one move."""
SINGLE_EXTRA = 0.1
"""IoU by which claims about single photos must beat one move."""
RASTER_EXTRA = 0.01
"""IoU that a transposed mask is preferred by: of square photos, one that was written by columns is the same."""
SINGLE = frozenset({"pred-augmented", "pred-shuffled"})
"""Claims that can be about single photos: they must beat one move of all photos by SINGLE_EXTRA."""
SHAPED = frozenset(
    {
        "pred-symmetric",
        "pred-thick",
        "pred-excess",
        "pred-outlines",
        "pred-unfinished",
        "pred-seams",
        "pred-checkerboard",
        "boundary-coarse",
    }
)
"""Findings that already say that outlines have another shape."""
NOTHING_LEFT_BY = (wrong_axis_hypotheses, wrapped_value_hypotheses, constant_prediction_hypotheses)
"""Detectors whose faults leave nothing to compute with, where they cannot be undone."""

FIRST = (
    unpaired_file_hypotheses,
    unscored_void_hypotheses,
    numbered_object_hypotheses,
    stretched_id_hypotheses,
    encoding_hypotheses,
    summed_window_hypotheses,
    wrong_axis_hypotheses,
    wrapped_value_hypotheses,
    constant_prediction_hypotheses,
    repeated_prediction_hypotheses,
    carried_over_hypotheses,
    empty_prediction_hypotheses,
    probability_hypotheses,
    stretched_map_hypotheses,
    block_hypotheses,
    flip_hypotheses,
    size_limit_hypotheses,
    box_hypotheses,
    part_of_object_hypotheses,
    polygon_hypotheses,
)
"""Detectors that look first, in this order: their faults hide all others."""
LAST = (
    void_class_hypotheses,
    class_amount_hypotheses,
    confused_class_hypotheses,
    thickness_hypotheses,
    object_shape_hypotheses,
    value_without_class_hypotheses,
)
"""Detectors that look last, in this order: each at what is left once the faults before it are undone."""
IN_ANY_ORDER = (
    mixed_up_pair_hypotheses,
    misalignment_hypotheses,
    photo_only_augmentation_hypotheses,
    pixel_order_hypotheses,
    displaced_part_hypotheses,
    inverted_tile_hypotheses,
    unpredicted_region_hypotheses,
    fixed_alarm_hypotheses,
    class_order_hypotheses,
    annotation_fault_hypotheses,
    permuted_id_hypotheses,
    threshold_hypotheses,
)
"""Detectors of which the one that gives back most is taken first."""

States = tuple[Evidence, Evidence | None]


@dataclass(frozen=True)
class Diagnosis:
    """The findings of a diagnosis, ranked; `states` is the evidence with each fault and without it, by code.

    The second state is None where the fault cannot be undone.
    """

    findings: tuple[Finding, ...]
    states: Mapping[str, States] = field(default_factory=dict)


def diagnose(evidence: Evaluation | Evidence) -> Findings:
    """Return what is wrong with a model, the fault that costs most first.

    Of an evaluation: collapse to one class, no better than a constant, no honest score. Of evidence (see `read_pairs`,
    `read_model`, `read_folders`): every fault that pairs of truth and prediction can show, each with its mechanism, the
    IoU that undoing gives back, and a fix; and what could not be checked.

        >>> masks = [mask for _, mask in mw.open_dataset("photos")]
        >>> mw.diagnose(mw.read_pairs([(mask, np.roll(mask, 6, axis=1)) for mask in masks]))[0].code
        'pred-shifted'
    """
    if isinstance(evidence, Evaluation):
        return Findings(score_findings(evidence))
    return Findings(examine(evidence).findings)


def examine(evidence: Evidence, *, count: StartCounting = no_counting) -> Diagnosis:
    """Return the diagnosis of the evidence, with what undoing each fault leaves; `count` shows the search."""
    findings, states = _detected(evidence, count=count)
    findings += _scored(evidence)
    findings += [
        h.finding
        for detector in (copied_truth_hypotheses, useless_accuracy_hypotheses, generalisation_hypotheses)
        for h in detector(evidence)
    ]
    # What predictions prove, a history only repeats.
    findings += [f for f in history_findings(evidence) if f.code not in {known.code for known in findings}]
    findings += [*reported_findings(evidence), *metric_choice_findings(evidence)]
    findings = with_unrelated(findings, evidence)
    if Findings(findings).are_notes:
        scored = states.get("truth-void", (evidence, None))[1] or evidence  # an id that may be void is not scored
        findings += one_orientation_findings(scored) or unexplained_findings(scored)
    ranked = with_raised(evidence.raised, ranked_causes(findings))
    return Diagnosis((*ranked, *not_checked_findings(evidence)), states)


def _detected(evidence: Evidence, *, count: StartCounting) -> tuple[list[Finding], dict[str, States]]:
    """Return the faults of predictions, each looked for after those before it were undone, with those states."""
    state = evidence
    states: dict[str, States] = {}
    findings: list[Finding] = []
    any_order = partial(_greatest_first, count=count)
    for detector in (*FIRST, _filtered, any_order, _at_tile_borders, *LAST) if evidence.cases else ():
        hypotheses = [h for h in detector(state) if not is_constant(h)]
        for hypothesis in hypotheses:
            if _is_covered_by(hypothesis.finding.code, states):
                continue
            findings.append(hypothesis.finding)
            states[hypothesis.finding.code] = state, hypothesis.undone
            state = hypothesis.undone or state
        if detector in NOTHING_LEFT_BY and hypotheses and hypotheses[-1].undone is None:
            break  # nothing is left to compute with
    return findings, states


def _is_covered_by(code: str, known_codes: Collection[str]) -> bool:
    """Tell whether codes that are known say as much: what has another shape has another boundary, too.

    Parts that are never predicted are reported once, and coarse squares are no boxes of objects and hold no holes.
    """
    if code == "boundary-coarse":
        return any(one in SHAPED for one in known_codes)
    if code in ("pred-boxes", "pred-filled"):
        return "boundary-coarse" in known_codes
    return code == "pred-unfinished" and code in known_codes


def _filtered(evidence: Evidence) -> list[Hypothesis]:
    """Return what a filter after the network took away: holes, thin parts, all but one piece, or small pieces."""
    return filled_hole_hypotheses(evidence) or thin_part_hypotheses(evidence) or kept_piece_hypotheses(evidence)


def _at_tile_borders(evidence: Evidence) -> list[Hypothesis]:
    """Return what is wrong at borders of tiles: nothing is predicted, tiles are missing, alarms end, or errors lie."""
    return (
        blank_line_hypotheses(evidence)
        or missing_tile_hypotheses(evidence)
        or separate_tile_hypotheses(evidence)
        or seam_hypotheses(evidence)
    )


def _greatest_first(evidence: Evidence, *, count: StartCounting) -> list[Hypothesis]:
    """Undo the fault that gives back most, look again at what is left, and so on."""
    confirmed: list[Hypothesis] = []
    for _ in range(MOST_AT_ONCE):
        known = {hypothesis.finding.code for hypothesis in confirmed}
        new, on_detector = list[Hypothesis](), count(LOOKING, len(IN_ANY_ORDER))
        for detector in IN_ANY_ORDER:
            new += [h for h in detector(evidence) if h.finding.code not in known and not is_constant(h)]
            on_detector()
        if not new:
            break
        best = max(new, key=_worth)
        confirmed.append(best)
        if best.undone is None:
            break
        evidence = best.undone
        if iou_of(evidence) >= GOOD_AGAIN:
            break  # one fault explained it
    return confirmed


def _worth(hypothesis: Hypothesis) -> float:
    """Return what undoing gives back; what has many ways to fit must beat a plain move clearly."""
    finding = hypothesis.finding
    gain = finding.recovered_iou or 0.0
    if finding.code in SINGLE and finding.photos:
        return gain - SINGLE_EXTRA
    if finding.code == "pred-raster":
        return gain - RASTER_EXTRA
    return gain - TILES_EXTRA if finding.code == "pred-tiles" and not hypothesis.usual else gain


def _scored(evidence: Evidence) -> list[Finding]:
    evaluation = evidence.evaluation
    if evaluation is None and evidence.cases:
        evaluation = as_evaluation(evidence.cases, evidence.classes)
    if evaluation is None:
        return []
    ours = evidence.evaluation is None and len(evidence.classes) == 2 and bool(evidence.storage.values)
    return score_findings(evaluation, may_lack_channels=ours)
