"""The verb diagnose, from the user's side."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.findings.finding import Finding
from maskwright.runs.folder import write_findings
from tests.support.commands import FAST, call, refusal
from tests.support.drawn import disc_photos, mask_folder
from tests.support.drawn_pairs import chances, jittered, one_object


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return folders of truth and of mirrored predictions."""
    truth, pred = tmp_path / "truth", tmp_path / "pred"
    truth.mkdir()
    pred.mkdir()
    for index, (mask, guess) in enumerate(zip(one_object(6), jittered(one_object(6)), strict=True)):
        Image.fromarray(mask).save(truth / f"{index}.png")
        Image.fromarray(guess[:, ::-1].copy()).save(pred / f"{index}.png")
    return truth, pred


def test_a_fault_is_told_in_text_json_and_a_page_with_a_picture(
    tmp_path: Path, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files = ("--json", tmp_path / "f.json", "--out", tmp_path / "page.html")
    assert call("diagnose", "--truth", folders[0], "--pred", folders[1], *files) == 1
    out = capsys.readouterr().out
    assert "error   pred-flipped: Predictions are mirrored" in out
    assert "why: " in out
    first = json.loads((tmp_path / "f.json").read_text())[0]
    assert first["code"] == "pred-flipped"
    assert first["recovered_iou"] > 0.3
    assert (tmp_path / first["picture"]).stat().st_size > 1000
    page = (tmp_path / "page.html").read_text()
    assert "<h1>Predictions are mirrored</h1>" in page
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page


def test_the_folder_that_predict_wrote_is_taken_as_it_is(
    tmp_path: Path, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(folders[1], tmp_path / "out" / "masks")
    (tmp_path / "out" / "regions.via.json").write_text("{}")
    assert call("diagnose", "--truth", folders[0], "--pred", tmp_path / "out") == 1
    assert "pred-flipped" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["model.onnx", "run.json", "history.csv"])
def test_a_file_of_a_run_is_answered_with_the_folder_of_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / name).write_text("{}")
    assert refusal(capsys, "diagnose", tmp_path / name).endswith(f"give its folder, {tmp_path}\n")


def test_an_exported_file_predicts_the_labelled_photos_that_it_was_not_trained_on_and_is_diagnosed(
    tmp_path: Path, disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "model.onnx"
    assert call("export", disc_run, "--out", file) == 0
    line = refusal(capsys, "diagnose", file)
    assert "give labelled ones, which it then predicts, as --truth DIR without --pred" in line
    assert call("diagnose", file, "--truth", discs) in (0, 1)
    assert "2 pairs: looking for faults" in capsys.readouterr().out
    assert call("diagnose", file, "--truth", discs, "--runtime", "openvino") in (0, 1)
    assert "holds no PyTorch weights" in refusal(capsys, "diagnose", file, "--truth", discs, "--runtime", "torch")
    trained = shutil.copytree(discs, tmp_path / "trained")
    for held_out in json.loads((disc_run / "run.json").read_text())["test_photos"]:
        (trained / held_out).unlink()
    assert "give others as --truth" in refusal(capsys, "diagnose", file, "--truth", trained)


def test_what_computes_a_run_is_refused_where_there_is_none(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, "diagnose", "--truth", folders[0], "--pred", folders[1], "--runtime", "onnx")
    assert "--runtime says what computes RUN" in line


def test_a_log_in_the_place_of_a_run_is_read_as_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{epoch},nan\n" for epoch in range(8))
    (tmp_path / "log.csv").write_text("epoch,loss\n" + rows)
    call("diagnose", tmp_path / "log.csv")
    assert "loss-not-finite" in capsys.readouterr().out
    (tmp_path / "version_0").mkdir()
    (tmp_path / "log.csv").rename(tmp_path / "version_0" / "metrics.csv")
    call("diagnose", tmp_path / "version_0")
    assert "loss-not-finite" in capsys.readouterr().out


def test_a_model_in_the_place_of_a_run_and_two_histories_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("train.log", "model.onnx"):
        (tmp_path / name).write_text("")
    log = tmp_path / "train.log"
    assert "give one of the two" in refusal(capsys, "diagnose", log, "--history", log)
    assert "--history" not in refusal(capsys, "diagnose", tmp_path / "model.onnx")


def test_a_table_without_losses_and_scores_is_no_history(
    tmp_path: Path, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk.csv").write_text("a,b\n1,2\n3,4\n")
    line = refusal(capsys, "diagnose", "--history", tmp_path / "junk.csv")
    assert "a, b: none of the columns is known as a loss or a score; name them as in loss, val_loss, iou" in line
    assert call("diagnose", "--truth", folders[0], "--pred", folders[1], "--history", tmp_path / "junk.csv") == 1
    assert "none of the columns is known" in capsys.readouterr().out


def test_learnt_photos_tell_overfitting(
    tmp_path: Path, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    truth, _ = folders
    rough = tmp_path / "rough"
    rough.mkdir()
    for index, chance in enumerate(chances(jittered(one_object(6), px=9, seed=3))):
        np.save(rough / f"{index}.npy", chance)
    given = ("--truth", truth, "--pred", rough, "--train-truth", truth, "--train-pred", truth)
    call("diagnose", *given)
    assert "overfitting: The model overfits the training photos" in capsys.readouterr().out


def test_a_run_of_ours_is_predicted_again(disc_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("diagnose", disc_run) in (0, 1)
    out = capsys.readouterr().out
    assert "not-checked" not in out or "--history" not in out
    assert "--train-truth" not in out


def test_a_run_that_isolated_one_class_is_judged_on_that_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = mask_folder(disc_photos(tmp_path / "drawn"), tmp_path / "data")
    (data / "classes.csv").write_text("id,name\n0,background\n1,disc\n2,corner\n")
    for path in (data / "masks").iterdir():
        with Image.open(path) as image:
            mask = np.array(image)
        mask[:30, :30] = 2
        Image.fromarray(mask).save(path)
    run = tmp_path / "run"
    assert call("train", data, "--out", run, "--only", "disc", *FAST, "--set", "split.test=0.34") in (0, 1)
    capsys.readouterr()
    call("diagnose", run, "--json", tmp_path / "f.json")
    assert "stands in" not in capsys.readouterr().out
    assert (tmp_path / "f.json").exists()


def test_what_the_guards_of_a_run_saw_stands_first(
    tmp_path: Path, disc_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(disc_run, run)
    seen = Finding("lr-too-high", "warning", "the learning rate is too high", "steps of 5 %", "divide it by ten")
    write_findings(run, [seen])
    call("diagnose", run, "--json", tmp_path / "f.json")
    assert json.loads((tmp_path / "f.json").read_text())[0]["code"] == "lr-too-high"
    assert "lr-too-high" in capsys.readouterr().out


def test_without_its_photos_the_evaluation_of_a_run_stands_in(
    tmp_path: Path, disc_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(disc_run, run)
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**facts, "data": str(tmp_path / "moved")}))
    assert call("diagnose", run) in (0, 1)
    said = capsys.readouterr().out
    assert f"its evaluation stands in: {tmp_path / 'moved'}" in said


def test_half_of_a_pair_of_folders_and_nothing_at_all_are_refused(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--truth and --pred belong together" in refusal(capsys, "diagnose", "--truth", folders[0])
    assert "nothing to diagnose" in refusal(capsys, "diagnose")
    assert "diagnose trains nothing" in refusal(capsys, "diagnose", "--set", "loss=dice")


def test_a_number_without_masks_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "history.csv").write_text("epoch,loss,val_loss\n0,0.9,0.95\n1,0.5,0.6\n2,0.4,0.5\n3,0.3,0.45\n")
    call("diagnose", "--history", tmp_path / "history.csv", "--set", "metric=0.49")
    said = " ".join(capsys.readouterr().out.split())
    assert "by which definition 0.49 came about" in said


def test_what_only_a_training_goes_by_is_refused(
    folders: tuple[Path, Path], disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, pred = folders
    line = refusal(capsys, "diagnose", "--truth", truth, "--pred", pred, "--set", "split.test=0.2")
    assert "diagnose divides and trains nothing" in line
    assert "are for `maskwright train`" in refusal(capsys, "evaluate", disc_run, discs, "--set", "check=false")
