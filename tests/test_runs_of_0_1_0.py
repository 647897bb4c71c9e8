"""What maskwright 0.1.0 left on disk works with the maskwright of today; see `data_0_1_0/expected/README.md`.

One process runs all commands on a copy, on one thread; the tests look at what they left. On a machine like the one
that the expected values come from they are the same to the bit, elsewhere as close as other kernels allow.
"""

import csv
import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

KEPT = Path(__file__).parent / "data_0_1_0"
EXPECTED = KEPT / "expected"
PHOTO = "photo02.png"
NETWORKS = ("deconvnet", "fcdensenet56", "fcn16s-lite0", "unet", "unet-five-blocks", "unet2015")
LOGITS_OF = ("run", "folds/folds", *(f"networks/{name}" for name in NETWORKS))
DIAGNOSED = ("photos gone", "folds", "photos there", "folders")
LIBRARIES = ("torch", "numpy", "opencv-python-headless", "pillow", "timm", "segmentation-models-pytorch")
DRIVER = """
import contextlib, io, json, runpy, sys, traceback
import numpy as np

def command(words):
    sys.argv = ["maskwright", *words]
    try:
        runpy.run_module("maskwright", run_name="__main__", alter_sys=True)
    except SystemExit as left:
        return int(left.code or 0)

def logits(run, photo, out):
    import maskwright
    from PIL import Image
    with Image.open(photo) as image:
        np.save(out, maskwright.load(run).photo_logits(np.array(image.convert("RGB"))))
    return 0

said = {}
for name, (verb, *words) in json.load(sys.stdin).items():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = logits(*words) if verb == "logits" else command([verb, *words])
        except Exception:
            traceback.print_exc()
            code = 99
    said[name] = [code, out.getvalue(), err.getvalue()]
print(json.dumps(said))
"""
"""Runs `python -m maskwright WORDS` for each of the commands on stdin, in one process; "logits" asks the library."""


@dataclass(frozen=True)
class Done:
    """The folder in which all commands ran; of each its exit code and what it wrote to stdout and stderr."""

    folder: Path
    said: dict[str, tuple[int, str, str]]

    def out(self, name: str, *, code: int = 0) -> str:
        """Return what a command wrote to stdout; its exit code is checked."""
        left, out, err = self.said[name]
        assert left == code, out + err
        return out


def commands_in(folder: Path) -> dict[str, list[str]]:
    """Return the words of all commands by a name for each, in the order in which they are run."""
    lines = {
        "predict": "predict DIR/run DIR/photos --out DIR/predicted",
        "predict by folds": "predict DIR/folds/folds DIR/photos --out DIR/predicted_by_folds",
        "evaluate": "evaluate DIR/run DIR/photos --json DIR/evaluate.json",
        "photos gone": "diagnose DIR/run --json DIR/photos_gone.json",
        "folds": "diagnose DIR/folds --json DIR/folds.json",
        "photos there": "diagnose DIR/cell_there --json DIR/photos_there.json --out DIR/photos_there.html",
        "folders": "diagnose --truth DIR/photos --pred DIR/predicted --history DIR/run/history.csv "
        "--json DIR/folders.json",
        "report": "report DIR/run",
        "report of folds": "report DIR/folds",
        "resume": "train DIR/photos --out DIR/interrupted --seed 3 --set split.test=0.2 --resume",
        "predict by resumed": "predict DIR/interrupted DIR/photos --out DIR/predicted_by_resumed",
        "resume folds": "train DIR/photos --out DIR/folds_again --folds 2 --resume",
        "resume comparison": "compare DIR/photos --recipe DIR/compare.toml --out DIR/compare --resume",
        "resume half": "compare DIR/photos --recipe DIR/compare.toml --out DIR/half --resume",
        **{f"logits of {run}": f"logits DIR/{run} DIR/photos/{PHOTO} DIR/{logits_file(run)}" for run in LOGITS_OF},
    }
    return {name: [word.replace("DIR", str(folder)) for word in line.split()] for name, line in lines.items()}


def logits_file(run: str) -> str:
    """Return the name of the file with the logits of a run."""
    return f"logits-{run.replace('/', '-')}.npy"


def prepare(folder: Path) -> None:
    """Copy what 0.1.0 left, beside it the folds, a cell that knows where the photos are now, and half a comparison."""
    shutil.copytree(KEPT, folder, dirs_exist_ok=True)
    cell = next((folder / "compare" / "cells").glob("both-*")) / "seed0-fold0"
    there = shutil.copytree(cell, folder / "cell_there")
    facts = json.loads((there / "run.json").read_text())
    (there / "run.json").write_text(json.dumps(facts | {"data": str(folder / "photos")}))
    shutil.copytree(folder / "folds", folder / "folds_again")
    half = shutil.copytree(folder / "compare", folder / "half")
    shutil.rmtree(next(half.glob("cells/then-dice-*")))
    for name in NETWORKS:
        torch.save(drawn_weights(name), folder / "networks" / name / "model.pt")


def drawn_weights(network: str) -> dict[str, torch.Tensor]:
    """Return drawn values for the tensors of 0.1.0's model.pt of a network, of which only names and shapes are kept."""
    rng = np.random.default_rng(0)
    lines = gzip.decompress((KEPT / "networks" / "tensors.csv.gz").read_bytes()).decode().splitlines()
    rows = [row for row in csv.DictReader(lines) if row["network"] == network]
    return {row["name"]: drawn(row["name"], [int(n) for n in row["shape"].split()], row["dtype"], rng) for row in rows}


def drawn(name: str, shape: list[int], dtype: str, rng: np.random.Generator) -> torch.Tensor:
    """Return one tensor: a kernel as wide as its inputs want it, else values near 1 where it scales and near 0."""
    if dtype != "float32":
        return torch.zeros(shape, dtype=getattr(torch, dtype))
    if len(shape) > 1:
        around, reach = 0.0, (6 / float(np.prod(shape[1:]))) ** 0.5
    else:
        around, reach = (1.0 if name.endswith((".weight", ".running_var")) else 0.0), 0.2
    return torch.from_numpy((around + reach * rng.uniform(-1, 1, shape)).astype(np.float32))


def run_all(folder: Path) -> Done:
    """Run all commands in a prepared folder."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input=json.dumps(commands_in(folder)),
        env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Done(folder, {name: (code, out, err) for name, (code, out, err) in json.loads(done.stdout).items()})


def this_place() -> dict[str, str]:
    """Return what rounding depends on: the processor, and the libraries that compute."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().split("\n\n")[0].splitlines() if about.exists() else []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    kernels = sorted(flag for flag in facts.get("flags", "").split() if flag.startswith(("avx", "amx", "fma")))
    words = [platform.machine(), *(facts.get(key, "?") for key in ("vendor_id", "cpu family", "model")), *kernels]
    return {"processor": " ".join(words), **{name: version(name) for name in LIBRARIES}}


@cache
def is_same_place() -> bool:
    """Tell whether this is a machine like the one that the expected values come from."""
    return bool(read_json(EXPECTED / "made_with.json") == this_place())


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a JSON file holds."""
    return json.loads(path.read_text())


def known_part(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Return what `found` holds under the keys of 0.1.0: there may be more of them now, of each photo too."""
    known = {key: found.get(key) for key in expected}
    if "photos" in expected:
        pairs = zip(found["photos"], expected["photos"], strict=True)
        known["photos"] = [{key: row.get(key) for key in old} for row, old in pairs]
    return known


def stored_in_order(path: Path) -> list[tuple[str, torch.Tensor]]:
    """Return the tensors of a safetensors file in the order in which 0.1.0's model.pt had them."""
    tensors = load_file(path)
    order = torch.load(KEPT / "interrupted" / "checkpoint.pt", map_location="cpu", weights_only=True)["net"]
    return [(name, tensors[name]) for name in order]


def digest_of_weights(path: Path) -> str:
    """Return a digest of the names and values of all tensors in a file of weights."""
    digest = hashlib.sha256()
    for name, tensor in stored_in_order(path):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def codes_in(path: Path) -> list[list[str]]:
    """Return code and severity of each finding in a list of findings, in the order of codes: their rank may change."""
    return sorted([finding["code"], finding["severity"]] for finding in read_json(path))


def assert_same_masks(found: Path, expected: Path) -> None:
    """Assert that the masks in two folders are the same, in names, colours and pixels."""
    assert sorted(p.name for p in found.iterdir()) == sorted(p.name for p in expected.iterdir())
    for path in expected.iterdir():
        with Image.open(found / path.name) as one, Image.open(path) as other:
            assert (one.mode, one.size, one.getpalette()) == (other.mode, other.size, other.getpalette())
            differing = float((np.array(one) != np.array(other)).mean())
        assert differing <= (0 if is_same_place() else 0.005), path.name
        assert not is_same_place() or (found / path.name).read_bytes() == path.read_bytes(), path.name


def assert_same_scores(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Assert that two evaluations hold the same scores of the same photos, under the same names."""
    if is_same_place():
        assert known_part(found, expected) == expected
    assert set(expected) <= set(found)
    assert [(row["photo"], row["fold"]) for row in found["photos"]] == [
        (row["photo"], row["fold"]) for row in expected["photos"]
    ]
    for row, other in zip(found["photos"], expected["photos"], strict=True):
        assert set(other) <= set(row)
        assert row["iou"] == pytest.approx(other["iou"], abs=0.01), row["photo"]
    assert found["mean_iou_per_photo"] == pytest.approx(expected["mean_iou_per_photo"], abs=0.005)
    assert found["dataset_iou"]["classes"] == pytest.approx(expected["dataset_iou"]["classes"], abs=0.005)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Return what all commands did in a copy of what 0.1.0 left."""
    folder = tmp_path_factory.mktemp("left") / "by_0_1_0"
    prepare(folder)
    return run_all(folder)


def test_a_run_predicts_the_masks_and_polygons_that_it_predicted(done: Done) -> None:
    assert "20 photos predicted" in done.out("predict")
    out = done.folder / "predicted"
    assert_same_masks(out / "masks", EXPECTED / "predicted" / "masks")
    assert {path.stem for path in (out / "overlays").iterdir()} == {path.stem for path in (out / "masks").iterdir()}
    found, expected = (read_json(path / "regions.via.json") for path in (out, EXPECTED / "predicted"))
    assert found.keys() == expected.keys()
    assert not is_same_place() or found == expected


def test_the_folds_of_a_run_predict_together_what_they_predicted(done: Done) -> None:
    done.out("predict by folds")
    assert_same_masks(done.folder / "predicted_by_folds" / "masks", EXPECTED / "predicted_by_folds" / "masks")


@pytest.mark.parametrize("run", LOGITS_OF)
def test_weights_of_each_network_are_loaded_and_give_the_same_logits(done: Done, run: str) -> None:
    done.out(f"logits of {run}")
    with np.load(EXPECTED / "logits.npz") as kept:
        expected = kept[run]
    found = np.load(done.folder / logits_file(run))[:, ::4, ::4]
    assert found.shape == expected.shape
    assert expected.std() > 0.01
    far = np.abs(found - expected) > 1e-3 * np.abs(expected).max()
    assert far.mean() < 0.02  # rounding may move a maximum that DeconvNet unpools to
    assert not is_same_place() or np.array_equal(found, expected)


def test_a_run_is_evaluated_on_the_photos_that_it_has_not_learnt_from_with_the_same_scores(done: Done) -> None:
    assert "16 training photos of the model are left out" in done.out("evaluate")
    found, expected = read_json(done.folder / "evaluate.json"), read_json(EXPECTED / "evaluate.json")
    codes = [[(one["code"], one["severity"]) for one in values.pop("findings")] for values in (found, expected)]
    assert sorted(codes[0]) == sorted(codes[1])
    assert_same_scores(found, expected)
    in_training = read_json(KEPT / "run" / "evaluation.json")
    assert [row["photo"] for row in found["photos"]] == [row["photo"] for row in in_training["photos"]]


EXPLAINED_NOW = {"photos there": [["patches-distant", "warning"]]}
"""Since 0.1.0 a class that is never predicted explains the patches that another class shows in its place."""


@pytest.mark.parametrize("what", DIAGNOSED)
def test_runs_and_masks_are_diagnosed_with_the_same_findings(done: Done, what: str) -> None:
    expected = read_json(EXPECTED / "diagnosed.json")[what]
    said = done.out(what, code=int("error" in [severity for _, severity in expected]))
    assert ("cannot be predicted again" in said) == (what in ("photos gone", "folds"))
    expected = [finding for finding in expected if finding not in EXPLAINED_NOW.get(what, [])]
    assert codes_in(done.folder / f"{what.replace(' ', '_')}.json") == sorted(expected)


@pytest.mark.parametrize(("name", "run", "pictures"), [("report", "run", 4), ("report of folds", "folds", 4)])
def test_the_report_of_a_run_is_written_anew(done: Done, name: str, run: str, pictures: int) -> None:
    assert done.out(name).strip() == f"report: {done.folder / run / 'report.html'}"
    html = (done.folder / run / "report.html").read_text()
    evaluation = read_json(KEPT / run / "evaluation.json")
    assert html.startswith("<!doctype html>")
    assert f"{evaluation['mean_iou_per_photo']:.3f}" in html
    assert all(row["photo"] in html for row in evaluation["photos"])
    assert html.count("data:image/jpeg;base64,") >= pictures
    for words in ("maskwright 0.1.0", "600 steps", "optim.lr_decoder", "weights-random"):
        assert words in html


def test_an_interrupted_run_goes_on_to_the_same_end(done: Done) -> None:
    said, run, end = done.out("resume"), done.folder / "interrupted", EXPECTED / "resumed"
    assert "training: step 68/96" in said or "training: step 70/96" in said
    assert "training: step 64/96" not in said
    assert not (run / "checkpoint.pt").exists()
    facts = read_json(run / "run.json")
    assert (facts["steps"], facts["seed"], facts["weights"]) == (96, 3, "random")
    assert_same_scores(read_json(run / "evaluation.json"), read_json(end / "evaluation.json"))
    assert_same_masks(done.folder / "predicted_by_resumed" / "masks", EXPECTED / "predicted_by_resumed" / "masks")
    assert codes_in(run / "findings.json") == sorted(read_json(end / "codes.json"))
    assert (
        not is_same_place()
        or digest_of_weights(run / "model.safetensors") == (end / "weights.sha256").read_text().strip()
    )
    rows, expected = ([*csv.DictReader((f / "history.csv").read_text().splitlines())] for f in (run, end))
    assert [row["step"] for row in rows] == [row["step"] for row in expected]
    for key in ("loss", "lr", "validation_iou"):
        numbers = [[float(row[key] or -1) for row in table] for table in (rows, expected)]
        assert numbers[0] == pytest.approx(numbers[1], abs=1e-5 if is_same_place() else 0.005), key


def test_a_finished_run_with_folds_is_judged_anew_without_a_training(done: Done) -> None:
    assert ": step " not in done.out("resume folds")
    for run in ("", "folds/0", "folds/1"):
        found, expected = done.folder / "folds_again" / run, KEPT / "folds" / run
        assert (found / "model.pt").read_bytes() == (expected / "model.pt").read_bytes()
        assert_same_scores(read_json(found / "evaluation.json"), read_json(expected / "evaluation.json"))
    assert codes_in(done.folder / "folds_again" / "findings.json") == codes_in(KEPT / "folds" / "findings.json")


def test_a_finished_comparison_is_shown_again_without_a_training(done: Done) -> None:
    assert ": step " not in done.out("resume comparison")
    found, expected = (read_json(folder / "compare" / "compare.json") for folder in (done.folder, KEPT))
    assert [known_part(row, kept) for row, kept in zip(found["arms"], expected["arms"], strict=True)] == expected[
        "arms"
    ]
    assert found["label_bits"] == expected["label_bits"]
    html = (done.folder / "compare" / "compare.html").read_text()
    assert html.count("data:image/jpeg;base64,") == 2 * 4
    tables = [(folder / "compare" / "table.md").read_text().splitlines() for folder in (done.folder, KEPT)]
    assert tables[0][1:] == tables[1][1:]  # the first line names the machine


def test_an_unfinished_comparison_goes_on_from_the_arm_that_is_there(done: Done) -> None:
    said = done.out("resume half")
    assert "then dice, seed 0, fold 0: step 40/40" in said
    assert "both, seed 0, fold 0: step" not in said
    (first, second), (kept, other) = (
        read_json(folder / "compare.json")["arms"] for folder in (done.folder / "half", KEPT / "compare")
    )
    assert known_part(first, kept) == kept
    assert (second["steps"], second["weights"]) == (other["steps"], other["weights"])
    exact = 1e-6 if is_same_place() else 0.005
    assert second["photo_ious"] == pytest.approx(other["photo_ious"], abs=exact)
