"""The XML of LabelMe's old web tool: polygons, mask images and deleted objects."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from tests.support.truths import draw_photos, pixels


def polygon(name: str, *points: tuple[int, int], deleted: int = 0) -> str:
    drawn = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in points)
    return f"<object><name>{name}</name><deleted>{deleted}</deleted><polygon>{drawn}</polygon></object>"


def segment(name: str, mask: str, box: tuple[int, int, int, int]) -> str:
    sides = "".join(f"<{key}>{v}</{key}>" for key, v in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
    return f"<object><name>{name}</name><segm><box>{sides}</box><mask>{mask}</mask></segm></object>"


def opened(folder: Path, *objects: str) -> Dataset:
    draw_photos(folder, "a.png")
    size = "<imagesize><nrows>30</nrows><ncols>40</ncols></imagesize>"
    (folder / "a.xml").write_text(f"<annotation><filename>a.png</filename>{size}{''.join(objects)}</annotation>")
    return open_dataset(folder)


SQUARE = ((0, 0), (10, 0), (10, 10), (0, 10))


def test_polygons_are_read_and_deleted_objects_left_out(tmp_path: Path) -> None:
    assert pixels(opened(tmp_path, polygon("leaf", *SQUARE), polygon("bug", *SQUARE, deleted=1))) == {"leaf": 100}


def test_a_mask_image_covers_the_photo_or_its_box(tmp_path: Path) -> None:
    (tmp_path / "Masks").mkdir()
    box = np.array([[255, 0], [255, 255]], dtype=np.uint8)
    Image.fromarray(box).save(tmp_path / "Masks" / "box.png")
    whole = np.zeros((30, 40), dtype=np.uint8)
    whole[20:22, 30:35] = 255
    Image.fromarray(whole).save(tmp_path / "Masks" / "whole.png")
    data = opened(tmp_path, segment("leaf", "box.png", (5, 6, 6, 7)), segment("bug", "whole.png", (30, 20, 34, 21)))
    assert pixels(data) == {"leaf": 3, "bug": 10}
    assert data.mask(data.samples[0])[7, 5:7].all()


def test_a_missing_mask_image_is_said_and_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    Image.fromarray(np.full((30, 40), 255, dtype=np.uint8)).save(tmp_path / "secret.png")
    data = opened(tmp_path / "inner", polygon("leaf", *SQUARE), segment("bug", "../secret.png", (0, 0, 1, 1)))
    assert pixels(data) == {"leaf": 100}
    assert "'secret.png', which is not there" in file_findings(data)[0].evidence


VOC_SIZE = "<size><width>40</width><height>30</height><depth>3</depth></size>"
VOC_BOX = "<bndbox><xmin>0</xmin><xmax>10</xmax><ymin>0</ymin><ymax>10</ymax></bndbox>"


def voc(folder: Path, name: str, *objects: str) -> None:
    draw_photos(folder, f"{name}.jpg")
    drawn = "".join(f"<object><name>leaf</name>{one}</object>" for one in objects)
    text = f"<annotation><filename>{name}.jpg</filename>{VOC_SIZE}{drawn}</annotation>"
    (folder / f"{name}.xml").write_text(text)


def test_polygons_in_pascal_voc_are_read_and_boxes_beside_them_count_for_nothing(tmp_path: Path) -> None:
    numbers = "".join(f"<x{i}>{x}</x{i}><y{i}>{y}</y{i}>" for i, (x, y) in enumerate(SQUARE, 1))
    outline = f"{VOC_BOX}<polygon>{numbers}</polygon>"
    voc(tmp_path / "train", "a", outline)
    voc(tmp_path / "train", "b", VOC_BOX.replace(">0<", ">20<").replace(">10<", ">24<"), outline)
    voc(tmp_path / "valid", "c")
    data = open_dataset(tmp_path)
    assert data.read_as.startswith("read as Pascal VOC XML with polygons")
    assert [sample.part for sample in data.samples] == ["train", "train", "val"]
    assert [pixels(data, i) for i in range(3)] == [{"leaf": 100}, {"leaf": 100, "ignored": 16}, {}]
