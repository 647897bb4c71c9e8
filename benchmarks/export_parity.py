"""Do exported runs give the masks of PyTorch? Equal pixels and differences of IoU, in ONNX Runtime and OpenVINO.

`python -m benchmarks.export_parity RUN_OR_DATA...`: run folders are taken as they are; a data set gets a run of
20 steps first. Each run is exported to ONNX, its file loaded with every runtime that is installed, and up to
`--photos` annotated photos of the run's data are predicted by all, in 32 bits.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maskwright.cli.main import main as maskwright
from maskwright.datasets.dataset import Dataset, pick
from maskwright.datasets.opening import open_dataset
from maskwright.evaluation import metrics
from maskwright.imaging.mask_geometry import Mask
from maskwright.inference.exported.exported_files import load_exported
from maskwright.inference.exported.runtimes import RUNTIMES, Runtime, installed
from maskwright.inference.load import load
from maskwright.inference.segmenter import Segmenter
from maskwright.runs.folder import read_run_facts
from maskwright.workflows.export import export_run

STEPS, HELD_OUT = 20, 0.05


@dataclass(frozen=True)
class Parity:
    """One run on one runtime: the share of equal pixels over all photos, and the difference of the IoU."""

    runtime: Runtime
    equal: float
    iou_difference: float


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("runs", nargs="+", type=Path)
    options.add_argument("--photos", type=int, default=6)
    chosen = options.parse_args()
    print("| data | photos | export | ONNX Runtime: equal, IoU | OpenVINO: equal, IoU |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for number, path in enumerate(chosen.runs):
            run = path if (path / "run.json").is_file() else _short_run(path, Path(scratch) / str(number))
            print(_row(run, Path(scratch) / f"{number}.onnx", chosen.photos), flush=True)


def _short_run(data: Path, run: Path) -> Path:
    quick = ("--set", f"optim.steps={STEPS}", "--set", "optim.batch=2", "--set", f"split.test={HELD_OUT}")
    code = maskwright(["train", str(data), "--out", str(run), "--quiet", *quick])
    if code not in (0, 1):
        raise SystemExit(f"the training on {data} ended with exit code {code}: its last line says why")
    return run


def _row(run: Path, file: Path, count: int) -> str:
    facts = read_run_facts(run)
    only = facts.classes.names[-1] if facts.classes.is_binary else None
    dataset = open_dataset(facts.data, only=only)
    dataset = pick(dataset, (*facts.test_photos, *facts.train_photos)[:count])
    begin = time.process_time()
    export_run(run, file)
    seconds = time.process_time() - begin
    ours = replace(load(run), bf16=False)
    cells = [_cell(parity) for parity in _parities(ours, file, dataset)]
    return f"| {Path(facts.data).name} | {len(dataset)} | {seconds:.0f} CPU s | {' | '.join(cells)} |"


def _parities(ours: Segmenter, file: Path, dataset: Dataset) -> Iterator[Parity]:
    photos = [dataset.photo(sample) for sample in dataset.samples]
    sizes = [(photo.shape[0], photo.shape[1]) for photo in photos]
    truths = [dataset.mask(sample, size_hw=size) for sample, size in zip(dataset.samples, sizes, strict=True)]
    masks = [ours.mask(photo) for photo in photos]
    before = _iou(truths, masks, ours)
    for runtime in [each for each in RUNTIMES[::-1] if installed(each)]:
        theirs = load_exported(file, runtime=runtime).mask(photos)
        equal = sum(int(np.count_nonzero(a == b)) for a, b in zip(masks, theirs, strict=True))
        yield Parity(runtime, equal / sum(mask.size for mask in masks), _iou(truths, theirs, ours) - before)


def _iou(truths: list[Mask], masks: list[Mask], segmenter: Segmenter) -> float:
    classes = segmenter.classes
    counts = [metrics.confusion(truth, mask, len(classes)) for truth, mask in zip(truths, masks, strict=True)]
    return metrics.mean_over(metrics.iou(np.sum(counts, axis=0)), classes.scored)


def _cell(parity: Parity) -> str:
    return f"{parity.equal:.4%}, {parity.iou_difference:+.5f}"


if __name__ == "__main__":
    main()
