"""Parquet tables of photos and masks become folders by the printed command."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, ids, photo, text


def stored(pixels: Pixels, kind: str) -> dict[str, object]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return {"bytes": file.getvalue(), "path": None}


def test_the_printed_command_saves_photos_masks_and_parts_of_parquet_tables(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    (tmp_path / "data").mkdir()
    for part, numbers in (("train", range(6)), ("validation", range(6, COUNT))):
        rows = [
            {"pixel_values": stored(photo(k), "JPEG"), "label": stored(ids(k), "PNG"), "source": "a"} for k in numbers
        ]
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"data/{part}-00000-of-00001.parquet")
    text(tmp_path / "id2label.json", '{"0": "rest", "1": "leaf", "2": "bug"}')
    with pytest.raises(DataError, match="is a Parquet table, which is not read: save the images in it as PNG") as asked:
        open_dataset(tmp_path)
    command = str(asked.value).partition("pyarrow): ")[2].rpartition(" (1 more")[0]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], check=True)
    data = open_dataset(tmp_path)
    assert len(data.samples) == COUNT
    assert {sample.part for sample in data.samples} == {"train", "val"}
    assert data.classes.names == ("rest", "leaf", "bug")
    assert all(np.array_equal(data[sample.name][1], ids(int(sample.name[-10:-4]))) for sample in data.samples)
