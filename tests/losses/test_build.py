import pytest
import torch
from torch import Tensor
from torch.nn import functional

from maskwright.losses.overlap import dice
from maskwright.losses.pixelwise import cross_entropy


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
