"""docs/reference/networks.md: every network of the catalogue: `python -m docs_tools.networks_page`."""

from pathlib import Path

from maskwright.files import write_text
from maskwright.models.catalogue import NETWORKS, Network

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "networks.md"
INTRODUCTION = """# Networks

<!-- made by `make docs`; do not edit -->

`--net NAME`, or `--set net.name=NAME`. `maskwright nets` counts the parameters of each and times it on your machine.
[How to choose](../how-to/choose-network-and-loss.md).

| name | network | encoder | starts from | smallest crop, px |
|---|---|---|---|---|
"""
NOTES = """
"Encoder" is the default of `net.encoder`, which takes any encoder of timm; "its own" cannot be exchanged. A start from
ImageNet can be replaced by `--set net.weights=random`, or by the path of a run or of a file of weights. "ImageNet where
it is at hand" looks for the weights on this machine and at their hub, and says which it took.
"""
STARTS = {"imagenet": "ImageNet", "auto": "ImageNet where it is at hand", "random": "random weights"}


def page() -> str:
    """Return the page as markdown: one row for each network."""
    return INTRODUCTION + "\n".join(_row(name, network) for name, network in NETWORKS.items()) + "\n" + NOTES


def _row(name: str, network: Network) -> str:
    encoder = f"`{network.encoder}`" if network.encoder else "its own"
    return f"| `{name}` | {network.title} | {encoder} | {STARTS[network.weights]} | {network.least_px} |"


if __name__ == "__main__":
    write_text(PAGE, page())
