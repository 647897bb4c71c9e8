"""Logs of several stages: epochs that begin again are counted on, folds are not."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history

HEAD = "epoch\ttrain_loss\tvalid_loss\tacc_seg\tdice\ttime"


def stage(first: float, last: float, dice: tuple[float, float], epochs: int) -> list[str]:
    share = np.linspace(0, 1, epochs)
    losses = first + (last - first) * share
    scores = dice[0] + (dice[1] - dice[0]) * share
    return [
        f"{i}\t{loss:.6f}\t{1.1 * loss:.6f}\t{0.8 + score / 8:.6f}\t{score:.6f}\t00:42"
        for i, (loss, score) in enumerate(zip(losses, scores, strict=True))
    ]


def printed(path: Path, *stages: list[str]) -> History:
    parts = ["learn = unet_learner(dls, resnet34, metrics=[Dice()], wd=1e-2)"]
    for rows in stages:
        parts += ["learn.fit_one_cycle(10, 3e-3)", "", HEAD, *rows, "", "learn.unfreeze()"]
    path.write_text("\n".join(parts), encoding="utf-8")
    return read_history(path)


def test_two_stages_of_fastai_are_counted_through(tmp_path: Path) -> None:
    history = printed(tmp_path / "out.txt", stage(0.5, 0.13, (0.4, 0.85), 10), stage(0.14, 0.08, (0.85, 0.9), 20))
    assert history.at.tolist() == list(range(30))
    assert history.tool == "fastai"
    assert "counted on: 0 of the next part is 10" in history.reading
    assert [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"] == []


def test_a_second_stage_that_loses_everything_is_named_with_the_cure_of_fastai(tmp_path: Path) -> None:
    lost = [*stage(0.16, 0.47, (0.8, 0.1), 4), *[row.replace("0\t", f"{i}\t", 1) for i, row in
            enumerate(stage(0.42, 0.42, (0.004, 0.003), 16), start=4)]]  # fmt: skip
    lost[4:] = [f"{i}\t0.42\t0.43\t0.83\t0.003\t00:42" for i in range(4, 20)]
    history = printed(tmp_path / "out.txt", stage(0.5, 0.13, (0.4, 0.85), 10), lost)
    finding, *_ = history_findings(Evidence(history=history))
    assert finding.code == "lr-too-high"
    assert "learn.unfreeze()" in finding.fix


@pytest.mark.parametrize("folds", [2, 5])
def test_folds_that_start_over_are_left_as_they_were(tmp_path: Path, folds: int) -> None:
    rows = [f"epoch {i} loss {0.1 + 0.8 * 0.8**i:.4f} val_iou {0.8 - 0.7 * 0.8**i:.4f}" for i in range(20)]
    path = tmp_path / "train.log"
    path.write_text("\n".join(rows * folds), encoding="utf-8")
    history = read_history(path)
    assert len(history) == 20
    assert history.reading == ""
