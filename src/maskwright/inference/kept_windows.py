"""Logits of windows that are kept on disk: work on a huge image that was killed goes on where it was."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from maskwright.files import make_folder, write_with
from maskwright.inference.segmenter import Segmenter


class KeptWindows(nn.Module):
    """A network that looks into a folder whether it has seen a window before, and keeps there what it says of it.

    A window is known by its pixels: the folder may be that of any image, but of one network only.
    """

    def __init__(self, net: nn.Module, folder: Path) -> None:
        super().__init__()
        self.net, self._folder = net, folder

    def forward(self, windows: Tensor) -> Tensor:
        """Return NxCxHxW float32 logits of NxCxHxW windows, on the CPU where they were kept."""
        digest = sha256(str(tuple(windows.shape)).encode())
        digest.update(windows.detach().cpu().contiguous().numpy().tobytes())
        file = self._folder / f"{digest.hexdigest()[:32]}.npy"
        if file.is_file():
            return torch.from_numpy(np.load(file, allow_pickle=False))
        logits: Tensor = self.net(windows).float()
        values = logits.cpu().numpy()
        write_with(file, lambda path: np.save(path, values, allow_pickle=False))
        return logits


def with_kept_windows(segmenter: Segmenter, folder: Path) -> Segmenter:
    """Return the Segmenter, each of whose networks keeps the logits of its windows in a folder of its own."""
    members = (replace(segmenter, others=()), *segmenter.others)
    kept = [
        replace(member, net=KeptWindows(member.net, make_folder(folder / str(number))))
        for number, member in enumerate(members)
    ]
    return replace(kept[0], others=tuple(kept[1:]))
