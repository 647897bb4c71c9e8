from dataclasses import replace

import pytest

from maskwright.planning.overrides import request_of
from maskwright.planning.plan import Request
from maskwright.planning.rules.augmentation import augment_for
from maskwright.planning.rules.views import Views, views_for, zoom_range
from maskwright.planning.settings import plan_overrides
from tests.support.plans import CPU
from tests.support.scenes_measured import SCENE


def test_crops_of_each_photo_follow_from_minutes_photos_and_machine() -> None:
    on_gpu = replace(CPU, gpu="a GPU")
    assert views_for(SCENE, CPU, Request(1.0)).count == pytest.approx(15)
    assert views_for(SCENE, on_gpu, Request(1.0)).count == pytest.approx(300)
    assert views_for(replace(SCENE, photos=0), CPU, Request(1.0)).count > 0


@pytest.mark.parametrize(("count", "strength"), [(1, 0.0), (20, 0.0), (30, 0.5), (40, 1.0), (500, 1.0)])
def test_photos_that_are_seen_more_often_are_changed_more(count: float, strength: float) -> None:
    views = Views(count, scene=False)
    assert views.strength == pytest.approx(strength)
    assert augment_for(SCENE, views, {}).elastic == pytest.approx(0.3 * strength)
    low, high = zoom_range(SCENE, views)
    assert low == pytest.approx(1 / high, abs=0.01)
    assert high == pytest.approx(1.25 + strength * 0.75, abs=0.01)


def test_minutes_set_by_hand_count_as_those_asked_for() -> None:
    assert request_of(plan_overrides(["optim.minutes=1.5"]), minutes=None).minutes == 1.5
    assert request_of(plan_overrides(["optim.minutes=1.5"]), minutes=10.0).minutes == 1.5
    assert request_of((), minutes=4.0).minutes == 4.0
    assert request_of(plan_overrides(["net.encoder=resnet34"]), minutes=None).encoder == "resnet34"


@pytest.mark.parametrize(("count", "strength"), [(26, 0.0), (29.9, 0.0), (30, 0.5), (40, 1.0)])
def test_a_scene_is_changed_gently_for_longer(count: float, strength: float) -> None:
    assert Views(count, scene=True).strength == strength


@pytest.mark.parametrize(("count", "strength"), [(40, 0.0), (100, 0.0), (150, 0.5), (200, 1.0)])
def test_many_classes_of_which_a_photo_shows_one_are_changed_gently_for_longer(count: float, strength: float) -> None:
    assert Views(count, scene=False, sparse=True).strength == strength


@pytest.mark.parametrize(
    ("classes", "photos_each", "scene", "sparse"),
    [(5, 8, False, True), (5, 16, True, False), (3, 8, False, False), (1, 8, False, False)],
)
def test_many_classes_are_a_scene_or_sparse_by_how_many_a_photo_shows(
    classes: int, photos_each: int, scene: bool, sparse: bool
) -> None:
    ground, thing = SCENE.classes
    names = ("background", *(f"thing {i}" for i in range(classes)))
    shown = replace(SCENE, classes=(ground, *[replace(thing, photos=photos_each)] * classes), class_names=names)
    views = views_for(shown, CPU, Request(10.0))
    assert (views.scene, views.sparse) == (scene, sparse)
    why: dict[str, str] = {}
    augment_for(shown, replace(views, count=60), why)
    assert ("1.0 of 5 classes are in a photo" in why["augment.colour"]) == sparse
