import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import FAST, call, refusal
from tests.support.ray_nodes import ray_nodes

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra ray")
ARMS = ("--arm", "plain: loss=ce", "--arm", "dice: loss=dice")


def on_ray(address: str, *arguments: object) -> str:
    """Return what `maskwright ARGUMENTS --on ray://ADDRESS` prints, in a process of its own with one thread."""
    words = [sys.executable, "-W", "ignore", "-m", "maskwright", *map(str, arguments), "--on", f"ray://{address}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def weights_and_scores(run: Path) -> tuple[str, str]:
    return json.loads((run / "run.json").read_text())["model_sha256"], (run / "evaluation.json").read_text()


@needs_ray
def test_folds_and_arms_on_ray_equal_those_trained_one_after_another(discs: Path, tmp_path: Path) -> None:
    folds = ("train", discs, "--folds", "2", *FAST)
    arms = ("compare", discs, *ARMS, *FAST, "--set", "split.test=0.34")
    with ray_nodes(2, 1) as nodes:
        printed = on_ray(nodes.address, *folds, "--out", tmp_path / "ray")
        compared = on_ray(nodes.address, *arms, "--out", tmp_path / "ray-arms")
    assert "fold 1 of 2 is trained" in printed
    assert "dice, seed 0, fold 0 is trained" in compared
    assert call(*folds, "--out", tmp_path / "here") == 0
    for name in ("folds/0", "folds/1", "."):
        assert weights_and_scores(tmp_path / "ray" / name) == weights_and_scores(tmp_path / "here" / name)
    assert call(*arms, "--out", tmp_path / "here-arms") == 0
    runs = sorted(
        path.parent.relative_to(tmp_path / "here-arms") for path in (tmp_path / "here-arms").rglob("run.json")
    )
    assert len(runs) == 2
    for run in runs:
        assert weights_and_scores(tmp_path / "ray-arms" / run) == weights_and_scores(tmp_path / "here-arms" / run)


def test_an_engine_without_folds_is_refused(discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "add --folds K" in refusal(capsys, "train", discs, *FAST, "--out", tmp_path / "run", "--on", "ray")
