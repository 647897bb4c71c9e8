"""Layouts of public sets: chosen objects, classes a file each, false colours, layers, unclear bands and no data."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, SIZE_HW, Pixels, binary, ids, photo, save, text


def evidence(data: Dataset, code: str) -> str:
    return " ".join(finding.evidence for finding in file_findings(data) if finding.code == code)


def cells(number: int, count: int) -> Pixels:
    """Return a mask of numbered discs, as many as asked for and one."""
    mask = np.zeros(SIZE_HW, np.uint16)
    for i in range(count + number % 3):
        cv2.circle(mask, (12 + 24 * (i % 5), 14 + 22 * (i // 5)), 8, (i + 1,), -1)
    return mask


def test_masks_of_chosen_objects_of_few_photos_do_not_set_the_whole_truth_aside(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"rawimages/a_{k}.tif", photo(k))
        save(tmp_path / f"groundtruth_svgs/a_{k}.jpg", photo(k))
        save(tmp_path / f"groundtruth/a_{k}.tif", cells(k, 8))
        if k > 5:
            save(tmp_path / f"singlecell_groundtruth/a_{k}.tif", np.where(cells(k, 8) < 4, cells(k, 8), 0).astype("u2"))
    rows = "".join(f"a_{k};20x;{'test' if k > 5 else 'train'}\n" for k in range(COUNT))
    text(tmp_path / "description.csv", "Image_Name;Magnification;Training_Test_split\n" + rows)
    with pytest.raises(DataError, match="seem to number single objects"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(objects="one"))
    assert [sample.name for sample in data.samples] == [f"rawimages/a_{k}.tif" for k in range(COUNT)]
    assert [sample.part for sample in data.samples] == ["train"] * 6 + ["test"] * 3
    assert all((data.mask(s) == (cells(k, 8) > 0)).all() for k, s in enumerate(data.samples))
    assert "singlecell_groundtruth (shows objects of groundtruth, for fewer photos)" in evidence(data, "file-unused")


def test_a_class_that_no_photo_has_beside_others_is_offered_with_them(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/p{k}.jpg", photo(k))
        if k < 6:
            outer = cv2.dilate(binary(k), np.ones((9, 9), np.uint8))
            save(tmp_path / f"masks/p{k}_zone.png", outer * 255)
            save(tmp_path / f"masks/p{k}_spot.png", binary(k) * 255)
        else:
            save(tmp_path / f"masks/p{k}_polyp.png", binary(k) * 255)
    with pytest.raises(DataError, match=r"data\.masks=polyp,spot,zone"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(masks="polyp,spot,zone"))
    assert sum(sample.truth is not None for sample in data.samples) == COUNT
    assert "where they overlap, the one that lies within the other counts" in evidence(data, "folder-reading")
    assert (data.mask(data.samples[0])[binary(0) > 0] == 2).all()


def test_false_colours_of_depth_are_not_the_photos(tmp_path: Path) -> None:
    for k in range(COUNT):
        regions = COLOURS[ids(k)]
        save(tmp_path / f"RGB/{k}.jpg", cv2.addWeighted(photo(k), 0.6, regions, 0.4, 0))
        save(
            tmp_path / f"HHA/{k}.jpg", np.ascontiguousarray(cv2.addWeighted(photo(k), 0.8, regions[..., ::-1], 0.2, 0))
        )
        save(tmp_path / f"Label/{k}.png", ids(k))
    data = open_dataset(tmp_path)
    assert {sample.name.partition("/")[0] for sample in data.samples} == {"RGB"}
    assert "is computed from other pictures" in evidence(data, "file-unused")


def test_an_rgb_folder_is_not_left_out_for_one_of_another_name(tmp_path: Path) -> None:
    for k in range(COUNT):
        regions = COLOURS[ids(k)]
        save(tmp_path / f"rgb/{k}.png", cv2.addWeighted(photo(k), 0.4, regions, 0.6, 0))
        save(tmp_path / f"plain/{k}.png", photo(k))
        save(tmp_path / f"labels/{k}.png", ids(k))
    with pytest.raises(DataError, match=r"data\.photo_folder=plain or --set data\.photo_folder=rgb"):
        open_dataset(tmp_path)


def test_layers_of_arrays_that_differ_in_number_are_asked_about(tmp_path: Path) -> None:
    for k in range(5):
        save(tmp_path / f"data/g{k}.jpg", photo(k))
        numbered = (cells(k, 4) + 1) // 2  # objects of two pieces each
        layers = np.stack([numbered == i + 1 for i in range(int(numbered.max()))], axis=2).astype(np.uint8)
        np.savez_compressed(tmp_path / f"data/g{k}.npz", layers)
    with pytest.raises(DataError, match="the arrays hold 2 to 3 layers, as those of single objects do"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, options=ReadOptions(objects="one")).classes.names == ("background", "object")


@pytest.mark.parametrize("manifest", [False, True])
def test_a_list_of_colours_counts_where_masks_have_smooth_edges(tmp_path: Path, manifest: bool) -> None:
    for k in range(COUNT):
        save(tmp_path / f"train/{k}_sat.jpg", photo(k))
        save(tmp_path / f"train/{k}_mask.png", cv2.blur(COLOURS[ids(k)], (2, 2)))
    if manifest:
        each = [
            '{"map": {"0": {"class-name": "BACKGROUND", "hex-color": "#000000"}, '
            f'"1": {{"class-name": "{name}", "hex-color": "{colour}"}}}}}}\n'
            for name, colour in (("disc", "#0000ff"), ("box", "#ff0000"))
        ]
        text(tmp_path / "output.manifest", "".join(each))
    else:
        text(tmp_path / "class_dict.csv", "name,r,g,b\nunknown,0,0,0\ndisc,0,0,255\nbox,255,0,0\n")
    data = open_dataset(tmp_path)
    assert set(data.classes.names[1:]) == {"disc", "box"}
    disc = data.classes.names.index("disc")
    assert all(((data.mask(s) == disc) != (ids(k) == 1)).mean() < 0.02 for k, s in enumerate(data.samples))
    assert "shades along smooth edges are taken for the nearest of 3 full colours" in evidence(data, "folder-reading")
    assert not [finding for finding in file_findings(data) if finding.severity == "error"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Legende.csv", "\ufeffGrauwert;Klasse;Bemerkung\r\n0;Hintergrund;\r\n1;Scheibe;rund\r\n2;tote Zelle;\r\n"),
        ("标签.txt", "1 Scheibe 255 0 0\n2 tote Zelle 0 255 0\n"),
    ],
)
def test_a_table_in_another_language_names_the_classes(tmp_path: Path, name: str, content: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"Bilder/{k}.png", photo(k))
        save(tmp_path / f"Masken/{k}.png", ids(k))
    text(tmp_path / "Masken" / name, content)
    data = open_dataset(tmp_path)
    assert data.classes.names[1:] == ("Scheibe", "tote Zelle")
    assert data.classes.background == 0


def test_a_thin_band_and_no_data_are_hinted_at(tmp_path: Path) -> None:
    for k in range(COUNT):
        picture, drawn = photo(k), ids(k) + 1
        edges = cv2.morphologyEx((ids(k) == 1).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        drawn[edges] = 4
        if k % 3 == 0:
            drawn[:, :9], picture[:, :9] = 0, 0
        save(tmp_path / f"images/{k}.png", picture)
        save(tmp_path / f"masks/{k}.png", drawn)
    said = evidence(open_dataset(tmp_path), "class-guessed")
    assert "0 lies where the photos are black, as no data does: --set data.ignore=0" in said
    assert "4 lies in bands along the edges of other values, as what is unclear does: --set data.ignore=4" in said
    ignored = open_dataset(tmp_path, ignore=0)
    assert ignored.classes.names == ("background", "class 1", "class 2", "class 3", "class 4")
    assert "5 classes, 0 is ignored" in evidence(ignored, "class-guessed")


def test_plain_classes_give_no_hints(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", ids(k))
    assert "counts for nothing" not in evidence(open_dataset(tmp_path), "class-guessed")


def test_where_255_is_ignored_0_may_be_a_class(tmp_path: Path) -> None:
    for k in range(COUNT):
        drawn = ids(k)
        drawn[:6] = 255
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", drawn)
    said = evidence(open_dataset(tmp_path), "class-guessed")
    assert "255 is ignored, and where it marks all that is unlabelled, 0 is a class too" in said
    text(tmp_path / "classes.csv", "id,name\n0,road\n1,disc\n2,box\n")
    named = open_dataset(tmp_path)
    assert named.classes.names == ("road", "disc", "box")
    assert named.classes.background is None


def test_a_folder_that_is_called_as_the_end_of_other_masks_is_their_class(tmp_path: Path) -> None:
    for k in range(COUNT):
        for place, organ in enumerate(("colon", "liver"), 1):
            own = (ids(k) == place).astype(np.uint8) * 255
            if k >= 7:
                save(tmp_path / f"multilabel/0{k}/mask00_{organ}.png", own)
                save(tmp_path / f"multilabel/0{k}/image00.png", photo(k))
            elif k % 2 == place - 1:
                for folder, shift in (("", 0), ("anno_1/", 1), ("anno_2/", -1)):
                    save(tmp_path / f"{organ}/0{k}/{folder}mask00.png", np.roll(own, shift, 1))
                save(tmp_path / f"{organ}/0{k}/image00.png", photo(k))
    said = r"regions of other masks are drawn again in anno_1, anno_2: choose --set data\.masks=colon,liver "
    with pytest.raises(DataError, match=said):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(masks="colon,liver"))
    assert data.classes.names == ("background", "colon", "liver")
    for sample in data.samples:
        organ, number = sample.name.split("/")[:2]
        truth = ids(int(number))
        shown = truth if organ == "multilabel" else np.where(truth == data.classes.names.index(organ), truth, 0)
        assert (data.mask(sample) == shown).all(), sample.name


def test_channels_and_focus_of_one_place_are_asked_about_with_words_that_lead_on(tmp_path: Path) -> None:
    for k in range(4):
        save(tmp_path / f"labels/a{k:02}_s1.png", cells(k, 6))
        for z in (14, 16):
            for w in (1, 2):
                name = f"a{k:02}_s1_w{w}{k}{z}{w}0bc12-d8f1-6adf-91b7-584a2265b1f{k}.tif"
                save(tmp_path / f"images_z_{z}/{name}", photo(k + z * w)[..., 0])
    with pytest.raises(DataError, match=r"keep the pictures of one folder \(images_z_14, images_z_16\) and"):
        open_dataset(tmp_path)
    for path in [*tmp_path.glob("images_z_14/*"), *tmp_path.glob("images_z_16/*_w2*")]:
        path.unlink()
    data = open_dataset(tmp_path, options=ReadOptions(objects="one"))
    assert len(data) == sum(sample.truth is not None for sample in data.samples) == 4


def test_a_tree_that_lies_there_twice_is_read_once_and_cases_are_groups(tmp_path: Path) -> None:
    for root in ("kaggle_3m", "lgg/kaggle_3m"):
        for case, letters in enumerate(("CS", "DU", "FG")):
            for k in range(3):
                name = f"{root}/TCGA_{letters}_49{case}1/TCGA_{letters}_49{case}1_{k}"
                save(tmp_path / f"{name}.tif", photo(3 * case + k))
                save(tmp_path / f"{name}_mask.tif", binary(3 * case + k) * 255 * (k > 0))
    data = open_dataset(tmp_path)
    assert len(data) == 9
    assert all(sample.name.startswith("kaggle_3m/") for sample in data.samples)
    assert len({sample.group for sample in data.samples}) == 3
    assert "with the same masks" in evidence(data, "file-unused")


def test_frames_of_two_sizes_are_read_once_in_the_larger(tmp_path: Path) -> None:
    for video, first in (("bear", 0), ("dogs", 4)):
        for k in range(4):
            for size, scale in (("480p", 1), ("Full-Resolution", 2)):
                picture, mask = (a(k + first).repeat(scale, 0).repeat(scale, 1) for a in (photo, binary))
                save(tmp_path / f"JPEGImages/{size}/{video}/{k:05}.jpg", picture)
                save(tmp_path / f"Annotations/{size}/{video}/{k:05}.png", mask)
    data = open_dataset(tmp_path)
    assert len(data) == 8
    assert all("/Full-Resolution/" in sample.name for sample in data.samples)


def test_json_of_another_kind_and_single_files_beside_photos_are_named(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"set/train/images/P{k}.png", photo(k))
        save(tmp_path / f"set/train/Semantic_masks/images/P{k}_color.png", COLOURS[ids(k)])
    text(tmp_path / "set/test/images/nothing.md", "no photo")
    coco = '{"images": [{"id": 1, "file_name": "P0.png"}], "annotations": [], "categories": []}'
    text(tmp_path / "set/train/Annotations/set_train.json", coco)
    text(tmp_path / "set/train/images/P0.mat", "no matrix")
    said = evidence(open_dataset(tmp_path), "file-unused")
    assert "set_train.json (COCO json, not read beside masks: to have it read in their place, copy it into" in said
    assert "P0.mat (named as an image" in said


def test_the_rim_of_a_disc_around_its_cup_is_no_band(tmp_path: Path) -> None:
    for k in range(COUNT):
        drawn = np.full(SIZE_HW, 255, np.uint8)
        for radius, value in ((16, 128), (9, 0)):
            cv2.circle(drawn, (40 + 4 * k, 44), radius, (value,), -1)
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", drawn)
    said = evidence(open_dataset(tmp_path), "class-guessed")
    assert "255 covers the masks' edges and is the background" in said
    assert "counts for nothing" not in said
