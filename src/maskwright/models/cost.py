"""What a network costs: its parameters, and for one photo its multiply-adds and the milliseconds on this machine."""

import time
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from maskwright.models.build import build_model
from maskwright.models.catalogue import WHOLE_DECODER, require_network
from maskwright.models.spec import NetworkSpec

SIDE_PX = 256
LONG_RUN_S = 1.0
"""A first run longer than this is not repeated."""
FILL_VALUE = 0.01


HEADING = (
    f"Full width, two classes, one photo of {SIDE_PX}x{SIDE_PX} px; ms: fp32 on one thread of this machine.\n"
    f"{'name':24} {'million parameters':>18} {'billion multiply-adds':>21} {'ms':>7}"
)


@dataclass(frozen=True)
class Cost:
    """Cost for two classes at full width: `multiply_adds` of convolutions and matrix products, one 256x256 photo.

    `milliseconds`: None if not measured; `weights`: the default start of the network; `start`: what that is here.
    """

    name: str
    title: str
    weights: str
    parameters: int
    multiply_adds: int
    milliseconds: float | None
    start: str = ""

    def __str__(self) -> str:
        ms = "" if self.milliseconds is None else f"{self.milliseconds:.0f}"
        start = f", {self.start}" if self.start else ""
        counts = f"{self.parameters / 1e6:18.2f} {self.multiply_adds / 1e9:21.2f}"
        return f"{self.name:24} {counts} {ms:>7}  {self.title}{start}"


def spec_of(name: str) -> NetworkSpec:
    """Return the spec of the network `name` at full width, with its usual encoder and random weights."""
    return NetworkSpec(name, require_network(name).encoder, WHOLE_DECODER, "random")


def cost(name: str, *, timed: bool) -> Cost:
    """Return the cost of a network, counted on the meta device, where tensors have no values; `timed`: also run it.

    Raises ConfigError if no network has that name.
    """
    network, net = require_network(name), _on_meta(name)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.empty(1, 3, SIDE_PX, SIDE_PX, device="meta"))
    parameters, multiply_adds = sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2
    ms = milliseconds(name) if timed else None
    return Cost(name, network.title, network.weights, parameters, multiply_adds, ms)


def milliseconds(name: str) -> float:
    """Return how long one 256x256 photo takes on one CPU thread in fp32: the second run, or the first if it is long."""
    net = _on_meta(name).to_empty(device="cpu")
    with torch.no_grad():
        for tensor in net.state_dict().values():
            tensor.fill_(FILL_VALUE if tensor.is_floating_point() else 0)
    photo = torch.zeros(1, 3, SIDE_PX, SIDE_PX).contiguous(memory_format=torch.channels_last)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        first = _seconds(net.to(memory_format=torch.channels_last), photo)
        return 1000 * (first if first > LONG_RUN_S else min(_seconds(net, photo) for _ in range(2)))
    finally:
        torch.set_num_threads(threads)


def _on_meta(name: str) -> nn.Module:
    with torch.device("meta"):
        return build_model(spec_of(name), 2).module.eval()


def _seconds(net: nn.Module, photo: torch.Tensor) -> float:
    started = time.perf_counter()
    with torch.inference_mode():
        net(photo)
    return time.perf_counter() - started
