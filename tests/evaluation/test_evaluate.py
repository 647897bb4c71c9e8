import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Shapes
from maskwright.diagnosis.diagnose import diagnose
from maskwright.errors import DataError
from maskwright.evaluation.evaluate import Evaluation, Judged, PhotoScore, evaluate, joined
from maskwright.evaluation.evaluation_files import evaluation_as_json, evaluation_from_json, write_evaluation
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from tests.support.drawn import disc_photos


def threshold(photo: Photo) -> Mask:
    return (photo[..., 0] > 160).astype(np.uint8)


def test_a_function_from_photo_to_mask_is_judged_at_full_resolution(tmp_path: Path) -> None:
    seen: list[Judged] = []
    evaluation = evaluate(threshold, disc_photos(tmp_path, count=3), on_photo=seen.append)
    assert evaluation.mean_iou_per_photo.value > 0.93
    assert evaluation.scale == "full resolution"
    assert [judged.score.name for judged in seen] == ["disc00.png", "disc01.png", "disc02.png"]
    assert evaluation.counts.sum() == 3 * 96 * 128


def test_single_objects_are_scored_at_full_resolution_and_kept_in_the_file(tmp_path: Path) -> None:
    drawn = disc_photos(tmp_path, count=3)
    evaluation = evaluate(threshold, drawn)
    found = [one for photo in evaluation.photos for one in photo.objects]
    assert len(found) == 3
    assert all(one.area_px > 500 and one.recall > 0.9 and one.iou > 0.9 for one in found)
    values = json.loads(json.dumps(evaluation_as_json(evaluation), allow_nan=False))
    assert sum(row["objects"] for row in values["object_sizes"]) == 3
    assert evaluation_from_json(values, evaluation.classes).photos[0].objects[0].area_px == found[0].area_px
    assert evaluate(threshold, drawn, long_side_px=64).photos[0].objects == ()


def test_an_object_with_a_mask_method_is_judged_too(tmp_path: Path) -> None:
    class Blind:
        def mask(self, photo: Photo, /) -> Mask:
            return np.zeros(photo.shape[:2], dtype=np.uint8)

    assert evaluate(Blind(), disc_photos(tmp_path, count=2)).dataset_iou == 0.0


def test_the_working_scale_is_named(tmp_path: Path) -> None:
    evaluation = evaluate(threshold, disc_photos(tmp_path, count=1), long_side_px=64)
    assert evaluation.scale == "working scale, 64 px"
    assert evaluation.counts.sum() == 48 * 64


def test_a_reduced_photo_and_its_mask_have_one_size_whatever_the_decoder_rounds_to(tmp_path: Path) -> None:
    """JPEGs are decoded at a fraction of their size, which may round to another height than the mask's."""
    photo = np.zeros((2999, 3999, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "large.jpg")
    sample = Sample("large.jpg", tmp_path / "large.jpg", Shapes(()), (2999, 3999))
    dataset = Dataset(tmp_path, "drawn", (sample,), class_table(("background", "disc")))
    assert evaluate(threshold, dataset, long_side_px=322).counts.sum() > 0


def known() -> Evaluation:
    photos = (
        PhotoScore("a", np.array([[90, 0], [0, 10]])),
        PhotoScore("b", np.array([[90, 5], [5, 0]])),
        PhotoScore("c", np.array([[100, 0], [0, 0]])),
    )
    return Evaluation(class_table(("background", "disc")), photos)


def test_per_photo_and_dataset_means_are_both_given_and_differ() -> None:
    values = evaluation_as_json(known())
    assert values["mean_iou_per_photo"] == pytest.approx(0.5)
    assert values["dataset_iou"] == {"mean": 0.5, "classes": {"background": pytest.approx(0.965517), "disc": 0.5}}
    rows = values["photos"]
    assert isinstance(rows, list)
    assert [row["iou"] for row in rows] == [1.0, 0.0, None]
    assert values["constant_class_accuracy"] == pytest.approx(285 / 300)


def test_an_evaluation_survives_its_files(tmp_path: Path) -> None:
    write_evaluation(known(), tmp_path)
    again = evaluation_from_json(json.loads((tmp_path / "evaluation.json").read_text()), known().classes)
    assert evaluation_as_json(again) == evaluation_as_json(known())
    rows = list(csv.DictReader((tmp_path / "photos.csv").read_text().splitlines()))
    assert [row["iou"] for row in rows] == ["1.00000", "0.00000", ""]


def test_folds_are_joined_in_name_order_with_their_fold() -> None:
    first, second = known().photos[:1], known().photos[1:]
    table = known().classes
    whole = joined([Evaluation(table, second), Evaluation(table, first)])
    assert [(p.name, p.fold) for p in whole.photos] == [("a", 1), ("b", 0), ("c", 0)]


def test_a_model_that_paints_background_only_is_found_out() -> None:
    photo = PhotoScore("a", np.array([[90, 0], [10, 0]]))
    findings = diagnose(Evaluation(known().classes, (photo,) * 5))
    assert [f.code for f in findings] == ["score-collapse", "score-constant"]
    assert "'background'" in findings[0].evidence
    assert findings[0].severity == "error"


def test_a_model_below_the_constant_class_is_found_out() -> None:
    photo = PhotoScore("a", np.array([[30, 10], [45, 15]]))
    findings = diagnose(Evaluation(known().classes, (photo,) * 5))
    assert [f.code for f in findings] == ["score-constant"]


def test_scores_on_training_photos_and_on_few_photos_are_called_so() -> None:
    good = PhotoScore("a", np.array([[90, 0], [0, 10]]))
    assert [f.code for f in diagnose(Evaluation(known().classes, (good,) * 9, held_out=False))] == ["score-none"]
    assert [f.code for f in diagnose(Evaluation(known().classes, (good,) * 3))] == ["photos-few"]
    assert diagnose(Evaluation(known().classes, (good,) * 9)) == []


def test_what_is_no_mask_of_class_ids_is_refused(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=1)
    with pytest.raises(DataError, match="holds the id 255, the classes are 0 to 1: return class ids, not 0 and 255"):
        evaluate(lambda photo: threshold(photo) * 255, dataset)
    with pytest.raises(DataError, match=r"holds the id -1, the classes are 0 to 1: return class ids$"):
        evaluate(lambda photo: threshold(photo).astype(np.int16) - 1, dataset)  # type: ignore[arg-type,return-value]
    with pytest.raises(DataError, match="return HxW ids"):
        evaluate(lambda photo: threshold(photo)[:-1], dataset)
