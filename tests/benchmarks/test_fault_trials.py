"""Answers of the suite of injected faults: stored ones stay until the same trial is answered again."""

import json
from dataclasses import asdict, replace

from benchmarks.faults.__main__ import merged
from benchmarks.faults.tables import as_markdown
from benchmarks.faults.trials import Outcome, Trial, from_json

FLIPPED = Outcome(Trial("prediction", "pred-flipped", ("pred-flipped",), "camvid"), (), cost=0.2, commit="aaaaaaaa")
HEALTHY = Outcome(Trial("healthy", "answers as ids", (), "camvid"), ("class-missing",), commit="aaaaaaaa")


def test_an_answer_comes_back_from_json() -> None:
    assert from_json(json.loads(json.dumps(asdict(FLIPPED)))) == FLIPPED


def test_a_new_answer_takes_the_place_of_the_stored_one_and_the_others_stay() -> None:
    again = replace(FLIPPED, named=("pred-flipped",), commit="bbbbbbbb")
    assert merged([FLIPPED, HEALTHY], [again]) == [again, HEALTHY]


def test_the_page_says_which_code_answered_which_sets() -> None:
    page = as_markdown([FLIPPED, replace(HEALTHY, commit="bbbbbbbb")], [])
    assert "| aaaaaaaa | prediction | camvid (1) |" in page
    assert "| bbbbbbbb | healthy | camvid (1) |" in page
