from maskwright.workflows.progress.sparkline import sparkline


def test_a_spark_line_goes_from_the_lowest_to_the_highest_value() -> None:
    assert sparkline([0, 1]) == "▁█"
    assert sparkline([3, 2, 1])[::2] == "█▁"
    assert sparkline([]) == sparkline([5]) == ""
    assert sparkline([2, 2, 2]) == "▁▁▁"


def test_many_values_become_means_of_neighbours() -> None:
    assert len(sparkline([1.0] * 1000)) == 16
    assert sparkline([0, 2, 4, 6], width=2) == "▁█"
