"""Consoles and files of more tools and repositories: every loss and every score is read under its name and side."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.console_logs import CONSOLES, detr, hrnet, monai_bundle, paddleseg, torchvision_references
from benchmarks.field.tool_logs import Training, drawn_training
from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history

ROWS = 24


def read(folder: Path, text: str, name: str = "pasted.txt") -> History:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_history(path)


def warned(history: History) -> list[str]:
    return [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"]


@pytest.mark.parametrize("name", CONSOLES)
def test_every_loss_and_score_is_read_and_a_healthy_training_raises_nothing(tmp_path: Path, name: str) -> None:
    form, drawn = CONSOLES[name], drawn_training(0)
    history = read(tmp_path, form.write(drawn), name)
    assert len(history) == ROWS
    np.testing.assert_allclose(history.train_loss, drawn.loss, atol=2e-3)
    if form.validation_loss:
        np.testing.assert_allclose(history.validation_loss, drawn.val_loss, atol=2e-3)
    else:
        assert not np.isfinite(history.validation_loss).any()
    for score in form.scores:
        values = history.metrics[score].validation
        np.testing.assert_allclose(values / (100 if values.max() > 2 else 1), drawn.score, atol=2e-3, err_msg=score)
    assert warned(history) == []


@pytest.mark.parametrize("name", [name for name, form in CONSOLES.items() if form.scores and name != "scikit.txt"])
def test_a_score_that_stays_at_zero_is_named_in_each_form(tmp_path: Path, name: str) -> None:
    drawn = drawn_training(0)
    stuck = Training(drawn.loss, [0.9] * ROWS, [0.0] * ROWS)
    assert warned(read(tmp_path, CONSOLES[name].write(stuck), name))


def test_two_classes_whose_names_begin_alike_are_two_scores(tmp_path: Path) -> None:
    text = monai_bundle(drawn_training(0)).replace("right lung_mean_dice: 0.", "right lung_mean_dice: 0.0")
    history = read(tmp_path, text)
    left, right = (history.metrics[f"{side} lung_mean_dice"].validation for side in ("left", "right"))
    assert left[-1] > 0.5 > 0.1 > right[-1]


def test_a_class_that_is_never_found_is_named_from_the_array_below_its_name(tmp_path: Path) -> None:
    drawn = drawn_training(0)
    lost = [line.replace("[0.98 ", "[0.98 0.0 ") for line in paddleseg(drawn).splitlines()]
    found = history_findings(Evidence(history=read(tmp_path, "\n".join(lost))))
    assert [f.code for f in found if f.severity == "warning"] == ["class-missing"]
    assert "Class IoU[1]" in found[0].evidence


def test_an_array_over_several_lines_is_one(tmp_path: Path) -> None:
    wide = hrnet(drawn_training(0)).replace("[0.98412237 ", "[0.98412237 0.5\n 0.6 0.7\n 0.8 ")
    history = read(tmp_path, wide)
    assert list(history.metrics) == ["MeanIU"]
    assert len(history) == ROWS


def test_minus_one_is_no_score_where_coco_has_no_object(tmp_path: Path) -> None:
    history = read(tmp_path, detr(drawn_training(0)), "log.txt")
    assert min(np.nanmin(m.validation) for m in history.metrics.values() if len(m.validation)) >= 0


def test_numbers_in_quotes_are_read(tmp_path: Path) -> None:
    history = read(tmp_path, torchvision_references(drawn_training(0)))
    np.testing.assert_allclose(history.metrics["IoU[0]"].validation, 91.2)


def test_a_preamble_that_speaks_of_validation_moves_no_training(tmp_path: Path) -> None:
    lines = [f"Epoch {i} loss {0.9 - 0.05 * i:.2f} iou {0.1 + 0.05 * i:.2f}" for i in range(8)]
    history = read(tmp_path, "\n".join(["Validation set: 30 photos", "Test images: 12", *lines]))
    np.testing.assert_allclose(history.train_loss[:2], [0.9, 0.85])
    assert not len(history.validation_loss)
