"""export --int8: a run in eight bits, written only if photos that training did not fit lose little by it."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maskwright.datasets.dataset import Dataset, pick
from maskwright.errors import ConfigError, DataError
from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import Judged, evaluate
from maskwright.evenly_spaced import spread_evenly
from maskwright.inference.exported.exported_files import exported_model, require_exportable, write_exported
from maskwright.inference.exported.int8.quantized_network import (
    Window,
    computed_by,
    network_in_eight_bits,
    require_nncf,
    seen_windows,
)
from maskwright.inference.exported.metadata import MOST_LOST
from maskwright.inference.exported.network_to_onnx import network_function
from maskwright.inference.exported.openvino_files import write_openvino
from maskwright.inference.exported.runtimes import Runtime, RuntimeNet, require_installed
from maskwright.inference.exported.self_test import Verified, self_test
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet
from maskwright.output_file_names import ONNX_SUFFIX, OPENVINO_SUFFIX
from maskwright.planning.settings import Settings
from maskwright.runs.folder import RunFacts, read_run_facts
from maskwright.wording import count_of
from maskwright.workflows.export import parts_of_run
from maskwright.workflows.progress.screen import Screen
from maskwright.workflows.run_evaluation import dataset_of_run

CALIBRATION_PHOTOS = 24
"""Training photos that give the ranges of values, at most."""
CALIBRATION_WINDOWS = 48
"""Windows of these photos that give the ranges of values, about."""
JUDGED_PHOTOS = 100
"""At most so many others judge."""
ROUNDS = 7


@dataclass(frozen=True)
class EightBits:
    """A run written in eight bits: its self-test, what that costs as planned and with --fast, seconds of a window.

    `cost` is in words, `fast_lost` in IoU points, `seconds` in eight bits and in 32.
    """

    verified: Verified
    cost: str
    fast_lost: float
    seconds: float
    seconds_32: float


@dataclass(frozen=True)
class _Photos:
    """Photos with masks: those that give ranges, those that judge, and the latter in words, counted."""

    calibration: Dataset
    judges: Dataset
    judges_in_words: str


def default_int8_file(run: Path, to: str) -> Path:
    """Return where a run in eight bits is written if nobody says: not where `predict --runtime auto` looks."""
    return run / f"model-int8{ONNX_SUFFIX if to == 'onnx' else OPENVINO_SUFFIX}"


def export_int8(
    run: Path, out: Path, *, to: Runtime, photo: Path | None, settings: Settings, screen: Screen
) -> EightBits:
    """Write a run in eight bits as ONNX file or OpenVINO's two, for the runtime `to`.

    ConfigError, and nothing written, if it loses more than half an IoU point on photos that training did not fit.
    Raises as `export_run` besides.
    """
    require_nncf()
    require_installed("onnx")
    segmenter, known, pixels = parts_of_run(run, photo)
    require_exportable(segmenter)
    photos, net = _photos_of(run, settings, screen), segmenter.net
    assert isinstance(net, PaddedNet)
    screen.tell(f"quantising on {len(photos.calibration)} training photos: about a minute")
    each = math.ceil(CALIBRATION_WINDOWS / len(photos.calibration))
    pixels_of = photos.calibration.photo
    windows = seen_windows(segmenter, (pixels_of(sample) for sample in photos.calibration.samples), each=each)
    network = network_function(net)
    network_8 = network_in_eight_bits(network, windows, net=net)
    small_net = computed_by(to, network_8, net)
    small = replace(segmenter, net=small_net)
    cost, fast_lost = _accepted(segmenter, small, photos, screen)
    test = self_test(small, pixels)
    facts = replace(known, eight_bits=cost, fast_lost=round(fast_lost, 2))
    model = exported_model(segmenter, facts, test, network=network_8)
    verified = write_exported(out, model, test) if to == "onnx" else write_openvino(out, model, facts, test)
    return EightBits(verified, cost, fast_lost, *_seconds(small_net, computed_by(to, network, net), windows[0]))


def _photos_of(run: Path, settings: Settings, screen: Screen) -> _Photos:
    """Return the photos of the run; DataError where none of them can judge."""
    facts = read_run_facts(run)
    names, noun, more = _judges(facts)
    if not names:
        raise DataError(
            f"{run} held no photo out of its training, and nothing else tells what 8 bits lose: train with --set "
            "split.test=0.2, or export without --int8"
        )
    dataset = dataset_of_run(facts, settings, screen)
    judges = pick(dataset, spread_evenly(names, JUDGED_PHOTOS)).annotated
    calibration = pick(dataset, spread_evenly(facts.train_photos, CALIBRATION_PHOTOS))
    if not len(judges) or not len(calibration):
        raise DataError(f"the photos of {run} are not in {facts.data} any more: restore them, or leave --int8 out")
    return _Photos(calibration, judges, f"{count_of(len(judges), noun)}{more}")


def _judges(facts: RunFacts) -> tuple[tuple[str, ...], str, str]:
    """Return the photos that training did not fit, or fitted only at its end, their noun, and what is said after it."""
    if facts.test_photos:
        return facts.test_photos, "held-out photo", ""
    return facts.inner_photos, "photo", " that training fitted in its last quarter (none is held out)"


def _accepted(before: Segmenter, after: Segmenter, photos: _Photos, screen: Screen) -> tuple[str, float]:
    """Return what eight bits cost, in words, and with --fast, in IoU points; ConfigError if the first is too much."""
    ways = (before, after, before.at_one_scale(), after.at_one_scale())
    old, new, fast_old, fast_new = _points(ways, photos.judges, screen)
    if np.isnan(old):
        raise DataError("the photos that judge show no object: nothing tells what 8 bits lose; export without --int8")
    cost = f"{old - new:.2f} IoU points lost on {photos.judges_in_words}, {old:.2f} to {new:.2f}"
    if old - new > MOST_LOST:
        raise ConfigError(f"not exported, 8 bits lose too much: {cost}; {MOST_LOST} are allowed: leave --int8 out")
    return f"{cost}; calibrated on {len(photos.calibration)} training photos", fast_old - fast_new


def _points(ways: Sequence[Segmenter], judges: Dataset, screen: Screen) -> list[float]:
    """Return the dataset IoU of each Segmenter, in points; each photo is decoded once for all of them."""
    first, *others = ways
    totals = [np.zeros((len(judges.classes),) * 2, dtype=np.int64) for _ in others]
    step = screen.count("judging 8 bits", len(judges))

    def judge(judged: Judged) -> None:
        for way, total in zip(others, totals, strict=True):
            total += metrics.confusion(judged.truth, way.mask(judged.photo), len(judges.classes))
        step()

    counts = [evaluate(first.mask, judges, on_photo=judge).counts, *totals]
    return [100 * metrics.mean_over(metrics.iou(total), judges.classes.scored) for total in counts]


def _seconds(small: RuntimeNet, full: RuntimeNet, window: Window) -> tuple[float, float]:
    """Return the median seconds of a window in eight bits and in 32, both in turns."""
    seconds: dict[RuntimeNet, list[float]] = {small: [], full: []}
    for _ in range(ROUNDS):
        for net, times in seconds.items():
            start = time.perf_counter()
            net.compute([window])
            times.append(time.perf_counter() - start)
    return statistics.median(seconds[small]), statistics.median(seconds[full])
