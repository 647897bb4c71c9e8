from pathlib import Path

import pytest

from maskwright.datasets.fingerprint import measure
from maskwright.errors import ConfigError, FileError
from maskwright.losses.catalogue import parse_mix
from maskwright.planning.make_plan import make_plan
from maskwright.planning.overrides import request_of
from maskwright.planning.plan_file import with_overrides
from maskwright.planning.settings import read_settings
from maskwright.workflows.compare.recipe import (
    LineSpec,
    Recipe,
    compared_with,
    find_recipe,
    packaged_recipes,
    read_recipe,
    recipe_of_flags,
    require_common,
    settings_of,
    settings_to_train,
    without_arms,
)
from tests.support.drawn import disc_photos
from tests.support.plans import CPU

DOCUMENTS = {
    "article",
    "documents/coils",
    "documents/deconvnet",
    "documents/fcn-skips",
    "documents/flat-iou",
    "documents/locality",
    "documents/puzzle-grid",
    "documents/scratch-or-transfer",
    "documents/tiramisu",
    "documents/which-augmentations",
}


def recipe(tmp_path: Path, text: str) -> Recipe:
    (tmp_path / "mine.toml").write_text('title = "mine"\n' + text)
    return read_recipe(tmp_path / "mine.toml", name="mine")


def test_the_bundled_recipes_can_be_read() -> None:
    assert set(packaged_recipes()) == DOCUMENTS
    for name in packaged_recipes():
        found = find_recipe(name)
        assert found.name == name
        assert found.about
        assert found.total
        assert f"--recipe {name} " in found.data
        for arm in found.arm:
            assert read_settings(settings_of(found, arm)).plan


def test_a_recipe_is_found_by_its_name_without_the_folder() -> None:
    assert find_recipe("coils") == find_recipe("documents/coils")


def test_every_arm_of_every_recipe_can_be_planned_and_names_existing_networks_and_losses(tmp_path: Path) -> None:
    fingerprint = measure(disc_photos(tmp_path, count=3))
    for name in packaged_recipes():
        found = find_recipe(name)
        for arm in found.arm:
            for words in (settings_of(found, arm), settings_of(found, arm, stand_in=True)):
                settings = read_settings(words).plan
                plan = with_overrides(make_plan(fingerprint, CPU, request_of(settings, minutes=None)), settings)
                assert parse_mix(plan.loss.mix)
                assert plan.optim.steps > 0, f"{name}: {arm.name}"
                assert plan.scale.crop_px <= 128 or name in ("documents/puzzle-grid", "article")


def test_settings_are_base_then_what_is_added_to_then_own_then_the_command_line(tmp_path: Path) -> None:
    text = """
    base = ["loss=ce"]
    [[arm]]
    name = "a"
    set = ["optim=sgd"]
    [[arm]]
    name = "b"
    adds_to = "a"
    set = ["loss=dice"]
    stand_in = ["loss=focal"]
    """
    found = recipe(tmp_path, text)
    b = found.named("b")
    assert settings_of(found, b, extra=("optim.steps=3",)) == ("loss=ce", "optim=sgd", "loss=dice", "optim.steps=3")
    assert settings_of(found, b, stand_in=True) == ("loss=ce", "optim=sgd", "loss=focal")


def test_arms_are_compared_with_the_first_or_the_one_they_name(tmp_path: Path) -> None:
    text = '[[arm]]\nname="a"\n[[arm]]\nname="b"\n[[arm]]\nname="c"\nagainst="b"\n'
    found = recipe(tmp_path, text)
    named = [base.name if (base := compared_with(found, arm)) else None for arm in found.arm]
    assert named == [None, "a", "b"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "arm: Field required"),
        ("arm = []", "has no arm"),
        ('[[arm]]\nname="a"\nsets=["x=1"]', "arm.1.sets: unknown key; did you mean arm.1.set? known are name, set"),
        ('colour="red"\n[[arm]]\nname="a"', "colour: unknown key; known are title, arm"),
        ('[[arm]]\nname="a"\n[[arm]]\nname="a"', "two arms are called 'a'"),
        ('[[arm]]\nname="a"\nadds_to="b"\n[[arm]]\nname="b"', "adds_to: no arm before it is called 'b'"),
        ('[[arm]]\nname="a"\nstarts_from="a"', "starts_from: no arm before it is called 'a'"),
        ('[[arm]]\nname="a"\nset=["split.test=0.5"]', "all arms must be judged alike: put it into base"),
        ('[[arm]]\nname="a"\nset=["data.only=cat"]', "data.only=cat: all arms must be judged alike"),
        ('seeds = 0\n[[arm]]\nname="a"', "seeds: Input should be greater than or equal to 1, not 0"),
        (
            '[[arm]]\nname="a"\n[[curve]]\ntitle="t"\nx="x"\n[[curve.line]]\nname="l"\narms=["b"]\nat=[1]',
            "line 'l' needs known arms",
        ),
        ('[[arm]]\nname="a"\n[[curve]]\ntitle="t"\nx="x"\ny="y"\nline=[]', "curve.1.y: unknown key"),
    ],
)
def test_an_invalid_recipe_is_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        recipe(tmp_path, text)
    assert told in str(error.value)
    assert "mine.toml" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_recipe_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean documents/coils"):
        find_recipe("documents/coil")
    with pytest.raises(FileError, match="cannot read"):
        find_recipe(str(tmp_path / "none.toml"))
    (tmp_path / "x.toml").write_text('title = "x"\n[[arm]]\nname = "a"\n')
    assert find_recipe(str(tmp_path / "x.toml")).name == "x"


def test_arms_can_be_written_on_the_command_line() -> None:
    found = recipe_of_flags(("plain: loss=ce", "dice: loss=dice; optim.steps=3", "bare:"))
    assert [(arm.name, arm.set) for arm in found.arm] == [
        ("plain", ("loss=ce",)),
        ("dice", ("loss=dice", "optim.steps=3")),
        ("bare", ()),
    ]
    with pytest.raises(ConfigError, match="write --arm 'NAME: key=value"):
        recipe_of_flags(("loss=dice",))
    with pytest.raises(ConfigError, match="two arms"):
        recipe_of_flags(("a: x=1", "a: x=2"))


def test_no_bundled_recipe_repeats_a_common_setting() -> None:
    for name in packaged_recipes():
        keys = [word.partition("=")[0] for word in find_recipe(name).base]
        assert len(keys) == len(set(keys)), name


FEW_AND_MANY = """
[[arm]]
name = "all"
set = ["optim=sgd"]
[[arm]]
name = "four"
set = ["data.photos=4"]
[[arm]]
name = "four, dice"
adds_to = "four"
set = ["loss=dice"]
[[curve]]
title = "t"
x = "training photos"
[[curve.line]]
name = "l"
arms = ["four", "all"]
at = [4, 9]
"""


def test_what_arms_differ_in_cannot_be_set_for_all_of_them(tmp_path: Path) -> None:
    found = recipe(tmp_path, FEW_AND_MANY)
    require_common(found, ("loss.class_weights=[1, 2]", "optim.steps=3"))
    with pytest.raises(ConfigError, match=r"--set data.photos=3: the arm 'four' sets data.photos itself"):
        require_common(found, ("optim.steps=3", "data.photos=3"))
    with pytest.raises(ConfigError, match=r"the arm 'four, dice' sets loss\.mix itself"):
        require_common(found, ("loss.mix=focal",))


def test_arms_are_left_out_with_those_that_build_on_them_and_their_points(tmp_path: Path) -> None:
    left = without_arms(recipe(tmp_path, FEW_AND_MANY), frozenset({"four"}))
    assert [arm.name for arm in left.arm] == ["all"]
    assert left.curve[0].line[0] == LineSpec("l", ("all",), (9,))


def test_train_takes_the_arm_that_a_recipe_names_or_the_one_asked_for() -> None:
    assert settings_to_train("documents/flat-iou")[-1] == "loss=mean-iou-as-written"
    assert settings_to_train("flat-iou:Dice")[-1] == "loss=dice"
    coils = settings_to_train("coils")
    assert "loss=plain-ce + dice" in coils
    assert coils[-1] == "net.weights=imagenet"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("nosuch", "there is no recipe 'nosuch'"),
        ("coils:nosuch", "no arm 'nosuch': take one of plain BCE"),
        ("fcn-skips:FCN-16s from 32s", "starts from the weights of another"),
    ],
)
def test_a_recipe_that_cannot_be_trained_is_refused_in_one_line(wanted: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        settings_to_train(wanted)


def test_the_article_changes_photos_as_it_prints_and_smps_example_is_an_arm() -> None:
    printed = dict(text.split("=", 1) for text in settings_to_train("article"))
    assert printed["augment.rotate_deg"] == "20"
    assert (printed["scale.zoom_low"], printed["scale.zoom_high"]) == ("0.8", "1.2")
    assert float(printed["augment.clahe"]) > 0
    assert {float(printed[f"augment.{name}"]) for name in ("sharpen", "blur", "motion_blur", "hue")} == {0.0}
    example = dict(text.split("=", 1) for text in settings_to_train("article:with the augmentations of smp's example"))
    assert example["augment.rotate_deg"] == "0"
    assert min(float(example[f"augment.{name}"]) for name in ("clahe", "sharpen", "blur", "motion_blur", "hue")) > 0


def test_the_article_lowers_the_rate_after_three_quarters() -> None:
    printed = dict(text.split("=", 1) for text in settings_to_train("article"))
    assert printed["optim.schedule"] == "step"
    assert printed["optim.lr_encoder"] == printed["optim.lr_decoder"] == "5e-4"
