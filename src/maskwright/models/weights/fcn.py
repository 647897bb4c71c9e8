"""The start of an FCN: a trained classifier, the stage before, or random weights; the run says which."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from torch import Tensor

from maskwright.errors import WeightsError
from maskwright.models.networks.fcn import FCN
from maskwright.models.networks.fcn_encoders import Backbone, Encoder
from maskwright.models.networks.upsampling import Upsampling, divided
from maskwright.models.weights.classifiers import classifier_state
from maskwright.models.weights.read_run_weights import read_run_weights
from maskwright.models.weights.tensor_files import read_weights

CLASSIFIERS: dict[Backbone, str] = {
    "alexnet": "alexnet",
    "vgg11": "vgg11",
    "vgg16": "vgg16",
    "lite0": "tf_efficientnet_lite0",
}
CORE = "core."


def load_fcn_weights(net: FCN, backbone: Backbone, weights: str) -> str:
    """Load `weights` into the network and return where they came from.

    `weights` is "random" (nothing is loaded), "imagenet", "auto" (ImageNet's if available, else random), or a path:
    the state dict of the classifier, that of an equal or coarser FCN, or the folder of a run that trained one.
    Raises WeightsError if they are not available or do not fit.
    """
    if weights == "random":
        return "random"
    if weights in ("imagenet", "auto"):
        try:
            state, origin = classifier_state(CLASSIFIERS[backbone], "imagenet")
        except WeightsError as error:
            if weights == "imagenet":
                raise
            return f"random, for {str(error).partition(':')[0]}"
        return f"{origin}{_load_classifier(net.encoder, state, origin)}"
    path = Path(weights)
    stored = read_run_weights(path) if path.is_dir() else read_weights(path)
    state = {key.removeprefix(CORE): value for key, value in stored.items()}
    if any(key.startswith("scores.") for key in state):
        fresh = load_stage_before(net, state)
        return f"the FCN in {path}" + (f", {len(fresh)} new tensors" if fresh else "")
    return f"the classifier in {path}{_load_classifier(net.encoder, state, str(path))}"


def _load_classifier(encoder: Encoder, state: Mapping[str, Tensor], origin: str) -> str:
    """Load a classifier's tensors, in the encoder's order; return a note on those that did not fit.

    A linear layer's weight has the values of the convolution that replaces it. A narrowed head does not fit and keeps
    its random weights.
    """
    own = encoder.state_dict()
    loaded: dict[str, Tensor] = {}
    for key, stored in zip(own, state.values(), strict=False):
        if not _fits(stored, own[key]):
            break
        loaded[key] = stored.view(own[key].shape)
    missing = [key for key in own if key not in loaded]
    if missing and not missing[0].startswith("fc."):
        raise WeightsError(f"{origin} does not fit this FCN's encoder (first misfit: {missing[0]})")
    encoder.load_state_dict({key: loaded.get(key, own[key]) if key.startswith("fc.") else loaded[key] for key in own})
    return "; its narrowed head starts from random weights" if missing else ""


def _fits(stored: Tensor, own: Tensor) -> bool:
    """Return True if a classifier's tensor has the encoder's shape, or is a linear layer's."""
    as_linear = stored.ndim == 2 and own.ndim == 4 and len(stored) == len(own) and stored.numel() == own.numel()
    return stored.shape == own.shape or as_linear


def load_stage_before(net: FCN, state: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Load a coarser stage (32s into 16s, 16s into 8s), or an equal one; return the names of the new tensors.

    The new skip keeps its zero scores. What the upsampling of the stage has learned goes into the one before the new
    skip; the one behind it starts bilinear. The network's output is thus that of the stage, except for details of the
    interpolation of its scores. Raises WeightsError if another tensor is missing or has another shape.
    """
    own = net.state_dict()
    fresh = tuple(key for key in own if key not in state)
    misfits = [key for key in fresh if not key.startswith(("scores.16.", "scores.8.", "upsamplings."))]
    misfits += [key for key in own if key in state and state[key].shape != own[key].shape]
    misfits += [key for key in state if key not in own and not key.startswith("upsamplings.")]
    if misfits:
        raise WeightsError(
            f"these weights are no earlier stage of this FCN (first misfit: {misfits[0]}): the backbone, the classes "
            "and the width must be the same, and the stage no finer"
        )
    taken = {key: state.get(key, own[key]) for key in own}
    net.load_state_dict({**taken, **_divided_upsampling(net, state)}, strict=True)
    return fresh


def _divided_upsampling(net: FCN, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of the upsampling that takes over what the stage's last one has learned."""
    for coarse, fine in pairwise(net.steps_px):
        direct = state.get(f"upsamplings.{coarse}-1.weight")
        behind = f"{fine}-1"
        if direct is not None and behind in net.upsamplings:
            first, second = net.upsamplings[f"{coarse}-{fine}"], net.upsamplings[behind]
            assert isinstance(first, Upsampling)
            assert isinstance(second, Upsampling)
            return {f"upsamplings.{coarse}-{fine}.weight": divided(direct, first, second)}
    return {}
