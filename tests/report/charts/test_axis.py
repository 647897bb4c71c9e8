import math

import pytest

from maskwright.report.charts.axis import ceiling, ticks


@pytest.mark.parametrize("span", [1e-9, 0.03, 0.7, 0.999, 1.0, 1.4, 4.0, 5.0, 7.3, 9.99, 60.0, 1234.0])
def testticks_are_few_round_and_reach_theceiling(span: float) -> None:
    places = ticks(ceiling(span))
    assert 3 <= len(places) <= 7
    assert places[0] == 0
    assert places[-1] == pytest.approx(ceiling(span))
    assert places[-1] >= span
    assert places[1] / 10 ** math.floor(math.log10(places[1]) + 1e-9) == pytest.approx(
        round(places[1] / 10 ** math.floor(math.log10(places[1]) + 1e-9))
    )
