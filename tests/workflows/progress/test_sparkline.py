from maskwright.workflows.progress.sparkline import spark_line


def test_a_spark_line_goes_from_the_lowest_to_the_highest_value() -> None:
    assert spark_line([0, 1]) == "▁█"
    assert spark_line([3, 2, 1])[::2] == "█▁"
    assert spark_line([]) == spark_line([5]) == ""
    assert spark_line([2, 2, 2]) == "▁▁▁"


def test_many_values_become_means_of_neighbours() -> None:
    assert len(spark_line([1.0] * 1000)) == 16
    assert spark_line([0, 2, 4, 6], width=2) == "▁█"
