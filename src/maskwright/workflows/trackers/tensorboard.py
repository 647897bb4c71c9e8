"""TensorBoard: the run as event files in RUN/tensorboard."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.files import read_text
from maskwright.output_file_names import PLAN_FILE
from maskwright.training.progress import Progress
from maskwright.workflows.trackers.tracker import Finished, Tracker, final_scores, tag, worst_pictures

FOLDER = "tensorboard"


def tensorboard_tracker(run: Path) -> Tracker:
    """Return the tracker; the first event opens the file, so that nothing is written before the training."""
    writers: list[Writer] = []

    def opened() -> "Writer":
        if not writers:
            writers.append(Writer(run))
        return writers[0]

    def finish(finished: Finished) -> None:
        opened().finish(finished)

    def stop() -> None:
        for writer in writers:
            writer.close()

    return Tracker(lambda name, progress: opened().listen(name, progress), finish, stop)


class Writer:
    """Holds the event file."""

    def __init__(self, run: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._run = run
        self._file = SummaryWriter(log_dir=str(run / FOLDER), flush_secs=10)
        self._latest: dict[str, float] = {}
        self._steps = 0

    def listen(self, name: str, progress: Progress) -> None:
        """Write loss and learning rate of each step, and the validation IoU when it is new."""
        group = tag(name)
        self._steps = progress.step
        self._file.add_scalar(f"{group}/loss", progress.loss, progress.step)
        self._file.add_scalar(f"{group}/learning_rate", progress.lr, progress.step)
        iou = progress.validation_iou
        if iou is not None and self._latest.get(group) != iou:
            self._latest[group] = iou
            self._file.add_scalar(f"{group}/validation_iou", iou, progress.step)
        for finding in progress.findings:
            self._file.add_text(f"{group}/findings", str(finding), progress.step)

    def finish(self, finished: Finished) -> None:
        """Write the scores, the plan, the verdict and the worst photos; close the file."""
        judged, step = finished.verdict, self._steps
        for name, value in final_scores(finished.evaluation).items():
            self._file.add_scalar(name.replace(" ", "_"), value, step)
        self._file.add_text("verdict", f"{judged.sentence}. {judged.trust_sentence}. Next: `{judged.command}`", step)
        self._file.add_text("plan", _as_code(read_text(self._run / PLAN_FILE)), step)
        for rank, (name, picture) in enumerate(worst_pictures(finished), start=1):
            with Image.open(picture) as image:
                pixels = np.asarray(image.convert("RGB"))
            self._file.add_image(f"worst_photos/{rank}_{_plain(name)}", pixels, step, dataformats="HWC")
        self.close()

    def close(self) -> None:
        """Write what is kept back, and close the file."""
        self._file.close()


def _as_code(text: str) -> str:
    """Return the text as a block of code in Markdown."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _plain(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-/") else "_" for letter in name)
