"""Logits of windows that are kept on disk: work on a huge image that was killed goes on where it was."""

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from maskwright.errors import OutputError
from maskwright.files import make_folder, remove_matching, write_with
from maskwright.inference.deconvnet_proposals import grid_windows
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.tiling import tiles_over

OWN_FILES = re.compile(r"[0-9a-f]{32}\.npy")


class CachedWindows(nn.Module):
    """A network that looks into a folder whether it has seen a window before, and keeps there what it says of it.

    A window is known by its pixels: the folder may be that of any image, but of one network only. `step` is called
    after each window. Where the disk is full, no more is kept, and what was kept makes room.
    """

    def __init__(self, net: nn.Module, folder: Path, step: Callable[[], None]) -> None:
        super().__init__()
        self.net, self._folder, self._step, self._is_full = net, folder, step, False

    def forward(self, windows: Tensor) -> Tensor:
        """Return NxCxHxW float32 logits of NxCxHxW windows, on the CPU where they were kept."""
        digest = sha256(str(tuple(windows.shape)).encode())
        digest.update(windows.detach().cpu().contiguous().numpy().tobytes())
        file = self._folder / f"{digest.hexdigest()[:32]}.npy"
        logits: Tensor
        if file.is_file():
            logits = torch.from_numpy(np.load(file, allow_pickle=False))
        else:
            logits = self.net(windows).float()
            self._keep(logits, file)
        self._step()
        return logits

    def _keep(self, logits: Tensor, file: Path) -> None:
        if self._is_full:
            return
        values = logits.cpu().numpy()
        try:
            write_with(file, lambda path: np.save(path, values, allow_pickle=False))
        except OutputError:
            self._is_full = True
            remove_matching(self._folder, OWN_FILES)


def window_count(segmenter: Segmenter, size_hw: tuple[int, int]) -> int:
    """Return how many windows of a photo the networks see; without those around objects, which are not known yet."""
    members = (replace(segmenter, others=()), *segmenter.others)
    return sum(_windows_at(member, size) for member in members for size in member.working_sizes(size_hw))


def _windows_at(member: Segmenter, size_hw: tuple[int, int]) -> int:
    if member.predict.windows == "tiles":
        count = len(tiles_over(size_hw, member.tile_px))
    else:
        grid = grid_windows(size_hw, member.window_px or member.tile_px)
        count = len(grid) if member.predict.windows == "grid" else 1
    return count * (1 + member.predict.flip)


def with_kept_windows(segmenter: Segmenter, folder: Path, *, step: Callable[[], None]) -> Segmenter:
    """Return the Segmenter, each of whose networks keeps the logits of its windows in a folder of its own."""
    members = (replace(segmenter, others=()), *segmenter.others)
    kept = [
        replace(member, net=CachedWindows(member.net, make_folder(folder / str(number)), step))
        for number, member in enumerate(members)
    ]
    return replace(kept[0], others=tuple(kept[1:]))
