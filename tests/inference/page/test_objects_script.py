"""The page's objects in a real browser: components and outlines equal those of Python, pixel by pixel."""

from importlib.resources import files

import numpy as np
import pytest
from playwright.sync_api import Browser

from maskwright.imaging.mask_geometry import Bools, component_areas, join_rings, trace_polygons
from maskwright.inference.minimum_class_area import without_scarce_classes
from maskwright.planning.plan import PredictPlan
from tests.support.filled import fill_polygon

SCRIPT = files("maskwright.inference.page").joinpath("objects.js").read_text(encoding="utf-8")
DESCRIBE = """({ mask, width, height }) => {
    const size = { width, height }, { labels, areas } = components(Uint8Array.from(mask), size, 1);
    return { areas: areas.slice(1), rings: rings(labels, size), polygons: polygons(labels, size).length };
}"""


def noisy(size_hw: tuple[int, int], share: float) -> Bools:
    """Return a mask of single pixels, diagonals, holes and islands in holes."""
    return np.asarray(np.random.default_rng(round(100 * share)).random(size_hw) < share)


@pytest.mark.parametrize(
    "mask", [noisy((17, 23), 0.3), noisy((23, 17), 0.6), noisy((30, 1), 0.5), np.ones((4, 5), bool)]
)
def test_components_and_rings_are_those_of_python(browser: Browser, mask: Bools) -> None:
    page = browser.new_page()
    page.add_script_tag(content=SCRIPT)
    height, width = mask.shape
    told = page.evaluate(DESCRIBE, {"mask": mask.astype(int).ravel().tolist(), "width": width, "height": height})
    page.close()
    assert sorted(told["areas"]) == sorted(component_areas(mask).tolist())
    assert told["polygons"] <= len(trace_polygons(mask)) == len(told["areas"])
    filled = np.zeros(mask.shape, dtype=np.bool_)
    for label in range(1, 1 + len(told["areas"])):
        own = [ring for ring in told["rings"] if ring["label"] == label]
        (outline,) = [np.array(ring["points"], dtype=np.float64) for ring in own if not ring["isHole"]]
        holes = [np.array(ring["points"], dtype=np.float64) for ring in own if ring["isHole"]]
        filled |= fill_polygon(join_rings(outline, holes), mask.shape)
    assert np.array_equal(filled, mask)


def test_a_scarce_class_is_removed_as_in_python(browser: Browser) -> None:
    mask = np.random.default_rng(5).choice(3, (40, 50), p=[0.7, 0.2, 0.1]).astype(np.uint8)
    plan = PredictPlan((1.0,), flip=False, one_object=False, least_totals=(0.0, 0.1, 0.1))
    facts = {"least_patch": 0, "least_totals": plan.least_totals, "background": 0, "classes": [{"id": 1}, {"id": 2}]}
    page = browser.new_page()
    page.add_script_tag(content=SCRIPT)
    script = "([mask, facts]) => [...cleaned(Uint8Array.from(mask), { width: 50, height: 40 }, facts)]"
    cleaned = page.evaluate(script, [mask.ravel().tolist(), facts])
    page.close()
    expected = without_scarce_classes(mask.copy(), plan.least_totals, 0)
    assert set(np.unique(expected)) == {0, 1}
    np.testing.assert_array_equal(np.array(cleaned).reshape(mask.shape), expected)
