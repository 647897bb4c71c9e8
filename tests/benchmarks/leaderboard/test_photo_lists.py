import pytest

from benchmarks.leaderboard.photo_lists import NUMBERS, drawn, lists_of, numbers_of, parts_with
from benchmarks.sets import SETS
from tests.support.real_data import shared_data


@pytest.mark.parametrize("name", list(SETS))
def test_the_lists_of_a_set_share_no_photo_and_name_none_twice(name: str) -> None:
    lists = lists_of(name)
    assert len(set(lists.train)) == len(lists.train) > 0
    assert set(lists.inner) <= set(lists.train)
    assert not set(lists.test) & set(lists.train)
    assert list(lists.test) == sorted(set(lists.test))
    assert numbers_of(name) == [n for n in NUMBERS if n < len(lists.train)] + [len(lists.train)]


def test_the_test_photos_of_camvid_are_in_no_list() -> None:
    lists = lists_of("camvid")
    assert {name.partition("/")[0] for name in (*lists.train, *lists.test)} == {"train", "val"}


def test_the_lists_in_the_repository_are_those_that_the_seed_draws() -> None:
    shared_data("isbi_membrane")
    assert drawn("isbi_membrane") == lists_of("isbi_membrane")


def test_five_tiles_show_every_kind_of_defect() -> None:
    shared_data("magnetic_tile")
    parts = parts_with("magnetic_tile", 5)
    shown = {int(i) for example in parts.train for i in set(example.mask.ravel().tolist())}
    assert shown == {0, 1, 2, 3, 4, 5}
    assert parts.inner == ()


def test_fewer_photos_are_the_first_ones_and_inner_validation_gets_a_quarter_at_most() -> None:
    shared_data("magnetic_tile")
    lists = lists_of("magnetic_tile")
    some, more = parts_with("magnetic_tile", 20), parts_with("magnetic_tile", 40)
    assert {s.name for s in some.train.samples} == set(lists.train[:20])
    assert {s.name for s in some.train.samples} <= {s.name for s in more.train.samples}
    assert set(some.inner) <= {s.name for s in some.train.samples}
    assert len(some.inner) <= 5
    assert parts_with("magnetic_tile", 80).inner == lists.inner
    assert some.test is not None
    assert tuple(s.name for s in some.test.samples) == lists.test


def test_outside_the_field_of_view_of_a_retina_nothing_counts() -> None:
    shared_data("drive")
    test = parts_with("drive", 5).test
    assert test is not None
    mask = test[0].mask
    assert (mask[0, 0], mask[-1, -1]) == (255, 255)
    assert 0.25 < (mask == 255).mean() < 0.45
    assert 0.08 < (mask[mask != 255] == 1).mean() < 0.2
