import shutil
from pathlib import Path

from maskwright.report.trust_sentence import UNKNOWN, trust_sentence


def test_the_line_says_how_good_the_model_is_and_on_what(disc_run: Path) -> None:
    line = trust_sentence(disc_run)
    assert line.startswith("Finding disc: ")
    assert "on 2 unseen photos (IoU; 1 is perfect). None of these photos was used for training" in line
    assert "\n" not in line


def test_a_run_without_its_evaluation_says_that_nothing_is_known(disc_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(disc_run, tmp_path / "run")
    (run / "evaluation.json").unlink()
    assert trust_sentence(run) == UNKNOWN
