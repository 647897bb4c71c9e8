import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from maskwright.errors import MaskwrightError, WeightsError
from maskwright.inference.load import load
from maskwright.models.weights.read_run_weights import model_file, read_run_weights
from maskwright.models.weights.tensor_files import load_tensors, read_weights, save_tensors, save_weights
from maskwright.output_file_names import OLD_WEIGHTS_FILE, WEIGHTS_FILE


def copied(run: Path, folder: Path) -> Path:
    shutil.copytree(run, folder)
    return folder


def with_old_weights(run: Path, folder: Path) -> Path:
    """Return a copy of the run as maskwright 0.1.0 wrote it: model.pt, and no digest."""
    copied(run, folder)
    torch.save(load_file(folder / WEIGHTS_FILE), folder / OLD_WEIGHTS_FILE)
    (folder / WEIGHTS_FILE).unlink()
    facts = json.loads((folder / "run.json").read_text())
    del facts["model_sha256"]
    (folder / "run.json").write_text(json.dumps({**facts, "format": 1}))
    return folder


def flip_bit(file: Path, seed: int) -> None:
    data, rng = bytearray(file.read_bytes()), random.Random(seed)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


def refused(run: Path) -> str:
    with pytest.raises(MaskwrightError) as caught:
        load(run)
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_in_the_weights_is_refused(disc_run: Path, tmp_path: Path, seed: int) -> None:
    run = copied(disc_run, tmp_path / "run")
    flip_bit(run / WEIGHTS_FILE, seed)
    assert "other SHA-256" in refused(run)


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_in_the_weights_of_version_0_1_0_is_refused(disc_run: Path, tmp_path: Path, seed: int) -> None:
    run = with_old_weights(disc_run, tmp_path / "run")
    flip_bit(run / OLD_WEIGHTS_FILE, seed)
    assert "damaged" in refused(run)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("version", [copied, with_old_weights])
def test_truncated_weights_are_refused(
    disc_run: Path, tmp_path: Path, share: float, version: Callable[[Path, Path], Path]
) -> None:
    file = model_file(version(disc_run, tmp_path / "run"))
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    refused(tmp_path / "run")


def test_nan_weights_are_refused_in_both_kinds_of_files(disc_run: Path, tmp_path: Path) -> None:
    state = load_file(disc_run / WEIGHTS_FILE)
    first = next(name for name, tensor in state.items() if tensor.is_floating_point())
    state[first] = torch.full_like(state[first], float("nan"))
    new, old = copied(disc_run, tmp_path / "new"), with_old_weights(disc_run, tmp_path / "old")
    facts = json.loads((new / "run.json").read_text())
    (new / "run.json").write_text(json.dumps({**facts, "model_sha256": save_weights(new / WEIGHTS_FILE, state)}))
    torch.save(state, old / OLD_WEIGHTS_FILE)
    for run in (new, old):
        assert "holds NaN or infinite weights" in refused(run)


def test_the_weights_of_another_run_are_refused(disc_run: Path, tmp_path: Path) -> None:
    run = copied(disc_run, tmp_path / "run")
    state = {name: tensor + 1 for name, tensor in load_file(run / WEIGHTS_FILE).items()}
    save_file(state, run / WEIGHTS_FILE)
    assert "other SHA-256" in refused(run)


def test_a_model_pt_in_a_run_that_wrote_none_is_refused(disc_run: Path, tmp_path: Path) -> None:
    run = copied(disc_run, tmp_path / "run")
    torch.save(load_file(run / WEIGHTS_FILE), run / OLD_WEIGHTS_FILE)
    (run / WEIGHTS_FILE).unlink()
    with pytest.raises(WeightsError, match=r"holds no model\.safetensors"):
        read_run_weights(run)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: {**state, "more": torch.zeros(1)},
        lambda state: {name: state[name] for name in list(state)[1:]},
        lambda state: {name: tensor.double() for name, tensor in state.items()},
        lambda state: {name: tensor[None] for name, tensor in state.items()},
    ],
)
def test_weights_of_another_network_are_refused(
    disc_run: Path, tmp_path: Path, change: Callable[[dict[str, Tensor]], dict[str, Tensor]]
) -> None:
    run = with_old_weights(disc_run, tmp_path / "run")
    torch.save(change(load_file(disc_run / WEIGHTS_FILE)), run / OLD_WEIGHTS_FILE)
    assert "does not fit plan.toml" in refused(run)


def test_a_run_of_version_0_1_0_has_the_same_weights(disc_run: Path, tmp_path: Path) -> None:
    old, new = read_run_weights(with_old_weights(disc_run, tmp_path / "run")), read_run_weights(disc_run)
    assert old.keys() == new.keys()
    assert all(torch.equal(old[name], new[name]) for name in new)
    assert load(tmp_path / "run").classes == load(disc_run).classes


def test_a_pickle_that_runs_code_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
            return Path.touch, (tmp_path / "touched",)

    torch.save({"weight": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(WeightsError, match="no file of weights"):
        read_weights(tmp_path / "evil.pt")
    assert not (tmp_path / "touched").exists()


def test_a_flipped_bit_in_a_checkpoint_is_refused(tmp_path: Path) -> None:
    save_tensors(tmp_path / "checkpoint.pt", {"net": {"weight": torch.zeros(1000)}, "step": 3})
    assert load_tensors(tmp_path / "checkpoint.pt")["step"] == 3
    flip_bit(tmp_path / "checkpoint.pt", 1)
    with pytest.raises(MaskwrightError, match="is damaged"):
        load_tensors(tmp_path / "checkpoint.pt")


def test_equal_weights_give_equal_bytes_in_any_memory_order(tmp_path: Path) -> None:
    weight = torch.randn(4, 3, 5, 5)
    plain = save_weights(tmp_path / "a.safetensors", {"one": weight, "two": weight[0]})
    turned = {"two": weight[0].clone(), "one": weight.to(memory_format=torch.channels_last)}
    assert save_weights(tmp_path / "b.safetensors", turned) == plain
