"""The network that is timed, on each runtime: that of a run, or one of random weights as a plan has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import torch

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, pick
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.photos import Photo
from maskwright.inference.exported.exported_files import exported_model, load_exported
from maskwright.inference.exported.metadata import Facts
from maskwright.inference.exported.runtimes import RUNTIMES, Runtime, installed
from maskwright.inference.exported.self_test import self_test
from maskwright.inference.load import load
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet, build_model
from maskwright.models.spec import NetworkSpec
from maskwright.planning.machine import this_machine
from maskwright.planning.plan import PredictPlan
from maskwright.planning.plan_file import plan_of_run
from maskwright.planning.settings import read_settings
from maskwright.runs.folder import read_run_facts
from maskwright.workflows.export import EXPORTED, export_run
from maskwright.workflows.export_int8 import default_int8_file, export_int8
from maskwright.workflows.progress.screen import silent_screen

LITE0 = "tf_efficientnet_lite0"
DECODER = (128, 64, 32, 32)
"""The decoder that a plan gives a U-Net on two cores."""


@dataclass(frozen=True)
class Network:
    """One network at one scale on each runtime, PyTorch first; the peer's encoder; annotated photos it has not seen.

    `planned` are the same at the scales of the run's plan, as `predict` takes them.
    """

    ways: dict[str, Segmenter]
    encoder: str
    unseen: Dataset | None = None
    planned: Mapping[str, Segmenter] = field(default_factory=dict)


def network_of_run(run: Path, folder: Path) -> Network:
    """Return the network of a run at one scale, exported on the way; in eight bits too where NNCF is installed."""
    facts, file = read_run_facts(run), folder / EXPORTED
    export_run(run, file)
    only = facts.classes.names[-1] if facts.classes.is_binary else None
    unseen = pick(open_dataset(facts.data, only=only), facts.test_photos) if facts.test_photos else None
    planned = {"torch": replace(load(run), bf16=False), **_exported(file), **_in_eight_bits(run, folder)}
    ways = {name: segmenter.at_one_scale() for name, segmenter in planned.items()}
    return Network(ways, plan_of_run(run).net.encoder, unseen, planned)


def random_network(folder: Path) -> Network:
    """Return a U-Net on EfficientNet-Lite0 with random weights."""
    net = build_model(NetworkSpec("unet", LITE0, DECODER, "random"), 2).module.eval()
    assert isinstance(net, PaddedNet)
    classes, plan = class_table(("background", "object")), PredictPlan((1.0,), False, False)
    ours = Segmenter(net.to(memory_format=torch.channels_last), classes, plan, 512, 512)
    facts = Facts(classes, plan, 512, 512, net.stride, net.least_px, None, None, "random", "none", "0" * 64)
    file = folder / EXPORTED
    file.write_bytes(exported_model(ours, facts, self_test(ours, drawn_photo((300, 400)))))
    return Network({"torch": ours, **_exported(file)}, LITE0)


def _exported(file: Path) -> dict[str, Segmenter]:
    """Return the same network on each runtime that is installed."""
    short: tuple[Runtime, ...] = ("openvino-bf16",) if this_machine().bf16 else ()
    return {way: load_exported(file, runtime=way) for way in (*RUNTIMES, *short) if installed(way)}


def _in_eight_bits(run: Path, folder: Path) -> dict[str, Segmenter]:
    """Return the network in eight bits on each runtime that is installed; ConfigError if it loses too much."""
    if find_spec("nncf") is None:
        return {}
    file, settings = default_int8_file(folder, "onnx"), read_settings([])
    export_int8(run, file, to="onnx", photo=None, settings=settings, screen=silent_screen())
    return {f"{way}, 8 bits": load_exported(file, runtime=way) for way in RUNTIMES if installed(way)}


def drawn_photo(size_hw: tuple[int, int]) -> Photo:
    """Return smooth noise."""
    noise = np.random.default_rng(0).integers(0, 255, (size_hw[0] // 20, size_hw[1] // 20, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, size_hw[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
