import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample, pick
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.groups import Grouping, burst_pairs, photo_groups, read_groups, taken_at
from maskwright.datasets.splitting.split import Parts, divided_groups, folds, split
from maskwright.datasets.splitting.stratify import NO_OBJECT, classes_by_photo, hold_out
from maskwright.datasets.truth.shapes import Polygon, Shapes
from maskwright.errors import ConfigError, DataError
from tests.support.drawn import disc_photos
from tests.support.real_data import shared_data
from tests.support.scenes import box, drawn_dataset, numbered, picture, save

SQUARE = ((0.0, 0.0), (30.0, 0.0), (30.0, 30.0), (0.0, 30.0))


def bare_dataset(count: int, *, present: Sequence[Sequence[int]] | None = None, classes: int = 2) -> Dataset:
    """Return a dataset of shapes whose photos are not there: only names, classes and groups can matter."""
    samples = []
    for i in range(count):
        shapes = tuple(Polygon(c, SQUARE) for c in (present[i] if present else (1,)))
        name = f"p{i:03}.jpg"
        samples.append(Sample(name, Path("nowhere") / name, Shapes(shapes), (96, 128)))
    names = tuple(f"c{i}" for i in range(classes))
    return Dataset(Path("nowhere"), "via", tuple(samples), class_table(names))


def names(dataset: Dataset | None) -> list[str]:
    return [s.name for s in dataset.samples] if dataset is not None else []


def with_parts(dataset: Dataset, **parts: int) -> Dataset:
    given = [part for part, count in parts.items() for _ in range(count)]
    samples = tuple(replace(s, part=p) for s, p in zip(dataset.samples, given, strict=True))  # type: ignore[arg-type]
    return replace(dataset, samples=samples)


def with_groups(dataset: Dataset, groups: Sequence[str]) -> Dataset:
    return replace(dataset, samples=tuple(replace(s, group=g) for s, g in zip(dataset.samples, groups, strict=True)))


def write_groups(path: Path, rows: Sequence[tuple[str, str]], header: str = "photo,group") -> Path:
    path.write_text("\n".join([header, *(f"{photo},{group}" for photo, group in rows)]) + "\n")
    return path


# --- split ---


def test_from_60_photos_on_a_fifth_is_held_out() -> None:
    parts = split(bare_dataset(60))
    assert (len(parts.train), len(names(parts.test))) == (48, 12)
    assert any("12 of 60 photos are held out" in why for why in parts.why)


def test_below_60_photos_all_are_trained_on_and_the_reason_names_the_folds() -> None:
    parts = split(bare_dataset(59))
    assert parts.test is None
    assert len(parts.train) == 59
    assert "no honest score" in parts.why[0]
    assert "--folds K" in parts.why[0]


@pytest.mark.parametrize(("share", "held"), [(0.25, 10), (0.5, 20), (0.01, 1)])
def test_a_share_asked_for_is_kept_to(share: float, held: int) -> None:
    assert len(names(split(bare_dataset(40), test=share).test)) == held


def test_a_share_of_nothing_holds_nothing_out() -> None:
    parts = split(bare_dataset(100), test=0.0)
    assert parts.test is None
    assert "test=0 was asked for" in parts.why[0]


@pytest.mark.parametrize("share", [-0.1, 1.0, 20.0, float("nan")])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ConfigError, match="no share"):
        split(bare_dataset(10), test=share)


def test_photos_without_annotation_take_no_part() -> None:
    dataset = bare_dataset(61)
    samples = (replace(dataset.samples[0], truth=None), *dataset.samples[1:])
    parts = split(replace(dataset, samples=samples))
    assert "p000.jpg" not in names(parts.train) + names(parts.test)
    bare = tuple(replace(s, truth=None) for s in dataset.samples)
    with pytest.raises(DataError, match="annotate some"):
        split(replace(dataset, samples=bare))
    with pytest.raises(DataError, match="annotate some"):
        folds(replace(dataset, samples=bare), 2)


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    dataset = bare_dataset(80)
    assert split(dataset, seed=3) == split(dataset, seed=3)
    assert names(split(dataset, seed=3).test) != names(split(dataset, seed=4).test)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_parts_are_disjoint_complete_and_never_cut_a_group(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 90))
    groups = data.draw(st.lists(st.sampled_from("abcdefghij"), min_size=count, max_size=count))
    present = data.draw(st.lists(st.sets(st.integers(1, 3)), min_size=count, max_size=count))
    dataset = with_groups(bare_dataset(count, present=[sorted(p) for p in present], classes=4), groups)
    share = data.draw(st.sampled_from([None, 0.1, 0.3, 0.7])) if len(set(groups)) > 1 else None
    parts = split(dataset, test=share, seed=data.draw(st.integers(0, 9)))
    held, kept, inner = names(parts.test), names(parts.train), set(parts.inner)
    assert sorted(held + kept) == names(dataset)
    assert kept
    assert inner <= set(kept)
    assert len(inner) <= len(kept) / 4
    group_of = {s.name: s.group for s in dataset.samples}
    for some, others in ((held, kept), (inner, set(kept) - inner)):
        assert not {group_of[n] for n in some} & {group_of[n] for n in others}
    if share is not None:
        assert held


def test_every_class_of_two_photos_is_on_both_sides() -> None:
    present: list[tuple[int, ...]] = [(1,)] * 60
    present[7] = present[31] = (1, 2)
    present[12] = present[50] = (3,)
    for seed in range(8):
        parts = split(bare_dataset(60, present=present, classes=4), seed=seed)
        for side in (parts.train, parts.test):
            assert side is not None
            assert {1, 2, 3} <= frozenset().union(*classes_by_photo(side).values())
        assert 11 <= len(names(parts.test)) <= 13


def test_a_class_of_one_photo_is_trained_on() -> None:
    present: list[tuple[int, ...]] = [(1,)] * 60
    present[5] = (2,)
    for seed in range(8):
        assert "p005.jpg" in names(split(bare_dataset(60, present=present, classes=3), seed=seed).train)


def test_photos_without_objects_are_spread_in_proportion() -> None:
    present: list[tuple[int, ...]] = [(1,)] * 50 + [()] * 50
    test = split(bare_dataset(100, present=present), seed=1).test
    assert test is not None
    assert sum(found == {NO_OBJECT} for found in classes_by_photo(test).values()) == 10


def test_mask_files_tell_their_classes(tmp_path: Path) -> None:
    masks = {"p000.png": box(2), "p001.png": np.zeros((96, 128), np.uint8)}
    dataset = drawn_dataset(tmp_path, numbered(3), masks, classes=("background", "a", "b"))
    assert list(classes_by_photo(dataset).values()) == [{2}, {NO_OBJECT}, {1}]
    only = replace(dataset, id_map=(0, 1, 0))
    assert list(classes_by_photo(only).values()) == [{NO_OBJECT}, {NO_OBJECT}, {1}]


def test_shapes_follow_the_isolated_class() -> None:
    dataset = replace(bare_dataset(2, present=[(1, 2), (2,)], classes=3), id_map=(0, 1, 0))
    assert list(classes_by_photo(dataset).values()) == [{1}, {NO_OBJECT}]


def test_all_photos_are_trained_on_when_none_is_to_be_held_out(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "many", count=61, size_hw=(24, 32))
    assert split(dataset).test is not None
    parts = split(dataset, test=0)
    assert parts.test is None
    assert len(parts.train) == 61
    assert "test=0 was asked for" in parts.why[0]


def test_the_smallest_group_is_held_out_where_every_class_stands_alone() -> None:
    groups = [("a", "b", "c"), ("d", "e")]
    classes = {name: frozenset({1}) for name in "abc"} | {name: frozenset({2}) for name in "de"}
    assert hold_out(groups, classes, 1, rng=np.random.default_rng(0)) == ("d", "e")


def test_no_class_is_taken_from_training_to_reach_the_number() -> None:
    classes = {
        "a": frozenset({1}),
        "b": frozenset({2}),
        "c": frozenset({3, 4}),
        "d": frozenset({4}),
        "e": frozenset({4}),
    }
    for seed in range(5):
        held = hold_out([(name,) for name in classes], classes, 3, rng=np.random.default_rng(seed))
        assert held in (("d",), ("e",), ("d", "e"))


def test_copies_stay_together(tmp_path: Path) -> None:
    photos = numbered(10)
    photos |= {f"q{i}.png": photos["p000.png"] for i in range(3)} | {
        "z.png": (photos["p001.png"] * 0.8).astype(np.uint8)
    }
    dataset = drawn_dataset(tmp_path, photos)
    for seed in range(4):
        held = set(names(split(dataset, test=0.3, seed=seed).test))
        assert {"p000.png", "q0.png", "q1.png", "q2.png"} & held in (set(), {"p000.png", "q0.png", "q1.png", "q2.png"})
        assert {"p001.png", "z.png"} & held in (set(), {"p001.png", "z.png"})


def test_one_group_cannot_be_divided() -> None:
    dataset = with_groups(bare_dataset(80), ["a"] * 80)
    assert "one group" in split(dataset).why[0]
    with pytest.raises(DataError, match="form one group"):
        split(dataset, test=0.2)


# --- inner validation ---


def test_inner_validation_is_an_eighth_of_the_training_photos() -> None:
    parts = split(bare_dataset(50))
    assert len(parts.inner) == 6
    assert any("6 of the 50 training photos serve inner validation" in why for why in parts.why)
    assert len(split(bare_dataset(16)).inner) == 2
    assert len(split(bare_dataset(600)).inner) == 40


def test_few_photos_or_groups_have_no_inner_validation() -> None:
    for parts in (split(bare_dataset(15)), split(with_groups(bare_dataset(20), ["a", "b"] * 10))):
        assert parts.inner == ()
        assert any("no inner validation" in why for why in parts.why)
    large = split(with_groups(bare_dataset(21), ["a", "b", "c"] * 7))
    assert large.inner == ()
    assert "too large" in large.why[-1]


# --- given parts ---


def test_a_given_test_part_is_the_test_part() -> None:
    parts = split(with_parts(bare_dataset(30), train=25, test=5))
    assert names(parts.test) == [f"p{i:03}.jpg" for i in range(25, 30)]
    assert len(parts.train) == 25
    assert len(parts.inner) == 3
    assert not set(parts.inner) & set(names(parts.test))


def test_without_a_test_part_val_is_the_test_part_and_inner_is_carved_from_train() -> None:
    parts = split(with_parts(bare_dataset(30), train=24, val=6))
    assert names(parts.test) == [f"p{i:03}.jpg" for i in range(24, 30)]
    assert parts.inner
    assert set(parts.inner) <= set(names(parts.train))


def test_with_a_test_part_val_serves_inner_validation_and_is_trained_on() -> None:
    parts = split(with_parts(bare_dataset(30), train=20, val=6, test=4), test=0.5)
    val = [f"p{i:03}.jpg" for i in range(20, 26)]
    assert list(parts.inner) == val
    assert set(val) <= set(names(parts.train))
    assert len(parts.train) == 26
    assert any("test=0.5 was not used" in why for why in parts.why)


def test_photos_of_no_part_that_belong_to_held_out_ones_are_not_trained_on() -> None:
    data = with_groups(
        with_parts(bare_dataset(30), train=10, test=10, none=10), ["abcdefghij"[i % 10] for i in range(30)]
    )
    samples = [
        replace(s, part=None, group=None if i < 25 else s.group) if i >= 20 else s for i, s in enumerate(data.samples)
    ]
    parts = split(replace(data, samples=tuple(samples)))
    assert names(parts.test) == [f"p{i:03}.jpg" for i in range(10, 20)]
    assert names(parts.train) == [f"p{i:03}.jpg" for i in (*range(10), *range(20, 25))]
    said = "5 photos of no part are copies of these or of one group with them, as p025.jpg: they are not trained on"
    assert said in parts.why


def test_photos_of_no_part_that_belong_to_inner_validation_are_not_trained_on() -> None:
    data = with_parts(bare_dataset(30), train=16, val=4, test=4, none=6)
    samples = [replace(s, part=None) if i >= 24 else s for i, s in enumerate(data.samples)]
    groups = [f"g{16 + i % 8}" if i >= 24 else f"g{i}" for i in range(30)]
    parts = split(with_groups(replace(data, samples=tuple(samples)), groups))
    assert list(parts.inner) == [f"p{i:03}.jpg" for i in range(16, 20)]
    assert names(parts.train) == [f"p{i:03}.jpg" for i in range(20)]


def test_a_train_part_alone_is_no_given_split() -> None:
    assert len(names(split(with_parts(bare_dataset(60), train=60)).test)) == 12


def test_a_dataset_of_test_photos_alone_cannot_be_trained_on() -> None:
    with pytest.raises(DataError, match="move some to train"):
        split(with_parts(bare_dataset(5), test=5))


# --- folds ---


def test_folds_are_blocks_in_name_order_of_nearly_one_size() -> None:
    parts = folds(bare_dataset(14), 4)
    held = [names(p.test) for p in parts]
    assert sum(held, []) == names(bare_dataset(14))  # noqa: RUF017
    assert sorted(map(len, held)) == [3, 3, 4, 4]
    for p in parts:
        assert sorted(names(p.train) + names(p.test)) == names(bare_dataset(14))
        assert "whole groups in name order" in p.why[0]


def test_the_old_word_for_interleaved_folds_still_works_with_a_warning() -> None:
    dataset = bare_dataset(8)
    with pytest.warns(FutureWarning, match=r"dealt=\.\.\.\) is called folds\(interleaved=\.\.\.\) now"):
        old = folds(dataset, 4, dealt=True)
    assert [names(p.test) for p in old] == [names(p.test) for p in folds(dataset, 4, interleaved=True)]


def test_interleaved_folds_take_the_index_mod_k_and_ignore_groups() -> None:
    dataset = with_groups(bare_dataset(14), ["a"] * 14)
    held = [names(p.test) for p in folds(dataset, 4, interleaved=True)]
    assert held == [names(dataset)[i::4] for i in range(4)]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_every_photo_is_held_out_once_and_groups_stay_whole(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 60))
    groups = data.draw(
        st.lists(st.sampled_from("abcdefgh"), min_size=count, max_size=count).filter(lambda g: len(set(g)) > 1)
    )
    dataset = with_groups(bare_dataset(count), groups)
    k = data.draw(st.integers(2, len(set(groups))))
    parts = folds(dataset, k)
    assert len(parts) == k
    assert sorted(n for p in parts for n in names(p.test)) == names(dataset)
    group_of = {s.name: s.group for s in dataset.samples}
    for p in parts:
        assert p.test is not None
        assert p.test.samples
        assert not {group_of[n] for n in names(p.test)} & {group_of[n] for n in names(p.train)}
        assert set(p.inner) <= set(names(p.train))


def test_folds_weigh_groups_by_their_photos() -> None:
    dataset = with_groups(bare_dataset(12), ["a"] * 6 + list("bcdefg"))
    assert [len(names(p.test)) for p in folds(dataset, 2)] == [6, 6]


def test_as_many_folds_as_groups_leave_one_group_out(tmp_path: Path) -> None:
    dataset = bare_dataset(6)
    path = write_groups(tmp_path / "g.csv", list(zip(names(dataset), "zzyyxz", strict=True)))
    assert [names(p.test) for p in folds(dataset, 3, groups=path)] == [
        ["p000.jpg", "p001.jpg", "p005.jpg"],
        ["p002.jpg", "p003.jpg"],
        ["p004.jpg"],
    ]


def test_a_given_test_part_stays_out_of_the_folds() -> None:
    dataset = with_parts(bare_dataset(10), train=6, val=2, test=2)
    used = {n for p in folds(dataset, 2) for n in names(p.test) + names(p.train)}
    assert used == set(names(dataset)[:8])


def test_numbers_of_folds_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 2"):
        folds(bare_dataset(5), 1)
    with pytest.raises(ConfigError, match="there are 5"):
        folds(bare_dataset(5), 6, interleaved=True)
    with pytest.raises(ConfigError, match="form 2"):
        folds(with_groups(bare_dataset(5), list("aabbb")), 3)
    with pytest.raises(ConfigError, match="one or the other"):
        folds(bare_dataset(5), 2, interleaved=True, groups=tmp_path / "g.csv")


# --- groups ---


def burst(root: Path, times: dict[str, str]) -> list[Sample]:
    shapes = Shapes(())
    paths = {name: save(root / name, picture(i), taken=taken) for i, (name, taken) in enumerate(times.items())}
    return [Sample(name, path, shapes, (96, 128)) for name, path in paths.items()]


def test_photos_taken_seconds_apart_are_a_burst_whatever_their_names(tmp_path: Path) -> None:
    samples = burst(
        tmp_path,
        {
            "IMG_0009.jpg": "2024:05:01 10:00:00",
            "IMG_0010.jpg": "2024:05:01 10:00:10",
            "IMG_0011.jpg": "2024:05:01 10:00:21",
            "IMG_0013.jpg": "2024:05:01 10:00:22",
            "DSC_0014.jpg": "2024:05:01 10:00:23",
            "plain.jpg": "2024:05:01 10:00:23",
        },
    )
    assert burst_pairs(samples) == [
        ("IMG_0009.jpg", "IMG_0010.jpg"),
        ("IMG_0011.jpg", "IMG_0013.jpg"),
        ("IMG_0013.jpg", "DSC_0014.jpg"),
        ("DSC_0014.jpg", "plain.jpg"),
    ]


def test_consecutive_numbers_without_times_are_no_burst(tmp_path: Path) -> None:
    assert burst_pairs(burst(tmp_path, {"1.jpg": "", "2.jpg": "", "3.jpg": "no time"})) == []
    assert taken_at(tmp_path / "3.jpg") is None
    assert taken_at(tmp_path / "missing.jpg") is None


def test_bursts_and_copies_join_into_one_group_and_say_so(tmp_path: Path) -> None:
    samples = burst(tmp_path, {f"{i}.jpg": f"2024:05:01 10:00:{5 * i:02}" for i in range(3)})
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(samples[2].photo.read_bytes())
    other = save(tmp_path / "other.jpg", picture(9))
    samples += [replace(samples[0], name=path.name, photo=path) for path in (copy, other)]
    grouping = photo_groups(Dataset(tmp_path, "via", tuple(samples), class_table(("background", "a"))))
    assert grouping.groups == (("0.jpg", "1.jpg", "2.jpg", "copy.jpg"), ("other.jpg",))
    assert grouping.why == ("4 photos are copies or bursts and stay together (groups: 1)",)


def test_a_long_burst_is_cut_and_the_cut_is_told(tmp_path: Path) -> None:
    samples = burst(tmp_path, {f"{i:02}.jpg": f"2024:05:01 10:00:{i:02}" for i in range(30)})
    grouping = photo_groups(Dataset(tmp_path, "via", tuple(samples), class_table(("background", "a"))))
    assert max(map(len, grouping.groups)) == 12
    assert "links between photos alike were cut" in grouping.why[1]


def test_given_groups_go_before_found_ones(tmp_path: Path) -> None:
    photos = numbered(4) | {"copy.png": picture(0)}
    dataset = drawn_dataset(tmp_path, photos)
    path = write_groups(tmp_path / "g.csv", [(s.name, "ab"[i % 2]) for i, s in enumerate(dataset.samples)])
    grouping = photo_groups(dataset, groups=path)
    assert grouping.groups == (("copy.png", "p001.png", "p003.png"), ("p000.png", "p002.png"))
    assert grouping.why == ("5 photos are in 2 given groups",)


def test_a_photo_may_be_named_by_its_file_name_and_left_out_ones_are_passed_over(tmp_path: Path) -> None:
    dataset = bare_dataset(2)
    samples = tuple(replace(s, name=f"images/{s.name}") for s in dataset.samples)
    dataset = replace(dataset, root=tmp_path, samples=samples)
    save(tmp_path / "unreadable.jpg", picture(0))
    rows = [("p000.jpg", "a"), ("./images\\p001.jpg", "b"), ("unreadable.jpg", "c")]
    path = write_groups(tmp_path / "g.csv", rows, header="\ufeffPhoto, Group ,note")
    assert read_groups(path, dataset) == {"images/p000.jpg": "a", "images/p001.jpg": "b"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("photo,scene\np000.jpg,a\n", "first line must be photo,group"),
        ("", "has the columns none"),
        ("photo,group\np000.jpg,a\n", "gives no group to p001.jpg"),
        ("photo,group\np000.jpg,a\nmoon.jpg,b\n", "line 3: no photo 'moon.jpg'"),
        ("photo,group\np000.jpg,a\np000.jpg,b\n", "'a' and 'b'"),
        ("photo,group\np000.jpg\n", "line 2: the photo or its group is empty"),
        ("photo,group\n\xff\xfe\n", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_csv_that_does_not_fit_is_one_clear_line(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "g.csv"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=said) as error:
        split(bare_dataset(2), groups=path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


# --- real photos ---


def scenes_of(parts: Sequence[Parts], groups: dict[str, str]) -> list[set[str]]:
    return [{groups[n] for n in names(p.test)} for p in parts]


def test_futoshiki_is_folded_by_scene_or_interleaved() -> None:
    dataset = open_dataset(shared_data("futoshiki"))
    path = shared_data("futoshiki-scenes.csv")
    with path.open(newline="") as file:
        scenes = {row["photo"]: row["group"] for row in csv.DictReader(file)}
    by_scene = folds(dataset, 5, groups=path)
    assert scenes_of(by_scene, scenes) == [{"a"}, {"b"}, {"c"}, {"d"}, {"e"}]
    interleaved = folds(dataset, 4, interleaved=True)
    assert [names(p.test) for p in interleaved] == [sorted(scenes)[i::4] for i in range(4)]


def test_futoshiki_was_taken_in_bursts() -> None:
    grouping = photo_groups(open_dataset(shared_data("futoshiki")))
    assert [len(group) for group in grouping.groups] == [10, 1, 3]


def test_kolektor_copies_stay_on_one_side_and_defects_are_on_both() -> None:
    parts = split(open_dataset(shared_data("kolektor")))
    assert parts.test is not None
    held = {Path(n).name for n in names(parts.test)}
    for copies in ({"005.jpg", "148.jpg"}, {"098.jpg", "225.jpg"}, {"237.jpg", "254.jpg"}):
        assert copies & held in (set(), copies)
    defects = sum(found == {1} for found in classes_by_photo(parts.test).values())
    assert 9 <= defects <= 12


def test_the_given_parts_of_car_parts_are_kept() -> None:
    parts = split(open_dataset(shared_data("car_parts")))
    assert len(parts.train) == 62
    assert {Path(n).name.split("_")[0] for n in names(parts.test)} == {"val"}
    assert 5 <= len(parts.inner) <= 9


def test_folds_that_tear_a_group_apart_are_found_out() -> None:
    dataset = bare_dataset(4)
    grouping = Grouping((("p000.jpg", "p001.jpg", "p002.jpg"), ("p003.jpg",)))
    interleaved, whole = (
        [Parts(dataset, pick(dataset, held_out), (), ()) for held_out in division]
        for division in ([names(dataset)[::2], names(dataset)[1::2]], [names(dataset)[:3], names(dataset)[3:]])
    )
    (finding,) = divided_groups(interleaved, grouping)
    assert (finding.code, finding.photos) == ("split-leak", ("p000.jpg", "p001.jpg", "p002.jpg"))
    assert divided_groups(whole, grouping) == []


def coco_in_folders(root: Path, folders: Sequence[str]) -> Dataset:
    """Return the dataset of a COCO json with five photos in each of some folders."""
    names = [f"{folder}/{i}.png" for folder in folders for i in range(5)]
    for i, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        save(root / name, picture(i))
    rings = [[4, 4, 30, 4, 30, 30, 4, 30]]
    shapes = [{"id": i, "image_id": i, "category_id": 1, "segmentation": rings} for i in range(len(names))]
    photos = [{"id": i, "file_name": name, "width": 128, "height": 96} for i, name in enumerate(names)]
    content = {"images": photos, "annotations": shapes, "categories": [{"id": 1, "name": "disc"}]}
    (root / "instances.json").write_text(json.dumps(content))
    return open_dataset(root)


def test_guessed_groups_are_said_and_give_way_to_more_folds(tmp_path: Path) -> None:
    dataset = coco_in_folders(tmp_path, [f"batch_{i}" for i in range(4)])
    assert any("4 groups by their folders" in remark.detail for remark in dataset.facts.remarks)
    whole = folds(dataset, 4)
    assert all(len({name.partition("/")[0] for name in names(fold.test)}) == 1 for fold in whole)
    assert "20 photos are in 4 groups by their folders" in whole[0].why
    divided = folds(dataset, 5)
    assert sorted(name for fold in divided for name in names(fold.test)) == sorted(names(dataset))
    assert any("are too few for 5 folds and are divided; --folds 4 keeps them whole" in why for why in divided[0].why)
