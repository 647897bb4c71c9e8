"""Writing a dataset in the format of another tool."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats import (
    cityscapes,
    cvat,
    label_studio,
    mask_writer,
    qupath,
    supervisely,
    voc_writer,
)
from maskwright.datasets.formats.coco import instances as coco
from maskwright.datasets.formats.labelme import labelme_json
from maskwright.datasets.formats.rle import rle_csv
from maskwright.datasets.formats.via import via2_writer as via2
from maskwright.datasets.formats.via import via3
from maskwright.datasets.formats.yolo import yolo_writer as yolo
from maskwright.datasets.reader_types import WriteReport
from maskwright.errors import ConfigError
from maskwright.progress_counter import StartCounting, no_counting


class Writer(Protocol):
    """What a format module offers for writing."""

    NAME: str

    def write(
        self, dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting
    ) -> WriteReport:
        """Write the dataset into a folder; say what the format cannot hold."""


WRITERS: Mapping[str, Writer] = {
    "via": via2,
    "via3": via3,
    "coco": coco,
    "yolo": yolo,
    "labelme": labelme_json,
    "cvat": cvat,
    "label-studio": label_studio,
    "supervisely": supervisely,
    "geojson": qupath,
    "cityscapes": cityscapes,
    "rle-csv": rle_csv,
    "voc": voc_writer,
    "masks": mask_writer,
}
"""Every format that is written, by its name on the command line."""


def convert(
    dataset: Dataset, to: str, out: str | Path, *, copy_photos: bool = True, count: StartCounting = no_counting
) -> WriteReport:
    """Write the dataset in the format `to` into the folder `out`, with copies of the photos.

    `to` is "coco", "yolo", "labelme" or another name of `maskwright convert --to`; ConfigError for any other. The
    report has the `files` that were written and, in `lost`, a sentence for whatever the format cannot hold. `count`
    shows how many photos are converted.

        >>> report = mw.convert(mw.open_dataset("photos"), "coco", "as_coco")
        >>> report.lost
        ()
    """
    if to not in WRITERS:
        raise ConfigError(f"{to!r} is not a format that is written: choose one of {', '.join(WRITERS)}")
    return WRITERS[to].write(dataset, Path(out), copy_photos=copy_photos, count=count)
