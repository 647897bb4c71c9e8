import json
from pathlib import Path

import pytest

from maskwright.classes import class_table
from maskwright.errors import RunError
from maskwright.findings.finding import Finding
from maskwright.imaging.grey_range import GreyRange
from maskwright.runs.folder import (
    HistoryRow,
    RunFacts,
    read_findings,
    read_history,
    read_run_facts,
    write_findings,
    write_history,
    write_run_facts,
)

FACTS = RunFacts(
    version="0.1.0",
    data="photos",
    classes=class_table(("background", "grid")),
    grey_range=GreyRange(10, 4000),
    train_photos=("a.jpg", "b.jpg"),
    inner_photos=("b.jpg",),
    test_photos=(),
    split_reasons=("because",),
    seed=3,
    weights="random",
    machine="2 CPU cores",
    minutes=1.5,
    steps=20,
    data_wait_share=0.01,
)


def test_the_facts_of_a_run_survive_their_file(tmp_path: Path) -> None:
    write_run_facts(tmp_path, FACTS)
    assert read_run_facts(tmp_path) == FACTS


def test_a_run_from_a_newer_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_run_facts(tmp_path, FACTS)
    values = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**values, "format": 99, "version": "9.0", "new": 1}))
    with pytest.raises(RunError, match=r"9\.0, newer than this one: update maskwright"):
        read_run_facts(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": "x"}'])
def test_a_damaged_run_is_one_clear_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match="damaged"):
        read_run_facts(tmp_path)


def test_a_folder_without_a_run_and_an_unfinished_run_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run folder"):
        read_run_facts(tmp_path)
    (tmp_path / "plan.toml").write_text("")
    with pytest.raises(RunError, match="--resume"):
        read_run_facts(tmp_path)


def test_the_history_survives_its_file(tmp_path: Path) -> None:
    assert read_history(tmp_path) == []
    rows = [HistoryRow(5, 0.5, 0.25, 1e-3, None), HistoryRow(10, 1.0, 0.125, 5e-4, 0.75)]
    write_history(tmp_path, rows)
    assert read_history(tmp_path) == rows


def test_findings_survive_their_file(tmp_path: Path) -> None:
    assert read_findings(tmp_path) == []
    finding = Finding("mask-empty", "note", "title", "evidence", "fix", ("a.jpg",))
    write_findings(tmp_path, [finding])
    assert read_findings(tmp_path) == [finding]
