"""Parquet tables with photos and masks in their cells, as Hugging Face keeps data sets: how they become files."""

from pathlib import Path

from maskwright.findings.python_commands import python_command, python_text

SAVING = """\
import io
from pathlib import Path
import pyarrow.parquet as pq
from PIL import Image
folder, number = Path({folder}), 0
for table in sorted(folder.glob("*.parquet")):
    part = table.stem.split("-")[0]
    for batch in pq.ParquetFile(table).iter_batches(batch_size=16):
        for row in batch.to_pylist():
            for column, cell in row.items():
                data = cell.get("bytes") if isinstance(cell, dict) else cell
                if isinstance(data, bytes):
                    out = folder / Path(column).name / part / f"{{number:06}}.png"
                    out.parent.mkdir(parents=True, exist_ok=True)
                    Image.open(io.BytesIO(data)).save(out)
            number += 1
"""


def parquet_way(path: Path) -> str:
    """Return what to do with a Parquet table: the command that saves each column of images in a folder of its name."""
    command = python_command(SAVING.format(folder=python_text(path.parent)))
    return f"save the images in it as PNG, a folder for each column (this needs pip install pyarrow): {command}"
