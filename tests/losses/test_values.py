"""Every loss of a mix, by name: against plain Python, against other libraries, and on the batches that break losses."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from maskwright.errors import ConfigError
from maskwright.losses.build import FUNCTIONS, make_loss
from maskwright.losses.catalogue import LOSSES, Term, parse_mix
from maskwright.losses.keras_as_written import jaccard_distance_keras_contrib, mean_iou_as_written
from maskwright.losses.pixelwise import inverse_frequency, median_frequency, squared_error
from maskwright.losses.spec import LossSpec
from tests.support.naive_losses import naive

SHARES = {1: (0.7, 0.3), 3: (0.5, 0.3, 0.2)}
NAMES = [name for name in LOSSES if name != "border"]
CPU = torch.device("cpu")


def loss_of(mix: str, logits: Tensor, target: Tensor) -> Tensor:
    shares = SHARES[logits.shape[1]]
    return make_loss(LossSpec(mix, (1.0,) * len(shares), shares), CPU)(logits, target)


def some(channels: int, *, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Return random logits (2xCx5x4) and targets of all classes, some pixels ignored."""
    generator = torch.Generator().manual_seed(channels)
    target = torch.randint(0, max(2, channels), (2, 5, 4), generator=generator).to(torch.uint8)
    target[:, 0, 1:3] = 255
    return torch.randn(2, channels, 5, 4, generator=generator, dtype=torch.float64).to(dtype), target


def test_every_loss_that_can_be_named_has_a_function() -> None:
    assert set(FUNCTIONS) == set(LOSSES)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_the_value_is_that_of_the_definition_pixel_by_pixel(name: str, channels: int) -> None:
    logits, target = some(channels)
    expected = naive(name, logits.numpy(), target.numpy(), SHARES[channels])
    assert loss_of(name, logits, target).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_those_of_finite_differences(name: str, channels: int) -> None:
    logits, target = some(channels)
    small = logits[:, :, :3, :3].clone().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: loss_of(name, x, target[:, :3, :3]), (small,), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_nothing_but_ignored_pixels_gives_no_loss_and_no_gradient(name: str, channels: int) -> None:
    logits = some(channels)[0].requires_grad_(True)
    loss = loss_of(name, logits, torch.full((2, 5, 4), 255, dtype=torch.uint8))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.item() == 0
    assert torch.all(gradient == 0)


@pytest.mark.parametrize("name", LOSSES)
def test_what_the_net_says_of_ignored_pixels_does_not_count(name: str) -> None:
    for channels in (1, 3):
        logits, target = some(channels)
        other = torch.where((target == 255).unsqueeze(1), logits + 7.0, logits)
        assert loss_of(name, other, target).item() == pytest.approx(loss_of(name, logits, target).item(), rel=1e-9)


@pytest.mark.parametrize("class_id", [0, 1])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_classes_that_are_missing_and_huge_logits_in_bf16_stay_finite(name: str, channels: int, class_id: int) -> None:
    logits = (some(channels)[0] * 1000).to(torch.bfloat16).requires_grad_(True)
    loss = loss_of(name, logits, torch.full((2, 5, 4), class_id, dtype=torch.uint8))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.dtype == torch.float32
    assert torch.isfinite(loss)
    assert torch.all(torch.isfinite(gradient))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", [name for name in LOSSES if name != "mean-iou-as-written"])
def test_the_truth_costs_nearly_nothing_and_its_opposite_much(name: str, channels: int) -> None:
    target = some(channels)[1]
    planes = functional.one_hot(torch.where(target == 255, 0, target).long(), max(2, channels)).permute(0, 3, 1, 2)
    right = (planes[:, 1:2] if channels == 1 else planes).double() * 40 - 20
    right = right if channels == 1 else right * (1 if name != "lovasz" else 2)
    assert loss_of(name, right, target).item() == pytest.approx(0.0, abs=1e-3)
    assert loss_of(name, -right, target).item() > 0.2


@pytest.mark.parametrize("channels", [1, 3])
def test_the_libraries_agree_where_they_define_the_same(channels: int) -> None:
    import segmentation_models_pytorch.losses as smp

    logits, target = some(channels, dtype=torch.float32)
    whole = target.where(target != 255, 0)
    mode, truth = ("binary", whole.float().unsqueeze(1)) if channels == 1 else ("multiclass", whole.long())
    for name, theirs in {
        "jaccard": smp.JaccardLoss(mode),
        "tversky": smp.TverskyLoss(mode, alpha=0.3, beta=0.7),
        "dice": smp.DiceLoss(mode, smooth=0.5),  # added to I, not to 2 I
        "lovasz": smp.LovaszLoss(mode),
    }.items():
        if (name, channels) == ("lovasz", 1):
            theirs = smp.LovaszLoss(mode, per_image=False)
        ours = loss_of(name, logits, whole).item()
        expected = theirs(logits, truth if name != "lovasz" or channels > 1 else truth[:, 0]).item()
        assert ours == pytest.approx(expected, abs=2e-5), name
    if channels == 1:
        focal = smp.FocalLoss(mode, gamma=2.0)(logits, truth).item()
        assert loss_of("focal", logits, whole).item() == pytest.approx(focal, abs=1e-5)


def test_a_perfect_mask_scores_a_half_by_the_mean_iou_as_it_was_written() -> None:
    target = torch.zeros(1, 8, 8, dtype=torch.uint8)
    target[:, 2:6, 2:6] = 1
    right = (target.double() * 2 - 1).unsqueeze(1) * 30
    assert mean_iou_as_written(right, target).item() == pytest.approx(0.5, abs=1e-6)
    both = torch.cat([-right, right], dim=1)
    assert mean_iou_as_written(both, target).item() == pytest.approx(0.5, abs=1e-6)
    assert mean_iou_as_written(-right, target).item() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("loss", "learns"), [("mean-iou-as-written", False), ("mean-iou-maximised", True)])
def test_made_small_that_score_unlearns_the_object_made_large_it_learns_it(loss: str, learns: bool) -> None:
    target = torch.zeros(1, 8, 8, dtype=torch.uint8)
    target[:, 2:6, 2:6] = 1
    logits = torch.zeros(1, 1, 8, 8, requires_grad=True)
    optimiser = torch.optim.Adam([logits], 0.2)
    for _ in range(60):
        optimiser.zero_grad()
        loss_of(loss, logits, target).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    found = logits[0, 0] > 0
    assert torch.equal(found, target[0] == 1) is learns
    assert bool((found & (target[0] == 1)).any()) is learns


def test_keras_contrib_s_jaccard_distance_is_an_absolute_error() -> None:
    logits, target = some(1)
    counted = target != 255
    error = (logits.sigmoid()[:, 0] - target)[counted].abs().mean().item()
    assert jaccard_distance_keras_contrib(logits, target).item() == pytest.approx(error, rel=0.02)
    rare = torch.zeros(1, 20, 20, dtype=torch.uint8)
    rare[0, 0, 0] = 1
    nothing = torch.full((1, 1, 20, 20), -20.0)
    assert jaccard_distance_keras_contrib(nothing, rare).item() < 0.01
    assert loss_of("jaccard", nothing, rare).item() > 0.99


def test_the_squared_error_hardly_moves_a_net_that_is_sure_and_wrong() -> None:
    target = torch.ones(1, 1, 1, dtype=torch.uint8)
    slopes = {}
    for name in ("l2", "plain-ce"):
        logits = torch.full((1, 1, 1, 1), -10.0, requires_grad=True)
        (gradient,) = torch.autograd.grad(loss_of(name, logits, target), logits)
        slopes[name] = abs(gradient.item())
    assert slopes["plain-ce"] > 0.99
    assert slopes["l2"] < 1e-3
    assert squared_error(torch.full((1, 1, 1, 1), 30.0), target).item() == pytest.approx(0)


def test_weights_from_shares_give_rare_classes_their_say() -> None:
    shares = torch.tensor([0.90, 0.09, 0.01])
    inverse = inverse_frequency(shares)
    assert (inverse * shares).tolist() == pytest.approx([1 / 3] * 3)
    assert median_frequency(shares).tolist() == pytest.approx([0.1, 1.0, 9.0])
    with_none = torch.tensor([0.75, 0.25, 0.0])
    assert inverse_frequency(with_none).tolist() == pytest.approx([2 / 3, 2.0, 0.0])
    assert median_frequency(with_none).tolist() == pytest.approx([1 / 3, 1.0, 0.0])
    assert median_frequency(torch.zeros(2)).tolist() == [0.0, 0.0]


def test_a_mix_is_the_sum_of_its_terms_by_their_factors() -> None:
    assert parse_mix("0.5*focal+ jaccard") == (Term(0.5, "focal"), Term(1.0, "jaccard"))
    logits, target = some(3)
    parts = 0.5 * loss_of("focal", logits, target) + 2 * loss_of("jaccard", logits, target)
    assert loss_of(" 0.5 * focal + 2e0*jaccard", logits, target).item() == pytest.approx(parts.item())


@pytest.mark.parametrize(
    ("mix", "told"),
    [
        ("focale", "did you mean focal"),
        ("ce + ", r"no loss at '': .*known are ce, plain-ce"),
        ("0*dice", "no number above 0 at '0\\*dice': write it as 0.5\\*dice"),
        ("-1*dice", "no number above 0"),
        ("nan*dice", "no number above 0"),
        ("two*dice", "no number above 0"),
        ("dice dice", "no loss at 'dice dice'"),
        ("", "no loss at ''"),
    ],
)
def test_a_mix_that_cannot_be_read_is_one_clear_line(mix: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        parse_mix(mix)
    assert "\n" not in str(error.value)


def test_the_lovasz_hinge_of_logits_beyond_the_margin_is_zero_and_of_all_wrong_grows_with_them() -> None:
    target = torch.tensor([[[1, 0]]], dtype=torch.uint8)
    right = torch.tensor([[[[2.0, -2.0]]]])
    assert loss_of("lovasz", right, target).item() == 0
    assert loss_of("lovasz", -right, target).item() == pytest.approx(3.0)
    assert np.isclose(loss_of("lovasz", -2 * right, target).item(), 5.0)
