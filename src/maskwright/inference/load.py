"""From a run folder, or several, to a Segmenter."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from maskwright.errors import RunError, WeightsError
from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU, stored_threshold
from maskwright.inference.exported.exported_files import load_exported
from maskwright.inference.exported.runtimes import Runtime
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import build_model
from maskwright.models.catalogue import largest_tile_px
from maskwright.models.threads import keep_threads_to_cores
from maskwright.models.weights.read_run_weights import load_all, model_file, read_run_weights
from maskwright.output_file_names import ONNX_SUFFIX, PLAN_FILE, RUN_FACTS_FILE
from maskwright.planning.machine import this_machine
from maskwright.planning.plan_file import read_plan
from maskwright.runs.confidence import NO_CORRECTION, Correction, read_confidence
from maskwright.runs.folder import read_run_facts


def load(run: Path | str | Sequence[Path | str], *, runtime: Runtime = "onnx") -> Segmenter:
    """Return the Segmenter of a finished run folder, on the GPU where there is one, or of an exported file.

    An exported file, "model.onnx", is computed by `runtime`: "onnx", "openvino" or "openvino-bf16". Its
    self-test is run first.

    Several runs - a list, "RUN1,RUN2", or the `folds` folder of a run - become one Segmenter that averages their
    probabilities. Raises RunError where a folder is no finished run, or their classes differ.

        >>> segmenter = mw.load("runs/photos-1")
        >>> segmenter.classes.names
        ('background', 'disc')
    """
    if isinstance(run, Path | str) and Path(run).suffix == ONNX_SUFFIX:
        return load_exported(Path(run), runtime=runtime)
    keep_threads_to_cores()
    folders = run_folders(run)
    if not folders:
        raise RunError("no run to load: name one run folder or several")
    first, *others = (_load_one(folder) for folder in folders)
    for folder, other in zip(folders[1:], others, strict=True):
        if other.classes.names != first.classes.names:
            ours, theirs = ", ".join(first.classes.names), ", ".join(other.classes.names)
            raise RunError(f"{folder} has the classes {theirs}, the first run {ours}: average runs of the same classes")
        if (other.grey_range, other.bands) != (first.grey_range, first.bands):
            raise RunError(
                f"{folder} reads bands or 16-bit photos otherwise than the first run: average runs of the same data"
            )
    return _together(first, others)


def _together(first: Segmenter, others: list[Segmenter]) -> Segmenter:
    """Return the Segmenter of several runs; correction and threshold are the means of theirs."""
    if not others:
        return first
    members = [first, *others]
    return replace(
        first,
        others=tuple(others),
        correction=_mean_correction([member.correction for member in members], len(first.classes)),
        least_expected_iou=sum(member.least_expected_iou for member in members) / len(members),
    )


def _mean_correction(each: list[Correction], class_count: int) -> Correction:
    temperatures = np.mean([one.temperatures or (1.0,) * class_count for one in each], axis=0)
    shifts = np.mean([one.shifts or (0.0,) * class_count for one in each], axis=0)
    return Correction(tuple(temperatures.tolist()), tuple(shifts.tolist()))


def run_folders(run: Path | str | Sequence[Path | str]) -> list[Path]:
    """Return the run folders that are meant: one, those of "RUN1,RUN2", or those in a folder `folds`."""
    if not isinstance(run, Path | str):
        return [folder for member in run for folder in run_folders(member)]
    path = Path(run)
    if not path.exists() and "," in str(run):
        return run_folders(str(run).split(","))
    inner = sorted((f for f in path.glob("*") if f.name.isdigit() and (f / RUN_FACTS_FILE).exists()), key=_number)
    return inner if inner and not (path / RUN_FACTS_FILE).exists() else [path]


def _number(folder: Path) -> int:
    return int(folder.name)


def _load_one(folder: Path) -> Segmenter:
    facts, plan = read_run_facts(folder), read_plan(folder / PLAN_FILE)
    net = build_model(replace(plan.net, weights="random"), len(facts.classes)).module
    try:
        misfit = load_all(net, read_run_weights(folder))
    except WeightsError as error:
        raise RunError(str(error)) from error
    if misfit:
        raise RunError(f"{model_file(folder)} does not fit plan.toml (first misfit: {misfit}): restore the run's files")
    machine = this_machine()
    device = torch.device("cuda" if machine.gpu else "cpu")
    net = net.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    bf16 = plan.optim.precision == "bf16-mixed" and machine.bf16
    tile_px = largest_tile_px(plan.net.name, plan.scale.crop_px)
    confidence = read_confidence(folder, len(facts.classes))
    correction, threshold = NO_CORRECTION, LEAST_EXPECTED_IOU
    if confidence:
        correction = confidence.correction
        threshold = stored_threshold(confidence.least_expected_iou, correction.shifts, facts.classes.scored)
    return Segmenter(
        net,
        facts.classes,
        plan.predict,
        plan.scale.long_side_px,
        tile_px,
        facts.grey_range,
        bf16,
        window_px=plan.scale.crop_px,
        bands=facts.bands,
        correction=correction,
        least_expected_iou=threshold,
    )
