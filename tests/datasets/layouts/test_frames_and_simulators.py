"""Folders laid out as drives, simulators, labelling jobs and challenges leave them, and masks numbered otherwise."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check, file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, Pixels, binary, ids, numbered, part, photo, save, text

ORDINARY = ("background", "disc", "box")


def of_class(number: int, class_id: int) -> Pixels:
    return np.asarray(ids(number) == class_id, dtype=np.uint8)


def deep(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels.astype(np.uint16))


def unity_perception(root: Path) -> None:
    colours = [("disc", (0.0, 0.0, 1.0)), ("box", (1.0, 0.0, 0.0))]
    spec = [{"label_name": name, "pixel_value": {"r": r, "g": g, "b": b, "a": 1.0}} for name, (r, g, b) in colours]
    definitions = {"annotation_definitions": [{"name": "semantic segmentation", "format": "PNG", "spec": spec}]}
    text(root / "Dataset11-aaaa/annotation_definitions.json", json.dumps({"version": "0.0.1", **definitions}))
    for k in range(COUNT):
        save(root / f"RGB3f0c/rgb_{k + 2}.png", photo(k))
        save(root / f"SemanticSegmentation8a1b/segmentation_{k + 2}.png", COLOURS[ids(k)])


def a2d2(root: Path) -> None:
    for k in range(COUNT):
        drive = f"{20180807145028 + k // 5}"
        below = root / "camera_lidar_semantic" / drive
        save(below / f"camera/cam_front_center/{drive}_camera_frontcenter_{k * 91:09}.png", photo(k))
        save(below / f"label/cam_front_center/{drive}_label_frontcenter_{k * 91:09}.png", COLOURS[ids(k)])
        (below / "lidar/cam_front_center").mkdir(parents=True, exist_ok=True)
        np.savez(below / f"lidar/cam_front_center/{drive}_lidar_frontcenter_{k * 91:09}.npz", points=np.zeros((9, 3)))
    names = {"#0000ff": "disc", "#ff0000": "box", "#000000": "background"}
    text(root / "camera_lidar_semantic/class_list.json", json.dumps(names))


def uecfoodpix(root: Path) -> None:
    for k in range(COUNT):
        folder, none = ("train" if k < 6 else "test"), np.zeros_like(ids(k))
        save(root / f"UECFOODPIX/{folder}/img/{k * 3}.jpg", photo(k))
        save(root / f"UECFOODPIX/{folder}/mask/{k * 3}.png", np.dstack([ids(k), none, none]))
    text(root / "UECFOODPIX/category.txt", "id\tname\n0\tbackground\n1\tdisc\n2\tbox\n")


def superannotate(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"img{k}.jpg", photo(k))
        save(root / f"img{k}.jpg___fuse.png", COLOURS[ids(k)])
    classes = [{"id": 1, "name": "disc", "color": "#0000ff"}, {"id": 2, "name": "box", "color": "#ff0000"}]
    text(root / "classes/classes.json", json.dumps(classes))


def mots(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"default/images/{k:06}.png", photo(k))
        deep(root / f"default/instances/{k:06}.png", np.array([0, 1001, 2000 + k])[ids(k)])
    text(root / "default/instances/labels.txt", "background\ndisc\nbox\n")


def dubai(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"Tile {k // 3 + 1}/images/image_part_{k % 3 + 1:03}.jpg", photo(k))
        save(root / f"Tile {k // 3 + 1}/masks/image_part_{k % 3 + 1:03}.png", COLOURS[ids(k)])
    colours = {"background": "#000000", "disc": "#0000FF", "box": "#FF0000"}
    classes = [{"title": title, "shape": "polygon", "color": colour} for title, colour in colours.items()]
    text(root / "classes.json", json.dumps({"classes": classes, "tags": []}))


def sagemaker(root: Path) -> None:
    lines = []
    names = {
        str(i): {"class-name": name, "hex-color": f"#{COLOURS[i].tobytes().hex()}"} for i, name in enumerate(ORDINARY)
    }
    for k in range(COUNT):
        save(root / f"images/p{k * 7}.jpg", photo(k))
        save(root / f"annotations/output/{99 - k}_2020-03-02.png", COLOURS[ids(k)])
        refs = {
            "source-ref": f"s3://b/images/p{k * 7}.jpg",
            "job-ref": f"s3://b/annotations/output/{99 - k}_2020-03-02.png",
        }
        lines.append(json.dumps({**refs, "job-ref-metadata": {"internal-color-map": names}}))
    text(root / "manifests/output/output.manifest", "\n".join(lines))


NAMED = [unity_perception, a2d2, uecfoodpix, superannotate, mots, dubai, sagemaker]


@pytest.mark.parametrize("draw", NAMED, ids=lambda draw: draw.__name__)
def test_classes_are_read_with_their_names(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    data = open_dataset(tmp_path)
    assert set(data.classes.names) == set(ORDINARY)
    assert data.classes.background == 0
    order = np.array([ORDINARY.index(name) for name in data.classes.names])
    masks = numbered(data)
    assert sorted(masks) == list(range(COUNT))
    assert all(np.array_equal(order[mask], ids(k)) for k, mask in masks.items())


def bdd100k(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"images/10k/{part(k)}/{k:08x}-{k:08x}.jpg", photo(k))
        save(root / f"labels/sem_seg/masks/{part(k)}/{k:08x}-{k:08x}.png", ids(k))
        save(root / f"labels/sem_seg/colormaps/{part(k)}/{k:08x}-{k:08x}.png", COLOURS[ids(k)])


def rellis(root: Path) -> None:
    lines: dict[str, list[str]] = {"train": [], "val": []}
    for k in range(COUNT):
        scene, name = f"{k // 5:05}", f"frame{k * 5:06}-1581624652_{750 + k}"
        save(root / f"Rellis/{scene}/pylon_camera_node/{name}.jpg", photo(k))
        save(root / f"Rellis/{scene}/pylon_camera_node_label_id/{name}.png", ids(k))
        save(root / f"Rellis/{scene}/pylon_camera_node_label_color/{name}.png", COLOURS[ids(k)])
        pair = f"{scene}/pylon_camera_node/{name}.jpg {scene}/pylon_camera_node_label_id/{name}.png"
        lines[part(k)].append(pair)
    for name, listed in lines.items():
        text(root / f"Rellis/{name}.lst", "\n".join(listed))


@pytest.mark.parametrize("draw", [bdd100k, rellis], ids=lambda draw: draw.__name__)
def test_colours_beside_ids_are_not_used_and_parts_are_kept(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    data = open_dataset(tmp_path)
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())
    assert sorted(sample.part or "" for sample in data.samples) == ["train"] * 6 + ["val"] * 3
    assert {f.code for f in file_findings(data) if f.severity != "note"} == set()


def test_simulators_store_class_ids_in_the_red_channel(tmp_path: Path) -> None:
    for k in range(COUNT):
        none = np.zeros_like(ids(k))
        save(tmp_path / f"CameraRGB/F61-{k}.png", photo(k))
        save(tmp_path / f"CameraSeg/F61-{k}.png", np.dstack([np.array([7, 10, 1], np.uint8)[ids(k)], none, none]))
    data = open_dataset(tmp_path)
    names = {"class 7": 0, "class 10": 1, "class 1": 2}
    table = np.array([names.get(name, 255) for name in data.classes.names])
    assert all(np.array_equal(table[mask], ids(k)) for k, mask in numbered(data).items())


def test_labels_of_16_bits_in_three_channels_are_no_photos(tmp_path: Path) -> None:
    for k in range(COUNT):
        numbers = np.where(ids(k) > 0, ids(k) + k, 0)
        save(tmp_path / f"RGB/{k:07}.png", photo(k))
        deep(tmp_path / f"GT/LABELS/{k:07}.png", np.dstack([0 * numbers, numbers, ids(k)]))
        save(tmp_path / f"GT/COLOR/{k:07}.png", COLOURS[ids(k)])
    data = open_dataset(tmp_path, options=ReadOptions(masks="COLOR"))
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())
    assert len(data) == COUNT


def test_shades_along_smooth_edges_of_colours_are_no_classes(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"photos/{k:03}.jpg", photo(k))
        save(tmp_path / f"masks/{k:03}.png", cv2.GaussianBlur(COLOURS[ids(k)], (3, 3), 0.6))
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "class 1", "class 2")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())
    assert {f.code for f in check(data)} >= {"mask-ghosts", "class-guessed"}


def test_shades_between_two_colours_are_ignored(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"photos/{k:03}.jpg", photo(k))
        drawn = COLOURS[ids(k)].copy()
        drawn[:, 61:65] = COLOURS[1]
        drawn[:, 60] = COLOURS[1] // 2  # as far from black as from blue
        for shade in range(6):
            drawn[8 * k + shade, 100:105] = COLOURS[2]
            drawn[8 * k + shade, 100] = (200 + 9 * shade, 0, 0)
        save(tmp_path / f"masks/{k:03}.png", drawn)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "class 1", "class 2")
    assert all((mask[:, 60] == 255).all() for mask in numbered(data).values())
    assert all((mask[8 * k, 100:105] == 2).all() for k, mask in numbered(data).items())


def test_a_mask_folder_a_side_is_a_class_each(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"MontgomerySet/CXR_png/MCUCXR_{k:04}_0.png", photo(k))
        for class_id, side in ((1, "left"), (2, "right")):
            save(tmp_path / f"MontgomerySet/ManualMask/{side}Mask/MCUCXR_{k:04}_0.png", of_class(k, class_id) * 255)
        text(tmp_path / f"MontgomerySet/ClinicalReadings/MCUCXR_{k:04}_0.txt", "Patient's Sex: F\nnormal\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "left", "right")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


def test_names_in_a_csv_may_begin_with_the_folders_of_the_photos(tmp_path: Path) -> None:
    rows = ["id,class,segmentation"]
    for k in range(COUNT):
        case, day = f"case{100 + k // 3}", f"day{20 + k % 3}"
        deep(tmp_path / f"train/{case}/{case}_{day}/scans/slice_0001_128_96_1.50.png", photo(k).mean(axis=2) * 40)
        deep(tmp_path / f"train/{case}/{case}_{day}/scans/slice_0010_128_96_1.50.png", photo(k + 20).mean(axis=2) * 40)
        rows += [
            f"{case}_{day}_slice_0001,{name},{runs(of_class(k, i))}" for i, name in ((1, "large_bowel"), (2, "stomach"))
        ]
        rows.append(f"{case}_{day}_slice_0010,stomach,")
    text(tmp_path / "train.csv", "\n".join(rows))
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "large_bowel", "stomach")
    masks = [data.mask(sample) for sample in data.samples if "slice_0001" in sample.photo.name]
    assert all(np.array_equal(mask, ids(k)) for k, mask in enumerate(masks))
    assert len(masks) == COUNT
    assert any("folders, which the listed names begin with" in f.evidence for f in file_findings(data))


def runs(mask: Pixels) -> str:
    """Return `start length ...` along the rows, the first pixel 1."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.reshape(-1), [0]]).astype(int)))
    return " ".join(f"{start + 1} {end - start}" for start, end in zip(edges[::2], edges[1::2], strict=True))


def test_masks_renumbered_from_every_third_frame_are_asked_about(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"frames/frame_{3 * k:04}.jpg", photo(k))
        save(tmp_path / f"masks/mask_{k:04}.png", binary(k) * 255)
    with pytest.raises(DataError, match=r"only 3 masks have the number of a photo: .*pairing=order.*pairing=number"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(pairing="order"))
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())
    assert len(open_dataset(tmp_path, options=ReadOptions(pairing="number")).samples) == COUNT


def test_masks_renumbered_among_all_frames_are_an_error_where_edges_tell(tmp_path: Path) -> None:
    for k in range(COUNT):
        for j in range(5):
            save(tmp_path / f"frames/frame_{5 * k + j:04}.jpg", photo(k) if j == 0 else photo(200 + 10 * k + j))
        save(tmp_path / f"masks/mask_{k:04}.png", binary(k) * 255)
    (error,) = [f for f in check(open_dataset(tmp_path)) if f.severity == "error"]
    assert error.code == "mask-exchanged"
    assert "frames/frame_0001.jpg's mask fits frames/frame_0005.jpg" in error.evidence


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "Annotations/1.xml",
            "<Annotations><Annotation><Regions></Regions></Annotation></Annotations>",
            "ImageScope XML",
        ),
        ("1.xml", "<ASAP_Annotations><Annotations></Annotations></ASAP_Annotations>", "ASAP XML.*export GeoJSON"),
        ("page/1.xml", '<PcGts xmlns="http://page"><Page><TextRegion/></Page></PcGts>', "PAGE XML.*paint the Coords"),
        ("1.xml", '<alto xmlns="http://alto"><Layout/></alto>', "ALTO XML.*paint its blocks"),
        (
            "polygons.jsonl",
            '{"id": "1", "annotations": [{"coordinates": [[[1, 2]]]}]}\n{}\n',
            "lines of polygons.*COCO",
        ),
    ],
)
def test_polygons_of_slides_are_refused_by_name(name: str, content: str, words: str, tmp_path: Path) -> None:
    save(tmp_path / "images/1.png", photo(1))
    text(tmp_path / name, content)
    with pytest.raises(DataError, match=words):
        open_dataset(tmp_path)
