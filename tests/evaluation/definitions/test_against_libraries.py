"""Every definition faces the library that it is named after, on masks with absent classes and empty photos."""

import warnings

import numpy as np
import pytest
import torch

from maskwright.evaluation.definitions import faulty, soft
from maskwright.evaluation.definitions import libraries as ours
from maskwright.evaluation.definitions.counts import PhotoTally, as_channels, batched, stacked, tally_photo
from tests.support.real_keras import keras

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torchmetrics
    import torchmetrics.classification
    import torchmetrics.functional.segmentation
    import torchmetrics.segmentation
    from segmentation_models_pytorch import metrics as smp

REDUCTIONS: tuple[ours.Reduction, ...] = ("micro", "macro", "micro-imagewise", "macro-imagewise")
Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn(classes: int, *, photos: int = 5, absent: int | None = None, seed: int = 0) -> Drawn:
    """Return truth and prediction (PxHxW) and probabilities (PxCxHxW) with rare classes and an empty first photo."""
    rng = np.random.default_rng(seed)
    kinds = [c for c in range(classes) if c != absent]
    truth = rng.choice(kinds, (photos, 12, 10), p=np.array([0.7, *[0.3 / (len(kinds) - 1)] * (len(kinds) - 1)]))
    truth[0] = 0
    logits = rng.normal(0, 1, (photos, classes, 12, 10))
    np.put_along_axis(logits, truth[:, None], np.take_along_axis(logits, truth[:, None], 1) + 1.5, 1)
    if absent is not None:
        logits[:, absent] = -50
    logits[0, 0] += 20
    logits[1, 0, :3, :3] = 60  # saturated: a probability of exactly 1
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return truth.astype(np.uint8), probabilities.argmax(axis=1).astype(np.uint8), probabilities


def tallies(truth: np.ndarray, prediction: np.ndarray, probabilities: np.ndarray | None = None) -> list[PhotoTally]:
    classes = (
        int(max(truth[truth != 255].max(), prediction.max())) + 1 if probabilities is None else probabilities.shape[1]
    )
    return [
        tally_photo(t, p, classes, probabilities=None if probabilities is None else probabilities[i])
        for i, (t, p) in enumerate(zip(truth, prediction, strict=True))
    ]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("zero_division", [1.0, 0.0])
@pytest.mark.parametrize("absent", [None, 2])
def test_smp_multiclass_scores_are_smps(reduction: ours.Reduction, zero_division: float, absent: int | None) -> None:
    truth, prediction, probabilities = drawn(4, absent=absent)
    stats = smp.get_stats(torch.tensor(prediction).long(), torch.tensor(truth).long(), "multiclass", num_classes=4)
    four = ours.four_counts(stacked(tallies(truth, prediction, probabilities)))
    for theirs, ratio in (
        (smp.iou_score, ours.iou_parts),
        (smp.f1_score, ours.dice_parts),
        (smp.accuracy, ours.accuracy_parts),
    ):
        expected = float(theirs(*stats, reduction=reduction, zero_division=zero_division))
        assert ours.smp_score(ratio, four, reduction, zero_division=zero_division) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("reduction", ["weighted", "weighted-imagewise", "macro"])
def test_smp_weights_are_smps(reduction: ours.Reduction) -> None:
    truth, prediction, _ = drawn(3)
    stats = smp.get_stats(torch.tensor(prediction).long(), torch.tensor(truth).long(), "multiclass", num_classes=3)
    expected = float(smp.iou_score(*stats, reduction=reduction, class_weights=[1.0, 2.0, 5.0]))
    four = ours.four_counts(stacked(tallies(truth, prediction)))
    found = ours.smp_score(ours.iou_parts, four, reduction, weights=np.array([1.0, 2.0, 5.0]))
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_smp_binary_and_multilabel_modes_are_subsets_of_the_same_counts(reduction: ours.Reduction) -> None:
    truth, prediction, probabilities = drawn(2)
    four = ours.four_counts(stacked(tallies(truth, prediction)), (1,))
    one = torch.tensor(probabilities[:, 1:])
    stats = smp.get_stats(one, torch.tensor(truth[:, None]).long(), "binary", threshold=0.5)
    expected = float(smp.iou_score(*stats, reduction=reduction))
    assert ours.smp_score(ours.iou_parts, four, reduction) == pytest.approx(expected, abs=1e-6)


def test_smp_ignore_index_is_our_ignore() -> None:
    truth, prediction, _ = drawn(3)
    truth[:, :4] = 255
    stats = smp.get_stats(
        torch.tensor(prediction).long(), torch.tensor(truth).long(), "multiclass", num_classes=3, ignore_index=255
    )
    four = ours.four_counts(stacked(tallies(truth, prediction)))
    for reduction in REDUCTIONS:
        expected = float(smp.iou_score(*stats, reduction=reduction))
        assert ours.smp_score(ours.iou_parts, four, reduction) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("absent", [None, 2])
def test_torchmetrics_segmentation_scores_are_torchmetrics(background: bool, absent: int | None) -> None:
    truth, prediction, probabilities = drawn(4, absent=absent)
    counts = stacked(tallies(truth, prediction, probabilities))
    four = ours.four_counts(counts, None if background else (1, 2, 3))
    pair = torch.tensor(prediction).long(), torch.tensor(truth).long()

    pooled = torchmetrics.segmentation.MeanIoU(num_classes=4, include_background=background, input_format="index")
    by_class = torchmetrics.segmentation.MeanIoU(4, include_background=background, per_class=True, input_format="index")
    for i in range(len(truth)):
        pooled.update(pair[0][i : i + 1], pair[1][i : i + 1])
        by_class.update(pair[0][i : i + 1], pair[1][i : i + 1])
    assert ours.torchmetrics_mean_iou(four) == pytest.approx(float(pooled.compute()), abs=1e-6)
    np.testing.assert_allclose(ours.torchmetrics_mean_iou_per_class(four), by_class.compute().numpy(), atol=1e-6)

    by_photo = torchmetrics.functional.segmentation.mean_iou(
        *pair, num_classes=4, include_background=background, input_format="index"
    )
    assert ours.torchmetrics_mean_iou_by_photo(four) == pytest.approx(float(by_photo.nanmean()), abs=1e-6)

    dice = torchmetrics.segmentation.DiceScore(4, include_background=background, average="macro", input_format="index")
    dice.update(*pair)
    expected = dice.compute()
    if not torch.isnan(expected):  # torchmetrics gives NaN as soon as one photo has none of the classes
        assert ours.torchmetrics_dice(four) == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("absent", [None, 2])
def test_torchmetrics_classification_scores_are_torchmetrics(absent: int | None) -> None:
    truth, prediction, probabilities = drawn(4, absent=absent)
    four = ours.four_counts(stacked(tallies(truth, prediction, probabilities)))
    pair = torch.tensor(prediction).long(), torch.tensor(truth).long()
    jaccard, accuracy = (
        torchmetrics.classification.MulticlassJaccardIndex,
        torchmetrics.classification.MulticlassAccuracy,
    )
    assert ours.jaccard_macro(four) == pytest.approx(float(jaccard(4, average="macro")(*pair)), abs=1e-6)
    assert ours.jaccard_weighted(four) == pytest.approx(float(jaccard(4, average="weighted")(*pair)), abs=1e-6)
    micro = ours.smp_score(ours.iou_parts, four, "micro")
    assert micro == pytest.approx(float(jaccard(4, average="micro")(*pair)), abs=1e-6)
    assert ours.mean_class_accuracy(four) == pytest.approx(float(accuracy(4, average="macro")(*pair)), abs=1e-6)


def keras_value(metric: "keras.metrics.Metric", truth: np.ndarray, prediction: np.ndarray) -> float:
    metric.update_state(truth, prediction)
    return float(metric.result())


def test_keras_mean_iou_on_a_sigmoid_is_half_the_background_whatever_is_predicted() -> None:
    truth, prediction, probabilities = drawn(2)
    softs = soft.soft_sums(tallies(truth, prediction, probabilities))
    shipped = keras_value(keras.metrics.MeanIoU(num_classes=2), truth, probabilities[:, 1])
    assert faulty.keras_truncated_mean_iou(softs) == pytest.approx(shipped, abs=1e-6)
    assert faulty.truncated_to_nothing(stacked(tallies(truth, prediction)).sum(axis=0)) == pytest.approx(
        shipped, abs=1e-6
    )
    assert shipped == pytest.approx(float((truth == 0).mean()) / 2, abs=1e-6)


def test_keras_mean_iou_on_one_hot_masks_is_a_quarter() -> None:
    truth, prediction, probabilities = drawn(2)
    probabilities = np.clip(probabilities, 0, 0.999)
    softs = soft.soft_sums(tallies(truth, prediction, probabilities))
    hot = np.stack([truth == 0, truth == 1], axis=-1).astype(np.float32)
    shipped = keras_value(keras.metrics.MeanIoU(num_classes=2), hot, np.moveaxis(probabilities, 1, -1))
    assert shipped == pytest.approx(0.25, abs=1e-6)
    assert faulty.keras_truncated_mean_iou_one_hot(softs) == pytest.approx(shipped, abs=1e-6)


@pytest.mark.parametrize("absent", [None, 2])
def test_keras_scores_of_cut_masks_are_keras(absent: int | None) -> None:
    truth, prediction, probabilities = drawn(4, absent=absent)
    found = tallies(truth, prediction, probabilities)
    counts, softs = stacked(found).sum(axis=0), soft.soft_sums(found)
    hot = (truth[..., None] == np.arange(4)).astype(np.float32)
    last = np.moveaxis(probabilities, 1, -1)
    with_ids = keras_value(keras.metrics.MeanIoU(num_classes=4), truth, prediction)
    assert faulty.keras_mean_iou(counts) == pytest.approx(with_ids, abs=1e-6)
    one_hot = keras_value(keras.metrics.OneHotMeanIoU(num_classes=4), hot, last)
    assert faulty.keras_mean_iou(counts) == pytest.approx(one_hot, abs=1e-6)
    heap = ours.jaccard_macro(faulty.binary_iou_of_one_hot(softs))
    assert heap == pytest.approx(keras_value(keras.metrics.BinaryIoU(threshold=0.5), hot, last), abs=1e-6)
    accuracy = keras_value(keras.metrics.BinaryAccuracy(), hot, last)
    assert faulty.binary_accuracy_of_one_hot(softs) == pytest.approx(accuracy, abs=1e-6)


def test_keras_binary_iou_of_the_object_is_dataset_iou() -> None:
    truth, prediction, probabilities = drawn(2)
    theirs = keras_value(keras.metrics.BinaryIoU(target_class_ids=[1], threshold=0.5), truth, probabilities[:, 1])
    assert ours.jaccard_macro(ours.four_counts(stacked(tallies(truth, prediction)), (1,))) == pytest.approx(
        theirs, abs=1e-6
    )


def naive_nnunet_dice(truth: np.ndarray, prediction: np.ndarray, classes: int) -> float:
    """Follow nnunetv2/evaluation/evaluate_predictions.py: NaN where a case has no tp, fp, fn; nanmean; mean."""
    means = []
    for class_id in range(1, classes):
        cases = []
        for t, p in zip(truth == class_id, prediction == class_id, strict=True):
            tp, wrong = (t & p).sum(), (t ^ p).sum()
            cases.append(np.nan if tp + wrong == 0 else 2 * tp / (2 * tp + wrong))
        means.append(np.nanmean(cases))
    return float(np.mean(means))


def test_nnunets_mean_leaves_out_cases_without_the_class() -> None:
    truth, prediction, _ = drawn(3)
    four = ours.four_counts(stacked(tallies(truth, prediction)), (1, 2))
    assert ours.nnunet_score(ours.dice_parts, four) == pytest.approx(naive_nnunet_dice(truth, prediction, 3))


def test_soft_scores_are_their_formulas_and_a_perfect_mask_scores_a_half_where_the_union_is_a_sum() -> None:
    truth, prediction, probabilities = drawn(2)
    softs = soft.soft_sums(tallies(truth, prediction, probabilities))
    t, p = (truth == 1).astype(float), probabilities[:, 1].astype(float)
    sums = [sum(getattr(s, key)[1:] for s in softs) for key in ("overlap", "predicted", "true")]
    both, a, b = (t * p).sum(), p.sum(), t.sum()
    assert soft.soft_iou(*sums, smooth=1.0)[0] == pytest.approx((both + 1) / (a + b - both + 1))
    assert soft.soft_dice(*sums)[0] == pytest.approx(2 * both / (a + b))
    assert faulty.iou_over_a_sum(*sums, smooth=1.0)[0] == pytest.approx((both + 1) / (a + b + 1))
    area = np.array([40.0])
    assert faulty.iou_over_a_sum(area, area, area)[0] == 0.5


def test_a_single_channel_is_the_object_and_its_complement() -> None:
    channels = as_channels(np.full((2, 3), 0.25))
    assert channels[:, 0, 0].tolist() == [0.75, 0.25]
    assert as_channels(np.full((1, 2, 3), 0.25)).shape == (2, 2, 3)


def test_batches_hold_all_photos_once_the_last_one_what_is_left() -> None:
    truth, prediction, _ = drawn(3)
    counts = batched(tallies(truth, prediction), 2)
    assert counts.shape == (3, 3, 3)
    assert counts.sum() == truth.size
    assert counts[2].sum() == truth[0].size
