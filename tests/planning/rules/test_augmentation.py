from dataclasses import replace

import pytest

from maskwright.planning.overrides import request_of
from maskwright.planning.plan import Request
from maskwright.planning.rules.augmentation import Views, augment_for, views_for, zoom_range
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
