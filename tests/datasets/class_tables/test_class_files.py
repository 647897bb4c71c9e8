"""Tables of classes are told by their content: names, numbers and colours."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.class_tables.class_files import read_table, table_files
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError

TWO = [("leaf", 1, None), ("bug", 2, None)]
META = '{"classes": [{"title": "leaf", "color": "#008000"}, {"title": "bug", "color": "#c80a14"}]}'
COLOURED = [("leaf", None, (0, 128, 0)), ("bug", None, (200, 10, 20))]
FACADES = [("facade", None, (0, 128, 0)), ("decade", None, (200, 10, 20))]
"""Six letters of a hexadecimal number each, and no colours."""


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("classes.txt", "leaf\nbug\n", [("leaf", None, None), ("bug", None, None)]),
        ("classes.txt", "red\nyellow\n", [("red", None, None), ("yellow", None, None)]),
        ("classes.txt", "1 leaf\n2 bug\n", TWO),
        ("classes.txt", "id name\n1 leaf\n2 bug\n", TWO),
        ("classes.txt", "leaf: 1\nbug: 2\n", TWO),
        ("label_colors.txt", "0 128 0\tleaf\n200 10 20\tbug\n", COLOURED),
        ("labelmap.txt", "# label:color_rgb:parts:actions\nleaf:0,128,0::\nbug:200,10,20::\n", COLOURED),
        ("class_dict.csv", "name,r,g,b\nleaf,0,128,0\nbug,200,10,20\n", COLOURED),
        ("class_dict.csv", "class_names,r,g,b\nleaf,0,128,0\nbug,200,10,20\n", COLOURED),
        ("_classes.csv", "Pixel Value, Class\n1, leaf\n2, bug\n", TWO),
        ("data.yaml", "nc: 2\nnames: ['leaf', 'bug']\n", [("leaf", None, None), ("bug", None, None)]),
        ("data.yaml", "names:\n  1: leaf\n  2: bug\n", TWO),
        ("dataset.json", '{"labels": {"leaf": 1, "bug": 2}}', TWO),
        ("classes.json", '{"1": "leaf", "2": "bug"}', TWO),
        ("classes.json", '{"#008000": "leaf", "200 10 20": "bug"}', COLOURED),
        ("classes.json", '{"facade": "#008000", "decade": "#c80a14"}', FACADES),
        ("gtruth_codes.tsv", "label\tGT_code\nleaf\t1\nbug\t2\n", TWO),
        ("label_names.txt", "leaf\nbug\n", [("leaf", None, None), ("bug", None, None)]),
        ("Legende.csv", "Grauwert;Zeichen\n1;leaf\n2;bug\n", TWO),
        ("meta.csv", "Wert;Klasse\n1;leaf\n2;bug\n", TWO),
        ("klassen.csv", "Nummer;Name\n2;bug\n1;leaf\n", TWO[::-1]),
        ("klassen.csv", "Nummer;Name\n1;leaf\n2;bug\n", [("leaf", None, None), ("bug", None, None)]),
        ("类别.csv", "编号,名称\n1,leaf\n2,bug\n", TWO),
        ("metadata.csv", "annotator,photos\nleaf,1\nbug,2\n", []),
        ("meta.json", META, COLOURED),
        ("meta.json", '{"a": {"b": 1}}', []),
        ("labels.csv", "filename,label\n1.jpg,leaf\n2.jpg,leaf\n", []),
        ("metadata.csv", "image_id,split,path\n1,train,a/1.jpg\n", []),
        ("classes.json", "{broken", []),
    ],
)
def test_tables_are_read_by_content(tmp_path: Path, name: str, text: str, rows: list[object]) -> None:
    (tmp_path / name).write_text(text)
    assert read_table(tmp_path / name) == rows


def test_parts_without_a_fault_are_the_background_of_defects(tmp_path: Path) -> None:
    for name, value in (("a", 0), ("b", 2), ("c", 1)):
        for folder, picture in (("images", np.full((24, 24, 3), 90 + 40 * value)), ("masks", np.zeros((24, 24)))):
            picture[6:12, 6:12] = value if folder == "masks" else 200
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(picture.astype(np.uint8)).save(tmp_path / folder / f"{name}.png")
    (tmp_path / "classes.csv").write_text("id,name\n0,ok\n1,hole\n2,crack\n")
    data = open_dataset(tmp_path)
    assert data.classes.background == 0
    assert [data.classes.names[i] for i in data.classes.scored] == ["hole", "crack"]
    assert data.read_as.endswith("classes: hole, crack; ok is the background")


def test_of_a_file_of_labels_for_each_photo_the_first_three_are_looked_at(tmp_path: Path) -> None:
    for i in range(31):
        (tmp_path / f"{i:02}_labels.json").write_text("[]")
    (tmp_path / "classes.txt").write_text("leaf\n")
    names = [path.name for path in table_files([tmp_path])]
    assert names == ["00_labels.json", "01_labels.json", "02_labels.json", "classes.txt"]


def test_names_of_numbers_alone_call_no_file_a_table(tmp_path: Path) -> None:
    for name in ("2020.csv", "001.txt", "2020-01-02.txt", "类别.txt", "классы.csv"):
        (tmp_path / name).write_text("leaf\n")
    assert [path.name for path in table_files([tmp_path])] == ["классы.csv", "类别.txt"]


def labelme_folder(root: Path, number: int, names: str) -> None:
    """Draw what labelme_json_to_dataset leaves for a photo: its numbers are those of the list beside it."""
    folder = root / f"p{number}_json"
    folder.mkdir()
    picture = np.random.default_rng(number).integers(60, 190, (24, 32, 3), dtype=np.uint8)
    label = np.zeros((24, 32), np.uint8)
    label[6:14, 8 : 20 + number] = 1
    Image.fromarray(picture).save(folder / "img.png")
    Image.fromarray(label).save(folder / "label.png")
    (folder / "label_names.txt").write_text(names)


def test_label_names_in_a_folder_a_photo_name_the_classes(tmp_path: Path) -> None:
    for number in range(4):
        labelme_folder(tmp_path, number, "_background_\ncat\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("_background_", "cat")
    assert data.classes.background == 0


def test_label_names_that_differ_by_folder_are_refused(tmp_path: Path) -> None:
    for number in range(4):
        labelme_folder(tmp_path, number, "_background_\ndog\n" if number == 2 else "_background_\ncat\n")
    with pytest.raises(DataError, match=r"calls class 1 'dog'.*calls it 'cat'.*differ by folder"):
        open_dataset(tmp_path)


def test_a_text_with_columns_is_read_by_its_header(tmp_path: Path) -> None:
    many = "screen, silver screen, projection screen, a surface on which pictures are shown to many people"
    (tmp_path / "objectInfo.txt").write_text(f"Idx\tRatio\tTrain\tName\n1\t0.15\t11\twall\n2\t0.10\t6\t{many}\n")
    assert table_files([tmp_path]) == [tmp_path / "objectInfo.txt"]
    assert read_table(tmp_path / "objectInfo.txt") == [("wall", 1, None), (many, 2, None)]


def test_a_background_without_a_name_leaves_the_others_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(",label_list\n0,\n1,bag\n2,belt\n")
    assert read_table(tmp_path / "labels.csv") == [("bag", 1, None), ("belt", 2, None)]
    (tmp_path / "labels.csv").write_text(",label_list\n0,\n1,\n2,belt\n")
    assert read_table(tmp_path / "labels.csv") == []
