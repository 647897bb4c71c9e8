"""export: a run as one file that needs neither maskwright nor PyTorch; and the fastest way to load a run."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import cast

import torch

from maskwright.errors import ConfigError, DataError, MaskwrightError
from maskwright.imaging.mask_geometry import reduce_photo
from maskwright.imaging.photos import Photo, read_photo
from maskwright.inference.exported.browser_files import PageWritten, write_page
from maskwright.inference.exported.exported_files import (
    exported_model,
    load_exported,
    read_exported,
    verify,
    verify_loaded,
    write_exported,
)
from maskwright.inference.exported.metadata import MOST_LOST, Facts, licence_of
from maskwright.inference.exported.onnxruntime_web import OrtWeb
from maskwright.inference.exported.openvino_files import read_openvino, verify_openvino, write_openvino
from maskwright.inference.exported.runtimes import RUNTIMES, Runtime, installed
from maskwright.inference.exported.self_test import Verified, self_test
from maskwright.inference.load import load, run_folders
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet
from maskwright.models.weights.read_run_weights import model_file
from maskwright.output_file_names import ONNX_SUFFIX, OPENVINO_SUFFIX, PAGE_SUFFIX
from maskwright.report.trust_sentence import UNKNOWN, trust_sentence
from maskwright.runs.folder import RunFacts, read_run_facts, run_identity
from maskwright.workflows.progress.torch_import import moving

EXPORTED = f"model{ONNX_SUFFIX}"
"""The exported file in a run folder."""
LONG_SIDE_PX = 640
"""Of the self-test's photo: it travels in the file."""


def default_file(run: Path, to: str) -> Path:
    """Return where a run exported to "onnx", "openvino" or "html" is written if nobody says."""
    return run / {"onnx": EXPORTED, "openvino": f"model{OPENVINO_SUFFIX}", "html": f"model{PAGE_SUFFIX}"}[to]


def export_run(run: Path, out: Path, *, to: Runtime = "onnx", photo: Path | None = None) -> Verified:
    """Write a run as one ONNX file, or as OpenVINO's two; return how its mask of the self-test compares to PyTorch's.

    The self-test is `photo`, or the run's first held-out photo that is still there. ConfigError where a run cannot
    be exported, DataError where no photo is there.
    """
    segmenter, known, pixels = parts_of_run(run, photo)
    test = self_test(segmenter, pixels)
    model = exported_model(segmenter, known, test)
    return write_exported(out, model, test) if to == "onnx" else write_openvino(out, model, known, test)


def export_page(run: Path, out: Path, *, photo: Path | None = None, runtime: OrtWeb) -> PageWritten:
    """Write a run as a page that segments in a browser, with ONNX Runtime Web inside. Raises as `export_run`."""
    segmenter, known, pixels = parts_of_run(run, photo)
    return write_page(out, segmenter, known, photo=pixels, runtime=runtime)


def parts_of_run(run: Path, photo: Path | None) -> tuple[Segmenter, Facts, Photo]:
    """Return the run's Segmenter in 32 bits on the CPU, what its file says of it, and the photo of the self-test."""
    facts, segmenter = read_run_facts(run), replace(load(run), bf16=False)
    segmenter = replace(segmenter, net=segmenter.net.cpu())
    pixels = reduce_photo(_self_test_photo(facts, segmenter, photo), LONG_SIDE_PX)
    return segmenter, _facts(run, facts, segmenter), pixels


def _self_test_photo(facts: RunFacts, segmenter: Segmenter, given: Path | None) -> Photo:
    if given is not None:
        return read_photo(given, grey_range=segmenter.grey_range, bands=segmenter.bands)
    for name in (*facts.test_photos, *facts.train_photos):
        try:
            return read_photo(Path(facts.data) / name, grey_range=segmenter.grey_range, bands=segmenter.bands)
        except MaskwrightError:
            continue
    raise DataError(f"no photo of the run is in {facts.data} any more: give one for the self-test, as --photo FILE")


def _facts(run: Path, facts: RunFacts, segmenter: Segmenter) -> Facts:
    net = segmenter.net
    assert isinstance(net, PaddedNet)
    return Facts(
        classes=segmenter.classes,
        predict=segmenter.predict,
        long_side_px=segmenter.long_side_px,
        tile_px=segmenter.tile_px,
        stride=net.stride,
        least_px=net.least_px,
        grey_range=segmenter.grey_range,
        bands=segmenter.bands,
        weights=facts.weights,
        licence=licence_of(facts.weights),
        run_sha256=facts.model_sha256 or sha256(model_file(run).read_bytes()).hexdigest(),
        train_digests=facts.train_digests,
        temperatures=segmenter.correction.temperatures,
        shifts=segmenter.correction.shifts,
        least_expected_iou=segmenter.least_expected_iou,
        trust=trust_sentence(run),
    )


def describe(path: Path) -> list[str]:
    """Return what an exported file says of itself, in lines."""
    facts, _ = read_openvino(path) if path.suffix == OPENVINO_SUFFIX else read_exported(path)[1:]
    return [
        *([f"in 8 bits: {facts.eight_bits}"] if facts.eight_bits else []),
        *([f"in 8 bits with --fast: {fast_cost(facts)}"] if facts.eight_bits else []),
        f"classes: {', '.join(facts.classes.names)}",
        f"scale: photos are brought to {facts.long_side_px} px, tiles of {facts.tile_px} px",
        f"weights began as: {facts.weights}; licence: {facts.licence}",
        f"run: {facts.run_sha256[:16]}",
    ]


def verify_everywhere(path: Path) -> list[tuple[str, Verified]]:
    """Return how the file does its self-test, whole and as `load` uses it, with every runtime that is installed."""
    if path.suffix == OPENVINO_SUFFIX:
        return [("the whole file in OpenVINO", verify_openvino(path))]
    verified = []
    for runtime in (here for here in RUNTIMES[::-1] if here == "onnx" or installed(here)):
        name = "ONNX Runtime" if runtime == "onnx" else "OpenVINO"
        verified.append((f"the whole file in {name}", verify(path, runtime=runtime)))
        verified.append((f"loaded by maskwright with {name}", verify_loaded(path, runtime=runtime)))
    return verified


def fast_cost(facts: Facts) -> str:
    """Return in words what eight bits cost with --fast, more than that costs in 32 bits."""
    if facts.fast_lost is None:
        return "not measured; export the run again with --int8"
    return f"{facts.fast_lost:.2f} IoU points lost on the same photos"


def load_with(run: Path, runtime: str, *, tell: Callable[[str], None], fast: bool = False) -> Segmenter:
    """Return the Segmenter of a run or an exported file on a runtime: "torch", "onnx", "openvino(-bf16)" or "auto".

    "auto" takes the fastest of 32 bits that is installed, has an exported file, and gives the self-test's mask; else
    PyTorch. A `fast` one sees a photo at one scale; ConfigError where eight bits then lose more than `MOST_LOST`.
    """
    if fast and is_exported(run):
        _require_fast(run, tell)
    segmenter = _loaded_with(run, runtime, tell)
    return segmenter.at_one_scale() if fast else segmenter


def load_and_tell(run: Path, runtime: str, *, tell: Callable[[str], None], fast: bool = False) -> Segmenter:
    """Return the Segmenter of `load_with`; say what is loaded, and show meanwhile that something moves."""
    tell(f"loading {run}")
    with moving(f"loading {run}"):
        return load_with(run, runtime, tell=tell, fast=fast)


def _require_fast(file: Path, tell: Callable[[str], None]) -> None:
    facts = read_exported(file)[1]
    if not facts.eight_bits:
        return
    if facts.fast_lost is not None and facts.fast_lost > MOST_LOST:
        raise ConfigError(
            f"{file} computes in 8 bits, and with --fast too much is lost: {fast_cost(facts)}, {MOST_LOST} are "
            "allowed: leave --fast out, or give the run folder"
        )
    tell(f"in 8 bits with --fast: {fast_cost(facts)}")


def _loaded_with(run: Path, runtime: str, tell: Callable[[str], None]) -> Segmenter:
    exported = run if is_exported(run) else run / EXPORTED
    if runtime == "torch":
        if is_exported(run):
            raise ConfigError(f"{run} holds no PyTorch weights: give the run folder, or --runtime onnx")
        return load(run)
    if runtime == "auto":
        return _fastest(run, exported, tell)
    if not exported.is_file():
        raise ConfigError(f"{run} has no {EXPORTED}: `maskwright export {run}` makes it")
    _require_same_weights(run, exported)
    return load_exported(exported, runtime=cast(Runtime, runtime))


def trust_of(run: Path) -> str:
    """Return one line on how far to trust the model of a run, of several runs or of an exported file."""
    if is_exported(run):
        return read_exported(run)[1].trust or UNKNOWN
    lines = [trust_sentence(folder) for folder in run_folders(run)]
    return lines[0] if len(lines) == 1 else f"{len(lines)} runs averaged, not scored together. The first: {lines[0]}"


def model_identity(run: Path) -> str:
    """Return what tells the model of a run, of several runs or of an exported file from all others."""
    return read_exported(run)[1].run_sha256 if is_exported(run) else run_identity(run_folders(run))


def _fastest(run: Path, exported: Path, tell: Callable[[str], None]) -> Segmenter:
    """Return the Segmenter on the first runtime that is proven equal; that of PyTorch where there is none."""
    here: list[Runtime] = [runtime for runtime in RUNTIMES if installed(runtime)] if exported.is_file() else []
    if is_exported(run) and not here:
        return load_exported(run)  # says what is missing
    for runtime in here if is_exported(run) or not torch.cuda.is_available() else []:
        try:
            _require_same_weights(run, exported)
            segmenter = load_exported(exported, runtime=runtime)
        except MaskwrightError as error:
            tell(f"not with {runtime}: {error}")
            continue
        tell(f"with {runtime}: the self-test in {exported} is passed")
        return segmenter
    return load(run)


def _require_same_weights(run: Path, exported: Path) -> None:
    if is_exported(run):
        return
    ours, theirs = read_run_facts(run).model_sha256, read_exported(exported)[1]
    if ours and ours != theirs.run_sha256:
        raise ConfigError(f"{exported} holds other weights than the run: `maskwright export {run}` makes it again")
    if theirs.eight_bits:
        raise ConfigError(f"{exported} computes in 8 bits: give it in place of {run} if that is meant")


def is_exported(run: Path) -> bool:
    """True for the path of an exported file."""
    return run.suffix == ONNX_SUFFIX
