"""A run that TensorBoard follows, read by TensorBoard's own reader."""

from pathlib import Path

import pytest

from maskwright.planning.settings import read_settings
from maskwright.workflows.progress.screen import silent_screen
from maskwright.workflows.training.job import run_job
from maskwright.workflows.training.prepare import Job
from tests.support.commands import SMALL

pytest.importorskip("tensorboard")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard_reads_losses_rates_scores_pictures_the_plan_and_the_verdict(discs: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    job = Job(discs, tmp_path / "run", read_settings((*SMALL, "split.test=0.34")), log=("tensorboard",))
    result = run_job(job, silent_screen())
    events = EventAccumulator(str(result.out / "tensorboard"), size_guidance={"images": 0, "tensors": 0}).Reload()
    tags = events.Tags()
    assert {"training/loss", "training/learning_rate", "evaluation/iou_disc"} <= set(tags["scalars"])
    assert [point.step for point in events.Scalars("training/loss")] == [1, 2, 3]
    assert all(point.value > 0 for point in events.Scalars("training/learning_rate"))
    score = events.Scalars("evaluation/mean_iou_per_photo")[0].value
    assert score == pytest.approx(result.evaluation.mean_iou_per_photo.value, abs=1e-5)
    assert sorted(tag.split("/")[0] for tag in tags["images"]) == ["worst_photos"] * 2
    verdict = events.Tensors("verdict/text_summary")[0].tensor_proto.string_val[0].decode()
    assert result.verdict.sentence in verdict
    plan = events.Tensors("plan/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "crop_px = 64" in plan
