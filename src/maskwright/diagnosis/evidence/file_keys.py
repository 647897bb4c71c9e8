"""Files of masks and predictions by the stem that pairs them."""

from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.photo_search.photo_index import image_files
from maskwright.diagnosis.evidence.stored_arrays import ARRAY_SUFFIXES
from maskwright.errors import DataError

MASK_ENDINGS = (
    *("mask", "masks", "seg", "segmentation", "label", "labels", "annotation", "annot", "gt", "groundtruth"),
    *("labelids", "manual", "manual1", "l"),
)
ENDINGS = (*MASK_ENDINGS, "pred", "preds", "prediction", "predictions", "predicted", "prob", "probs", "probability")
ALL_ENDINGS = (*ENDINGS, "output", "out", "logits", "image", "img", "rgb", "true", "truth")


def files_in(root: Path, what: str) -> list[Path]:
    if not root.is_dir():
        raise DataError(f"{root} is no folder: give the folder of the {what}")
    arrays = [p for p in root.rglob("*") if p.suffix.lower() in ARRAY_SUFFIXES and not p.name.startswith(".")]
    files = sorted([*image_files(root), *arrays])
    if not files:
        raise DataError(
            f"{root} holds no {what}: PNG, TIFF, npy and npz files, or txt files of YOLO lines, are looked for"
        )
    return files


def by_key(files: Sequence[Path]) -> dict[str, Path]:
    """Return the files by the stem that pairs them; where stems repeat in several folders, by folder and stem."""
    keys = [key_of(path) for path in files]
    if len(set(keys)) < len(keys):
        keys = [f"{path.parent.name}/{key}" for path, key in zip(files, keys, strict=True)]
    return dict(zip(keys, files, strict=True))


def key_of(path: Path) -> str:
    """Return the stem without endings that only say mask, prediction or photo."""
    stem = path.stem
    if Path(stem).suffix.lower() in (".jpg", ".jpeg", ".png", ".tif", ".bmp"):  # photo.jpg.png
        stem = Path(stem).stem
    for mark in ("_", "-", "."):
        head, _, tail = stem.rpartition(mark)
        if head and tail.lower() in ALL_ENDINGS:
            return head
    return stem
