"""Networks of segmentation-models-pytorch: a decoder on any encoder of timm."""

from torch import nn

from maskwright.errors import WeightsError
from maskwright.nets.encoders import load_hub_weights, load_packaged_weights
from maskwright.planning.weights import PACKAGED, require_weights

Triple = tuple[float, ...]
HALVES: Triple = (0.5, 0.5, 0.5)
"""How EfficientNet-Lite was trained: (x / 255 - 0.5) / 0.5; ImageNet's own mean and deviation are measurably worse."""


def build_smp(name: str, *, encoder: str, channels: int, decoder_channels: tuple[int, ...]) -> nn.Module:
    """Return the decoder `name` on a timm encoder, random weights; `decoder_channels` are a U-Net's five widths.

    Raises WeightsError where timm has no such encoder or it does not fit the decoder.
    """
    import segmentation_models_pytorch as smp

    timm_name = f"tu-{encoder}"
    try:
        match name:
            case "unet":
                core: nn.Module = smp.Unet(
                    timm_name, encoder_weights=None, decoder_channels=decoder_channels, classes=channels
                )
            case "fpn":
                core = smp.FPN(timm_name, encoder_weights=None, decoder_dropout=0.0, classes=channels)
            case "deeplabv3plus":
                core = smp.DeepLabV3Plus(timm_name, encoder_weights=None, decoder_aspp_dropout=0.0, classes=channels)
            case _:
                raise AssertionError(name)
    except (RuntimeError, KeyError, ValueError) as error:
        known = ", ".join(PACKAGED)
        raise WeightsError(f"there is no encoder {encoder!r} that fits {name}: offline there are {known}") from error
    return core


def load_encoder_weights(core: nn.Module, encoder: str, weights: str) -> str:
    """Load "imagenet" or leave "random" weights in the encoder of `core`; return where they came from."""
    if weights != "imagenet":
        return "random"
    require_weights(encoder)
    module = core.get_submodule("encoder.model")
    return load_packaged_weights(module, encoder) if encoder in PACKAGED else load_hub_weights(module, encoder)


def normalisation(encoder: str) -> tuple[Triple, Triple]:
    """Return mean and deviation of 0..1 pixel values that the encoder was trained with."""
    import timm

    configured = timm.get_pretrained_cfg(encoder)
    return (configured.mean, configured.std) if configured else (HALVES, HALVES)


def encoder_stages(core: nn.Module) -> tuple[tuple[nn.Module, ...], ...]:
    """Return the modules of each stage of the encoder that hold weights of their own, shallow to deep.

    A stage ends with the module whose output it hands to the decoder; timm names these in `feature_info`.
    """
    model = core.get_submodule("encoder.model")
    ends = [name.replace(".", "_") for name in model.feature_info.module_name()]  # type: ignore[union-attr, operator]
    named = [(name.replace(".", "_"), module) for name, module in model.named_modules() if name]
    stages: list[tuple[nn.Module, ...]] = []
    for end in ends:
        inside = [i for i, (name, _) in enumerate(named) if name == end or name.startswith(f"{end}_")]
        cut = inside[-1] + 1 if inside else 0
        stages.append(tuple(module for _, module in named[:cut] if list(module.parameters(recurse=False))))
        named = named[cut:]
    return tuple(stages)
