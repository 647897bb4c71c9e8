import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.runs.run_lock import LOCK
from maskwright.training.progress import Progress
from maskwright.workflows.progress import terminal
from tests.support.commands import FAST, call, in_own_process, left_over, refusal
from tests.support.drawn import disc_photos, mask_folder, via_csv

STEPS = ("--set", "optim.steps=6")
KILLED_AT_STEP_4 = """
import os, signal, sys
from maskwright.cli.main import main
from dataclasses import replace
from maskwright.workflows.progress import terminal
def watch(*_):
    return lambda progress: os.kill(os.getpid(), signal.SIGKILL) if progress.step == 4 else None
usual = terminal.text_screen
terminal.text_screen = lambda tell: replace(usual(tell), watch=watch)
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def whole(discs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of six steps that nothing interrupted."""
    run = tmp_path_factory.mktemp("whole") / "run"
    assert call("train", discs, "--out", run, *FAST, *STEPS) == 0
    return run


@pytest.fixture(scope="module")
def folded(discs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with two interleaved folds."""
    run = tmp_path_factory.mktemp("folded") / "run"
    assert call("train", discs, "--out", run, "--folds", 2, "--set", "split.folds=interleaved", *FAST) == 0
    return run


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "DATA", "--out", "RUN", "--minutes", "soon"], "argument --minutes: 'soon' is no time"),
        (["train", "DATA", "--out", "RUN", "--minutes", "0"], "give minutes above 0"),
        (["train", "DATA", "--out", "RUN", "--minutes", "nan"], "give minutes above 0"),
        (["plan", "DATA", "--minutes", "-3"], "give minutes above 0"),
        (["train", "DATA", "--out", "RUN", "--folds", "1"], "give at least 2"),
        (["train", "DATA", "--out", "RUN", "--folds", "x"], "argument --folds: 'x' is not a number of folds"),
        (["train", "DATA", "--out", "RUN", "--seed", "-1"], "argument --seed: '-1' is no seed"),
        (["train", "DATA", "--out", "RUN", "--seed", str(2**64)], "give a whole number from 0 to"),
        (["train", ""], "argument DATA: '' is not a path"),
        (["predict", "DATA", ""], "argument PHOTOS: '' is not a path"),
        (["train", "DATA", "--out", " "], "argument --out: ' ' is not a path"),
        (["check"], "DATA is missing, as in `maskwright check photos/`"),
        (["chekc", "DATA"], "there is no verb 'chekc': did you mean check?"),
        (["segment", "DATA"], "there is no verb 'segment': did you mean predict?"),
        (
            ["convert", "DATA", "--to", "yolov8", "--out", "x"],
            "argument --to: there is no 'yolov8': did you mean yolo?",
        ),
        (["predict"], "RUN and PHOTOS are missing, as in `maskwright predict runs/photos-1 new_photos/`"),
        (["zzz", "DATA"], "there is no verb 'zzz': the verbs are demo, draw, check"),
        (["train", "DATA", "--minuts", "5"], "there is no --minuts: did you mean --minutes?"),
        (["train", "DATA", "--epochs", "40"], "there is no --epochs; instead: the minutes decide"),
        (["train", "DATA", "--batch=8"], "there is no --batch; instead: --set optim.batch=8"),
        (["train", "DATA", "--device", "cuda"], "there is no --device; instead: a GPU is used if there is one"),
        (["train", "DATA", "--lr", "1e-3"], "there is no --lr; instead: --set optim.lr_decoder=1e-3"),
        (["train", "DATA", "-x"], "there is no -x: the flags are --help, --quiet"),
        (["draw", "coil", "DATA"], "argument WHAT: 'coil' cannot be drawn: did you mean coils?"),
        (["completion", "tcsh"], "there is no 'tcsh': choose one of bash, zsh, fish"),
    ],
)
def test_words_that_make_no_command_are_one_line(
    discs: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    line = refusal(capsys, *(str(discs) if word == "DATA" else word for word in words))
    assert told in line
    assert re.search(r"; see maskwright( \w+)? --help$", line.strip())


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("lr=1", "write --set section.key=value"),
        ("zoo.lr=1", "zoo.lr: unknown section; known are data, split"),
        ("optim.speed=1", "optim.speed: unknown key; known are name, schedule"),
        ("optim.steps=many", "optim.steps: Input should be a valid integer, not 'many'"),
        ("optim.batch=1", "optim.batch: Input should be greater than or equal to 2, not 1"),
        ("scale.crop_px=65", "multiple of 32"),
        ("data.size=1", "unknown key; known are ignore, attribute"),
        ("split.test=2", "split.test: Input should be less than 1, not 2"),
        ("split.folds=dealed", "'blocks' or 'interleaved'"),
    ],
)
def test_a_setting_that_is_none_names_the_key_and_what_it_may_be(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str], setting: str, told: str
) -> None:
    for words in (("check", discs), ("plan", discs), ("train", discs, "--out", tmp_path / "run")):
        assert told in refusal(capsys, *words, "--set", setting)


def test_more_folds_than_photos_and_unknown_classes_are_refused(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ("train", discs, "--out", tmp_path / "run", *FAST)
    assert "give --folds 6 or less" in refusal(capsys, *train, "--folds", 99)
    assert "no class 'cat' in" in refusal(capsys, *train, "--only", "cat")
    assert "the classes are background, disc" in refusal(capsys, "check", discs, "--only", "cat")


def test_check_writes_a_ranked_list_of_findings_and_a_sheet(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("check", discs, "--json", tmp_path / "f.json", "--sheet", tmp_path / "s.png") == 0
    values = json.loads((tmp_path / "f.json").read_text())
    assert {value["code"] for value in values} == {"class-shares", "photos-few"}
    assert list(values[0])[:6] == ["code", "severity", "title", "evidence", "fix", "photos"]
    assert list(values[0])[6:] == ["mechanism", "recovered_iou", "read_more", "picture"]
    assert pixels_of(tmp_path / "s.png").size > 0
    out = capsys.readouterr().out
    assert "note    class-shares: " in out
    assert "6 photos, classes: background, disc" in out


def test_check_leaves_with_1_where_a_finding_is_an_error(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "in", count=3)
    via_csv(dataset)
    (tmp_path / "in" / "disc00.png").unlink()
    assert call("check", tmp_path / "in") == 1


def test_objects_that_vanish_are_looked_for_at_the_working_scale_that_is_set(
    discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("check", discs, "--set", "scale.long_side_px=32", "--set", "scale.crop_px=64") in (0, 1)
    at_32 = capsys.readouterr().out
    call("check", discs)
    assert "object-vanishes" not in capsys.readouterr().out
    assert "photos-few" in at_32


def test_plan_prints_every_choice_with_its_reason_and_writes_it(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("plan", discs, "--minutes", 3, "--out", tmp_path / "plan.toml", "--set", "optim.batch=6") == 0
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if line.startswith("  batch")).split(None, 2) == ["batch", "6", "set by hand"]
    assert next(line for line in lines if line.startswith("  minutes")).split()[1] == "3.0"
    assert all(len(line.split(None, 2)) == 3 for line in lines if line.startswith("  "))
    assert "batch = 6" in (tmp_path / "plan.toml").read_text()


def test_plan_goes_by_the_photos_that_training_would_take(discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("plan", discs, "--set", "data.photos=3") == 0
    assert "3 training photos: strong" in capsys.readouterr().out
    assert "without --folds K" in refusal(
        capsys, "train", discs, "--out", discs / "r", "--set", "split.folds=interleaved"
    )


def test_a_plan_that_was_edited_is_trained_by_and_set_is_above_it(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    assert call("plan", discs, "--out", plan, *FAST) == 0
    plan.write_text(plan.read_text().replace("batch = 2", "batch = 4").replace("steps = 3", "steps = 9"))
    train = ("train", discs, "--set", f"plan={plan}", "--out")
    assert call(*train, tmp_path / "run", "--set", "optim.steps=2") == 0
    used = (tmp_path / "run" / "plan.toml").read_text()
    assert "batch = 4" in used
    assert "steps = 2" in used
    plan.write_text(plan.read_text().replace("batch = 4", 'batch = "four"'))
    assert "optim.batch: Input should be a valid integer, not 'four'" in refusal(capsys, *train, tmp_path / "x")
    assert "cannot read" in refusal(
        capsys, "train", discs, "--set", f"plan={tmp_path / 'no.toml'}", "--out", tmp_path / "x"
    )


def test_train_leaves_a_whole_run_folder(disc_run: Path) -> None:
    names = {path.name for path in disc_run.iterdir()}
    files = {
        "log.txt",
        "plan.toml",
        "run.json",
        "model.safetensors",
        "history.csv",
        "findings.json",
        "evaluation.json",
        "photos.csv",
    }
    assert names == files | {"asked.json", "report.html", "contact_sheet.png", "pictures"}
    assert left_over(disc_run) == []


def test_the_evaluation_holds_what_scripts_read(disc_run: Path) -> None:
    values = json.loads((disc_run / "evaluation.json").read_text())
    assert values["held_out"] is True
    assert 0 <= values["mean_iou_per_photo"] <= 1
    assert set(values["dataset_iou"]) == {"mean", "classes"}
    assert set(values["dataset_iou"]["classes"]) == {"background", "disc"}
    assert values["dataset_iou"]["mean"] == values["dataset_iou"]["classes"]["disc"]
    assert np.sum(values["counts"]) == values["photo_count"] * 96 * 128
    keys = {"photo", "fold", "iou", "classes", "counts", "objects", "expected_iou"}
    assert [set(row) for row in values["photos"]] == [keys] * 2
    assert sum(one["objects"] for one in values["object_sizes"]) == 2
    ious = [row["iou"] for row in values["photos"] if row["iou"] is not None]
    assert np.mean(ious) == pytest.approx(values["mean_iou_per_photo"], abs=1e-5)


def test_with_folds_the_evaluation_is_over_all_of_them(folded: Path, discs: Path) -> None:
    values = json.loads((folded / "evaluation.json").read_text())
    assert values["held_out"] is True
    assert [(row["photo"], row["fold"]) for row in values["photos"]] == [(f"disc0{i}.png", i % 2) for i in range(6)]
    assert np.sum(values["counts"]) == 6 * 96 * 128
    np.testing.assert_array_equal(np.sum([row["counts"] for row in values["photos"]], axis=0), values["counts"])
    for fold in (0, 1):
        facts = json.loads((folded / "folds" / str(fold) / "run.json").read_text())
        assert facts["test_photos"] == [row["photo"] for row in values["photos"] if row["fold"] == fold]
        assert not set(facts["test_photos"]) & set(facts["train_photos"])
        assert (folded / "folds" / str(fold) / "model.safetensors").exists()
    assert len(json.loads((folded / "run.json").read_text())["train_photos"]) == len(list(discs.glob("*.png")))


def test_a_run_is_not_overwritten_and_resuming_a_finished_one_changes_nothing(
    disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ("train", discs, "--out", disc_run, *FAST, "--set", "split.test=0.34")
    assert "holds a finished run" in refusal(capsys, *train)
    names = ("model.safetensors", "evaluation.json", "findings.json", "plan.toml")
    before = [(disc_run / name).read_bytes() for name in names]
    assert call(*train, "--resume") == 0
    assert [(disc_run / name).read_bytes() for name in names] == before


def test_resuming_with_other_folds_is_refused(folded: Path, discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refusal(capsys, "train", discs, "--out", folded, "--folds", 3, "--resume", *FAST)
    assert "with other photos, seed or division" in line


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_then_resume_gives_the_same_scores(
    tmp_path: Path,
    discs: Path,
    whole: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    code: int,
) -> None:
    usual = terminal.text_screen

    def watch(_: str) -> Callable[[Progress], None]:
        return lambda progress: signal.raise_signal(number) if progress.step == 4 else None

    train = ("train", discs, "--out", tmp_path / "run", *FAST, *STEPS)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    with monkeypatch.context() as patched:
        patched.setattr(terminal, "text_screen", lambda tell: replace(usual(tell), watch=watch))
        assert call(*train) == code
    signal.signal(signal.SIGINT, before)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert not (tmp_path / "run" / LOCK).exists()
    assert "--resume continues" in capsys.readouterr().err
    assert "no run folder" not in refusal(capsys, "predict", tmp_path / "run", discs, "--out", tmp_path / "out")
    assert "go on with --resume" in refusal(capsys, *train)
    assert call(*train, "--resume") == 0
    assert (tmp_path / "run" / "evaluation.json").read_bytes() == (whole / "evaluation.json").read_bytes()
    assert left_over(tmp_path) == []
    assert not (tmp_path / "run" / "checkpoint.pt").exists()


def test_kill_then_resume_gives_the_same_scores(tmp_path: Path, discs: Path, whole: Path) -> None:
    train = ("train", discs, "--out", tmp_path / "run", *FAST, *STEPS)
    assert in_own_process(KILLED_AT_STEP_4, *train).returncode == -signal.SIGKILL
    assert (tmp_path / "run" / "checkpoint.pt").exists()
    assert not (tmp_path / "run" / "run.json").exists()
    assert call(*train, "--resume") == 0
    assert (tmp_path / "run" / "evaluation.json").read_bytes() == (whole / "evaluation.json").read_bytes()
    assert left_over(tmp_path) == []


def test_predict_writes_masks_of_class_ids_overlays_and_polygons(
    tmp_path: Path, disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("predict", disc_run, discs / "disc00.png", str(discs / "*1.png"), "--out", tmp_path) == 0
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.*")) == [
        "masks/disc00.png",
        "masks/disc01.png",
        "objects.csv",
        "overlays/disc00.jpg",
        "overlays/disc01.jpg",
        "regions.via.json",
        "totals.csv",
    ]
    mask = pixels_of(tmp_path / "masks" / "disc00.png")
    assert mask.shape == (96, 128)
    assert set(np.unique(mask)) <= {0, 1}
    assert "2 photos predicted" in capsys.readouterr().out


def test_evaluate_leaves_out_the_photos_that_the_model_learnt_from(
    tmp_path: Path, disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("evaluate", disc_run, discs, "--json", tmp_path / "e.json") in (0, 1)
    out = capsys.readouterr().out
    assert "4 training photos of the model are left out" in out
    assert "\nNext: maskwright " in out
    values = json.loads((tmp_path / "e.json").read_text())
    trained = json.loads((disc_run / "evaluation.json").read_text())
    assert [row["photo"] for row in values["photos"]] == [row["photo"] for row in trained["photos"]]
    assert values["counts"] == trained["counts"]
    assert "photos-few" in [finding["code"] for finding in values["findings"]]
    assert f"`maskwright export {disc_run}` makes it" in refusal(
        capsys, "evaluate", disc_run, discs, "--runtime", "onnx"
    )


def test_report_writes_the_page_where_out_says(tmp_path: Path, disc_run: Path) -> None:
    assert call("report", disc_run, "--out", tmp_path / "page.html") == 0
    assert "Finding disc: " in (tmp_path / "page.html").read_text()


def test_evaluate_scores_the_class_that_object_names(
    disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--object grid: there is no such class" in refusal(capsys, "evaluate", disc_run, discs, "--object", "grid")
    assert call("evaluate", disc_run, discs, "--object", "disc") in (0, 1)
    assert " disc " in capsys.readouterr().out


def test_evaluate_on_photos_that_were_all_learnt_from_says_that_it_is_no_honest_score(
    whole: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call("evaluate", whole, discs)
    out = capsys.readouterr().out
    assert "score-none" in out
    assert "on 6 photos it was trained on" in out


def test_evaluate_on_other_classes_and_with_a_plan_of_its_own_is_refused(
    tmp_path: Path, disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = mask_folder(disc_photos(tmp_path / "drawn", count=2), tmp_path / "other")
    line = refusal(capsys, "evaluate", disc_run, other)
    assert "classes background, object, the model background, disc" in line
    assert "keeps its plan" in refusal(capsys, "evaluate", disc_run, discs, "--set", "optim.steps=3")


def test_report_is_written_anew(disc_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (disc_run / "report.html").unlink()
    assert call("report", disc_run) == 0
    assert capsys.readouterr().out.strip() == f"report: {disc_run / 'report.html'}"
    assert (disc_run / "report.html").read_text().startswith("<!doctype html>")


def test_a_folder_without_a_run_is_refused(tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("report", tmp_path), ("evaluate", tmp_path, discs), ("predict", tmp_path, discs, "--out", tmp_path)):
        assert "is no run folder" in refusal(capsys, *words)
    assert "is no run folder" in refusal(capsys, "report", discs / "disc00.png")


def test_the_demo_does_not_overwrite_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").mkdir()
    assert "choose another --out" in refusal(capsys, "demo", "--out", tmp_path)


def test_a_photo_whose_name_is_no_text_goes_the_whole_way(tmp_path: Path, disc_run: Path) -> None:
    dataset = disc_photos(tmp_path / "drawn", count=3)
    data = mask_folder(dataset, tmp_path / "data")
    for folder in ("images", "masks"):
        path = os.fsencode(data / folder / "disc00.png")
        os.rename(path, path.replace(b"disc00", b"di\xffc"))  # noqa: PTH104
    assert call("train", data, "--out", tmp_path / "run", *FAST) == 0
    assert call("predict", disc_run, data / "images", "--out", tmp_path / "out") == 0
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 3


def test_draw_makes_photos_that_check_can_read_and_leaves_other_files_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for what, names in (("coils", "background, coil"), ("puzzles", "background, grid")):
        assert call("draw", what, tmp_path / what, "--count", 2) == 0
        capsys.readouterr()
        call("check", tmp_path / what)
        assert f"2 photos, classes: {names}" in capsys.readouterr().out
    assert "holds files already" in refusal(capsys, "draw", "coils", tmp_path / "coils")
    assert "give a whole number from 1 to" in refusal(capsys, "draw", "coils", tmp_path / "x", "--count", 0)
    (tmp_path / "file").write_text("")
    assert "is a file: choose a folder" in refusal(capsys, "draw", "coils", tmp_path / "file")


def test_training_on_fewer_photos_and_pixels_says_so_and_judges_whole_masks(tmp_path: Path, discs: Path) -> None:
    less = ("--set", "data.photos=3", "--set", "data.keep_pixels=0.2", "--set", "split.test=0.34")
    assert call("train", discs, "--out", tmp_path / "run", *less, *FAST) == 0
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert len(facts["train_photos"]) == 3
    assert any("0.2 of the pixels" in reason for reason in facts["split_reasons"])
    values = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert np.sum(values["counts"]) == 2 * 96 * 128


def test_training_tells_its_warnings_first_unless_told_not_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = mask_folder(disc_photos(tmp_path / "drawn", count=12), tmp_path / "data")
    for path in (root / "masks").iterdir():
        Image.fromarray(np.ascontiguousarray(pixels_of(path)[::-1])).save(path)
    assert call("train", root, "--out", tmp_path / "one", *FAST) == 0
    said = capsys.readouterr().out
    assert -1 < said.find("mask-flipped") < said.find("training: step")
    assert call("train", root, "--out", tmp_path / "two", *FAST, "--set", "check=false") == 0
    assert "mask-flipped" not in capsys.readouterr().out


def test_ctrl_c_speaks_of_resume_only_where_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("maskwright.synthetic.puzzle_photos.draw_puzzle_photos", interrupted)
    assert call("demo", "--out", tmp_path / "demo") == 130
    assert capsys.readouterr().err == "\nmaskwright: stopped\n"


def test_a_plan_whose_net_is_a_word_is_refused_in_one_line(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.toml").write_text('net = "unet"\n')
    line = refusal(capsys, "train", discs, "--out", tmp_path / "run", "--set", f"plan={tmp_path / 'plan.toml'}")
    assert "net: Input should be an object" in line


def test_a_run_whose_plan_is_gone_can_be_resumed_by_the_same_command(tmp_path: Path, discs: Path) -> None:
    plan, run = tmp_path / "mine.toml", tmp_path / "run"
    assert call("plan", discs, "--out", plan, *FAST) == 0
    train = ("train", discs, "--out", run, "--set", f"plan={plan}", "--folds", 2)
    assert call(*train) == 0
    (run / "folds" / "1" / "run.json").unlink()
    plan.unlink()
    assert call(*train, "--resume") == 0
