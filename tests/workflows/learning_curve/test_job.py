"""The whole command on drawn photos: the forecast, going on where it stopped, and refusals."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import maskwright as mw
from maskwright.files import read_json
from tests.support.commands import FAST, SMALL, call, refusal
from tests.support.drawn import disc_photos, via_csv

ARGUMENTS = ("--minutes", "1", *FAST)


def values_of(path: Path) -> Any:  # noqa: ANN401 - what a JSON file holds
    return read_json(path)


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dataset = disc_photos(tmp_path_factory.mktemp("data") / "eight", count=8)
    via_csv(dataset)
    return dataset.root


@pytest.fixture(scope="module")
def measured(eight: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("curve") / "out"
    assert call("learning-curve", eight, "--out", out, *ARGUMENTS) == 0
    return out


def test_the_page_and_the_json_hold_the_curve(measured: Path) -> None:
    values = values_of(measured / "learning_curve.json")
    assert values["photos"] == 8
    assert [point["photos"] for point in values["points"]] == [2, 4]
    assert len(values["points"][-1]["photo_ious"]) == 8
    assert values["now"]["low"] <= values["now"]["value"] <= values["now"]["high"]
    page = (measured / "learning_curve.html").read_text()
    assert values["sentence"].partition(". ")[2] in page
    assert "How good is it now?" in page
    assert values["quality"]["level"] in ("good", "fair", "poor")
    assert "perhaps" in values["sentence"]
    assert "--minutes 30 --out" in values["next"]["command"]
    assert values["next"]["command"].count("/out-2") == 1
    assert "optim.steps" not in values["next"]["command"]
    assert "Why is a few hundred enough here?" in page
    assert "<script" not in page
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page)


def test_the_same_command_trains_nothing_again_and_says_the_same(
    eight: Path, measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in measured.glob("cells/*/*/model.safetensors")}
    sentence = values_of(measured / "learning_curve.json")["sentence"]
    capsys.readouterr()
    assert call("learning-curve", eight, "--out", measured, *ARGUMENTS) == 0
    out = capsys.readouterr().out
    assert sentence in out
    assert "training 1 of" not in out
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_only_what_is_missing_is_trained(eight: Path, measured: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(measured, out)
    runs = sorted(out.glob("cells/*/*"))
    shutil.rmtree(runs[0])
    kept = [run / "model.safetensors" for run in runs[1:]]
    before = [path.stat().st_mtime_ns for path in kept]
    assert call("learning-curve", eight, "--out", out, *ARGUMENTS) == 0
    assert (runs[0] / "model.safetensors").exists()
    assert [path.stat().st_mtime_ns for path in kept] == before
    told = [values_of(folder / "learning_curve.json")["sentence"] for folder in (out, measured)]
    assert told[0] == told[1]


def test_other_minutes_or_photos_are_refused_in_the_same_folder(
    eight: Path, discs: Path, measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, "learning-curve", eight, "--out", measured, "--minutes", "2", *FAST)
    assert "was begun with --minutes 1" in line
    line = refusal(capsys, "learning-curve", discs, "--out", measured, *ARGUMENTS)
    assert "was begun with other photos, masks or classes" in line


@pytest.mark.parametrize(
    "change", [{"minutes": "a"}, {"shape": {"folds": "x"}}, {"training_minutes": 9e9}, {"shape": 3}]
)
def test_a_damaged_design_is_refused_in_one_line(
    eight: Path, measured: Path, tmp_path: Path, change: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "design.json").write_text(json.dumps({**values_of(measured / "design.json"), **change}))
    line = refusal(capsys, "learning-curve", eight, "--out", tmp_path, *ARGUMENTS)
    assert "design.json is damaged" in line
    assert "remove the folder, or choose another --out" in line


def test_an_arm_is_added_to_a_finished_curve(eight: Path, measured: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(measured, out)
    curve = mw.learning_curve(
        eight, minutes=1, arms=["minutes"], out=out, settings=dict(text.split("=", 1) for text in SMALL)
    )
    assert [arm.arm for arm in curve.arms] == ["minutes"]
    assert curve.arms[0].points[0].steps == 9
    assert curve.sentence in repr(curve)
    assert "with 3 times the minutes" in curve.page.read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--arms", "pretraining"), "choose one of scratch, minutes, scale"),
        (("--minutes", "0"), "'0' is no time"),
        (("--target", "90"), "'90' is no score"),
        (("--set", "optim.bach=2"), "did you mean"),
    ],
)
def test_bad_arguments_are_refused_before_torch_is_imported(words: tuple[str, ...], told: str, eight: Path) -> None:
    code = (
        "import sys; from maskwright.cli.main import main\n"
        "try: code = main(sys.argv[1:])\n"
        "except SystemExit as left: code = left.code\n"
        "assert 'torch' not in sys.modules; sys.exit(code)"
    )
    command = [sys.executable, "-c", code, "learning-curve", str(eight), *words]
    left = subprocess.run(command, capture_output=True, text=True, check=False)
    assert left.returncode == 2, left.stderr
    assert told in left.stderr
    assert left.stderr.count("\n") == 1


def test_photos_that_belong_together_are_too_few_and_the_way_out_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = disc_photos(tmp_path / "data", count=6)
    table = via_csv(dataset)
    groups = tmp_path / "groups.csv"
    groups.write_text("photo,group\n" + "".join(f"{s.name},{i // 3}\n" for i, s in enumerate(dataset.samples)))
    line = refusal(capsys, "learning-curve", table, "--out", tmp_path / "out", "--set", f"split.groups={groups}")
    assert "has 6 photos in 2 groups that belong together" in line
    assert "--set split.folds=interleaved" in line
    out = tmp_path / "out"
    assert call("learning-curve", table, "--out", out, "--set", "split.folds=interleaved", *ARGUMENTS) == 0
