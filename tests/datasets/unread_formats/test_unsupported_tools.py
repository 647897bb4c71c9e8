"""Files of other tools are refused by the tool's own name, with the export of that tool that is read."""

import json
import zipfile
from pathlib import Path

import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.unread_formats.unsupported_tools import FILE_TOOLS, FileTool, foreign_file
from maskwright.errors import DataError
from tests.support.real_data import shared_data
from tests.support.truths import draw_photos

JSON_FILES: dict[str, object] = {
    "Hasty": {"project_name": "p", "label_classes": [], "images": [{"image_name": "a.png", "labels": []}]},
    "SuperAnnotate": {"a.png": {"instances": [{"type": "polygon", "points": [1, 1]}]}},
    "Darwin json of V7": {"version": "2.0", "item": {"name": "a.png"}, "annotations": []},
    "Labelbox": [{"ID": "x", "Labeled Data": "a.png", "Label": {"objects": []}}],
    "Segments.ai": {"name": "v1", "dataset": {"name": "x", "task_type": "segmentation", "samples": []}},
    "Datumaro": {"info": {}, "categories": {}, "items": [{"id": "a", "annotations": []}]},
    "CVAT backup": [{"version": 0, "tags": [], "shapes": [], "tracks": []}],
    "Kili": [{"externalId": "a.png", "labels": []}],
    "Encord": [{"label_hash": "x", "data_units": {}}],
    "CreateML": [{"image": "a.png", "annotations": [{"label": "x", "coordinates": {}}]}],
}


@pytest.mark.parametrize("name", JSON_FILES)
def test_json_of_other_tools_is_refused_by_the_tools_name_with_what_to_do(tmp_path: Path, name: str) -> None:
    draw_photos(tmp_path, "a.png")
    (tmp_path / "labels.json").write_text(json.dumps(JSON_FILES[name]))
    with pytest.raises(
        DataError, match=rf"1 photos, and labels\.json is (a )?{name}.*, which is not read: ."
    ) as caught:
        open_dataset(tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match=name):
        open_dataset(tmp_path / "labels.json")


@pytest.mark.parametrize("tool", FILE_TOOLS, ids=lambda tool: tool.name)
def test_files_of_other_tools_are_known_by_their_endings_and_first_bytes(tmp_path: Path, tool: FileTool) -> None:
    path = tmp_path / ("x.nii.gz" if ".gz" in tool.endings else f"x{tool.endings[0]}")
    path.write_bytes(bytes(tool.offset) + tool.magic)
    assert (foreign_file(path) or "").startswith(f"is {tool.name}, which is not read: ")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.xml", "<annotation><object><bndbox/></object></annotation>", "boxes, as LabelImg writes it"),
        ("a.ndjson", '{"data_row": {}, "projects": {}}\n{"data_row": {}}\n', "Labelbox json lines"),
        ("a.jsonl", '{"image": "a.png", "spans": []}\n{"image": "b.png", "spans": []}\n', "Prodigy json lines"),
        ("a.csv", "index,shape-type,vertex-index,axis-0,axis-1\n0,polygon,0,1,2\n", "a napari shapes csv"),
        ("a.csv", "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,9,9,x,1,1,2,2\n", "csv of boxes"),
    ],
)
def test_text_files_of_other_tools_are_known_by_their_content(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    assert said in (foreign_file(tmp_path / name) or "")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("40k-hasty", "Hasty json, which is not read: in Hasty choose Export, COCO"),
        ("40m-superannotate", "SuperAnnotate json, which is not read: convert it"),
        ("40e-bsds-mat", "MATLAB file, which is not read: save its matrix groundTruth"),
        ("40h-dicom", "DICOM, which is not read: save the photos as PNG or TIFF"),
        ("40p-zip", "masks.zip is no zip archive, or damaged"),
    ],
)
def test_field_files_of_other_tools_are_refused_in_words_that_lead_on(row: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        open_dataset(shared_data("field") / row)


def test_a_set_of_imagej_rois_is_named_with_the_way_to_masks(tmp_path: Path) -> None:
    draw_photos(tmp_path, "Well_A1.png", "Well_A2.png")
    for name in ("Well_A1", "Well_A2"):
        with zipfile.ZipFile(tmp_path / f"{name}_RoiSet.zip", "w") as archive:
            archive.writestr("0001-0001.roi", b"Iout" + bytes(60))
    with pytest.raises(DataError, match=r"Well_A1_RoiSet\.zip is a set of ImageJ ROIs.*Combine.*1 more files like it"):
        open_dataset(tmp_path)


def test_masks_that_labelbox_keeps_are_said_to_be_links(tmp_path: Path) -> None:
    mask = {"annotation_kind": "ImageSegmentationMask", "mask": {"url": "https://api.labelbox.com/masks/1"}}
    (tmp_path / "a.ndjson").write_text(json.dumps({"data_row": {}, "projects": {"p": {"objects": [mask]}}}) + "\n{}\n")
    assert "its masks are links: download them" in (foreign_file(tmp_path / "a.ndjson") or "")
