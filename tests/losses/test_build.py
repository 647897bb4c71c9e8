import pytest
import torch
from torch import Tensor
from torch.nn import functional

from maskwright.losses.build import make_loss, used_class_weights
from maskwright.losses.overlap import dice
from maskwright.losses.pixelwise import cross_entropy
from maskwright.losses.spec import LossSpec


def some(channels: int, *, classes: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, channels, 6, 5, generator=generator).to(dtype)
    return logits, torch.randint(0, classes, (2, 6, 5), generator=generator).to(torch.uint8)


def test_cross_entropy_equals_torch_where_nothing_is_ignored() -> None:
    logits, target = some(3, classes=3)
    weights = torch.tensor([0.5, 1.0, 2.0])
    expected = functional.cross_entropy(logits, target.long(), weight=weights)
    assert cross_entropy(logits, target, weights=weights).item() == pytest.approx(expected.item(), rel=1e-5)


def test_one_channel_is_binary_cross_entropy_with_class_weights() -> None:
    logits, target = some(1, classes=2)
    plain = functional.binary_cross_entropy_with_logits(logits[:, 0], target.float())
    assert cross_entropy(logits, target, weights=torch.ones(2)).item() == pytest.approx(plain.item(), rel=1e-5)
    object_only = cross_entropy(logits, target, weights=torch.tensor([1e-9, 1.0]))
    expected = functional.softplus(-logits[:, 0][target == 1]).mean()
    assert object_only.item() == pytest.approx(expected.item(), rel=1e-4)


def test_ignored_pixels_change_nothing() -> None:
    logits, target = some(3, classes=3)
    holes = target.clone()
    holes[:, :2] = 255
    weights = torch.ones(3)
    assert cross_entropy(logits, holes, weights=weights).item() == pytest.approx(
        cross_entropy(logits[:, :, 2:], target[:, 2:], weights=weights).item(), rel=1e-5
    )
    assert dice(logits, holes).item() == pytest.approx(dice(logits[:, :, 2:], target[:, 2:]).item(), rel=1e-5)


@pytest.mark.parametrize("channels", [1, 4])
def test_a_batch_of_nothing_but_ignored_pixels_gives_zero_and_no_gradient(channels: int) -> None:
    logits = torch.randn(1, channels, 4, 4, requires_grad=True)
    target = torch.full((1, 4, 4), 255, dtype=torch.uint8)
    loss = cross_entropy(logits, target, weights=torch.ones(max(2, channels))) + dice(logits, target)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.item() == 0
    assert torch.all(gradient == 0)


def test_dice_of_a_perfect_mask_is_zero_and_of_the_opposite_nearly_one() -> None:
    target = torch.zeros(1, 8, 8, dtype=torch.uint8)
    target[:, 2:6, 2:6] = 1
    perfect = (target.float() * 2 - 1).unsqueeze(1) * 50
    assert dice(perfect, target).item() == pytest.approx(0.0, abs=1e-4)
    assert dice(-perfect, target).item() > 0.95


def test_dice_leaves_out_classes_that_the_batch_does_not_show() -> None:
    target = torch.zeros(1, 4, 4, dtype=torch.uint8)
    logits = functional.one_hot(target.long(), 3).permute(0, 3, 1, 2).float() * 50
    assert dice(logits, target).item() == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("loss", ["cross_entropy", "dice"])
def test_gradients_agree_with_finite_differences(channels: int, loss: str) -> None:
    logits, target = some(channels, classes=max(2, channels))
    weights = torch.ones(max(2, channels))

    def loss_of(x: Tensor) -> Tensor:
        return dice(x, target) if loss == "dice" else cross_entropy(x, target, weights=weights)

    (gradient,) = torch.autograd.grad(loss_of(logits.requires_grad_(True)), logits)
    moved = torch.zeros_like(logits)
    moved[0, 0, 2, 3] = 0.1
    slope = (loss_of(logits.detach() + moved) - loss_of(logits.detach() - moved)).item() / 0.2
    assert gradient[0, 0, 2, 3].item() == pytest.approx(slope, rel=0.05, abs=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_large_logits_in_bf16_give_finite_losses(channels: int) -> None:
    logits, target = some(channels, classes=max(2, channels), dtype=torch.bfloat16)
    loss = cross_entropy(logits * 1000, target, weights=torch.ones(max(2, channels))) + dice(logits * 1000, target)
    assert torch.isfinite(loss)


@pytest.mark.parametrize("mix", ["dice", "plain-ce", "focal + dice", "lovasz", "l2", "2*plain-ce + jaccard"])
def test_a_mix_without_class_weights_uses_none(mix: str) -> None:
    assert used_class_weights(LossSpec(mix, (1.0, 5.0), (0.9, 0.1))) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("mix", "weights"),
    [
        ("ce", (1.0, 4.0, 2.0)),
        ("0.5*ce + dice", (1.0, 4.0, 2.0)),
        ("border", (1.0, 4.0, 2.0)),
        ("ce + plain-ce", (1.0, 2.0, 2**0.5)),
        ("wce-inverse", (1 / 1.6, 1 / 0.4, 1.0)),
        ("lovasz + wce-median", (0.25, 1.0, 1.0)),
    ],
)
def test_the_weights_that_a_mix_uses(mix: str, weights: tuple[float, ...]) -> None:
    used = used_class_weights(LossSpec(mix, (1.0, 4.0, 2.0), (0.8, 0.2, 0.0)))
    assert used == pytest.approx(weights)


def test_equal_weights_leave_the_same_minimum() -> None:
    """A pixel of two classes, three times as often the second: weights move the probability at the minimum."""
    for mix, share in (("ce", 3 * 4 / (3 * 4 + 1)), ("plain-ce", 0.75), ("l2", 0.75)):
        spec = LossSpec(mix, (1.0, 4.0), (0.25, 0.75))
        z = torch.zeros(1, 1, 1, 1, requires_grad=True)
        target = torch.tensor([[[1, 1, 1, 0]]], dtype=torch.uint8)
        loss, optimizer = make_loss(spec, torch.device("cpu")), torch.optim.Adam([z], lr=0.05)
        for _ in range(400):
            optimizer.zero_grad()
            loss(z.expand(1, 1, 1, 4), target).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        assert torch.sigmoid(z).item() == pytest.approx(share, abs=0.01)
        weights = used_class_weights(spec)
        assert z.item() - torch.tensor(weights[1] / weights[0]).log().item() == pytest.approx(1.0986, abs=0.05)
