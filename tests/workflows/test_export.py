import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from maskwright.errors import ConfigError
from maskwright.inference.exported import runtimes
from maskwright.inference.exported.runtimes import RUNTIMES, Runtime, installed
from maskwright.inference.load import load
from maskwright.planning.machine import this_machine
from maskwright.workflows.export import EXPORTED, load_with, trust_of
from tests.support.commands import call

SHAPES = [(96, 96), (61, 97), (97, 61), (300, 200), (20, 33), (150, 401), (1, 80), (90, 1), (1, 1), (64, 640), (96, 96)]


@pytest.fixture(scope="module")
def exported_run(disc_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = shutil.copytree(disc_run, tmp_path_factory.mktemp("exported") / "discs")
    assert call("export", run) == 0
    return run


@pytest.mark.parametrize("runtime", ["auto", *RUNTIMES])
def test_each_runtime_gives_pytorch_s_masks_whatever_shapes_follow_one_another(
    exported_run: Path, runtime: Runtime | Literal["auto"]
) -> None:
    if runtime != "auto" and not installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    theirs = load_with(exported_run, runtime, tell=print)
    ours = replace(load(exported_run), bf16=False)
    photos = [
        np.random.default_rng(seed).integers(0, 255, (*shape, 3), dtype=np.uint8)
        for seed, shape in enumerate([*SHAPES, *SHAPES[::-1]])
    ]
    for photo in photos:
        first, second = np.sort(ours.probabilities(photo), axis=0)[-2:]
        decided = second - first >= 0.01
        different = (theirs.mask(photo) != ours.mask(photo)) & decided
        assert different.sum() <= 0.001 * decided.size, photo.shape


def test_an_exported_file_says_how_far_to_trust_the_model_as_its_run_does(exported_run: Path) -> None:
    line = trust_of(exported_run)
    assert line.startswith("Finding disc: ")
    assert trust_of(exported_run / EXPORTED) == line
    assert trust_of(Path(f"{exported_run},{exported_run}")).startswith(
        "2 runs averaged, not scored together. The first: "
    )


def test_bf16_is_computed_where_the_processor_has_it_and_refused_elsewhere(
    exported_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not installed("openvino-bf16"):
        pytest.skip("openvino is not installed")
    if this_machine().bf16:
        photo = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
        short, full = (
            load_with(exported_run, name, tell=print).probabilities(photo) for name in ("openvino-bf16", "openvino")
        )
        assert 0 < np.abs(short - full).max() < 0.1
    monkeypatch.setattr(runtimes, "this_machine", lambda: replace(this_machine(), bf16=False))
    with pytest.raises(ConfigError, match="give --runtime openvino, which computes in 32 bits"):
        load_with(exported_run, "openvino-bf16", tell=print)
