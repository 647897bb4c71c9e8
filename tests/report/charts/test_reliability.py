from xml.etree import ElementTree

from maskwright.evaluation.calibration_error import Calibration
from maskwright.report.charts.reliability import reliability_svg


def test_dots_lie_at_probability_and_share_and_thin_bins_are_left_out() -> None:
    pixels = (50_000, 0, 0, 0, 0, 1000, 0, 0, 1, 9000)
    probability = (0.0, 0, 0, 0, 0, 500.0, 0, 0, 0.8, 9000.0)
    calibration = Calibration(pixels, probability, (0, 0, 0, 0, 0, 500, 0, 0, 1, 4500))
    root = ElementTree.fromstring(reliability_svg(calibration))
    places = [(float(e.get("cx", "nan")), float(e.get("cy", "nan"))) for e in root.iter("circle")]
    assert places == [(46.0, 262.0), (171.0, 137.0), (296.0, 137.0)]
    assert "0.50 right at 1.00" in (root.get("aria-label") or "")
    assert "calibration error 0.450" in [e.text for e in root.iter("text")]
