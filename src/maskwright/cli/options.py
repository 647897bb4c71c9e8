"""What was given on the command line, put together."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.errors import DataError
from maskwright.findings.finding import some

if TYPE_CHECKING:
    from maskwright.diagnosis.history.history import History


def with_net(options: argparse.Namespace) -> list[str]:
    """Return the `--set` assignments, `--net NAME` as the first of them."""
    return [*([f"net={options.net}"] if options.net else []), *options.sets]


def masks_in(folder: Path | None) -> Path | None:
    """Return the folder of masks where `folder` is what `maskwright predict` wrote, else the folder itself."""
    if folder is not None and (folder / "regions.via.json").is_file() and (folder / "masks").is_dir():
        return folder / "masks"
    return folder


def require_known_columns(history: "History", *, alone: bool) -> None:
    """Say so where none of the columns is a loss or a score that is known; DataError if the history is `alone`."""
    from maskwright.diagnosis.history.series import accuracies, overlaps

    if len(history.train_loss) or len(history.validation_loss) or overlaps(history) or accuracies(history):
        return
    columns = some(list(history.metrics))
    line = (
        f"{history.source}: {columns}: none of the columns is known as a loss or a score; name them as in loss, "
        "val_loss, iou, val_dice, accuracy"
    )
    if alone:
        raise DataError(line)
    print(line)
