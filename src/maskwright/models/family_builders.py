"""From a network's spec to the network: one builder for each family unpacks the spec into plain numbers.

A family's module is imported when a network of it is built.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from maskwright.models.catalogue import Family, require_network
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.classifiers import HALVES, Triple


@dataclass(frozen=True)
class Core:
    """A network before padding: normalised Nx3xHxW -> NxCxHxW logits, H and W multiples of `stride`.

    `mean`, `std`: of pixel values from 0 to 1; `weights`: where its weights came from; `stages`: the encoder's
    modules, shallow to deep, for freezing; `least_px`: the smallest side it takes, smaller photos are padded.
    """

    module: nn.Module
    mean: Triple
    std: Triple
    weights: str
    stride: int = 32
    stages: tuple[tuple[nn.Module, ...], ...] = ()
    least_px: int = 1


def build_core(spec: NetworkSpec, channels: int) -> Core:
    """Return the network of a spec, with `channels` outputs; ConfigError if no network has that name."""
    return FAMILIES[require_network(spec.name).family](spec, channels)


def _smp(spec: NetworkSpec, channels: int) -> Core:
    from maskwright.models.networks import smp_networks

    module = smp_networks.build_smp(
        spec.name, encoder=spec.encoder, channels=channels, decoder_channels=tuple(spec.decoder_channels)
    )
    if spec.checkpointing:
        smp_networks.checkpoint_encoder(module, spec.encoder)
    weights = smp_networks.load_encoder_weights(module, spec.encoder, spec.weights)
    stages, least_px = smp_networks.encoder_stages(module), smp_networks.LEAST_PX.get(spec.name, 1)
    return Core(module, *smp_networks.normalisation(spec.encoder), weights, stages=stages, least_px=least_px)


def _deconvnet(spec: NetworkSpec, channels: int) -> Core:
    from maskwright.models.networks.deconvnet import build_deconvnet
    from maskwright.models.weights.vgg16_for_deconvnet import load_vgg16

    module = build_deconvnet(classes=channels, width=spec.width)
    return Core(module, *HALVES, load_vgg16(module, spec.weights), stages=tuple((block,) for block in module.down))


def _unet2015(spec: NetworkSpec, channels: int) -> Core:
    from maskwright.models.networks.unet2015 import GRAIN_PX, build_unet2015

    padded = spec.name == "unet2015-padded"
    module = build_unet2015(classes=channels, width=spec.width, padded=padded)
    return Core(module, *HALVES, "random", stride=GRAIN_PX if padded else 1)


def _fcdensenet(spec: NetworkSpec, channels: int) -> Core:
    from maskwright.models.networks.fcdensenet import build_fcdensenet

    depth = int(spec.name.removeprefix("fcdensenet"))
    module = build_fcdensenet(depth, classes=channels, width=spec.width, checkpointing=spec.checkpointing)
    return Core(module, *HALVES, "random")


def _fcn(spec: NetworkSpec, channels: int) -> Core:
    from maskwright.models.networks.fcn import build_fcn, parse_fcn_name
    from maskwright.models.weights.classifiers import normalisation_of
    from maskwright.models.weights.fcn import CLASSIFIERS, load_fcn_weights

    backbone, finest_px, headless = parse_fcn_name(spec.name)
    module = build_fcn(backbone, finest_px=finest_px, channels=channels, headless=headless, width=spec.width)
    weights = load_fcn_weights(module, backbone, spec.weights)
    encoder = module.encoder
    stages = ((encoder.to_8,), (encoder.to_16,), (encoder.to_32,), *(() if headless else ((encoder.fc,),)))
    return Core(module, *normalisation_of(CLASSIFIERS[backbone]), weights, module.stride, stages)


FAMILIES: dict[Family, Callable[[NetworkSpec, int], Core]] = {
    "smp": _smp,
    "fcn": _fcn,
    "deconvnet": _deconvnet,
    "unet2015": _unet2015,
    "fcdensenet": _fcdensenet,
}
