from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.hardware import machine_lines
from benchmarks.imports import imported_files
from benchmarks.leaderboard import cells
from benchmarks.leaderboard.cells import NO_PART, Cell, Result, code_hash, keep, known, results_in
from benchmarks.leaderboard.methods import METHODS, function_of, shown_as, takes
from benchmarks.trials import ROOT

CELL = Cell("drive", "constant", 20, 1.25, 0)


def result(cell: Cell = CELL, **change: object) -> Result:
    """Return a result of the code and machine at hand."""
    code, machine = code_hash(cell.method, cell.set_name), tuple(machine_lines())
    made = Result(cell, (0.5, None), 0.4, {"dice": 0.6}, 75.0, 70.0, 3.0, 100, 900.0, 1.5, machine, "today", code)
    return replace(made, **change)  # type: ignore[arg-type]


def test_a_result_is_read_again_as_it_was_kept(tmp_path: Path) -> None:
    keep(result(), tmp_path)
    assert results_in(tmp_path) == [result()]
    assert known(CELL, results_in(tmp_path)) == result()
    assert result().counted == (0.5, 1.0)


def test_a_set_has_one_file_with_a_line_a_cell_the_latest_one(tmp_path: Path) -> None:
    second = replace(CELL, seed=1)
    for made in (result(), result(second), result(dataset_iou=0.7), result(replace(CELL, set_name="camvid"))):
        keep(made, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["camvid.jsonl", "drive.jsonl"]
    kept = {one.cell: one.dataset_iou for one in results_in(tmp_path) if one.cell.set_name == "drive"}
    assert kept == {CELL: 0.7, second: 0.4}
    assert len((tmp_path / "drive.jsonl").read_text().splitlines()) == 2


def test_runs_at_once_lose_no_line(tmp_path: Path) -> None:
    measured = result()
    made = [replace(measured, cell=replace(CELL, seed=seed)) for seed in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: keep(one, tmp_path), made))
    assert {one.cell for one in results_in(tmp_path)} == {one.cell for one in made}


def test_what_another_machine_gave_stays_beside_what_this_one_gave(tmp_path: Path) -> None:
    other = result(machine=("64 CPU cores", "torch 9"))
    keep(other, tmp_path)
    assert known(CELL, results_in(tmp_path)) is None
    keep(result(), tmp_path)
    assert sorted(one.machine for one in results_in(tmp_path)) == sorted([other.machine, result().machine])


def test_what_other_code_gave_is_measured_again(tmp_path: Path) -> None:
    keep(result(code="other"), tmp_path)
    assert known(CELL, results_in(tmp_path)) is None
    assert len(results_in(tmp_path)) == 1  # it stays in the tables until then
    assert known(CELL, results_in(tmp_path), any_code=True) == result(code="other")


def test_names_of_methods_and_other_sets_change_no_result() -> None:
    files = imported_files(("benchmarks.leaderboard.one_cell", "benchmarks.methods.constant"), without=NO_PART)
    names = {file.relative_to(ROOT).as_posix() for file in files}
    assert {"benchmarks/methods/constant.py", "benchmarks/scores.py", "benchmarks/leaderboard/one_cell.py"} <= names
    assert not names & {"benchmarks/sets.py", "benchmarks/leaderboard/methods.py", "benchmarks/methods/ours.py"}


def test_another_list_of_photos_is_another_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_hash("constant", "drive")
    assert code_hash("constant", "camvid") != before
    text = (cells.FOLDER.parent / "photos" / "drive.json").read_bytes()
    (tmp_path / "drive.json").write_bytes(text.replace(b"21_training", b"99_training"))
    monkeypatch.setattr("benchmarks.leaderboard.photo_lists.FOLDER", tmp_path)
    assert code_hash("constant", "drive") != before


def test_every_method_is_a_function_and_a_name_beyond_them_is_a_file_of_its_own() -> None:
    for method in METHODS:
        module, _, name = function_of(method).rpartition(".")
        assert f"def {name}(" in (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    assert function_of("my-method") == "benchmarks.methods.my_method.fit"
    assert shown_as("my-method") == "my-method"
    assert takes("wnet-vessels", "drive")
    assert not takes("wnet-vessels", "camvid")
