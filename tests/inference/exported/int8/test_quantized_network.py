import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.errors import ConfigError
from maskwright.inference.exported.int8.quantized_network import (
    computed_by,
    network_in_eight_bits,
    require_nncf,
    seen_windows,
)
from maskwright.inference.exported.network_to_onnx import network_function
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet, build_model
from maskwright.models.spec import NetworkSpec
from maskwright.planning.plan import PredictPlan
from tests.support.commands import in_own_process


def drawn_segmenter(*, name: str = "unet", class_count: int = 2) -> Segmenter:
    net = build_model(
        NetworkSpec(name, "tf_efficientnet_lite0", (32, 16, 16, 8) if name == "unet" else (), "random"), class_count
    ).module.eval()
    classes = class_table(("ground", "disc", "bar")[:class_count])
    return Segmenter(net, classes, PredictPlan((0.7, 1.0), True, False), 90, 64)


def photos(count: int) -> list[np.ndarray]:
    return [np.random.default_rng(seed).integers(0, 255, (60, 80, 3), dtype=np.uint8) for seed in range(count)]


def test_the_windows_of_calibration_are_those_that_the_network_sees_each_kind_in_turn() -> None:
    segmenter = drawn_segmenter()
    windows = seen_windows(segmenter, photos(3), each=99)
    assert {window.shape for window in windows} == {(1, 3, 64, 64)}
    assert len(windows) == 3 * 2 * (
        1 + 4
    )  # each mirrored; one window of 47x63 at the small scale, four tiles at the large
    assert windows[0].max() > 200
    same = photos(1) * 10
    turns = seen_windows(segmenter, same, each=2)
    assert len(turns) == 20
    assert len({window.tobytes() for window in turns}) == 10


@pytest.mark.parametrize(("name", "class_count"), [("unet", 2), ("fpn", 3)])
def test_a_network_in_eight_bits_gives_nearly_the_same_logits_on_each_runtime(name: str, class_count: int) -> None:
    pytest.importorskip("nncf")
    segmenter = drawn_segmenter(name=name, class_count=class_count)
    net = segmenter.net
    assert isinstance(net, PaddedNet)
    windows = seen_windows(segmenter, photos(2), each=9)
    function = network_function(net)
    full = computed_by("onnx", function, net)
    network = network_in_eight_bits(function, windows, net=net)
    for runtime in ("onnx", "openvino"):
        small = computed_by(runtime, network, net)
        for photo in photos(2):
            ours, theirs = (replace(segmenter, net=one).photo_logits(photo) for one in (full, small))
            assert 0 < np.abs(ours - theirs).mean() < 0.1 * ours.std()


def test_without_nncf_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(ConfigError, match=r"export --int8 needs the package nncf.*pip install 'maskwright\[int8\]'"):
        require_nncf()


def test_nncf_reports_nothing_to_its_maker(tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    code = (
        "from maskwright.inference.exported.int8.quantized_network import require_nncf; require_nncf();"
        "from nncf.telemetry import telemetry; print(type(telemetry).__name__)"
    )
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    done = in_own_process(code, environment={**passed_on(), **home})
    assert done.stdout.split() == ["MagicMock"], done.stderr
    assert not [path for path in tmp_path.rglob("*") if "telemetry" in path.name or path.name == "intel"]


def passed_on() -> dict[str, str]:
    """Return the environment that Python needs, without CI: NNCF's reports are off there."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
