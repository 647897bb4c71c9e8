"""The whole job in one call, and calls that cannot work."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maskwright as mw
from tests.support.commands import SMALL
from tests.support.two_processes import environment_of_tests

QUICK = dict(setting.split("=", 1) for setting in SMALL)


def test_one_call_trains_evaluates_and_reports(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[mw.Progress] = []
    run = mw.fit(discs, minutes=1, settings={**QUICK, "split.test": 0.34}, callbacks=[seen.append])
    assert run.folder == Path("runs/discs-1")
    assert run.evaluation is not None
    assert run.evaluation.held_out
    assert len(run.evaluation.photos) == 2
    assert run.report is not None
    assert run.report.exists()
    assert {finding.code for finding in run.findings} >= {"photos-few"}
    assert run.verdict.sentence.startswith("Poor")
    assert repr(run) == f"<Run runs/discs-1: {run.verdict.title}>"
    assert run.verdict.sentence in run._repr_html_().replace("&#x27;", "'")
    assert run.segmenter.mask(np.zeros((40, 50, 3), np.uint8)).shape == (40, 50)
    assert [progress.step for progress in seen] == [1, 2, 3]
    assert all(progress.lr > 0 for progress in seen)
    out = capsys.readouterr().out
    assert "training: step 3/3" in out
    assert "evaluating 2 photos" in out


TORCHRUN_SCRIPT = """
import maskwright
from maskwright.errors import MaskwrightError

if __name__ == "__main__":
    try:
        maskwright.fit({empty!r}, minutes=1, out="nothing")
    except MaskwrightError as error:
        print(f"REFUSED {{error}}")
    for number in (1, 2):
        print(repr(maskwright.fit({photos!r}, minutes=1, out=f"run{{number}}", settings={settings!r})))
"""


def test_all_processes_of_torchrun_train_together_and_get_the_run_or_the_error(discs: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    script = tmp_path / "train.py"
    script.write_text(TORCHRUN_SCRIPT.format(empty=str(tmp_path / "empty"), photos=str(discs), settings=QUICK))
    words = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    done = subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        timeout=900,
        env=environment_of_tests(),
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("is empty: put photos") == 2
    for number in (1, 2):
        assert done.stdout.count(f"<Run run{number}: ") == 2
        assert (tmp_path / f"run{number}" / "report.html").exists()
    assert done.stdout.count("evaluating") == 2


def test_a_world_size_without_torchrun_is_no_training_in_several_processes(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert mw.fit(discs, minutes=1, out=tmp_path / "run", settings=QUICK).report is not None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"data": "nosuch"}, "nosuch does not exist"),
    ({"data": 5}, "int is no folder of photos"),
    ({"minutes": 0}, "minutes=0 is no time"),
    ({"minutes": "ten"}, "minutes='ten' is no time"),
    ({"settings": {"optim.bach": 8}}, "did you mean optim.batch?"),
    ({"settings": ["split.test=0.2"]}, "is no dict"),
    ({"callbacks": "wandb"}, "no tracker 'wandb'"),
    ({"callbacks": [5]}, "5 is no callback"),
    ({"callbacks": 5}, "callbacks=5"),
    ({"folds": 1}, "at least 2"),
    ({"folds": 40}, "40 folds need at least 40 photos"),
    ({"seed": -1}, "seed=-1"),
]


@pytest.mark.parametrize(("words", "told"), WRONG)
def test_a_call_that_cannot_work_is_refused_in_one_line(
    words: dict[str, Any], told: str, discs: Path, tmp_path: Path
) -> None:
    asked = {"data": discs, "out": tmp_path / "run", "settings": QUICK, **words}
    with pytest.raises(mw.MaskwrightError) as refused:
        mw.fit(**asked)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_dataset_is_refused_with_the_folder_to_give(discs: Path) -> None:
    with pytest.raises(mw.MaskwrightError, match=f"give '{discs}'"):
        mw.fit(mw.open_dataset(discs))  # type: ignore[arg-type]
