import json
from pathlib import Path

import pytest
import torch
from torch import nn

from maskwright.errors import ConfigError
from maskwright.models import cost as module
from maskwright.models.catalogue import NETWORKS
from maskwright.models.cost import cost, milliseconds
from tests.support.commands import call, in_own_process, refusal


def test_every_network_is_counted_without_computing_it() -> None:
    for name in NETWORKS:
        if name.startswith(("fcn32s", "fcn16s")):  # the 8s hold all that these do
            continue
        found = cost(name, timed=False)
        assert found.parameters > 1_000, name
        assert found.multiply_adds > found.parameters / 20, name
        assert found.milliseconds is None


def test_multiply_adds_are_those_of_the_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 1, 1)).to("meta")
    monkeypatch.setattr(module, "_on_meta", lambda _: net)
    found = cost("unet", timed=False)
    assert found.multiply_adds == 256 * 256 * (3 * 8 * 9 + 8)
    assert found.parameters == 3 * 8 * 9 + 8 + 8 + 1


def test_the_published_counts_are_met() -> None:
    millions = {name: cost(name, timed=False).parameters / 1e6 for name in ("deconvnet", "fcdensenet103", "unet2015")}
    assert millions["deconvnet"] == pytest.approx(251.7, abs=0.2)
    assert millions["fcdensenet103"] == pytest.approx(9.4, abs=0.15)
    assert millions["unet2015"] == pytest.approx(31.0, abs=0.1)


def test_time_is_measured_on_one_thread_and_the_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    assert 0 < milliseconds("linknet") < 60_000
    assert torch.get_num_threads() == before


def test_the_list_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("nets", "unet", "pan", "--untimed", "--json", tmp_path / "nets.json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["unet", "pan"]
    assert "starts from ImageNet" in lines[2]
    values = json.loads((tmp_path / "nets.json").read_text())
    assert [value["name"] for value in values] == ["unet", "pan"]
    assert values[0]["milliseconds"] is None


def test_a_wrong_name_suggests_the_nearest_and_needs_no_torch(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("nets", "unett"), ("plan", discs, "--net", "unett")):
        assert "no network 'unett': did you mean unet" in refusal(capsys, *words)
    code = (
        "import sys; from maskwright.cli.main import main; code = main(sys.argv[1:]); assert 'torch' not in sys.modules"
    )
    done = in_own_process(code, "train", discs, "--out", tmp_path / "run", "--net", "fcn8-vgg11")
    assert "did you mean fcn8s-vgg11" in done.stderr
    assert done.returncode == 0
    assert not (tmp_path / "run").exists()
    with pytest.raises(ConfigError, match="no network 'x': `maskwright nets` lists them"):
        cost("x", timed=False)


def test_offline_the_list_says_which_networks_start_from_random_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert call("nets", "unet", "fcn8s-vgg16", "dpt", "unet2015", "--untimed") == 0
    unet, fcn, dpt, scratch = capsys.readouterr().out.splitlines()[2:]
    assert unet.endswith("starts from ImageNet")
    assert fcn.endswith("starts from random weights: ImageNet's cannot be fetched here")
    assert dpt.endswith("starts from random weights: ImageNet's cannot be fetched here")
    assert "starts" not in scratch
