"""The network, its starting weights, and which of its stages are trained."""

from maskwright.models.catalogue import LITE0, WHOLE_DECODER, Network
from maskwright.models.spec import NetworkSpec
from maskwright.planning.machine import Machine
from maskwright.planning.plan import Request
from maskwright.planning.rules.reasons import Why
from maskwright.planning.rules.views import Views

FROZEN_STAGES = 3
ALL_STAGES = 5
ALL_FROZEN_BELOW = 3
"""Crops of each photo."""
HALVED_DECODER = (128, 64, 32, 32)


def network_for(request: Request, network: Network, machine: Machine, views: Views, why: Why) -> NetworkSpec:
    """Return the network as it is built; the reasons go into `why`."""
    encoder = request.encoder or network.encoder
    weights = request.weights or network.weights
    width = 1.0 if machine.gpu else network.cpu_width
    halved = not machine.gpu and request.net == "unet"
    frozen, why["net.frozen_stages"] = _frozen(encoder, weights, machine, views)
    why["net.name"] = "a U-Net keeps thin edges" if request.net == "unet" else f"as asked for: {network.title}"
    why["net.encoder"] = _why_encoder(encoder, network)
    why["net.decoder_channels"] = "half of the usual width: same quality, twice as fast; only a U-Net's" + (
        "; four blocks, and the head doubles their size: a fifth would add nothing" if halved else ""
    )
    why["net.weights"] = _why_weights(weights, request)
    why["net.width"] = (
        "1: all channels that the network is defined with"
        if width == 1
        else f"{width:g} of the channels: all of them are too heavy for a CPU"
    )
    why["net.checkpointing"] = "off: it saves memory and costs time"
    decoder = HALVED_DECODER if halved else WHOLE_DECODER
    return NetworkSpec(request.net, encoder, decoder, weights, width=width, frozen_stages=frozen)


def _why_encoder(encoder: str, network: Network) -> str:
    if encoder != network.encoder:
        return f"as asked for: {encoder}"
    if encoder == LITE0:
        return "EfficientNet-Lite0: the best trade of accuracy for time on two cores, and it needs no download"
    if encoder:
        return f"{encoder}: what this decoder is made for"
    return "none to choose: the encoder is part of this network"


def _why_weights(weights: str, request: Request) -> str:
    match weights:
        case "imagenet":
            return "few photos: start from ImageNet's weights"
        case "auto":
            return "ImageNet's if they are available"
        case "random":
            return "from scratch, as asked for" if request.weights else "this network is trained from scratch"
        case _:
            return "those of an earlier training"


def _frozen(encoder: str, weights: str, machine: Machine, views: Views) -> tuple[int, str]:
    if machine.gpu or encoder != LITE0 or weights != "imagenet":
        return 0, "0: the whole encoder adapts to the photos, at its own low rate"
    if views.count < ALL_FROZEN_BELOW or views.is_brief_scene:
        return ALL_STAGES, f"{ALL_STAGES}: there is time to train the decoder, but not to adapt the encoder as well"
    reason = "edges and textures are the same in all photos, and a step takes a quarter less time"
    return FROZEN_STAGES, f"{FROZEN_STAGES}: {reason}"
