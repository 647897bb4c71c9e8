"""`net.weights = "auto"` settled: ImageNet's weights where they can be had here and now, else what stands in."""

from dataclasses import replace

from maskwright.errors import WeightsError
from maskwright.models.catalogue import LITE0, require_network
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.availability import require_weights, timm_name_of
from maskwright.models.weights.torchvision_files import FILES, require_torchvision_weights
from maskwright.planning.plan import Plan

STANDS_IN = "stands in"


def with_weights_at_hand(plan: Plan) -> Plan:
    """Return the plan with "auto" weights settled and the reason beside it; asks the hub, for a second at most.

    A decoder whose encoder's weights cannot be had gets EfficientNet-Lite0, whose are installed. A network that brings
    its own encoder, and DPT, which needs a transformer, start from random weights; their encoder learns at the
    decoder's rate then, unless its rate was set by hand.
    """
    if plan.net.weights != "auto":
        return plan
    if not require_network(plan.net.name).learnt_from_imagenet:
        return _from_scratch(plan, f"there are no ImageNet weights of {plan.net.name}")
    try:
        _require(plan.net)
    except WeightsError as error:
        reason = str(error).split(": ")[0]
        return _from_scratch(plan, reason) if _brings_its_encoder(plan.net) else _with_stand_in(plan, reason)
    why = {**plan.why, "net.weights": "few photos: start from what ImageNet taught"}
    return replace(plan, net=replace(plan.net, weights="imagenet"), why=why)


def stand_in_reason(plan: Plan) -> str:
    """Return why EfficientNet-Lite0 stands in for the encoder that was asked for, "" where it does not."""
    reason = plan.why.get("net.encoder", "")
    return reason if reason.endswith(STANDS_IN) else ""


def _require(net: NetworkSpec) -> None:
    """Raise WeightsError, within a second, where the network's ImageNet weights cannot be had."""
    classifier = require_network(net.name).classifier
    if classifier in FILES:
        require_torchvision_weights(classifier)
    else:
        require_weights(timm_name_of(net.encoder or classifier))


def _brings_its_encoder(net: NetworkSpec) -> bool:
    return require_network(net.name).encoder != LITE0


def _with_stand_in(plan: Plan, reason: str) -> Plan:
    why = {
        **plan.why,
        "net.encoder": f"{reason}: EfficientNet-Lite0 {STANDS_IN}",
        "net.weights": "those of the encoder that stands in",
    }
    return replace(plan, net=replace(plan.net, encoder=LITE0, weights="imagenet"), why=why)


def _from_scratch(plan: Plan, reason: str) -> Plan:
    settled = replace(plan, net=replace(plan.net, weights="random"), why={**plan.why, "net.weights": reason})
    if plan.why.get("optim.lr_encoder") == "set by hand":
        return settled
    why = {**settled.why, "optim.lr_encoder": "that of the decoder: random weights have as far to go"}
    return replace(settled, optim=replace(plan.optim, lr_encoder=plan.optim.lr_decoder), why=why)
