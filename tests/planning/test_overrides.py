from pathlib import Path

import pytest

from maskwright.errors import ConfigError
from maskwright.planning.overrides import split_assignments
from maskwright.planning.plan import AugmentPlan, Plan, Wishes
from maskwright.planning.plan_file import set_values, wishes_of
from maskwright.planning.rules import make_plan
from maskwright.planning.settings import read_settings
from tests.support.drawn import disc_photos
from tests.support.plans import CPU, small_plan
from tests.support.scenes_measured import SCENE


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return small_plan(disc_photos(tmp_path / "photos", count=2))


def test_a_section_alone_means_its_most_important_key() -> None:
    assert split_assignments(["loss=0.5*focal + jaccard", "optim=sgd", "net=fpn"]) == [
        ("loss.mix", "0.5*focal + jaccard"),
        ("optim.name", "sgd"),
        ("net.name", "fpn"),
    ]
    assert split_assignments(["loss='dice'"]) == [("loss.mix", "dice")]


def test_no_augmentation_switches_every_step_off_and_later_ones_come_back(plan: Plan) -> None:
    still = set_values(plan, ["augment=none"])
    assert not any(getattr(still.augment, key) for key in AugmentPlan.__dataclass_fields__ if "grid" not in key)
    assert (still.scale.zoom_low, still.scale.zoom_high) == (1.0, 1.0)
    assert set_values(plan, ["augment=none", "augment.colour=0.5"]).augment.colour == 0.5
    with pytest.raises(ConfigError, match="write augment=none"):
        split_assignments(["augment=strong"])


def test_what_is_asked_for_reaches_the_rules() -> None:
    wishes = wishes_of(["net=fcn8s-vgg11", "optim=rmsprop", "loss=dice", "optim.batch=4"], minutes=3)
    assert wishes == Wishes(minutes=3, net="fcn8s-vgg11", optimiser="rmsprop", loss="dice")
    planned = make_plan(SCENE, CPU, Wishes(optimiser="sgd", loss="lovasz", weights="random"))
    assert (planned.optim.name, planned.optim.schedule, planned.optim.lr_decoder) == ("sgd", "poly", 1e-2)
    assert planned.optim.lr_encoder == planned.optim.lr_decoder
    assert planned.loss.mix == "lovasz"
    assert "DeepLabv3" in planned.why["optim.lr_decoder"]
    with pytest.raises(ConfigError, match="no optimiser 'lion': take adamw, adam, sgd, rmsprop"):
        wishes_of(["optim=lion"], minutes=None)


def test_an_edited_plan_is_named_among_the_settings() -> None:
    settings = read_settings(["plan=some/plan.toml", "optim.batch=4"])
    assert settings.plan_file == Path("some/plan.toml")
    assert settings.plan == ("optim.batch=4",)


@pytest.mark.parametrize(
    ("assignments", "told"),
    [
        (["net=unet2015", "scale.crop_px=32"], "unet2015 cannot learn from crops of 32 px: it needs at least 128"),
        (["scale.crop_px=32"], "unet cannot learn from crops of 32 px: it needs at least 64"),
        (["net.width=0.5"], "unet has no width, not 0.5"),
        (["net=unetplusplus", "net.decoder_channels=[8,8,8,8]"], "unetplusplus takes five numbers, not 4"),
        (["net=deconvnet", "net.checkpointing=true"], "deconvnet cannot save memory so; these can: unet, "),
        (["net=deconvnett"], "did you mean deconvnet"),
        (["net.width=2"], "less than or equal to 1"),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_would(plan: Plan, assignments: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        set_values(plan, assignments)
