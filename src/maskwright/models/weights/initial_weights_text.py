"""From which weights a network starts here and now: those that a plan without further settings gives it."""

from collections.abc import Callable
from functools import cache

from maskwright.models.catalogue import Network
from maskwright.models.weights.availability import PACKAGED, is_hub_reachable, is_reachable
from maskwright.models.weights.torchvision_files import FILES, SERVER, cached_file

FROM_IMAGENET = "starts from ImageNet"
OUT_OF_REACH = "starts from random weights: ImageNet's cannot be fetched here"


def initial_weights_text() -> Callable[[Network], str]:
    """Return a function that gives the start of a network in words, "" if it is always random.

    Each server is asked once, for a second at most.
    """
    hub, torchvision = cache(is_hub_reachable), cache(lambda: is_reachable(SERVER))

    def start(network: Network) -> str:
        if network.weights == "random":
            return ""
        if network.classifier in FILES:
            is_there = cached_file(network.classifier).exists() or torchvision()
        else:
            is_there = (network.encoder or network.classifier) in PACKAGED or hub()
        return FROM_IMAGENET if is_there else OUT_OF_REACH

    return start
