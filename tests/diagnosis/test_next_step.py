"""What a diagnosis without a fault says to do next: always a whole command that the command line takes."""

import shlex
from pathlib import Path

import numpy as np
import pytest

from maskwright.cli.parser import parser
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.next_step import Given, next_step

TRUTH = np.eye(8, dtype=np.uint8)
PAIRS = read_pairs([(TRUTH, TRUTH)])
WITH_TRAINING = Evidence(cases=PAIRS.cases, train_cases=PAIRS.cases)
FOLDERS = Given(truth=Path("my masks"), pred=Path("out"))


@pytest.mark.parametrize(
    ("evidence", "iou", "given", "words"),
    [
        (PAIRS, 0.99, FOLDERS, ["diagnose", "--truth", "new_masks/", "--pred", "new_predictions/"]),
        (PAIRS, 0.9, FOLDERS, ["diagnose", "--truth", "my masks", "--pred", "out", "--train-truth", "train_masks/"]),
        (WITH_TRAINING, 0.9, FOLDERS, ["learning-curve", "photos/"]),
        (PAIRS, 0.99, Given(run=Path("runs/a")), ["predict", "runs/a", "new_photos/"]),
        (Evidence(), None, Given(history=Path("log.csv")), ["diagnose", "--truth", "masks/", "--pred", "predictions/"]),
    ],
)
def test_the_next_command_fits_what_was_diagnosed(
    evidence: Evidence, iou: float | None, given: Given, words: list[str]
) -> None:
    step = next_step(evidence, iou, given=given)
    program, *typed = shlex.split(step.command)
    assert program == "maskwright"
    assert typed[: len(words)] == words
    assert parser().parse_args(typed).run_verb
    assert step.words
