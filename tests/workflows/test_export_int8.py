import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.inference.load import load
from maskwright.workflows import export_int8
from maskwright.workflows.export import EXPORTED, load_with
from tests.support.commands import call, refusal

nncf = pytest.importorskip("nncf")


@pytest.fixture
def run(disc_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(disc_run, tmp_path / "run")


@pytest.fixture(scope="module")
def exported(disc_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = shutil.copytree(disc_run, tmp_path_factory.mktemp("int8") / "run")
    assert call("export", run, "--int8") == 0
    return run / "model-int8.onnx"


def test_a_file_in_eight_bits_is_small_and_says_what_it_costs(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = exported.parent
    assert call("export", run) == 0
    assert exported.stat().st_size < 0.5 * (run / EXPORTED).stat().st_size
    capsys.readouterr()
    assert call("verify", exported) == 0
    text = capsys.readouterr().out
    assert "in 8 bits: " in text
    assert " IoU points lost on 2 held-out photos, " in text
    assert "; calibrated on 4 training photos" in text
    assert "in 8 bits with --fast: " in text
    assert " IoU points lost on the same photos" in text


def with_fast_lost(exported: Path, to: Path, lost: float | None) -> Path:
    """Write the file as if so much had been lost with --fast, None as versions wrote it that did not measure it."""
    model = onnx.load(str(exported))
    (entry,) = [entry for entry in model.metadata_props if entry.key == "maskwright"]
    facts = {**json.loads(entry.value), "fast_lost": lost}
    if lost is None:
        del facts["fast_lost"]
    entry.value = json.dumps(facts)
    onnx.save(model, str(to))
    return to


def test_fast_is_refused_where_eight_bits_lose_too_much_by_it_and_told_elsewhere(
    exported: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = with_fast_lost(exported, tmp_path / "bad.onnx", 2.17)
    command = ("predict", bad, discs / "disc00.png", "--out", tmp_path / "out", "--runtime", "onnx")
    line = refusal(capsys, *command, "--fast")
    assert "2.17 IoU points lost on the same photos, 0.5 are allowed: leave --fast out" in line
    assert call(*command) == 0
    for lost, words in ((0.07, "0.07 IoU points lost on the same photos"), (None, "not measured; export the run")):
        file = with_fast_lost(exported, tmp_path / "other.onnx", lost)
        capsys.readouterr()
        assert call("predict", file, discs / "disc00.png", "--out", tmp_path / "more", "--fast") == 0
        assert f"in 8 bits with --fast: {words}" in capsys.readouterr().out


def test_each_judging_photo_is_decoded_once(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    photo = Dataset.photo

    def counted(dataset: Dataset, sample: Sample, **how: object) -> object:
        decoded.append(sample.name)
        return photo(dataset, sample, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Dataset, "photo", counted)
    assert call("export", run, "--int8") == 0
    names = json.loads((run / "run.json").read_text())["test_photos"]
    assert [decoded.count(name) for name in names] == [1] * len(names)


def test_the_file_is_loaded_as_the_run_is_and_gives_nearly_its_logits(exported: Path) -> None:
    ours = load(exported.parent)
    for runtime in ("onnx", "openvino"):
        theirs = load_with(exported, runtime, tell=print)
        assert theirs.classes == ours.classes
        assert theirs.predict == ours.predict
        for size in ((96, 96), (61, 97), (300, 200), (1, 80)):
            photo = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
            assert theirs.mask(photo).shape == size
            assert np.abs(theirs.probabilities(photo) - ours.probabilities(photo)).mean() < 0.1


def test_openvino_s_own_files_are_written_too_and_say_how_fast_they_are(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("export", run, "--to", "openvino", "--int8") == 0
    text = capsys.readouterr().out
    assert "8 bits: " in text
    assert "8 bits with --fast: " in text
    assert f"{run / 'model-int8.xml'} and {run / 'model-int8.bin'}: " in text
    assert "ms in OpenVINO" in text
    assert call("verify", run / "model-int8.xml") == 0


def test_what_loses_too_much_is_refused_with_the_number_and_nothing_is_written(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_int8, "MOST_LOST", -1000)
    before = sorted(run.rglob("*"))
    for to in ("onnx", "openvino"):
        line = refusal(capsys, "export", run, "--int8", "--to", to)
        assert "not exported, 8 bits lose too much: " in line
        assert " IoU points lost on 2 held-out photos, " in line
    assert sorted(run.rglob("*")) == before


def test_auto_never_takes_eight_bits(run: Path) -> None:
    assert call("export", run, "--int8", "--out", run / EXPORTED) == 0
    lines: list[str] = []
    load_with(run, "auto", tell=lines.append)
    assert len(lines) == 2
    assert all("computes in 8 bits" in line for line in lines)
    line = "; ".join(lines)
    assert f"give it in place of {run}" in line


def test_photos_that_training_fitted_last_judge_where_none_is_held_out_and_without_any_it_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**facts, "test_photos": [], "inner_photos": facts["train_photos"][:1]}))
    assert call("export", run, "--int8", "--out", run / "a.onnx") == 0
    assert "on 1 photo that training fitted in its last quarter (none is held out)" in capsys.readouterr().out
    (run / "run.json").write_text(json.dumps({**facts, "test_photos": [], "inner_photos": []}))
    assert "train with --set split.test=0.2" in refusal(capsys, "export", run, "--int8")
    (run / "run.json").write_text(json.dumps({**facts, "test_photos": ["gone.png"]}))
    assert "are not in " in refusal(capsys, "export", run, "--int8")


def test_refusals_of_flags(run: Path, exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "a page computes in 32 bits" in refusal(capsys, "export", run, "--int8", "--to", "html")
    assert "--set goes with --int8 only" in refusal(capsys, "export", run, "--set", "data.ignore=3")
    assert "trained model keeps its plan" in refusal(capsys, "export", run, "--int8", "--set", "optim.steps=9")
    assert "give --runtime openvino" in refusal(
        capsys, "predict", exported, run, "--runtime", "openvino-bf16", "--out", run / "o"
    )


def test_a_network_of_eight_bits_holds_no_large_constant_of_32_bits(exported: Path) -> None:
    (network,) = [function for function in onnx.load(str(exported)).functions if function.name == "network"]
    tensors = [node.attribute[0].t for node in network.node if node.op_type == "Constant"]
    assert max(int(np.prod(t.dims)) for t in tensors if t.data_type == onnx.TensorProto.FLOAT) < 4096
