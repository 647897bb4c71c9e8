import json
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import trials
from benchmarks.hardware import machine_lines

TRIAL = trials.Trial("metal", 0, "constant", 0, 1.25)


def kept(folder: Path) -> Path:
    outcome = trials.Outcome(TRIAL, {"a": 0.5, "b": None}, 0.5, 1.0, 1.0, 0, 100.0, {}, machine_lines())
    path = folder / f"{TRIAL.key}.json"
    trials.keep(outcome, path)
    return path


def test_what_was_measured_is_known_again(tmp_path: Path) -> None:
    assert trials.known_outcome(TRIAL, tmp_path) is None
    kept(tmp_path)
    known = trials.known_outcome(TRIAL, tmp_path)
    assert known is not None
    assert known.photo_ious == {"a": 0.5, "b": None}
    assert known.trial == TRIAL


@pytest.mark.parametrize("change", [{"code": "another"}, {"machine": ["64 CPU cores"]}])
def test_what_other_code_or_another_machine_gave_is_measured_anew(tmp_path: Path, change: dict[str, object]) -> None:
    path = kept(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert trials.known_outcome(TRIAL, tmp_path) is None


def test_the_code_of_a_trial_is_its_method_and_what_all_methods_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in [*trials.ROOT.glob("benchmarks/**/*.py"), *trials.ROOT.glob("src/maskwright/**/*.py")]:
        copy = tmp_path / file.relative_to(trials.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(trials, "ROOT", tmp_path)
    before = {method: trials.code_hash(method) for method in trials.METHODS}

    def changed_by(name: str) -> set[str]:
        file = tmp_path / name
        text = file.read_bytes()
        file.write_bytes(text + b"\n")
        after = {method: trials.code_hash(method) for method in trials.METHODS}
        file.write_bytes(text)
        return {method for method in trials.METHODS if after[method] != before[method]}

    assert changed_by("src/maskwright/datasets/splitting/split.py") == set(trials.METHODS)
    assert changed_by("benchmarks/scores.py") == set(trials.METHODS)
    assert changed_by("src/maskwright/training/loop.py") == {"maskwright"}
    assert changed_by("benchmarks/methods/pixel_forest.py") == {"pixel-forest"}
    assert changed_by("src/maskwright/cli/main.py") == set()
    assert "maskwright" not in changed_by("benchmarks/methods/smp_recipe.py")
    assert asdict(TRIAL)["method"] in changed_by("benchmarks/methods/constant.py")


def test_every_method_is_a_function() -> None:
    for name in trials.METHODS.values():
        module, _, function = name.rpartition(".")
        file = trials.ROOT / f"{module.replace('.', '/')}.py"
        assert f"def {function}(" in file.read_text()
