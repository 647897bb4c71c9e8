from dataclasses import replace

import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.diagnosis.evidence.evidence import Evidence, UserScore
from maskwright.diagnosis.hypotheses.scores.reported_score import reported_findings, tally_of
from maskwright.errors import ConfigError
from maskwright.evaluation.definitions.compute_all import every_definition
from maskwright.evaluation.definitions.counts import PhotoTally, tally_photo
from maskwright.evaluation.definitions.match import reported, which_definition
from maskwright.findings.finding import Finding
from tests.support.cases_in_memory import cases, discs
from tests.support.real_keras import keras

TABLE = class_table(("background", "object"))


def told(score: UserScore, *, with_probabilities: bool = True) -> Finding:
    truths, predictions, probabilities = discs()
    pairs = cases(truths, predictions, probabilities if with_probabilities else None)
    (finding,) = reported_findings(Evidence(cases=pairs, user_score=score))
    return finding


def values() -> dict[str, float]:
    truths, predictions, probabilities = discs()
    tallies = [
        tally_photo(t, p, 2, probabilities=q) for t, p, q in zip(truths, predictions, probabilities, strict=True)
    ]
    return {d.name: d.value for d in every_definition(tallies, TABLE)}


@pytest.mark.parametrize(
    ("text", "value", "tolerance"),
    [
        ("0.49", 0.49, 0.005),
        ("0.490", 0.49, 0.0005),
        ("49 %", 0.49, 0.005),
        ("49.3", 0.493, 0.0005),
        ("4.9e-1", 0.49, 0.005),
        ("1", 1.0, 0.5),
        ("0.4932134", 0.4932134, 1e-5),
    ],
)
def test_a_number_is_as_exact_as_it_is_printed(text: str, value: float, tolerance: float) -> None:
    number = reported(text)
    assert number.value == pytest.approx(value)
    assert number.tolerance == pytest.approx(tolerance)


@pytest.mark.parametrize("text", ["", "good", "-0.2", "nan", "730"])
def test_what_is_no_score_is_told_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match="between 0 and 100"):
        reported(text)


@pytest.mark.parametrize(
    "name",
    [
        "dataset IoU, mean over the object classes",
        "dataset mIoU with the background (VOC; JaccardIndex macro; Keras MeanIoU of ids, OneHotMeanIoU)",
        "mean over photos of each photo's IoU",
        "Keras MeanIoU on a sigmoid, as shipped",
        "pixel accuracy",
        "dataset Dice (F1), mean object classes only",
        "nnU-Net foreground mean Dice",
        "soft 'mean IoU' with a sum for a union, mean over photos, smooth 1",
        "soft IoU of the dataset",
        "IoU at a threshold of 0.5 on logits",
        "IoU averaged over batches of 4 in this order, object classes only",
    ],
)
def test_every_definition_is_found_again_by_its_own_number(name: str) -> None:
    truths, predictions, probabilities = discs()
    tallies = [
        tally_photo(t, p, 2, probabilities=q) for t, p, q in zip(truths, predictions, probabilities, strict=True)
    ]
    value = values()[name]
    matching = which_definition(tallies, reported(f"{value:.5f}"), TABLE)
    assert name in [d.name for d in matching]
    assert all(d.value == pytest.approx(value, abs=1.1e-5) for d in matching)


def test_a_score_of_keras_itself_is_named_and_set_beside_dataset_iou() -> None:
    truths, _, probabilities = discs()
    metric = keras.metrics.MeanIoU(num_classes=2)
    metric.update_state(np.stack(truths), np.stack(probabilities))
    finding = told(UserScore(0.0, "mean_io_u", f"{float(metric.result()):.4f}"))
    assert (finding.code, finding.severity) == ("metric-named", "note")
    assert "Keras MeanIoU on a sigmoid, as shipped" in finding.evidence
    assert (
        f"dataset IoU of the same masks is {values()['dataset IoU, mean over the object classes']:.3f}"
        in finding.evidence
    )
    assert "cut to integers" in finding.evidence


def test_pixel_accuracy_given_as_a_score_flatters_and_is_a_warning() -> None:
    finding = told(UserScore(values()["pixel accuracy"]))
    assert (finding.code, finding.severity) == ("metric-named", "warning")
    assert " is pixel accuracy (" in finding.evidence
    assert finding.evidence.count("lower") == 1


def test_a_number_that_two_definitions_give_is_the_one_that_its_name_speaks_of() -> None:
    """Micro Dice over all classes is pixel accuracy, to the last digit."""
    accuracy = values()["pixel accuracy, mean over photos"]
    assert " is pixel accuracy (" in told(UserScore(accuracy, "val_acc")).evidence
    assert " is smp f1_score" in told(UserScore(accuracy, "f1_score")).evidence
    assert told(UserScore(accuracy, "val_acc")).severity == "note"
    assert told(UserScore(accuracy, "mean_iou")).severity == "warning"


def test_too_few_digits_are_said_to_be_too_few() -> None:
    finding = told(UserScore(0.9, "iou", "0.9"))
    assert " may be " in finding.evidence
    assert "more of its digits would show which" in finding.evidence


def test_dataset_iou_is_called_what_it_is() -> None:
    value = values()["dataset IoU, mean over the object classes"]
    finding = told(UserScore(value, "iou", f"{value:.3f}"), with_probabilities=False)
    assert finding.severity == "note"
    assert "it is dataset IoU" in finding.evidence


def test_a_number_from_elsewhere_is_not_explained_away() -> None:
    finding = told(UserScore(0.123456, "iou", "0.123456"))
    assert (finding.code, finding.severity) == ("metric-unknown", "note")
    assert "nearest are" in finding.evidence


def test_nothing_is_said_without_a_number_or_without_pairs() -> None:
    truths, predictions, _ = discs()
    assert reported_findings(Evidence(cases=cases(truths, predictions))) == []
    assert reported_findings(Evidence(user_score=UserScore(0.5))) == []


def test_an_ignored_pixel_scored_after_all_has_a_definition_of_its_own() -> None:
    truth = np.zeros((10, 10), np.uint8)
    truth[:5], truth[8:] = 1, 255
    prediction = np.ones((10, 10), np.uint8)
    found = {d.name: d.value for d in every_definition([tally_photo(truth, prediction, 2)], TABLE)}
    assert found["dataset IoU, mean over the object classes"] == pytest.approx(50 / 80)
    assert found["dataset mIoU with ignored pixels counted as mistakes"] == pytest.approx(50 / 100)
    assert found["dataset mIoU with 'ignore' as a class of its own"] == pytest.approx((0 + 50 / 100) / 3)


def test_street_scenes_without_a_background_have_no_mean_with_it() -> None:
    table = class_table(("road", "sky", "car"), background=None)
    rng = np.random.default_rng(0)
    truth, prediction = rng.integers(0, 3, (2, 20, 20)).astype(np.uint8)
    names = [d.name for d in every_definition([tally_photo(truth, prediction, 3)], table)]
    assert not any("with the background" in name or "sigmoid" in name for name in names)
    assert "dataset IoU of class 'car'" in names
    assert every_definition([], table) == []


def test_predictions_of_another_size_are_stretched_and_foreign_channels_left_aside() -> None:
    truths, predictions, probabilities = discs(2)
    case = cases(truths, predictions, probabilities)[0]
    pair = case.reread()

    def tallied(**changed: object) -> PhotoTally:
        return tally_of(replace(case, reread=lambda: replace(pair, **changed)), 2)  # type: ignore[arg-type]

    half = tallied(prediction=predictions[0][::2, ::2], probabilities=probabilities[0][::2, ::2])
    assert half.soft is not None
    assert half.counts.sum() == truths[0].size
    assert tallied(probabilities=np.zeros((5, 96, 96), np.float32)).soft is None
    strays = tallied(prediction=np.full((96, 96), 7, np.uint8), probabilities=None)
    assert strays.counts[:, 0].sum() == truths[0].size
    copies = tallied(truth=truths[0][::2, ::2])
    assert copies.counts.tolist() == case.counts.tolist()
