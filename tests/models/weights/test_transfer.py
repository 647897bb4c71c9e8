from dataclasses import replace
from pathlib import Path

import pytest
import torch

from maskwright.errors import ConfigError, WeightsError
from maskwright.models.build import build_model
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.read_run_weights import read_run_weights
from maskwright.models.weights.tensor_files import save_weights
from maskwright.output_file_names import WEIGHTS_FILE

PLAN = NetworkSpec("unet", "resnet18", (32, 16, 16, 8, 8), "random")


def saved(folder: Path, plan: NetworkSpec, classes: int) -> Path:
    folder.mkdir()
    torch.manual_seed(1)
    save_weights(folder / WEIGHTS_FILE, build_model(plan, classes).module.state_dict())
    return folder


def test_the_run_before_gives_every_tensor_that_fits_and_says_how_many(tmp_path: Path) -> None:
    run = saved(tmp_path / "run", PLAN, 2)
    torch.manual_seed(2)
    built = build_model(replace(PLAN, weights=str(run)), 5)
    stored = read_run_weights(run)
    own = built.module.state_dict()
    other = [name for name in own if not torch.equal(own[name], stored[name])]
    assert other == ["core.segmentation_head.0.weight", "core.segmentation_head.0.bias"]
    assert built.weights == f"{len(own) - 2} of {len(own)} tensors from {run}, the others random"


def test_an_encoder_of_timm_alone_fits_into_the_encoder(tmp_path: Path) -> None:
    import timm

    classifier = timm.create_model("resnet18", pretrained=False)
    torch.save({"state_dict": classifier.state_dict()}, tmp_path / "resnet18.pth")
    built = build_model(replace(PLAN, weights=str(tmp_path / "resnet18.pth")), 2)
    own = built.module.get_submodule("core.encoder.model").state_dict()
    theirs = classifier.state_dict()
    assert all(torch.equal(own[name], theirs[name]) for name in own)
    assert built.weights.startswith(f"{len(own)} of {len(own)} tensors from")


def test_weights_of_another_kind_of_network_are_refused(tmp_path: Path) -> None:
    run = saved(tmp_path / "run", PLAN, 2)
    with pytest.raises(WeightsError, match=r"only \d+ of \d+ tensors of .*run fit"):
        build_model(replace(PLAN, encoder="tf_efficientnet_lite0", weights=str(run)), 2)
    with pytest.raises(ConfigError, match="'nosuch' is none of imagenet, random, auto"):
        build_model(replace(PLAN, weights="nosuch"), 2)
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(WeightsError, match="is no file of weights"):
        build_model(replace(PLAN, weights=str(tmp_path / "text.pth")), 2)
