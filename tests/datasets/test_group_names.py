"""Groups of photos by what their names say."""

from maskwright.datasets.group_names import (
    copy_groups,
    counted_groups,
    folder_groups,
    groups_of,
    twin_groups,
    views_of_one,
)

HASH = "0123456789abcdef0123456789abcde"


def test_copies_that_were_turned_flipped_or_made_by_roboflow_are_groups_with_their_photo() -> None:
    turned = copy_groups(["a.jpg", "a_rot90.jpg", "a_rot180.jpg", "b.jpg", "b_flip.jpg", "c.jpg"])
    assert turned["a_rot90.jpg"] == turned["a_rot180.jpg"] == turned["a.jpg"] != turned["b.jpg"]
    assert "c.jpg" not in turned
    exported = copy_groups([f"train/{name}.rf.{HASH}{k}.jpg" for name in ("x_png", "y_png") for k in range(3)])
    assert len(exported) == 6
    assert len(set(exported.values())) == 2


def test_numbers_alone_and_few_copies_make_no_groups() -> None:
    assert copy_groups([f"original/{k}.jpg" for k in range(4)]) == {}
    assert copy_groups([f"rot{k}.jpg" for k in range(4)]) == {}
    assert copy_groups(["a.jpg", "a_flip.jpg", "b.jpg", "c.jpg", "d.jpg"]) == {}


def test_numbered_copies_in_a_folder_of_augmented_photos_stay_with_their_photo() -> None:
    photos = [f"data/data/images/{k:05}.jpg" for k in range(3)]
    copies = [f"aug_data/aug_data/images/{k:05}_{i}.jpg" for k in range(3) for i in range(4)]
    groups = copy_groups([*photos, *copies])
    assert len(groups) == 15
    assert len(set(groups.values())) == 3
    assert groups[copies[5]] == groups[photos[1]]


def test_numbers_of_different_photos_behind_such_words_join_nothing() -> None:
    assert copy_groups([f"scan_orig_{k:03}.jpg" for k in range(8)]) == {}
    assert copy_groups([f"leaf_aug_{k:03}.jpg" for k in range(8)]) == {}
    assert copy_groups([f"soft_rot_{k}.jpg" for k in range(8)]) == {}


def test_rot_and_aug_are_what_photos_show_and_the_month_where_their_numbers_are_those_of_all_photos() -> None:
    for words in (("rot", "gruen"), ("aug", "sep")):
        assert copy_groups([f"feld{k % 2 + 1}_{words[k > 8]}_{k:02}.jpg" for k in range(1, 13)]) == {}
    copies = copy_groups([f"leaf{k}_aug_{i}.jpg" for k in range(3) for i in range(4)])
    assert (len(copies), len(set(copies.values()))) == (12, 3)


def test_vertical_and_horizontal_cracks_are_no_copies() -> None:
    assert copy_groups([f"{way}/{k:03}.jpg" for way in ("horizontal", "vertical") for k in range(5)]) == {}


def test_a_folder_of_altered_photos_below_or_beside_that_of_the_originals_gives_copies() -> None:
    for folders in (("images", "images/augmented"), ("original", "flipped"), ("", "rotated")):
        groups = copy_groups([f"{folder}/{k}.jpg".lstrip("/") for folder in folders for k in range(4)])
        assert (len(groups), len(set(groups.values()))) == (8, 4), folders


def test_photos_that_a_number_counts_are_groups_of_the_photo_without_it() -> None:
    heads = [
        "010_HC.png",
        "010_2HC.png",
        "011_HC.png",
        "011_2HC.png",
        "011_3HC.png",
        *(f"00{k}_HC.png" for k in range(6)),
    ]
    groups = counted_groups([f"training_set/{name}" for name in heads])
    assert sorted(groups) == [f"training_set/{name}" for name in sorted(heads[:5])]
    assert len(set(groups.values())) == 2


def test_numbers_of_all_photos_rows_and_columns_and_gaps_count_no_photos_of_one_name() -> None:
    assert counted_groups(["img.png", *(f"img_{k}.png" for k in range(1, 9))]) == {}
    assert counted_groups(["scan7.png", *(f"scan7_{k}.png" for k in range(1, 9))]) == {}
    assert counted_groups([f"{row}_{column}.png" for row in range(4) for column in range(4)]) == {}
    assert counted_groups(["7.png", "7_5.png", "8.png", "8_9.png", "9.png"]) == {}


def test_folders_of_types_are_no_groups_though_photos_are_named_after_them() -> None:
    assert len(folder_groups([f"{case}/{case}_{k}.png" for case in ("AB01", "CD02", "E03") for k in range(3)])) == 9
    assert folder_groups([f"{kind}/{kind}_{k}.png" for kind in ("type01", "type02", "type03") for k in range(3)]) == {}


def test_two_eyes_of_one_person_are_a_group() -> None:
    for first, second in (("L", "R"), ("_OD", "_OS"), ("_left", "_right")):
        groups = twin_groups([f"Image_{k:02}{side}.jpg" for k in range(5) for side in (first, second)])
        assert (len(groups), len(set(groups.values()))) == (10, 5), first
    assert twin_groups([f"{side}/{k:02}.jpg" for k, side in enumerate("LLLRRR")]) == {}


def test_views_of_one_thing_are_groups_by_the_hash_or_the_patient_that_their_names_begin_with() -> None:
    cars = ["3a850769253b", "84d5097c132e", "b17c4e251e04"]
    for owners, rest in (
        (cars, "_0{}"),
        (cars, "_0_{}12"),
        (["patient1", "patient2", "patient12"], "_slice{}"),
        (["Video_01", "Video_02", "Video_03"], "-frame000{}"),
    ):
        photos = [f"train/{owner}{rest.format(k)}.jpg" for owner in owners for k in range(4)]
        groups, groups_by = groups_of(photos)
        assert groups_by == "names"
        assert [len({groups[p] for p in photos if owner + rest[0] in p}) for owner in owners] == [1, 1, 1]
        assert len(set(groups.values())) == 3


def test_names_that_number_all_photos_are_no_views_of_one() -> None:
    assert views_of_one([f"20231101_{k:03}.jpg" for k in range(9)]) == {}
    assert views_of_one([f"{k:08}a_{k}.jpg" for k in range(9)]) == {}
    assert views_of_one([f"patient{k}_1.jpg" for k in range(9)]) == {}
    assert views_of_one([f"3a850769253b_{k}.jpg" for k in range(9)]) == {}
    assert views_of_one([*(f"patient{k // 3}_{k}.jpg" for k in range(9)), "leaf.jpg"]) == {}
    assert views_of_one([f"550e840{k}-e29b-41d4-a716-446655440000.jpg" for k in range(9)]) == {}
