import math
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from maskwright.report.charts.training import LoggedStep, Phase, running_mean, training_in_words, training_svg


def _points(svg: str, css: str, *, at: int = 0) -> list[tuple[float, float]]:
    lines = [e for e in ElementTree.fromstring(svg).iter("polyline") if e.get("class") == css]
    return [tuple(map(float, pair.split(","))) for pair in (lines[at].get("points") or "").split()]  # type: ignore[misc]


def _texts(svg: str) -> list[str]:
    return [e.text or "" for e in ElementTree.fromstring(svg).iter("text")]


def _curve(ious: list[float]) -> list[LoggedStep]:
    return [LoggedStep(i, i / 10, 1 / (1 + i), iou) for i, iou in enumerate(ious)]


def test_a_falling_loss_falls_on_the_page() -> None:
    points = _points(training_svg([LoggedStep(i, i / 10, 2.0 - i * 0.04) for i in range(50)]), "line")
    assert len(points) == 50
    assert all(b[0] > a[0] and b[1] > a[1] for a, b in pairwise(points))


def test_loss_and_validation_share_one_axis_of_minutes() -> None:
    svg = training_svg([LoggedStep(i, i / 10, 1.0, 0.5 if i % 2 else None) for i in range(10)])
    loss, iou = _points(svg, "line"), _points(svg, "line", at=1)
    assert [x for x, _ in iou] == [x for x, _ in loss][1::2]
    assert _texts(svg).count("minutes") == 1


def test_both_curves_end_with_their_last_value() -> None:
    texts = _texts(training_svg(_curve([0.1, 0.4, 0.87])))
    assert {"0.87", "0.33"} <= set(texts)


def test_curves_have_axes_a_label_and_no_colour_of_their_own() -> None:
    root = ElementTree.fromstring(training_svg([LoggedStep(i, i / 10, 1.5) for i in range(40)]))
    texts = [e.text for e in root.iter("text")]
    assert {"0", "0.5", "1", "1.5", "minutes", "4"} <= set(texts)
    assert "training loss against minutes" in (root.get("aria-label") or "")
    assert not any(e.get("fill") or e.get("stroke") for e in root.iter())


def test_validation_iou_has_a_dot_for_every_validation_and_reaches_the_top_at_one() -> None:
    curve = [LoggedStep(i, float(i), 1.0, {2: 0.0, 4: 1.0}.get(i)) for i in range(6)]
    dots = list(ElementTree.fromstring(training_svg(curve)).iter("circle"))
    assert [float(d.get("cy", "nan")) for d in dots] == [312.0, 196.0]


def test_what_is_not_finite_is_left_out_and_what_is_missing_is_said() -> None:
    curve = [LoggedStep(0, 0.0, math.nan, math.nan), LoggedStep(1, 1.0, 0.5)]
    assert len(_points(training_svg(curve), "raw")) == 1
    assert "No validation IoU was logged." in _texts(training_svg(curve))
    assert training_svg([]) == '<p class="muted">No training loss was logged.</p>'


def test_thousands_of_steps_make_a_short_line() -> None:
    assert len(training_svg([LoggedStep(i, i / 60, 1.0) for i in range(20_000)])) < 40_000


def test_phases_are_shaded_and_named_where_the_name_fits() -> None:
    phases = (Phase("rate rises", 0.0, 0.01), Phase("rate falls", 0.01, 2.0))
    svg = training_svg([LoggedStep(i, i / 5, 1.0) for i in range(11)], phases)
    bands = list(ElementTree.fromstring(svg).iter("rect"))
    widths = [float(band.get("width", "nan")) for band in bands]
    assert len(bands) == 2
    assert widths[1] / widths[0] == pytest.approx(199, rel=0.1)
    assert "rate falls" in _texts(svg)
    assert "rate rises" not in _texts(svg)


@pytest.mark.parametrize(
    ("ious", "words"),
    [
        ([0.1, 0.3, 0.5, 0.7], "0.70 and still rising when it stopped"),
        ([0.1, 0.7, 0.7, 0.7], "0.70 at its last value and no longer rising"),
        ([0.1, 0.3, 0.7, 0.74, 0.91, 0.90], "0.90 at its last value and no longer rising"),
        ([0.1, 0.9], ""),
    ],
)
def test_a_sentence_says_whether_the_validation_was_still_rising(ious: list[float], words: str) -> None:
    assert words in training_in_words(_curve(ious))
    assert bool(words) == bool(training_in_words(_curve(ious)))


def testrunning_mean_agrees_with_a_plain_loop() -> None:
    values = np.random.default_rng(0).normal(size=95).tolist()
    half = 3
    for index, mean in enumerate(running_mean(values)):
        reach = min(half, index, 94 - index)
        assert mean == pytest.approx(sum(values[index - reach : index + reach + 1]) / (2 * reach + 1))
