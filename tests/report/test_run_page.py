import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.errors import RunError
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.evaluation_files import read_evaluation, write_evaluation
from maskwright.evaluation.headline import headline
from maskwright.evaluation.object_sizes import ObjectScore
from maskwright.findings.finding import Finding
from maskwright.report.run_page import report_of_run, write_report, write_run_report
from maskwright.report.run_pictures import panel_path
from maskwright.report.run_tables import confused_most, confusion_table
from maskwright.runs.folder import read_run_facts
from maskwright.runs.headline_class import write_headline

BINARY = class_table(("background", "disc"))


def scored(name: str, iou: float, *, fold: int | None = None) -> PhotoScore:
    """Return a photo of 200 pixels whose disc of 100 is found to this share, and nothing else."""
    hits = round(100 * iou)
    return PhotoScore(name, np.array([[100, 0], [100 - hits, hits]]), fold)


@pytest.fixture
def run(disc_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the run that a test may change."""
    return shutil.copytree(disc_run, tmp_path / "run")


def test_the_report_of_a_run_shows_all_that_the_folder_holds(run: Path) -> None:
    report = report_of_run(run)
    assert report.title == "discs"
    assert report.score.value == pytest.approx(
        json.loads((run / "evaluation.json").read_text())["mean_iou_per_photo"], abs=1e-5
    )
    assert {fact.name: fact.value for fact in report.facts}["photos"] == "4 used for training, 2 held out"
    assert [point.step for point in report.curve] == [1, 2, 3]
    assert {"net.weights", "scale.crop_px", "predict.zooms"} <= {row.name for row in report.plan}
    assert next(row for row in report.plan if row.name == "scale.crop_px").why == "set by hand"
    assert len(report.worst) + len(report.best) == 2
    assert len(report.augmentations) > 4
    assert {"weights-random", "photos-few"} <= {finding.code for finding in report.findings}
    assert report.folds is None


def test_a_finding_is_in_the_report_once(run: Path) -> None:
    told = [(finding.code, finding.title) for finding in report_of_run(run).findings]
    assert len(told) == len(set(told))


def test_the_worst_photos_come_first_and_no_photo_is_in_both_groups(run: Path) -> None:
    shares = (0.9, 0.1, 0.5, 0.7, 0.3, 0.95, 0.2)
    photos = tuple(scored(f"p{i}", share) for i, share in enumerate(shares))
    write_evaluation(Evaluation(BINARY, (*photos, scored("unseen", 0.0))), run)
    for photo in photos:
        panel_path(run, photo.name).write_bytes(photo.name.encode())
    report = report_of_run(run)
    assert [panel.name for panel in report.worst] == ["p1", "p6", "p4", "p2", "p3"]
    assert [panel.name for panel in report.best] == ["p5", "p0"]
    assert report.worst[0].iou == pytest.approx(0.1)
    assert report.photos is not None
    assert [row[0] for row in report.photos.rows] == [*(f"p{i}" for i in range(7)), "unseen"]


def test_folds_have_a_table_and_the_photos_their_fold(run: Path) -> None:
    photos = (scored("a", 0.5, fold=0), scored("b", 1.0, fold=1), scored("c", 0.8, fold=1))
    write_evaluation(Evaluation(BINARY, photos), run)
    report = report_of_run(run)
    assert report.folds is not None
    assert report.photos is not None
    assert report.folds.rows == ((0, 1, 0.5), (1, 2, 0.9))
    assert report.photos.columns == ("photo", "fold", "IoU")
    assert report.photos.rows[2][:2] == ("c", 1)


def test_scores_by_object_size_are_shown_where_sizes_differ(run: Path) -> None:
    small, large = ObjectScore(1, 100, 0.5, 0.25), ObjectScore(1, 20_000, 1.0, 0.75)
    photos = tuple(replace(scored(name, 0.5), objects=(small, large)) for name in ("a", "b"))
    write_evaluation(Evaluation(BINARY, photos), run)
    sizes = report_of_run(run).sizes
    assert sizes is not None
    assert sizes.rows == (("under 1,024 px", 2, 0.5, 0.25), ("9,216 px or more", 2, 1.0, 0.75))
    assert "9,216 px or more" in write_run_report(run).read_text()
    write_evaluation(Evaluation(BINARY, tuple(replace(p, objects=(large,)) for p in photos)), run)
    assert report_of_run(run).sizes is None


def test_a_fold_in_which_no_photo_has_a_score_is_a_gap(run: Path) -> None:
    nothing = PhotoScore("n", np.array([[100, 0], [0, 0]]), 0)
    write_evaluation(Evaluation(BINARY, (nothing, scored("b", 1.0, fold=1))), run)
    folds = report_of_run(run).folds
    assert folds is not None
    assert math.isnan(float(folds.rows[0][2] or 0))


@pytest.mark.parametrize(
    ("evaluation", "words"),
    [
        (Evaluation(BINARY, (scored("a", 1),)), "mean IoU per photo on 1 held-out photo"),
        (Evaluation(BINARY, (scored("a", 1), scored("b", 1))), "mean IoU per photo on 2 held-out photos"),
        (
            Evaluation(BINARY, (scored("a", 1), PhotoScore("b", np.diag([9, 0])))),
            "mean IoU per photo on 1 held-out photo (1 more show no object, and none was predicted)",
        ),
        (
            Evaluation(BINARY, (scored("a", 1),), held_out=False),
            "mean IoU per photo on 1 photo it was trained on",
        ),
        (
            Evaluation(BINARY, (scored("a", 1, fold=0), scored("b", 1, fold=1))),
            "mean IoU per photo over 2 photos, each scored with the one of 2 models that had not seen it",
        ),
    ],
)
def test_the_headline_names_the_scored_photos(evaluation: Evaluation, words: str) -> None:
    assert headline(evaluation) == words


def test_a_score_that_is_not_honest_comes_with_the_way_to_one(run: Path) -> None:
    write_evaluation(Evaluation(BINARY, (scored("a", 0.5),), held_out=False), run)
    score = report_of_run(run).score
    assert not score.honest
    assert "--folds 5" in score.how_to_get_honest
    assert score.low is None


def test_classes_are_listed_objects_first_with_all_their_scores(run: Path) -> None:
    write_evaluation(Evaluation(BINARY, (scored("a", 0.5), scored("b", 0.5))), run)
    disc, background = report_of_run(run).classes
    assert (disc.name, background.name) == ("disc", "background")
    assert disc.iou == pytest.approx(0.5)
    assert disc.precision == 1.0
    assert disc.recall == pytest.approx(0.5)


def test_a_chosen_class_is_the_headline_and_the_tables_keep_all_classes(run: Path) -> None:
    write_headline(run, "background")
    write_evaluation(Evaluation(BINARY, (scored("a", 0.5), scored("b", 0.5))), run)
    report = report_of_run(run)
    assert report.verdict is not None
    assert report.verdict.title == "Finding background: 0.67 on 2 unseen photos"
    assert report.score.value == pytest.approx(2 / 3)
    assert [row.name for row in report.classes] == ["disc", "background"]


def test_the_most_confused_classes_are_named(run: Path) -> None:
    table = class_table(("background", "cat", "dog"))
    mixed = np.array([[90, 0, 0], [0, 60, 40], [0, 10, 90]])
    write_evaluation(Evaluation(table, (PhotoScore("a", mixed),)), run)
    evaluation = read_evaluation(run, table)
    assert confused_most(evaluation) == "Most often, cat is taken for dog: 40% of its pixels."
    matrix = confusion_table(evaluation)
    assert matrix is not None
    assert matrix.rows[1] == ("cat", 0.0, 0.6, 0.4)


def test_the_report_of_a_run_is_one_file_without_links_to_others(run: Path) -> None:
    path = write_run_report(run)
    page = path.read_text(encoding="utf-8")
    assert path == run / "report.html"
    assert "Mean IoU per photo on 2 held-out photos" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert len(page) < 3_000_000


def test_an_evaluation_alone_can_be_reported(tmp_path: Path) -> None:
    finding = Finding("mask-empty", "note", "a title of its own", "evidence", "fix")
    path = write_report(Evaluation(BINARY, (scored("a", 0.5),)), [finding], str(tmp_path / "report.html"))
    page = path.read_text(encoding="utf-8")
    assert "a title of its own" in page
    assert "The score is uncertain: it rests on few photos" in page


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"photos": [1]}', '{"photos": [{"photo": "a", "counts": [[1]]}]}'])
def test_a_damaged_evaluation_is_one_clear_line(run: Path, text: str) -> None:
    (run / "evaluation.json").write_text(text)
    with pytest.raises(RunError, match=r"evaluation\.json is damaged.*: .* --resume"):
        report_of_run(run)


def test_an_evaluation_of_other_classes_is_refused(run: Path) -> None:
    table = class_table(("a", "b", "c"))
    write_evaluation(Evaluation(table, (PhotoScore("a", np.eye(3, dtype=np.int64)),)), run)
    with pytest.raises(RunError, match="damaged"):
        read_evaluation(run, read_run_facts(run).classes)


def test_a_run_without_evaluation_says_how_to_evaluate_it(run: Path) -> None:
    (run / "evaluation.json").unlink()
    with pytest.raises(RunError, match=r"has not been evaluated: .* --resume"):
        report_of_run(run)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("findings.json", "{"),
        ("findings.json", '[{"code": "no-such-code", "photos": []}]'),
        ("history.csv", "step,minutes\n1,2\n"),
        ("history.csv", "step,minutes,loss,lr,validation_iou\na,b,c,d,e\n"),
    ],
)
def test_other_damaged_files_are_named(run: Path, name: str, text: str) -> None:
    (run / name).write_text(text)
    with pytest.raises(RunError, match=f"{name} is damaged"):
        report_of_run(run)


def test_a_report_without_findings_history_and_pictures_is_written(run: Path) -> None:
    for name in ("findings.json", "history.csv"):
        (run / name).unlink()
    shutil.rmtree(run / "pictures")
    report = report_of_run(run)
    assert (report.curve, report.worst, report.best, report.augmentations) == ((), (), (), ())
    assert write_run_report(run).exists()
