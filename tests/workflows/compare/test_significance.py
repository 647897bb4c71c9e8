import math

import pytest

from maskwright.workflows.compare.significance import paired_difference


def test_a_paired_interval_is_narrower_than_photos_differ() -> None:
    hard_and_easy = {str(i): i / 50 for i in range(50)}
    shifted = {name: value + 0.1 for name, value in hard_and_easy.items()}
    difference = paired_difference(shifted, hard_and_easy)
    assert difference.low == pytest.approx(0.1) == difference.high
    assert math.isnan(paired_difference(shifted, {}).value)
