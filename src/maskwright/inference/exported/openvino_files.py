"""OpenVINO's own pair of files, .xml and .bin, with the same metadata and the same self-test."""

import json
from pathlib import Path
from typing import Any

from maskwright.errors import ConfigError, FileError
from maskwright.files import make_folder, reading, write_with
from maskwright.inference.exported.metadata import Facts, SelfTest, as_metadata, from_metadata
from maskwright.inference.exported.runtimes import compute_openvino, require_installed
from maskwright.inference.exported.self_test import Verified, compared
from maskwright.optional_packages import import_openvino
from maskwright.output_file_names import OPENVINO_SUFFIX

INFO = "maskwright"


def write_openvino(path: Path, model: bytes, facts: Facts, test: SelfTest) -> Verified:
    """Write an exported ONNX model as `path` (.xml) and a .bin beside it, if it gives the self-test's mask.

    ConfigError if the name does not end in .xml, or if more than 0.1 % of the self-test's pixels differ.
    """
    if path.suffix != OPENVINO_SUFFIX:
        raise ConfigError(f"{path}: OpenVINO's files are called .xml and .bin: give --out NAME.xml")
    require_installed("openvino")
    import onnx
    from onnx import inliner

    openvino = import_openvino()
    plain = inliner.inline_local_functions(onnx.load_from_string(model))
    converted = openvino.Core().read_model(plain.SerializeToString())
    converted.set_rt_info(json.dumps(as_metadata(facts, test)), [INFO])
    verified = compared(compute_openvino(converted), test, "openvino")
    if not verified.is_equal:
        raise ConfigError(f"not exported: the exported network's mask of the self-test {verified.words}")
    _save_pair(converted, path)
    return verified


def _save_pair(model: Any, path: Path) -> None:  # noqa: ANN401 - an openvino.Model
    """Write both files under other names, then give them theirs: a full disk leaves an earlier pair as it was."""
    make_folder(path.parent)
    scratch: list[Path] = []
    try:
        write_with(path.with_suffix(".bin"), lambda temporary: _save(model, temporary, scratch))
        scratch[0].replace(path)
    finally:
        for file in scratch:
            file.unlink(missing_ok=True)


def _save(model: Any, temporary: Path, scratch: list[Path]) -> None:  # noqa: ANN401 - an openvino.Model
    """Let OpenVINO write the .bin as `temporary` and the .xml beside it, which is added to `scratch`."""
    scratch.append(temporary.with_suffix(OPENVINO_SUFFIX))
    try:
        import_openvino().save_model(model, str(scratch[0]), compress_to_fp16=False)
    except RuntimeError as error:  # what OpenVINO makes of a full disk
        raise OSError(f"OpenVINO could not write it ({' '.join(str(error).split())[:120]})") from error


def read_openvino(path: Path) -> tuple[Facts, SelfTest]:
    """Return facts and self-test of a .xml file; FileError if maskwright did not export it."""
    require_installed("openvino")
    openvino = import_openvino()
    with reading(path, advice="export the run again"):
        model = openvino.Core().read_model(str(path))
        if not model.has_rt_info([INFO]):
            raise FileError(f"{path} was not exported by maskwright: `maskwright export RUN --to openvino` makes one")
        return from_metadata(json.loads(str(model.get_rt_info([INFO]).value)), path)


def verify_openvino(path: Path) -> Verified:
    """Return how the mask that the .xml and .bin give for their self-test compares to the run's mask."""
    _, test = read_openvino(path)
    openvino = import_openvino()
    with reading(path, advice="export the run again"):
        return compared(compute_openvino(openvino.Core().read_model(str(path))), test, "openvino")
