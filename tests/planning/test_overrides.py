from pathlib import Path

import pytest

from maskwright.errors import ConfigError
from maskwright.planning.make_plan import make_plan
from maskwright.planning.overrides import request_of, texts_of, values_of
from maskwright.planning.plan import AugmentPlan, Plan, Request
from maskwright.planning.plan_file import with_overrides
from maskwright.planning.settings import plan_overrides, read_settings
from tests.support.drawn import disc_photos
from tests.support.plans import CPU, small_plan
from tests.support.scenes_measured import SCENE


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return small_plan(disc_photos(tmp_path / "photos", count=2))


def test_a_section_alone_means_its_most_important_key() -> None:
    assert values_of(plan_overrides(["loss=0.5*focal + jaccard", "optim=sgd", "net=fpn"])) == {
        "loss.mix": "0.5*focal + jaccard",
        "optim.name": "sgd",
        "net.name": "fpn",
    }
    assert values_of(plan_overrides(["loss='dice'"])) == {"loss.mix": "dice"}


def test_no_augmentation_switches_every_step_off_and_later_ones_come_back(plan: Plan) -> None:
    still = with_overrides(plan, plan_overrides(["augment=none"]))
    assert not any(getattr(still.augment, key) for key in AugmentPlan.__dataclass_fields__ if "grid" not in key)
    assert (still.scale.zoom_low, still.scale.zoom_high) == (1.0, 1.0)
    assert with_overrides(plan, plan_overrides(["augment=none", "augment.colour=0.5"])).augment.colour == 0.5
    with pytest.raises(ConfigError, match="write augment=none"):
        plan_overrides(["augment=strong"])


def test_what_is_asked_for_reaches_the_rules() -> None:
    overrides = plan_overrides(["net=fcn8s-vgg11", "optim=rmsprop", "loss=dice", "optim.batch=4"])
    assert request_of(overrides, minutes=3) == Request(minutes=3, net="fcn8s-vgg11", optimiser="rmsprop", loss="dice")
    planned = make_plan(SCENE, CPU, Request(optimiser="sgd", loss="lovasz", weights="random"))
    assert (planned.optim.name, planned.optim.schedule, planned.optim.lr_decoder) == ("sgd", "poly", 1e-2)
    assert planned.optim.lr_encoder == planned.optim.lr_decoder
    assert planned.loss.mix == "lovasz"
    assert "DeepLabv3" in planned.why["optim.lr_decoder"]
    with pytest.raises(ConfigError, match=r"--set optim\.name: Input should be 'adamw', .* or 'rmsprop', not 'lion'"):
        plan_overrides(["optim=lion"])


def test_an_edited_plan_is_named_among_the_settings() -> None:
    settings = read_settings(["plan=some/plan.toml", "optim.batch=4"])
    assert settings.plan_file == Path("some/plan.toml")
    assert texts_of(settings.plan) == ("optim.batch=4",)


@pytest.mark.parametrize(
    ("assignments", "told"),
    [
        (["net=unet2015", "scale.crop_px=32"], "unet2015 cannot be trained on crops of 32 px: it needs at least 128"),
        (["scale.crop_px=32"], "unet cannot be trained on crops of 32 px: it needs at least 64"),
        (["net.width=0.5"], "unet has no width, not 0.5"),
        (["net=unetplusplus", "net.decoder_channels=[8,8,8,8]"], "unetplusplus takes five numbers, not 4"),
        (["net=deconvnet", "net.checkpointing=true"], "deconvnet cannot compute features twice; these can: unet, "),
        (["net=deconvnett"], "did you mean deconvnet"),
        (["net.width=2"], "less than or equal to 1"),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_would(plan: Plan, assignments: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        with_overrides(plan, plan_overrides(assignments))


def test_the_old_word_for_interleaved_folds_is_accepted_with_a_warning() -> None:
    with pytest.warns(FutureWarning, match=r"split\.folds=dealt is called split\.folds=interleaved now"):
        assert read_settings(["split.folds=dealt"]).split.folds == "interleaved"


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 3000 + "]" * 3000, "1e999", "{a=1}", "[1, [2]]", "nan"])
@pytest.mark.parametrize("key", ["optim.steps", "predict.zooms", "scale.zoom_low"])
def test_a_value_that_cannot_be_is_refused_in_one_line(key: str, value: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        plan_overrides([f"{key}={value}"])
    assert str(refusal.value).startswith(f"--set {key}: ")
    assert len(str(refusal.value)) < 300
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("text", "value"), [("data.attribute=5", "5"), ("metric=0.490", "0.490"), ("metric='7'", "7")])
def test_a_text_setting_keeps_its_digits(text: str, value: str) -> None:
    settings = read_settings([text])
    assert value in (settings.data.attribute, settings.diagnose.score)


@pytest.mark.parametrize("text", ["plan=", "split.groups=", "diagnose.photos= "])
def test_an_empty_path_is_refused_and_not_taken_for_the_working_directory(text: str) -> None:
    with pytest.raises(ConfigError, match="an empty value is no path"):
        read_settings([text])


def test_a_name_without_its_section_is_suggested_with_it() -> None:
    with pytest.raises(ConfigError, match=r"--set bach=3: did you mean --set optim\.batch=3\?"):
        read_settings(["bach=3"])
    with pytest.raises(ConfigError, match=r"optim\.bach: unknown key; did you mean optim\.batch\?"):
        read_settings(["optim.bach=3"])
