"""Is a model that was trained elsewhere any good, and if not, why? Its masks and the true masks are enough.

    python examples/is_my_model_good.py masks/ predictions/

Both folders hold files of the same names: class ids, 0/255, or probabilities (PNG, npy, npz).
"""

import sys
from pathlib import Path

import maskwright as mw


def main(truth: Path, predictions: Path) -> None:
    """Print what is wrong with the predictions, the fault that costs most first."""
    for finding in mw.diagnose(mw.read_folders(truth, predictions)):
        gain = "" if finding.recovered_iou is None else f" (+{finding.recovered_iou:.2f} IoU once it is mended)"
        print(f"{finding.severity}: {finding.title}{gain}")
        print(f"    {finding.evidence}")
        print(f"    do: {finding.fix}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: python {sys.argv[0]} MASKS PREDICTIONS")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
