import json
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import trials
from benchmarks.hardware import machine_lines

CELL = trials.Cell("metal", 0, "constant", 0, 1.25)


def kept(folder: Path) -> Path:
    outcome = trials.Outcome(CELL, {"a": 0.5, "b": None}, 0.5, 1.0, 1.0, 0, 100.0, {}, machine_lines())
    path = folder / f"{CELL.key}.json"
    trials.keep(outcome, path)
    return path


def test_what_was_measured_is_known_again(tmp_path: Path) -> None:
    assert trials.known_outcome(CELL, tmp_path) is None
    kept(tmp_path)
    known = trials.known_outcome(CELL, tmp_path)
    assert known is not None
    assert known.photo_ious == {"a": 0.5, "b": None}
    assert known.cell == CELL


@pytest.mark.parametrize("change", [{"code": "another"}, {"machine": ["64 CPU cores"]}])
def test_what_other_code_or_another_machine_gave_is_measured_anew(tmp_path: Path, change: dict[str, object]) -> None:
    path = kept(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert trials.known_outcome(CELL, tmp_path) is None


def test_a_cell_hangs_on_its_method_and_on_what_all_go_through_but_on_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in [*trials.ROOT.glob("benchmarks/**/*.py"), *trials.PACKAGE.rglob("*.py")]:
        copy = tmp_path / file.relative_to(trials.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(trials, "ROOT", tmp_path)
    monkeypatch.setattr(trials, "PACKAGE", tmp_path / "src" / "maskwright")
    before = {method: trials.code_hash(method) for method in trials.METHOD_FILES}

    def changed_by(name: str) -> set[str]:
        file = tmp_path / name
        text = file.read_bytes()
        file.write_bytes(text + b"\n")
        after = {method: trials.code_hash(method) for method in trials.METHOD_FILES}
        file.write_bytes(text)
        return {method for method in trials.METHOD_FILES if after[method] != before[method]}

    assert changed_by("src/maskwright/datasets/split.py") == set(trials.METHOD_FILES)
    assert changed_by("benchmarks/scores.py") == set(trials.METHOD_FILES)
    assert changed_by("src/maskwright/training/loop.py") == {"maskwright"}
    assert changed_by("benchmarks/methods/pixel_forest.py") == {"pixel-forest"}
    assert "maskwright" not in changed_by("benchmarks/methods/smp_recipe.py")
    assert asdict(CELL)["method"] in changed_by("benchmarks/methods/constant.py")
