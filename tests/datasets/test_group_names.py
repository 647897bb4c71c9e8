"""Groups of photos by what their names say."""

from maskwright.datasets.group_names import copy_groups

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
