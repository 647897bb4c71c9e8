from pathlib import Path
from typing import cast

import numpy as np

from maskwright.datasets.dataset import Dataset
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.metrics import confusion
from maskwright.imaging.photos import Photo
from maskwright.inference.segmenter import Segmenter
from maskwright.workflows.label_errors import confident_share, outlying, suspect_findings, suspects
from tests.support.drawn import disc_photos


class Bright:
    """A model that knows the discs by their brightness, and is sure of it."""

    def photo_logits(self, photo: Photo) -> np.ndarray:
        z = np.where(photo[:, :, 0] > 150, 6.0, -6.0).astype(np.float32)
        return np.stack([np.zeros_like(z), z])


def evaluated(dataset: Dataset, moved: str = "") -> tuple[Dataset, Evaluation]:
    """Return the dataset, the mask of `moved` exchanged for another photo's, and what Bright scores on it."""
    samples = {s.name: s for s in dataset.samples}
    if moved:
        other = next(s for s in dataset.samples if s.name != moved)
        samples[moved] = type(other)(moved, samples[moved].photo, other.truth, other.size_hw)
    spoilt = Dataset(dataset.root, "drawn", tuple(samples.values()), dataset.classes)
    photos = []
    for sample in spoilt.samples:
        predicted = Bright().photo_logits(spoilt.photo(sample)).argmax(axis=0).astype(np.uint8)
        photos.append(PhotoScore(sample.name, confusion(spoilt.mask(sample), predicted, 2), fold=0))
    return spoilt, Evaluation(dataset.classes, tuple(photos))


def model(_: int | None) -> Segmenter:
    return cast(Segmenter, Bright())


def test_a_mask_of_another_photo_is_suspected_and_edges_agree_with_the_model(tmp_path: Path) -> None:
    dataset, evaluation = evaluated(disc_photos(tmp_path, count=10), moved="disc04.png")
    (found,) = suspects(dataset, evaluation, model)
    assert found.name == "disc04.png"
    assert found.z > 3.5
    assert found.confident == 1.0
    assert found.edges_agree
    (finding,) = suspect_findings([found], 10)
    assert (finding.code, finding.severity, finding.photos) == ("label-suspect", "warning", ("disc04.png",))
    assert "1 of 10 photos" in finding.evidence


def test_right_masks_are_not_suspected(tmp_path: Path) -> None:
    dataset, evaluation = evaluated(disc_photos(tmp_path, count=10))
    assert suspects(dataset, evaluation, model) == []
    assert suspect_findings([], 10) == []


def test_few_photos_have_no_outliers(tmp_path: Path) -> None:
    _, evaluation = evaluated(disc_photos(tmp_path, count=6), moved="disc04.png")
    assert outlying(evaluation) == {}


def test_an_unsure_model_suspects_no_mask() -> None:
    truth = np.zeros((40, 40), np.uint8)
    truth[10:30, 10:30] = 1
    unsure = np.zeros((2, 40, 40), np.float32)
    sure = np.stack([np.full((40, 40), 9.0), np.zeros((40, 40))]).astype(np.float32)
    assert confident_share(unsure, truth) == 0.0
    assert confident_share(sure, truth) == 1.0
    assert confident_share(sure, np.zeros_like(truth)) == 0.0
