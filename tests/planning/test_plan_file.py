from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.errors import ConfigError, FileError, MaskwrightError, RunError, WeightsError
from maskwright.planning.available_weights import require_available
from maskwright.planning.overrides import texts_of
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import (
    plan_of_run,
    rates_are_planned,
    read_plan,
    read_reasons,
    with_overrides,
    write_plan,
)
from maskwright.planning.settings import DataSettings, SplitSettings, plan_overrides, read_settings
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return small_plan(disc_photos(tmp_path / "photos", count=2))


def test_a_plan_survives_its_file_with_its_reasons(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "plan.toml")
    assert replace(read_plan(tmp_path / "plan.toml"), why=plan.why) == plan
    reasons = read_reasons(tmp_path / "plan.toml")
    assert reasons["scale.crop_px"] == plan.why["scale.crop_px"]
    assert reasons == {key: why for key, why in plan.why.items() if why}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "crop_px = 64",
            "crop_size = 64",
            r"scale\.crop_size: unknown key; did you mean .*known are long_side_px, crop_px",
        ),
        ("[scale]", "[scales]", r"scales: unknown key; did you mean scale\? known are scale, net"),
        ("crop_px = 64", "crop_px = 65", r"scale\.crop_px: .*multiple of 32.* not 65"),
        ("crop_px = 64", "crop_px = 0", r"scale\.crop_px: .*greater than or equal to 32.* not 0"),
        ("crop_px = 64", "crop_px = 32", r"scale\.crop_px: unet cannot be trained .* 32 px: it needs at least 64"),
        ("crop_px = 64", 'crop_px = "64"', r"scale\.crop_px: .*integer.* not '64'"),
        ("crop_px = 64\n", "\n", r"scale\.crop_px: Field required"),
        ('name = "unet"', 'name = "unett"', r"no network 'unett': did you mean unet"),
        ('mix = "ce + dice"', 'mix = "ce + dise"', r"'ce \+ dise' has no loss at 'dise': did you mean dice"),
        ("flip_x = true", "flip_x = 1", r"augment\.flip_x: .*boolean.* not 1"),
        ("crop_px = 64", "crop_px = ", r"not valid TOML"),
    ],
)
def test_what_a_plan_may_not_say_is_named_with_its_path(
    plan: Plan, tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "plan.toml"
    write_plan(plan, path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(MaskwrightError, match=message):
        read_plan(path)


def test_a_zoom_range_upside_down_is_refused(plan: Plan) -> None:
    with pytest.raises(ConfigError, match=r"scale\.zoom_low"):
        with_overrides(plan, plan_overrides(["scale.zoom_low=3.0", "scale.zoom_high=2.0"]))


def test_a_plan_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot read .*nothing\.toml: No such file"):
        read_plan(tmp_path / "nothing.toml")


def test_values_set_by_hand_win_and_say_so(plan: Plan) -> None:
    changed = with_overrides(
        plan, plan_overrides(["optim.lr_decoder=1e-2", "predict.zooms=[0.5, 1.0]", "net.name=fpn"])
    )
    assert changed.optim.lr_decoder == 0.01
    assert changed.predict.zooms == (0.5, 1.0)
    assert changed.net.name == "fpn"
    assert changed.why["optim.lr_decoder"] == "set by hand"


@pytest.mark.parametrize("value", ["inf", "nan", "00:10:00", "2026-01-01", "[inf]"])
def test_dates_and_numbers_without_end_are_refused(plan: Plan, value: str) -> None:
    with pytest.raises(ConfigError, match=r"--set optim\.minutes: must be a finite number"):
        with_overrides(plan, plan_overrides([f"optim.minutes={value}"]))


@pytest.mark.parametrize("assignment", ["optim", "optim.lr_decoder", "lr=3", "=", "optim.speed=3"])
def test_an_assignment_that_cannot_be_read_is_refused(plan: Plan, assignment: str) -> None:
    with pytest.raises(ConfigError, match="--set"):
        with_overrides(plan, plan_overrides([assignment]))


def test_settings_are_told_apart_from_the_plan() -> None:
    settings = read_settings(["data.ignore=11", "split.folds=interleaved", "optim.batch=4", "split.groups=a/b.csv"])
    assert settings.data == DataSettings(ignore=11)
    assert settings.split == SplitSettings(folds="interleaved", groups=Path("a/b.csv"))
    assert texts_of(settings.plan) == ("optim.batch=4",)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        (
            "data.ignored=3",
            r"--set data\.ignored: unknown key; did you mean data\.ignore\? known are ignore, attribute",
        ),
        ("data.ignore=lots", r"--set data\.ignore: .*integer"),
        ("split.folds=random", r"--set split\.folds: .*'blocks' or 'interleaved'"),
        ("split.test=2", r"--set split\.test: .*less than 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_settings([assignment])


def test_an_encoder_whose_weights_need_a_hub_is_refused_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsError, match=r"resnet18 .*tf_efficientnet_lite0"):
        require_available(read_settings(["net.encoder=resnet18"]))
    (tmp_path / "plan.toml").write_text('[net]\nencoder = "resnet18"\n')
    plan = f"plan={tmp_path / 'plan.toml'}"
    with pytest.raises(WeightsError, match="resnet18"):
        require_available(read_settings([plan]))
    require_available(read_settings(["net.encoder=resnet18", "net.weights=random"]))
    require_available(read_settings([plan, "net.encoder=tf_efficientnet_lite0"]))


@pytest.mark.parametrize(("word", "looks"), [("false", False), ("off", False), ("true", True)])
def test_the_check_before_training_can_be_switched_off(word: str, looks: bool) -> None:
    assert read_settings([f"check={word}"]).check is looks


def test_check_is_true_or_false() -> None:
    with pytest.raises(ConfigError, match=r"--set check: .*valid boolean, not 'maybe'"):
        read_settings(["check=maybe"])


def test_elastic_px_without_elastic_bending_is_refused(tmp_path: Path) -> None:
    plan = small_plan(disc_photos(tmp_path, count=3))
    with pytest.raises(ConfigError, match=r"augment\.elastic_px: 10 has no effect.*--set augment\.elastic=1"):
        with_overrides(plan, plan_overrides(["augment.elastic=0", "augment.elastic_px=10"]))
    assert with_overrides(plan, plan_overrides(["augment.elastic=1", "augment.elastic_px=10"])).augment.elastic_px == 10
    assert with_overrides(plan, plan_overrides(["augment.elastic_px=10", "augment=none"])).augment.elastic_px == 0


def test_rates_are_the_plans_own_until_somebody_sets_them(plan: Plan) -> None:
    own = replace(plan, why=dict(plan.why) | {"optim.lr_decoder": "suits most", "optim.lr_encoder": "suits most"})
    assert rates_are_planned(own)
    assert rates_are_planned(with_overrides(own, plan_overrides(["loss=dice"])))
    assert not rates_are_planned(with_overrides(own, plan_overrides(["optim.lr_decoder=0.01"])))
    for name in ("mine.toml", "my plan.toml"):
        assert not rates_are_planned(replace(own, why=dict.fromkeys(own.why, f"from {name}")))
    assert not rates_are_planned(replace(own, optim=replace(own.optim, lr_decoder=0.3)))


def test_a_run_without_its_plan_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no plan\.toml: restore it, or train again"):
        plan_of_run(tmp_path)
