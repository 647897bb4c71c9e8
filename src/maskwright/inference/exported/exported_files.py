"""Exported files: written with their self-test, read as a Segmenter, and verified."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.errors import ConfigError, FileError
from maskwright.files import reading, write_bytes
from maskwright.inference.exported.full_graph import network_model, whole_model
from maskwright.inference.exported.metadata import Facts, SelfTest, as_metadata, from_metadata
from maskwright.inference.exported.network_to_onnx import network_function
from maskwright.inference.exported.runtimes import Runtime, RuntimeNet, compute_with, require_installed
from maskwright.inference.exported.self_test import Verified, compared, compared_mask
from maskwright.inference.segmenter import Segmenter
from maskwright.runs.confidence import Correction

if TYPE_CHECKING:
    from onnx import FunctionProto, ModelProto


def require_exportable(segmenter: Segmenter) -> None:
    """Raise ConfigError for what no exported file can hold."""
    if segmenter.others:
        raise ConfigError("several runs cannot be one file: export each run alone")
    if segmenter.predict.windows != "tiles":
        raise ConfigError("predict.windows is not tiles: only tiles can be exported")


def exported_model(
    segmenter: Segmenter, facts: Facts, test: SelfTest, *, network: "FunctionProto | None" = None
) -> bytes:
    """Return the ONNX file of a Segmenter with its metadata; `network` is the function in place of its own network.

    Raises ConfigError for what a file cannot hold.
    """
    require_installed("onnx")
    from onnx import helper

    require_exportable(segmenter)
    model = whole_model(segmenter, network or network_function(segmenter.net))  # type: ignore[arg-type]
    helper.set_model_props(model, as_metadata(facts, test))
    return bytes(model.SerializeToString())


def write_exported(path: Path, model: bytes, test: SelfTest) -> Verified:
    """Write an exported model if it gives the self-test's mask; ConfigError if more than 0.1 % of its pixels differ."""
    verified = compared(compute_with("onnx", model), test, "onnx")
    if not verified.is_equal:
        raise ConfigError(f"not exported: the exported network's mask of the self-test {verified.words}")
    write_bytes(path, model)
    return verified


def read_exported(path: Path) -> tuple["ModelProto", Facts, SelfTest]:
    """Return model, facts and self-test of an exported file; FileError if it is none."""
    if find_spec("onnx") is None:
        require_installed("onnx")
    import onnx

    if not path.is_file():
        raise FileError(f"{path} is no file: `maskwright export RUN` makes one")
    with reading(path, advice="export the run again"):
        model = onnx.load(str(path))
        metadata = {entry.key: entry.value for entry in model.metadata_props}
    return model, *from_metadata(metadata, path)


def load_exported(path: Path, *, runtime: Runtime = "onnx") -> Segmenter:
    """Return the Segmenter of an exported file, its network computed by `runtime`, after its self-test.

    FileError if it is no exported file, or if more than 0.1 % of the self-test's pixels differ here.
    """
    segmenter, test = _loaded(path, runtime)
    verified = compared_mask(segmenter.mask(test.photo), test, runtime)
    if not verified.is_equal:
        raise FileError(f"{path}: the self-test's mask {verified.words} with {runtime}: export the run again here")
    return segmenter


def _loaded(path: Path, runtime: Runtime) -> tuple[Segmenter, SelfTest]:
    model, facts, test = read_exported(path)
    if facts.eight_bits and runtime == "openvino-bf16":
        raise ConfigError(f"{path} computes in 8 bits, not in bf16: give --runtime openvino")
    network = network_model(model).SerializeToString()
    segmenter = Segmenter(
        RuntimeNet(partial(compute_with, runtime, network), stride=facts.stride, least_px=facts.least_px),
        facts.classes,
        facts.predict,
        facts.long_side_px,
        facts.tile_px,
        facts.grey_range,
        bands=facts.bands,
        correction=Correction(facts.temperatures, facts.shifts),
        least_expected_iou=facts.least_expected_iou,
    )
    return segmenter, test


def verify(path: Path, *, runtime: Runtime = "onnx") -> Verified:
    """Return how the mask that the whole file gives for its self-test compares to the run's mask."""
    require_installed(runtime)
    model, _, test = read_exported(path)
    if runtime != "onnx":
        from onnx import inliner

        model = inliner.inline_local_functions(model)
    with reading(path, advice="export the run again"):
        return compared(compute_with(runtime, model.SerializeToString()), test, runtime)


def verify_loaded(path: Path, *, runtime: Runtime = "onnx") -> Verified:
    """Return how the mask that the file's Segmenter gives for the self-test compares to the run's mask."""
    segmenter, test = _loaded(path, runtime)
    return compared_mask(segmenter.mask(test.photo), test, runtime)
