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

WHAT_IT_IS: Mapping[str, str] = {
    PEER: (
        "smp's U-Net as a competent person sets it up: photos at 768 px, crops of 320 px, 60 % of them on objects, "
        "flips, zoom, rotation, colour, cross-entropy + Dice, AdamW, one cycle "
        "([decision 170](docs/decisions/170-the-strongest-fair-peer.md))"
    ),
    "smp-recipe-same-minutes": (
        "the [puzzle article](https://sam-watts.github.io/blog/posts/futoshiki-semantic-seg/index.html): smp's U-Net, "
        "whole photos at 320 x 320, the augmentations of smp's example, Dice, Adam 5e-4"
    ),
    "fcn-head-sgd": "torchvision's reference training: FCN head, crops of 480 px, SGD 0.01, poly schedule",
    "unet-scratch-bce": (
        "as tutorials have it: four levels of 32 to 512 channels, whole photos at 256 x 256, Adam 1e-3, cross-entropy, "
        "no pretrained weights"
    ),
    "wnet-vessels": "two small U-Nets for vessels, for retinas alone, our own code after Galdran et al. 2020",
    "pixel-forest": "a random forest on colour, edges and texture around each pixel, as in ilastik",
    "constant": "the class that, painted everywhere, is best on the training photos",
}
"""What the methods that are not ours do, one line each, for LEADERBOARD.md."""

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
