from dataclasses import replace

import pytest
import timm
import torch
from torch import nn

from maskwright.errors import WeightsError
from maskwright.models.build import PaddedNet, build_model
from maskwright.models.catalogue import NETWORKS
from maskwright.models.networks.smp_networks import SubpixelHead, build_smp
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.availability import timm_name_of
from maskwright.models.weights.encoders import load_hub_weights
from tests.support.net_sizes import wrong_sizes

PLAN = NetworkSpec("unet", "tf_efficientnet_lite0", (32, 16, 16, 8, 8), "random")
DECODERS = [name for name, facts in NETWORKS.items() if facts.family == "smp" and name != "dpt"]


def made(name: str, **changes: object) -> PaddedNet:
    module = build_model(replace(PLAN, name=name, **changes), 2).module  # type: ignore[arg-type]
    assert isinstance(module, PaddedNet)
    return module


@pytest.mark.parametrize("name", DECODERS)
def test_every_decoder_gives_one_channel_at_any_size_and_learns_from_the_smallest_crops(name: str) -> None:
    net = made(name)
    with torch.inference_mode():
        assert net.eval()(torch.zeros(1, 3, 33, 70)).shape == (1, 1, 33, 70)
    net.train()(torch.rand(2, 3, 64, 64) * 255).mean().backward()
    idle = {key.split(".")[4] for key, p in net.named_parameters() if p.grad is None}
    assert idle == ({"3", "4", "5", "6"} if name == "pspnet" else set())  # smp's PSPNet looks at strides up to 8


@pytest.mark.parametrize("name", ["linknet", "pan"])
def test_logits_have_the_size_of_any_photo_from_1_to_100_px(name: str) -> None:
    assert wrong_sizes(made(name), 1) == []


def test_a_vision_transformer_gets_dpt_for_a_decoder() -> None:
    with torch.device("meta"):
        net = made("dpt", encoder="vit_tiny_patch16_224")
    assert net.to_empty(device="cpu").eval()(torch.zeros(1, 3, 17, 40)).shape == (1, 1, 17, 40)
    with pytest.raises(WeightsError, match="'tf_efficientnet_lite0' that fits dpt"):
        made("dpt")


def test_other_encoders_of_timm_can_be_taken_and_the_hyphens_of_the_article() -> None:
    with torch.device("meta"):
        net = made("unet", encoder="efficientnet-b3")
        made("fpn", encoder="resnet18")
    assert net.get_submodule("core.encoder.model.blocks.6") is not None
    assert timm_name_of("efficientnet-b3") == "efficientnet_b3"


@pytest.mark.parametrize(("encoder", "stages"), [("tf_efficientnet_lite0", 5), ("resnet18", 5), ("convnext_atto", 4)])
def test_frozen_stages_learn_nothing_and_keep_their_statistics(encoder: str, stages: int) -> None:
    name = "unet" if stages == 5 else "linknet"
    for all_of_them in (stages, 9):
        whole = made(name, encoder=encoder, frozen_stages=all_of_them).get_submodule("core.encoder")
        assert not any(p.requires_grad for p in whole.parameters())
    net = made(name, encoder=encoder, frozen_stages=2).train()
    encoder_weights = dict(net.get_submodule("core.encoder").named_parameters())
    frozen = [name for name, p in encoder_weights.items() if not p.requires_grad]
    assert 0 < len(frozen) < len(encoder_weights)
    before = {name: t.clone() for name, t in net.state_dict().items()}
    net(torch.rand(2, 3, 64, 64) * 255).mean().backward()
    assert all(encoder_weights[name].grad is None for name in frozen)
    changed = [name for name, t in net.state_dict().items() if "running" in name and not torch.equal(t, before[name])]
    still = {name.removeprefix("core.encoder.").rsplit(".", 1)[0] for name in before if "running" in name} & {
        name.rsplit(".", 1)[0] for name in frozen
    }
    assert not [name for name in changed if name.removeprefix("core.encoder.").rsplit(".", 1)[0] in still]
    assert bool(still) is (encoder != "convnext_atto")
    assert bool(changed)


def test_the_first_stage_of_a_resnet_is_its_stem_and_the_second_its_first_layer() -> None:
    net = made("unet", encoder="resnet18", frozen_stages=2)
    frozen = {name.split(".")[3] for name, p in net.named_parameters() if not p.requires_grad}
    assert frozen == {"conv1", "bn1", "layer1"}


def test_checkpointing_gives_the_same_gradients_and_is_refused_where_it_cannot_be() -> None:
    torch.manual_seed(0)
    plain = made("fpn", encoder="resnet18").train()
    saving = made("fpn", encoder="resnet18", checkpointing=True).train()
    saving.load_state_dict(plain.state_dict())
    photos = torch.rand(2, 3, 64, 64) * 255
    for net in (plain, saving):
        net(photos).square().mean().backward()
    pairs = zip(plain.parameters(), saving.parameters(), strict=True)
    assert all(torch.allclose(a.grad, b.grad, atol=1e-6) for a, b in pairs)  # type: ignore[arg-type]


def test_with_four_blocks_the_head_of_a_u_net_makes_the_last_doubling() -> None:
    net = made("unet", decoder_channels=(32, 16, 16, 8)).eval()
    assert len(net.get_submodule("core.decoder").blocks) == 4  # type: ignore[arg-type]
    with torch.inference_mode():
        features: list[torch.Tensor] = []
        net.get_submodule("core.decoder").register_forward_hook(lambda _m, _x, y: features.append(y))
        logits = net(torch.rand(1, 3, 64, 96) * 255)
        assert (features[0].shape, logits.shape) == ((1, 8, 32, 48), (1, 1, 64, 96))
        assert net(torch.zeros(1, 3, 33, 70)).shape == (1, 1, 33, 70)


def test_a_subpixel_head_puts_its_four_scores_at_the_four_pixels_of_a_place_class_by_class() -> None:
    torch.manual_seed(0)
    head, features = SubpixelHead(5, 3), torch.randn(1, 5, 6, 7)
    begun = head(features)
    assert torch.equal(begun, begun[..., ::2, ::2].repeat_interleave(2, -1).repeat_interleave(2, -2))
    assert not torch.allclose(begun[:, 0], begun[:, 1])
    torch.nn.init.normal_(head[0].weight)  # type: ignore[arg-type]
    scores = head[0](features)
    for c, y, x in ((0, 0, 1), (1, 1, 0), (2, 1, 1)):
        assert torch.equal(head(features)[0, c, y::2, x::2], scores[0, 4 * c + 2 * y + x])


@pytest.mark.parametrize(
    ("name", "encoder"),
    [("unet", "resnet18"), ("unet", "mobilenetv3_small_050"), ("dpt", "vit_tiny_patch16_224")],
)
def test_what_the_hub_gives_fits_the_encoder(name: str, encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    core = build_smp(name, encoder=encoder, channels=1, decoder_channels=(32, 16, 16, 8, 8))
    here = timm.create_model

    def from_the_hub(wanted: str, *, pretrained: bool, features_only: bool = False) -> nn.Module:
        assert pretrained
        made: nn.Module = here(wanted, pretrained=False, features_only=features_only)
        for parameter in made.parameters():
            nn.init.constant_(parameter, 0.25)
        return made

    monkeypatch.setattr(timm, "create_model", from_the_hub)
    assert load_hub_weights(core.get_submodule("encoder.model"), encoder) == f"ImageNet, {encoder} from the hub"
    assert all((p == 0.25).all() for p in core.get_submodule("encoder.model").parameters())
