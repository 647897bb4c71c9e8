"""The methods of the leaderboard: names and the function of each, which alone is imported to measure it."""

from collections.abc import Mapping

OURS = "maskwright"
PEER = "expert-recipe"
METHODS: Mapping[str, str] = {
    OURS: "benchmarks.methods.ours.fit",
    PEER: "benchmarks.methods.expert_recipe.fit",
    "smp-recipe-same-minutes": "benchmarks.methods.smp_recipe.fit_minutes",
    "fcn-head-sgd": "benchmarks.methods.fcn_head.fit",
    "unet-scratch-bce": "benchmarks.methods.unet_scratch.fit",
    "wnet-vessels": "benchmarks.methods.wnet_vessels.fit",
    "pixel-forest": "benchmarks.methods.pixel_forest.fit",
    "constant": "benchmarks.methods.constant.fit",
}
"""Any other name is a file of its own: `my-method` is `fit` in benchmarks/methods/my_method.py."""

SHOWN_AS: Mapping[str, str] = {
    OURS: "maskwright",
    PEER: "expert's recipe",
    "smp-recipe-same-minutes": "article's recipe",
    "fcn-head-sgd": "FCN head, torchvision's schedule",
    "unet-scratch-bce": "U-Net from scratch",
    "wnet-vessels": "W-Net of 70,000 parameters",
    "pixel-forest": "pixel forest",
    "constant": "constant class",
}

ONLY: Mapping[str, tuple[str, ...]] = {"wnet-vessels": ("drive",)}
"""Methods that are for some sets alone."""

NO_CLOCK = ("constant", "pixel-forest")
"""Methods that take what they take: one number of minutes is measured, one seed of the constant."""


def function_of(method: str) -> str:
    """Return the dotted path of a method's function."""
    return METHODS.get(method, f"benchmarks.methods.{method.replace('-', '_')}.fit")


def shown_as(method: str) -> str:
    """Return a method's name for readers."""
    return SHOWN_AS.get(method, method)


def takes(method: str, set_name: str) -> bool:
    """Return whether the method is for this set."""
    return method not in ONLY or set_name in ONLY[method]
