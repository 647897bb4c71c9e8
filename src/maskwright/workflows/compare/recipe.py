"""Recipes: the arms that `compare` trains, as TOML; those of the case studies are bundled."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.resources import files
from itertools import compress
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Gt

from maskwright.errors import ConfigError, WeightsError
from maskwright.files import read_toml
from maskwright.planning.available_weights import require_available
from maskwright.planning.overrides import parse_override
from maskwright.planning.settings import SECTIONS, read_settings
from maskwright.schema import checked, refuse_unknown

SAME_FOR_ALL = ("split.", "data.ignore", "data.attribute", "data.only")


@dataclass(frozen=True)
class Arm:
    """One way to train: `set` are its settings, as `--set` takes them, on top of the recipe's base.

    `adds_to`: another arm whose settings come first; `starts_from`: an arm whose trained weights it begins with
    (the same seed and fold); `against`: the arm that it is compared with, the first one if empty; `stand_in`:
    settings instead of its own where pretrained weights are not available; `say`: a line for the table.
    """

    name: str
    set: tuple[str, ...] = ()
    adds_to: str = ""
    starts_from: str = ""
    against: str = ""
    stand_in: tuple[str, ...] = ()
    say: str = ""


@dataclass(frozen=True)
class LineSpec:
    """One line of a curve: the mean IoU of `arms` at the places `at`, by default their numbers of training photos."""

    name: str
    arms: tuple[str, ...]
    at: tuple[float, ...] = ()


@dataclass(frozen=True)
class CurveSpec:
    """One curve to plot: mean IoU over `x`."""

    title: str
    x: str
    line: tuple[LineSpec, ...]


@dataclass(frozen=True)
class Recipe:
    """Arms with their common settings. `seeds`: trainings of each arm and fold; `folds` 0 uses the held-out part.

    `about` says what the comparison shows, `data` how to get its photos, `total` how long it takes. `train`: the arm
    that `maskwright train --recipe` trains, the first one if empty.
    """

    name: str
    title: str
    arm: tuple[Arm, ...]
    about: str = ""
    data: str = ""
    total: str = ""
    train: str = ""
    seeds: Annotated[int, Ge(1)] = 1
    folds: Annotated[int, Ge(0)] = 0
    minutes: Annotated[float, Gt(0.0)] | None = None
    base: tuple[str, ...] = ()
    curve: tuple[CurveSpec, ...] = ()

    def named(self, name: str) -> Arm:
        """Return the arm with that name; it must exist."""
        return next(arm for arm in self.arm if arm.name == name)


def packaged_recipes() -> dict[str, Path]:
    """Return the bundled recipes by name, such as documents/coils."""
    folder = Path(str(files("maskwright"))) / "workflows" / "compare" / "recipes"
    return {file.relative_to(folder).with_suffix("").as_posix(): file for file in sorted(folder.rglob("*.toml"))}


def find_recipe(wanted: str) -> Recipe:
    """Return a bundled recipe by its name, with or without folder, or one from a TOML file; ConfigError lists all."""
    packaged = packaged_recipes()
    whole = wanted if wanted in packaged else _whole(f"/{wanted}", packaged)
    if whole:
        return read_recipe(packaged[whole], name=whole)
    if wanted.endswith(".toml") or Path(wanted).is_file():
        return read_recipe(Path(wanted), name=Path(wanted).stem)
    near = get_close_matches(wanted, [*packaged, *(name.rpartition("/")[2] for name in packaged)], n=1, cutoff=0.5)
    hint = f"did you mean {_whole(near[0], packaged)}? " if near else ""
    raise ConfigError(f"there is no recipe {wanted!r}: {hint}give a toml file, or one of {', '.join(packaged)}")


def _whole(name: str, packaged: Mapping[str, Path]) -> str:
    """Return the first bundled recipe whose name ends with `name`, "" if there is none."""
    return next((known for known in packaged if known.endswith(name)), "")


def read_recipe(path: Path, *, name: str) -> Recipe:
    """Return the recipe of a toml file, checked strictly; ConfigError names the key and what it may be."""
    tree = read_toml(path)
    refuse_unknown(Recipe, tree, where=f"{path}: ", hidden=("name",))
    recipe = checked(Recipe, {**tree, "name": name}, where=str(path))
    _check_names(recipe, str(path))
    return recipe


def recipe_of_flags(words: tuple[str, ...]) -> Recipe:
    """Return a recipe of arms written as `NAME: key=value; key=value`, the first of them the base.

    Raises ConfigError for a word without a name.
    """
    arms = []
    for word in words:
        name, colon, settings = word.partition(":")
        if not colon or not name.strip():
            raise ConfigError(
                f"--arm {word!r}: write --arm 'NAME: key=value; key=value', as in --arm 'dice: loss=dice'"
            )
        arms.append(Arm(name.strip(), tuple(s.strip() for s in settings.split(";") if s.strip())))
    recipe = Recipe("by hand", "Compared by hand", tuple(arms))
    _check_names(recipe, "--arm")
    return recipe


def require_common(recipe: Recipe, assignments: tuple[str, ...]) -> None:
    """Raise ConfigError where a setting for all arms names what the arms differ in: they would be alike."""
    for assignment in assignments:
        for arm in recipe.arm:
            both = _keys(assignment) & frozenset().union(*map(_keys, (*arm.set, *arm.stand_in)))
            if both:
                raise ConfigError(
                    f"--set {assignment}: the arm {arm.name!r} sets {min(both)} itself: leave it out, or write a toml "
                    "of your own"
                )


def _keys(assignment: str) -> frozenset[str]:
    """Return the dotted keys that an assignment sets, short forms written out."""
    return frozenset(parse_override(assignment, SECTIONS).values)


def without_arms(recipe: Recipe, names: frozenset[str]) -> Recipe:
    """Return the recipe without some arms, and without those that build on them; curves lose their points."""
    arms: list[Arm] = []
    for arm in recipe.arm:
        known = {"", *(known_arm.name for known_arm in arms)}
        if arm.name not in names and {arm.adds_to, arm.starts_from, arm.against} <= known:
            arms.append(arm)
    left = {arm.name for arm in arms}
    return replace(recipe, arm=tuple(arms), curve=tuple(_with_arms(curve, left) for curve in recipe.curve))


def _with_arms(curve: CurveSpec, names: set[str]) -> CurveSpec:
    return replace(curve, line=tuple(_line_with_arms(line, names) for line in curve.line))


def _line_with_arms(line: LineSpec, names: set[str]) -> LineSpec:
    stays = [arm in names for arm in line.arms]
    return replace(line, arms=tuple(compress(line.arms, stays)), at=tuple(compress(line.at, stays)))


def settings_of(recipe: Recipe, arm: Arm, *, extra: tuple[str, ...] = (), stand_in: bool = False) -> tuple[str, ...]:
    """Return an arm's settings in the order in which they count: base, what it adds to, its own, then `extra`."""
    own = arm.stand_in if stand_in else arm.set
    if arm.adds_to:
        return (*settings_of(recipe, recipe.named(arm.adds_to)), *own, *extra)
    return (*recipe.base, *own, *extra)


def settings_to_train(wanted: str) -> tuple[str, ...]:
    """Return the settings of the arm that a recipe trains: that of `NAME:ARM`, else its `train`, else its first one.

    Raises ConfigError where there is no such recipe or arm, or where the arm starts from another arm's weights.
    """
    name, _, wanted_arm = (wanted, "", "") if Path(wanted).is_file() else wanted.partition(":")
    recipe = find_recipe(name)
    names = [arm.name for arm in recipe.arm]
    chosen = wanted_arm.strip() or recipe.train or names[0]
    if chosen not in names:
        raise ConfigError(f"the recipe {recipe.name} has no arm {chosen!r}: take one of {', '.join(names)}")
    arm = recipe.named(chosen)
    if arm.starts_from:
        raise ConfigError(f"the arm {chosen!r} starts from the weights of another: --set net.weights=RUN says which")
    timed = () if recipe.minutes is None else (f"optim.minutes={recipe.minutes}",)
    return (*timed, *settings_of(recipe, arm, stand_in=bool(arm.stand_in) and not _is_available(recipe, arm)))


def _is_available(recipe: Recipe, arm: Arm) -> bool:
    """True if the pretrained weights that an arm asks for are available; a hub is asked for one second at most."""
    try:
        require_available(read_settings(settings_of(recipe, arm)))
    except WeightsError:
        return False
    return True


def compared_with(recipe: Recipe, arm: Arm) -> Arm | None:
    """Return the arm that an arm is compared with, None for the first one."""
    if arm.against:
        return recipe.named(arm.against)
    return None if arm == recipe.arm[0] else recipe.arm[0]


def _check_names(recipe: Recipe, where: str) -> None:
    """Raise ConfigError unless arms have names of their own and refer only to arms before them (curves to any)."""
    if not recipe.arm:
        raise ConfigError(f"{where} has no arm: write at least one [[arm]] with a name")
    if recipe.train not in ("", *(arm.name for arm in recipe.arm)):
        raise ConfigError(f"{where}: train: no arm is called {recipe.train!r}")
    before: list[str] = []
    for arm in recipe.arm:
        if arm.name in before:
            raise ConfigError(f"{where}: two arms are called {arm.name!r}: give each a name of its own")
        for key in ("adds_to", "starts_from", "against"):
            if getattr(arm, key) not in ("", *before):
                raise ConfigError(f"{where}: arm {arm.name!r}: {key}: no arm before it is called {getattr(arm, key)!r}")
        _refuse_common(arm, where)
        before.append(arm.name)
    for curve in recipe.curve:
        for line in curve.line:
            if (line.at and len(line.arms) != len(line.at)) or not set(line.arms) <= set(before):
                raise ConfigError(
                    f"{where}: curve {curve.title!r}: line {line.name!r} needs known arms, and `at` for each or none"
                )


def _refuse_common(arm: Arm, where: str) -> None:
    for setting in (*arm.set, *arm.stand_in):
        if setting.strip().startswith(SAME_FOR_ALL):
            raise ConfigError(
                f"{where}: arm {arm.name!r}: {setting}: all arms must be judged alike: put it into base, or --set it"
            )
