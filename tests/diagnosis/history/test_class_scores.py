"""Scores of single classes beside the mean over all."""

from pathlib import Path

import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.class_scores import is_of_class
from maskwright.diagnosis.history.read import read_history

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
        ("crack IoU", ["crack IoU", "mIoU"], True),
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
