"""From a run folder to a Segmenter."""

from dataclasses import replace
from pathlib import Path

import torch

from maskwright.errors import RunError
from maskwright.infer.segmenter import Segmenter
from maskwright.nets.build import build_model
from maskwright.nets.checkpoint import load_tensors
from maskwright.planning.config import read_plan
from maskwright.planning.machine import this_machine
from maskwright.planning.networks import largest_tile_px
from maskwright.planning.run_folder import read_run_facts


def load(run: Path | str) -> Segmenter:
    """Return the Segmenter of a finished run folder, on the GPU where there is one."""
    folder = Path(run)
    facts, plan = read_run_facts(folder), read_plan(folder / "plan.toml")
    net = build_model(replace(plan.net, weights="random"), len(facts.classes)).module
    try:
        net.load_state_dict(load_tensors(folder / "model.pt"), strict=True)
    except RuntimeError as error:
        raise RunError(f"{folder / 'model.pt'} does not fit plan.toml: restore the plan.toml of the run") from error
    machine = this_machine()
    device = torch.device("cuda" if machine.gpu else "cpu")
    net = net.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    bf16 = plan.optim.precision == "bf16-mixed" and machine.bf16
    tile_px = largest_tile_px(plan.net.name, plan.scale.crop_px)
    return Segmenter(
        net,
        facts.classes,
        plan.predict,
        plan.scale.long_side_px,
        tile_px,
        facts.grey_range,
        bf16,
        window_px=plan.scale.crop_px,
    )
