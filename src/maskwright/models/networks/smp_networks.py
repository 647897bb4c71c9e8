"""The default U-Net, U-Net++, DeepLab and others: decoders of segmentation-models-pytorch on any encoder of timm."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

from maskwright.errors import ConfigError, WeightsError
from maskwright.models.weights.availability import PACKAGED, is_hub_reachable, require_weights, timm_name_of
from maskwright.models.weights.classifiers import HALVES, Normalisation
from maskwright.models.weights.encoders import load_hub_weights, load_packaged_weights
from maskwright.optional_packages import quiet_import

BLOCKS_AT_HALF = 4
"""A U-Net's decoder with this many blocks ends at half of the photo's size."""
LEAST_PX = {"pan": 128}
"""PAN halves the map of stride 16 three times."""


def build_smp(name: str, *, encoder: str, channels: int, decoder_channels: tuple[int, ...]) -> nn.Module:
    """Return the decoder `name` on a timm encoder, random weights.

    `decoder_channels`: five widths, for U-Net-like decoders; with four, a U-Net's head does the last doubling of size.
    Raises WeightsError if timm has no such encoder, or if it does not fit the decoder.
    """
    try:
        return _decoder(name, encoder=f"tu-{timm_name_of(encoder)}", channels=channels, widths=decoder_channels)
    except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        known = ", ".join(PACKAGED)
        raise WeightsError(f"there is no encoder {encoder!r} that fits {name}: offline there are {known}") from error


def _decoder(name: str, *, encoder: str, channels: int, widths: tuple[int, ...]) -> nn.Module:
    """Return smp's network; `encoder` is smp's name of it. Raises whatever smp or timm raise for a misfit."""
    with quiet_import():
        import segmentation_models_pytorch as smp

    own = partial(_made, encoder=encoder, classes=channels)
    match name:
        case "unet" if len(widths) == BLOCKS_AT_HALF:
            # smp requires a fifth block: one channel here, and _halved removes it.
            return _halved(own(smp.Unet, decoder_channels=(*widths, 1)), widths[-1], channels)
        case "unet":
            return own(smp.Unet, decoder_channels=widths)
        case "unetplusplus":
            return own(smp.UnetPlusPlus, decoder_channels=widths)
        case "manet":
            return own(smp.MAnet, decoder_channels=widths)
        case "linknet":
            return own(smp.Linknet)
        case "fpn":
            return own(smp.FPN, decoder_dropout=0.0)
        case "pspnet":
            return own(smp.PSPNet, psp_dropout=0.0)
        case "pan":
            return own(smp.PAN)
        case "deeplabv3":
            return own(smp.DeepLabV3, decoder_aspp_dropout=0.0)
        case "deeplabv3plus":
            return own(smp.DeepLabV3Plus, decoder_aspp_dropout=0.0)
        case "upernet":
            return own(smp.UPerNet)
        case "segformer":
            return own(smp.Segformer)
        case "dpt":
            return own(smp.DPT, dynamic_img_size=True)
        case _:
            raise AssertionError(name)


class SubpixelHead(nn.Sequential):
    """Logits at twice the size of the features: four for each class and place, one a pixel (Shi et al. 2016).

    Input: NxIxhxw features. Output: NxCx2hx2w logits. The four start equal, so that there is no pattern at first.
    """

    def __init__(self, in_channels: int, classes: int) -> None:
        weight = torch.empty(classes, in_channels, 3, 3)
        nn.init.xavier_uniform_(weight)
        scores = nn.Conv2d(in_channels, 4 * classes, kernel_size=3, padding=1)
        scores.weight = nn.Parameter(weight.repeat_interleave(4, dim=0))
        scores.bias = nn.Parameter(torch.zeros(4 * classes))
        super().__init__(scores, nn.PixelShuffle(2))


def _halved(core: nn.Module, width: int, classes: int) -> nn.Module:
    """Return a U-Net without its last block, which has no skip connection; the head doubles the size."""
    core.decoder.blocks = core.decoder.blocks[:BLOCKS_AT_HALF]  # type: ignore[union-attr, index]
    core.segmentation_head = SubpixelHead(width, classes)
    return core


def _made(kind: Callable[..., nn.Module], *, encoder: str, classes: int, **options: object) -> nn.Module:
    return kind(encoder, encoder_weights=None, classes=classes, **options)


def checkpoint_encoder(core: nn.Module, encoder: str) -> None:
    """Let the encoder compute its features twice to save memory; ConfigError if it cannot."""
    model = core.get_submodule("encoder.model")
    try:
        model.set_grad_checkpointing(True)  # type: ignore[operator]
    except (AttributeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(
            f"net.checkpointing: {encoder} cannot compute features twice: --set net.checkpointing=false"
        ) from error


def load_encoder_weights(core: nn.Module, encoder: str, weights: str) -> str:
    """Load "imagenet" weights into the encoder of `core`, or those available ("auto"); return where they came from."""
    name = timm_name_of(encoder)
    if weights == "auto" and name not in PACKAGED and not is_hub_reachable():
        return f"random: the weights of {encoder} are on a hub that does not answer"
    if weights not in ("imagenet", "auto"):
        return "random"
    require_weights(name)
    module = core.get_submodule("encoder.model")
    return load_packaged_weights(module, name) if name in PACKAGED else load_hub_weights(module, name)


def normalisation(encoder: str) -> Normalisation:
    """Return the mean and deviation of pixel values (0 to 1) that the encoder was trained with."""
    with quiet_import():
        import timm

    configured = timm.get_pretrained_cfg(timm_name_of(encoder))
    return (configured.mean, configured.std) if configured else HALVES


def encoder_stages(core: nn.Module) -> tuple[tuple[nn.Module, ...], ...]:
    """Return the modules with weights in each stage of the encoder, shallow to deep.

    A stage ends with the module whose output goes to the decoder; timm names these in `feature_info`. Modules
    constructed before it belong to the same stage.
    """
    model = core.get_submodule("encoder.model")
    named = [(name.replace(".", "_"), module) for name, module in model.named_modules() if name]
    stages: list[tuple[nn.Module, ...]] = []
    for end in _stage_ends(model):
        inside = [i for i, (name, _) in enumerate(named) if name == end or name.startswith(f"{end}_")]
        cut = inside[-1] + 1 if inside else 0
        stages.append(tuple(module for _, module in named[:cut] if list(module.parameters(recurse=False))))
        named = named[cut:]
    return tuple(stages)


def _stage_ends(model: nn.Module) -> list[str]:
    info: Any = model.feature_info
    names = [row["module"] for row in info] if isinstance(info, list) else info.module_name()
    return [name.replace(".", "_") for name in names]
