import math
from xml.etree import ElementTree

from maskwright.report.charts.dots import dots_svg


def test_each_scored_photo_has_a_dot_that_names_it() -> None:
    root = ElementTree.fromstring(dots_svg([("a & b.jpg", 0.25), ("c.jpg", 0.75), ("empty.jpg", math.nan)]))
    dots = {(e.findtext("title") or ""): float(e.get("cx", "nan")) for e in root.iter("circle")}
    assert dots == {"a & b.jpg 0.250": 132.0, "c.jpg 0.750": 348.0}
    assert root.get("aria-label") == "IoU of 2 photos from 0.25 to 0.75, median 0.50"


def test_equal_scores_stand_on_each_other_and_the_pile_has_an_end() -> None:
    root = ElementTree.fromstring(dots_svg([(f"{i}.jpg", 0.5) for i in range(40)]))
    heights = [float(e.get("cy", "nan")) for e in root.iter("circle")]
    assert len(set(heights)) == 6
    assert min(heights) > 0


def test_no_score_draws_nothing() -> None:
    assert dots_svg([("a.jpg", math.nan)]) == ""
