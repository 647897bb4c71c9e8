"""Pretrained weights: whether those asked for are available here and now, and what replaces them if not."""

from dataclasses import replace
from pathlib import Path

from maskwright.errors import WeightsError
from maskwright.files import read_toml
from maskwright.losses.catalogue import parse_mix
from maskwright.models.catalogue import LITE0, Network, require_network
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.availability import require_known_weights, require_weights, timm_name_of
from maskwright.models.weights.torchvision_files import FILES, require_torchvision_weights
from maskwright.planning.overrides import BY_HAND, values_of
from maskwright.planning.plan import Plan, Request
from maskwright.planning.settings import Settings

STANDS_IN = "stands in"


def require_available(settings: Settings) -> None:
    """Raise at once, without torch, if the network, the loss or the weights asked for are not available.

    ConfigError for unknown names, WeightsError for weights. A hub is asked for one second at most.
    """
    values = {**_net_of_file(settings.plan_file), **values_of(settings.plan)}
    name, encoder, weights = (values.get(f"net.{key}") for key in ("name", "encoder", "weights"))
    network = require_network(name if isinstance(name, str) else Request().net)
    if isinstance(mix := values.get("loss.mix"), str):
        parse_mix(mix)
    if isinstance(weights, str):
        require_known_weights(weights)
    if isinstance(encoder, str) and (weights or network.weights) == "imagenet":
        require_weights(timm_name_of(encoder))
    if network.classifier in FILES and weights == "imagenet":
        require_torchvision_weights(network.classifier)


def _net_of_file(plan_file: Path | None) -> dict[str, object]:
    """Return the keys of the section [net] of a plan.toml; reading the whole plan refuses what is wrong in it."""
    net = read_toml(plan_file).get("net", {}) if plan_file else {}
    return {f"net.{key}": value for key, value in net.items()} if isinstance(net, dict) else {}


def with_available_weights(plan: Plan) -> Plan:
    """Return the plan with "auto" weights decided and the reason beside it; asks the hub, for a second at most.

    A decoder whose encoder's weights are not available gets EfficientNet-Lite0, whose weights are installed. A network
    that brings its own encoder, and DPT, which needs a transformer, start from random weights; their encoder learns at
    the decoder's rate then, unless its rate was set by hand.
    """
    if plan.net.weights != "auto":
        return plan
    network = require_network(plan.net.name)
    if network.whole_for_imagenet and plan.net.width != 1.0:
        return _from_scratch(plan, f"the ImageNet weights of {plan.net.name} fit its whole width only")
    if not network.learned_from_imagenet:
        return _from_scratch(plan, f"there are no ImageNet weights of {plan.net.name}")
    try:
        _require(plan.net, network)
    except WeightsError as error:
        reason = error.reason
        return _with_stand_in(plan, reason) if network.encoder == LITE0 else _from_scratch(plan, reason)
    why = {**plan.why, "net.weights": "few photos: start from what ImageNet taught"}
    return replace(plan, net=replace(plan.net, weights="imagenet"), why=why)


def stand_in_reason(plan: Plan) -> str:
    """Return why EfficientNet-Lite0 replaces the encoder that was asked for, "" if it does not."""
    reason = plan.why.get("net.encoder", "")
    return reason if reason.endswith(STANDS_IN) else ""


def _require(net: NetworkSpec, network: Network) -> None:
    """Raise WeightsError, within a second, if the network's ImageNet weights are not available."""
    if network.classifier in FILES:
        require_torchvision_weights(network.classifier)
    else:
        require_weights(timm_name_of(net.encoder or network.classifier))


def _with_stand_in(plan: Plan, reason: str) -> Plan:
    why = {
        **plan.why,
        "net.encoder": f"{reason}: EfficientNet-Lite0 {STANDS_IN}",
        "net.weights": "those of the encoder that stands in",
    }
    return replace(plan, net=replace(plan.net, encoder=LITE0, weights="imagenet"), why=why)


def _from_scratch(plan: Plan, reason: str) -> Plan:
    settled = replace(plan, net=replace(plan.net, weights="random"), why={**plan.why, "net.weights": reason})
    if plan.why.get("optim.lr_encoder") == BY_HAND:
        return settled
    why = {**settled.why, "optim.lr_encoder": "that of the decoder: random weights have as far to go"}
    return replace(settled, optim=replace(plan.optim, lr_encoder=plan.optim.lr_decoder), why=why)
