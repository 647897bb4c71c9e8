from dataclasses import replace

import pytest

from maskwright.errors import ConfigError
from maskwright.planning.available_weights import stand_in_reason, with_available_weights
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Plan, Request
from maskwright.planning.plan_file import with_overrides
from maskwright.planning.settings import plan_overrides
from tests.support.plans import CPU
from tests.support.scenes_measured import SCENE


def auto(net: str, **changes: str) -> Plan:
    plan = make_plan(SCENE, CPU, Request(net=net, weights="auto"))
    return replace(plan, net=replace(plan.net, **changes))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("cache")))


def test_lite0_stands_in_for_an_encoder_on_a_hub_that_does_not_answer_and_says_so() -> None:
    settled = with_available_weights(auto("unet", encoder="efficientnet-b3"))
    assert (settled.net.encoder, settled.net.weights) == ("tf_efficientnet_lite0", "imagenet")
    assert "efficientnet_b3" in stand_in_reason(settled)
    assert "EfficientNet-Lite0 stands in" in settled.why["net.encoder"]
    assert with_available_weights(settled) == settled


@pytest.mark.parametrize("net", ["fcn8s-vgg11", "dpt"])
def test_networks_that_bring_their_encoder_start_at_random_at_the_full_rate(net: str) -> None:
    plan = auto(net)
    settled = with_available_weights(plan)
    assert settled.net == replace(plan.net, weights="random")
    assert settled.optim.lr_encoder == plan.optim.lr_decoder
    assert "does not answer" in settled.why["net.weights"]
    assert stand_in_reason(settled) == ""
    low = replace(plan.optim, lr_encoder=1e-6)
    by_hand = replace(plan, optim=low, why={**plan.why, "optim.lr_encoder": "set by hand"})
    assert with_available_weights(by_hand).optim == low


@pytest.mark.parametrize("net", ["unet", "fcn32s-lite0"])
def test_weights_that_are_installed_are_taken(net: str) -> None:
    settled = with_available_weights(auto(net))
    assert settled.net.weights == "imagenet"
    assert stand_in_reason(settled) == ""


def test_what_is_not_auto_is_left_alone() -> None:
    plan = make_plan(SCENE, CPU, Request(net="fcn8s-vgg16", weights="random"))
    assert with_available_weights(plan) is plan


def test_a_narrow_deconvnet_starts_from_random_weights_and_says_which_width_imagenet_needs() -> None:
    settled = with_available_weights(auto("deconvnet"))
    assert settled.net.weights == "random"
    assert settled.why["net.weights"] == "the ImageNet weights of deconvnet fit its whole width only"
    with pytest.raises(ConfigError, match=r"whole width only, not 0\.25: add --set net\.width=1"):
        with_overrides(settled, plan_overrides(["net.weights=imagenet"]))


@pytest.mark.parametrize("net", ["unet2015-padded", "fcdensenet56"])
def test_imagenet_is_refused_where_no_weights_fit_and_auto_means_random(net: str) -> None:
    settled = with_available_weights(auto(net))
    assert settled.net.weights == "random"
    assert settled.why["net.weights"] == f"there are no ImageNet weights of {net}"
    with pytest.raises(ConfigError, match=f"there are no ImageNet weights of {net}"):
        with_overrides(settled, plan_overrides(["net.weights=imagenet"]))
