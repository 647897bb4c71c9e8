"""Files that lie beside images and that nothing reads, and lists that number their lines."""

import json
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.unused_files.possible_labels import unread_remarks
from tests.support.drawn_layouts import COUNT, ids, photo, save, text


def test_files_named_as_photos_that_no_reader_takes_are_said(tmp_path: Path) -> None:
    content = json.dumps({"objects": [{"label": "x", "boundingbox": [1, 2, 3, 4]}]})
    for k in range(COUNT):
        save(tmp_path / f"jpgs/set/rs{k:05}.jpg", photo(k))
        save(tmp_path / f"uint8/set/rs{k:05}.png", ids(k))
        text(tmp_path / f"jsons/set/rs{k:05}.json", content)
        text(tmp_path / f"jpgs/set/rs{k:05}.jgw", "0.05\n0\n0\n-0.05\n1\n2\n")
    data = open_dataset(tmp_path)
    unused = next(f for f in file_findings(data) if f.code == "file-unused")
    assert "jsons/set/rs00000.json" in unused.evidence
    assert "label format" in unused.evidence
    assert "jgw" not in unused.evidence


def test_one_file_beside_many_photos_is_not_counted_as_labels(tmp_path: Path) -> None:
    assert unread_remarks(tmp_path, [], [tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"]) == []


@pytest.mark.parametrize("line", ["{i} , p{k}", "{i}. p{k}.jpg", "{i}\tp{k}"])
def test_lists_may_number_their_lines(tmp_path: Path, line: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/p{k}.jpg", photo(k))
        save(tmp_path / f"labels/p{k}.png", ids(k))
    for name, numbers in {"training": range(6), "testing": range(6, COUNT)}.items():
        text(tmp_path / f"{name}.txt", "\n".join(line.format(i=i, k=k) for i, k in enumerate(numbers, start=1)))
    data = open_dataset(tmp_path)
    assert [sample.part for sample in data.samples] == ["train"] * 6 + ["test"] * 3
    assert all(finding.code != "photo-missing" for finding in file_findings(data))
