"""Networks, losses and optimisers chosen on the command line, all the way to a run."""

from pathlib import Path

import pytest
import torch

from maskwright.inference.load import load
from maskwright.models.weights.read_run_weights import read_run_weights
from maskwright.planning.plan_file import read_plan
from maskwright.runs.folder import read_run_facts
from tests.support.commands import FAST, call


def test_a_network_a_loss_and_an_optimiser_are_chosen_by_name_and_a_run_goes_on_from_another(
    discs: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    chosen = ("--net", "linknet", "--set", "loss=0.5*focal + lovasz", "--set", "optim=sgd", "--set", "augment=none")
    assert call("train", discs, "--out", first, *FAST, *chosen) == 0
    plan = read_plan(first / "plan.toml")
    assert (plan.net.name, plan.optim.name, plan.optim.schedule) == ("linknet", "sgd", "poly")
    assert plan.augment.rotate_deg == 0
    assert load(first).classes.names == ("background", "disc")
    frozen = ("--set", f"net.weights={first}", "--set", "net.frozen_stages=3", "--set", "optim=rmsprop")
    assert call("train", discs, "--out", second, *FAST, "--net", "linknet", *frozen) == 0
    assert "tensors from" in read_run_facts(second).weights
    before, after = (read_run_weights(run) for run in (first, second))
    same = {name for name in before if torch.equal(before[name], after[name])}
    stem = {name for name in before if name.startswith(("core.encoder.model.conv_stem", "core.encoder.model.bn1"))}
    assert stem <= same
    assert not any(name.startswith("core.segmentation_head") for name in same)


@pytest.mark.parametrize("net", ["unet2015-padded", "fcdensenet56", "deconvnet", "fcn16s-lite0-headless"])
def test_networks_that_bring_their_encoder_are_trained_and_loaded_by_name(
    net: str, discs: Path, tmp_path: Path
) -> None:
    thin = () if "headless" in net else ("--set", "net.width=0.05")
    assert call("train", discs, "--out", tmp_path / "run", "--net", net, *FAST, *thin, "--set", "optim.steps=2") == 0
    assert load(tmp_path / "run").predict is not None
