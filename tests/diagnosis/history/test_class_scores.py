"""Scores of single classes beside the mean over all."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.class_scores import is_of_class
from maskwright.diagnosis.history.reading import read_history

ROWS = 20


def evaluations(crack: float) -> str:
    return "".join(
        f"Epoch:{i + 1}/{ROWS}\nTotal Loss: {0.7 * 0.9**i:.3f} || Val Loss: {0.7 * 0.91**i:.3f}\n"
        f"===>background:\tIou-{90 + i / 3:.2f}; Recall-99.0; Precision-99.1\n"
        f"===>crack:\tIou-{crack * i:.2f}; Recall-{crack * i:.2f}; Precision-{crack * i:.2f}\n"
        f"===> mIoU: {(90 + i / 3 + crack * i) / 2:.2f}; mPA: 50.0; Accuracy: {98 + i / 20:.2f}\n"
        for i in range(ROWS)
    )


def warned(folder: Path, text: str) -> list[str]:
    (folder / "log.txt").write_text(text, encoding="utf-8")
    history = read_history(folder / "log.txt")
    return [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"]


def test_a_class_that_stays_at_zero_is_named_and_a_dash_before_a_number_is_no_sign(tmp_path: Path) -> None:
    assert "class-missing" in warned(tmp_path, evaluations(0.0))


def test_classes_that_are_learned_raise_nothing(tmp_path: Path) -> None:
    assert warned(tmp_path, evaluations(3.5)) == []


def boxes(sign: float, rows: int) -> str:
    """Return a log of MMSegmentation whose tables have a row for each class."""
    rule = "+------+-------+------+\n"
    return "".join(
        f"2023-05-07 18:43:26,898 - mmseg - INFO - Iter [{50 * (i + 1)}/800]\tlr: 1e-2, loss: {0.7 * 0.9**i:.4f}\n"
        f"{rule}| Class |  IoU  | Acc |\n{rule}| road | {40 + 2 * i}.5 | 91.0 |\n| sign | {sign * i} | {sign * i} |\n"
        f"{rule}Summary:\n{rule}| aAcc | mIoU | mAcc |\n{rule}| 91.2 | {20 + i + sign * i / 2} | 53.0 |\n{rule}"
        for i in range(rows)
    )


def test_a_class_at_zero_in_a_table_of_the_log_is_named(tmp_path: Path) -> None:
    assert warned(tmp_path, boxes(0.0, ROWS)) == ["class-missing"]
    assert warned(tmp_path, boxes(2.0, ROWS)) == []


def test_a_class_at_zero_in_the_table_of_one_evaluation_is_named(tmp_path: Path) -> None:
    table = "| Class | IoU | Acc |\n+---+---+---+\n| sky | 93.0 | 96.0 |\n| pole | {} | {} |\n"
    assert warned(tmp_path, table.format("0.0", "0.0")) == ["class-missing"]
    assert warned(tmp_path, table.format("nan", "nan") + "| road | 70.0 | 80.0 |\n") == []


@pytest.mark.parametrize(
    ("name", "names", "of_class"),
    [
        ("crack IoU", ["crack IoU", "road IoU", "mIoU"], True),
        ("unet_iou", ["unet_iou", "miou"], False),
        ("boundary_iou", ["boundary_iou", "miou", "iou_small"], False),
        ("instance_dice", ["instance_dice", "dice", "surface_dice"], False),
        ("FWIoU", ["FWIoU", "mIoU", "crack IoU"], False),
        ("teacher_iou", ["teacher_iou", "student_iou", "iou"], False),
        ("balanced_accuracy", ["balanced_accuracy", "accuracy", "top5_acc"], False),
        ("iou@0.9", ["iou@0.9", "iou@0.5", "iou"], False),
        ("iou75", ["iou75", "iou50", "iou"], False),
        ("dice_background", ["dice_background", "dice_lesion"], True),
        ("IoU.road", ["IoU.road"], True),
        ("decode.acc_seg", ["decode.acc_seg", "aAcc", "mAcc"], False),
        ("aAcc", ["decode.acc_seg", "aAcc", "mAcc"], False),
        ("binary_accuracy", ["binary_accuracy", "accuracy"], False),
        ("mean_io_u", ["mean_io_u", "iou_score"], False),
        ("foreground_acc", ["foreground_acc", "dice"], False),
        ("dice_coef", ["dice_coef", "dice_score"], False),
    ],
)
def test_a_score_is_of_one_class_where_its_name_and_the_others_say_so(
    name: str, names: list[str], of_class: bool
) -> None:
    assert is_of_class(name, names) == of_class


@pytest.mark.parametrize(("side", "words"), [("val", "in validation"), ("train", "in training")])
def test_a_class_at_zero_is_named_after_many_epochs_but_not_after_one(tmp_path: Path, side: str, words: str) -> None:
    rows = [f"{i},{0.7 * 0.9**i},{0.3 + i / 50},{0.4 + i / 30},0.0" for i in range(12)]
    text = "\n".join([f"epoch,train_loss,{side}_iou,{side}_iou_road,{side}_iou_crack", *rows])
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    findings = history_findings(Evidence(history=read_history(tmp_path / "log.csv")))
    assert [words in f.evidence for f in findings if f.code == "class-missing"] == [True]
    assert warned(tmp_path, "\n".join(text.split("\n")[:2])) == []


def test_a_loss_below_zero_keeps_its_sign_and_a_score_after_a_dash_has_none(tmp_path: Path) -> None:
    lines = [f"epoch {i} loss(neg dice)-0.{i} val_loss-0.{i}, val dice-0.{i}" for i in range(1, 6)]
    (tmp_path / "log.txt").write_text("\n".join(lines), encoding="utf-8")
    history = read_history(tmp_path / "log.txt")
    np.testing.assert_allclose(history.train_loss, [-0.1, -0.2, -0.3, -0.4, -0.5])
    np.testing.assert_allclose(history.validation_loss, history.train_loss)
    assert all(np.nanmin([*m.train, *m.validation]) > 0 for m in history.metrics.values())


@pytest.mark.parametrize("column", ["label", "class"])
def test_a_table_of_epochs_whose_first_column_is_called_label_is_read(tmp_path: Path, column: str) -> None:
    (tmp_path / "log.txt").write_text(f"{column},loss,iou\n0,0.8,0.1\n1,0.6,0.3\n2,0.5,0.4\n", encoding="utf-8")
    assert read_history(tmp_path / "log.txt").train_loss.tolist() == [0.8, 0.6, 0.5]


@pytest.mark.parametrize(
    ("accuracy", "title"),
    [("nan", "A class is left out of the labels that are scored"), ("0.0", "The score of a class stays at 0")],
)
def test_a_class_whose_accuracy_is_nan_is_left_out_of_the_labels(tmp_path: Path, accuracy: str, title: str) -> None:
    """IoU 0 with Acc nan says that the class is predicted, and that no true pixel of it is counted."""
    rows = [
        f"Iter [{i}/900] lr: 0.01, loss: {1 / i:.4f}\n| Class | IoU | Acc |\n| background | 0.0 | {accuracy} |\n"
        f"| road | {40 + i} | {50 + i} |\n| wall | {20 + i} | {30 + i} |\n"
        for i in range(1, 12)
    ]
    (tmp_path / "train.log").write_text("".join(rows), encoding="utf-8")
    findings = history_findings(Evidence(history=read_history(tmp_path / "train.log")))
    assert [f.title for f in findings if f.code == "class-missing"] == [title]


def test_several_classes_that_are_left_out_are_named_in_the_plural(tmp_path: Path) -> None:
    rows = [
        f"Iter [{i}/900] lr: 0.01, loss: {1 / i:.4f}\n| Class | IoU | Acc |\n| background | 0.0 | nan |\n"
        f"| road | {40 + i} | {50 + i} |\n| wall | 0.0 | nan |\n"
        for i in range(1, 12)
    ]
    (tmp_path / "train.log").write_text("".join(rows), encoding="utf-8")
    findings = history_findings(Evidence(history=read_history(tmp_path / "train.log")))
    (named,) = [f for f in findings if f.code == "class-missing"]
    assert "their accuracy is NaN: they are predicted, and no true pixel of them is counted" in named.evidence


def test_a_class_by_its_number_has_a_score_of_its_own_also_where_it_is_nan(tmp_path: Path) -> None:
    lines = [
        f"epoch {i} loss {0.9 - 0.02 * i:.2f} dice {0.3 + 0.02 * i:.2f} dice class 0 {0.5 + 0.01 * i:.2f} "
        f"dice class 1 nan dice class 2: {0.2 + 0.02 * i:.2f}"
        for i in range(20)
    ]
    path = tmp_path / "train.log"
    path.write_text("\n".join(lines), encoding="utf-8")
    history = read_history(path)
    assert {"dice", "dice class_0", "dice class_2"} <= set(history.metrics)
    assert [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"] == []
