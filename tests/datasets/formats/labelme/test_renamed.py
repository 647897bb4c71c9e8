"""LabelMe files whose photos, or whose classes, were given other names in the middle of the work."""

import base64
import json
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import photo, save, text
from tests.support.truths import pixels


def write(root: Path, name: str, label: str, *, photo_file: Path | None = None) -> None:
    drawn = {"label": label, "points": [[0, 0], [10, 0], [10, 10], [0, 10]], "shape_type": "polygon", "flags": {}}
    data = base64.b64encode(photo_file.read_bytes()).decode() if photo_file else None
    content: dict[str, object] = {"version": "5.0", "flags": {}, "imageHeight": 96, "imageWidth": 128}
    content |= {"shapes": [drawn], "imagePath": f"{name}.png", "imageData": data}
    text(root / f"{name}.json", json.dumps(content))


def renamed(root: Path, *, edited: bool = False) -> None:
    """Write three photos under new names, and files that hold them and name them otherwise, in another order."""
    for number, new in enumerate("cab"):
        file = root / f"photos/new_{new}.png"
        save(file, photo(number))
        write(root / "labels", f"old_{number}", f"class{number}", photo_file=file)
        if edited:
            save(file, photo(number + 50))


def test_renamed_photos_are_found_by_the_bytes_that_the_files_hold(tmp_path: Path) -> None:
    renamed(tmp_path)
    data = open_dataset(tmp_path)
    assert [sample.name for sample in data.samples] == [f"photos/new_{name}.png" for name in "abc"]
    assert [list(pixels(data, number)) for number in range(3)] == [["class1"], ["class2"], ["class0"]]
    (finding,) = [f for f in file_findings(data) if f.code == "name-differs"]
    assert "byte by byte the photos inside of the label files" in finding.evidence


def test_other_photos_are_not_taken_for_those_that_the_files_hold(tmp_path: Path) -> None:
    renamed(tmp_path, edited=True)
    with pytest.raises(DataError, match="the label files hold photos themselves: move the images out"):
        open_dataset(tmp_path)
    for path in (tmp_path / "photos").iterdir():
        path.unlink()
    assert len(open_dataset(tmp_path)) == 3


@pytest.mark.parametrize(("names", "found"), [("hole\ncrack\n", True), ("hole\ncrack\nrift\n", False), ("", False)])
def test_a_class_that_a_list_of_names_lacks_is_pointed_out(tmp_path: Path, names: str, found: bool) -> None:
    for number, label in enumerate(("hole", "crack", "rift")):
        save(tmp_path / f"all/a{number}.png", photo(number))
        write(tmp_path / "all", f"a{number}", label)
    text(tmp_path / "all" / "classes.txt", names)
    findings = [f for f in file_findings(open_dataset(tmp_path)) if f.code == "class-misspelt"]
    assert len(findings) == found
    if found:
        assert "'rift' is not in classes.txt (hole, crack), and never in one photo with" in findings[0].evidence
