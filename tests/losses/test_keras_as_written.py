"""Losses as their documents wrote them, against values worked out by hand for 256x256 px, 656 of them object.

All losses that the recipes of the documents name are here. 655.36 px would be 1 %. Comments give the sums that the
formulas take: I = sum |t p|, S = sum |t| + sum |p|.
"""

import re
from pathlib import Path

import pytest
import torch
from torch import Tensor

import maskwright
from maskwright.losses.build import make_loss
from maskwright.losses.catalogue import parse_mix
from maskwright.losses.spec import LossSpec

SURE = 60.0
"""A logit whose sigmoid is 0 or 1 in float32."""
OBJECT_PX, ALL_PX = 656, 65536


def masks() -> tuple[Tensor, Tensor]:
    """Return a mask with 656 object pixels and one without any, 1x256x256."""
    one = torch.zeros(1, 256, 256, dtype=torch.uint8)
    one.view(-1)[:OBJECT_PX] = 1
    return one, torch.zeros_like(one)


def answer(mask: Tensor) -> Tensor:
    """Return logits that answer with this mask."""
    return (2 * SURE * mask.float() - SURE).unsqueeze(1)


CASES = ("all background", "perfect", "inverted", "empty", "empty called object")


def case(name: str) -> tuple[Tensor, Tensor]:
    """Return logits and target."""
    one, none = masks()
    predicted, target = {
        "all background": (none, one),
        "perfect": (one, one),
        "inverted": (1 - one, one),
        "empty": (none, none),
        "empty called object": (none + 1, none),
    }[name]
    return answer(predicted), target


BY_HAND = {
    # (1 - (I + 10) / (S - I + 10)) * 10
    "jaccard-distance": (
        (1 - 10 / (656 + 10)) * 10,  # I = 0, S = 656: 9.85
        0.0,  # I = 656, S = 1312
        (1 - 10 / (65536 + 10)) * 10,  # I = 0, S = 656 + 64880
        0.0,  # I = S = 0
        (1 - 10 / (65536 + 10)) * 10,  # I = 0, S = 65536
    ),
    # a wrong pixel: (1 - 100 / 101) * 100, a right one: 0; the mean over 65536
    "jaccard-distance-keras-contrib": (656 / 65536 / 1.01, 0.0, 1 / 1.01, 0.0, 1 / 1.01),
    # the cross-entropy of a wrong pixel is its logit, 60
    "plain-ce": (656 / 65536 * 60, 0.0, 60.0, 0.0, 60.0),
    # the same, an object's pixel times 1 / (2 * 0.01), one of background times 1 / (2 * 0.99)
    "wce-inverse": (
        656 * 50 / 65536 * 60,
        0.0,
        (656 * 50 + 64880 / 1.98) / 65536 * 60,
        0.0,
        60 / 1.98,
    ),
    # 1 - (2 I + 1) / (S + 1); a photo that does not show the object has no such loss
    "dice": (1 - 1 / 657, 0.0, 1 - 1 / 65537, 0.0, 0.0),
    "plain-ce + dice": (656 / 65536 * 60 + 1 - 1 / 657, 0.0, 61 - 1 / 65537, 0.0, 60.0),
    # with the weights 1 and 1, and the mean over weights: as plain-ce
    "ce": (656 / 65536 * 60, 0.0, 60.0, 0.0, 60.0),
    # a pixel times the median share / its class's share; of two classes the median is the smaller share, 0.01
    "wce-median": (656 / 65536 * 60, 0.0, (656 + 64880 / 99) / 65536 * 60, 0.0, 60 / 99),
    # a single patch has no gap to another: as plain-ce
    "border": (656 / 65536 * 60, 0.0, 60.0, 0.0, 60.0),
    # 1 - I / (S - I)
    "jaccard": (1.0, 0.0, 1.0, 0.0, 0.0),
    # a wrong pixel: 1
    "l2": (656 / 65536, 0.0, 1.0, 0.0, 1.0),
    # I / S
    "mean-iou-as-written": (0.0, 0.5, 0.0, 0.0, 0.0),
    "mean-iou-maximised": (0.5, 0.0, 0.5, 0.5, 0.5),
}


def test_every_loss_of_the_documents_recipes_is_worked_out_by_hand() -> None:
    recipes = Path(maskwright.__file__).parent / "workflows" / "compare" / "recipes"
    named = re.findall(r'"loss=([^"]+)"', "".join(path.read_text() for path in recipes.rglob("*.toml")))
    terms = {term.loss for mix in named for term in parse_mix(mix)}
    assert "jaccard-distance" in terms
    assert terms <= set(BY_HAND)


@pytest.mark.parametrize("loss", BY_HAND)
@pytest.mark.parametrize(("place", "name"), list(enumerate(CASES)))
def test_the_value_is_the_one_worked_out_by_hand(loss: str, place: int, name: str) -> None:
    logits, target = case(name)
    value = make_loss(LossSpec(loss, (1.0, 1.0), (0.99, 0.01)), torch.device("cpu"))(logits, target).item()
    assert value == pytest.approx(BY_HAND[loss][place], rel=1e-5, abs=1e-6)


def test_all_background_with_one_per_cent_object_costs_what_the_document_says() -> None:
    logits, target = case("all background")
    values = {
        loss: make_loss(LossSpec(loss, (1.0, 1.0), (0.99, 0.01)), torch.device("cpu"))(logits, target).item()
        for loss in ("jaccard-distance", "jaccard-distance-keras-contrib")
    }
    assert values["jaccard-distance"] == pytest.approx(9.85, abs=0.005)
    assert values["jaccard-distance-keras-contrib"] < 0.03
