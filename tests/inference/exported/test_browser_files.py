import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.errors import ConfigError
from maskwright.inference.exported.browser_files import open_model
from maskwright.inference.exported.float16_weights import with_half_weights
from maskwright.inference.exported.network_to_onnx import network_function
from maskwright.inference.exported.onnxruntime_web import SCRIPT, read_ort_web
from maskwright.inference.exported.runtimes import compute_with
from maskwright.inference.load import load
from tests.support.commands import refusal


def test_weights_in_16_bits_take_half_the_size_and_move_few_probabilities(disc_run: Path) -> None:
    segmenter = replace(load(disc_run), bf16=False)
    network = network_function(segmenter.net)  # type: ignore[arg-type]
    whole, halved = (open_model(segmenter, each) for each in (network, with_half_weights(network)))
    assert len(halved) < 0.6 * len(whole)
    photo = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    inputs = [photo, np.array([float(segmenter.long_side_px)]), np.array(1)]
    confidence, halved_confidence = (compute_with("onnx", each)(inputs)[1] for each in (whole, halved))
    assert 0 < np.abs(confidence - halved_confidence).max() < 0.02


def test_files_of_another_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"holds no {SCRIPT}"):
        read_ort_web(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / SCRIPT).write_text("export{a as b};")
    with pytest.raises(ConfigError, match="is not that of onnxruntime-web@"):
        read_ort_web(tmp_path)


def test_several_runs_are_refused_and_one_of_them_is_named(
    disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folds = tmp_path / "folds"
    for number in ("0", "1"):
        shutil.copytree(disc_run, folds / number)
    for to in ("onnx", "openvino", "html"):
        line = refusal(capsys, "export", folds, "--to", to)
        assert f"is 2 runs, and a file holds one: export one, as {folds / '0'}" in line


def test_flags_that_do_not_fit_are_refused_in_one_line(
    disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--ort-web goes with --to html" in refusal(capsys, "export", disc_run, "--ort-web", tmp_path)
    assert "holds no" in refusal(capsys, "export", disc_run, "--to", "html", "--ort-web", tmp_path)
    (tmp_path / "model.html").write_text("<!doctype html>")
    assert "tests itself when it is opened" in refusal(capsys, "verify", tmp_path / "model.html")
