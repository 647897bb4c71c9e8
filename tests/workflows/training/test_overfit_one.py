from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.workflows.training.overfit_one import (
    LEARNED_IOU,
    Attempt,
    Overfit,
    overfit,
    overfit_findings,
    richest_photo,
)
from tests.support.commands import FAST, call
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan


def test_a_disc_is_overfitted_and_progress_is_shown(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=3)
    plan = small_plan(dataset, steps=0)
    plan = replace(plan, optim=replace(plan.optim, lr_encoder=3e-3, lr_decoder=1e-2))
    seen: list[Attempt] = []
    result = overfit(dataset, plan, budget_s=25.0, on_progress=seen.append)
    assert result.steps == len(seen) == seen[-1].steps
    assert seen[-1].iou == result.iou
    assert result.iou > LEARNED_IOU > result.constant_iou
    assert result.photo == richest_photo(dataset)
    assert result.answer == "yes"
    assert overfit_findings(result) == []


def test_the_budget_is_a_limit_and_too_few_steps_are_reported_as_such(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=2)
    result = overfit(dataset, small_plan(dataset), budget_s=0.1)
    assert result.steps < 5
    assert "too few to tell" in result.answer
    (found,) = overfit_findings(result)
    assert (found.code, found.severity) == ("cannot-learn", "note")


def test_a_photo_not_learned_after_many_steps_is_an_error_that_leaves_no_photo_out() -> None:
    result = Overfit("a.png", 0.11, 0.2, steps=400, seconds=45.0, long_side_px=512)
    (found,) = overfit_findings(result)
    assert (result.answer, found.severity, found.photos) == ("no", "error", ())
    assert "IoU 0.110 on a.png after 400 steps" in found.evidence
    assert "scale.long_side_px=1024" in found.fix
    assert Overfit("a.png", 0.9, 0.2, steps=400, seconds=45.0, long_side_px=512).answer == "yes"


def test_the_richest_photo_has_the_largest_disc(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path)
    pixels = {s.name: int((dataset.mask(s) == 1).sum()) for s in dataset.samples}
    assert pixels[richest_photo(dataset)] == max(pixels.values())


def test_check_with_overfit_answers_the_question(discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", discs, "--overfit", *FAST) == 0
    said = capsys.readouterr().out
    assert "overfitting one photo" in said
    assert "can it learn one photo?" in said
