"""Grey values that ran over: 12 or 16 bits cut to the lower eight, or brightness added without a limit."""

import numpy as np

from maskwright.imaging.photos import Photo

WRAP, MIDDLE = 192, (96, 160)
"""Neighbours that differ by so much, and by about half of the range, in grey levels."""
WRAPPED_LEAST, JUMPS_LEAST = 0.003, 30
TOWARDS_LEAST, MIDDLE_MOST = 0.6, 5.0
EVEN_MOST, SHARP_MIDDLE_MOST = 0.35, 0.3
"""Sets of real photos reach 0.0006 of neighbours; printed and drawn pages have more, but even sides or many steps."""
ROWS_MOST = 512


def wrapped_share(photo: Photo) -> float:
    """Return the share of neighbouring pixels between which the values of an HxWx3 photo wrap around; 0 if none do.

    At a wrap, values rise to 255 and go on from 0: both sides move towards the jump. At a printed edge they are even.
    """
    grey = photo[:: max(1, len(photo) // ROWS_MOST), :, 1].astype(np.int16)
    if grey.shape[1] < 4:
        return 0.0
    steps = np.diff(grey, axis=1)
    sizes = np.abs(steps)
    jumps, middles = int((sizes >= WRAP).sum()), int(((sizes >= MIDDLE[0]) & (sizes < MIDDLE[1])).sum())
    if jumps < max(JUMPS_LEAST, WRAPPED_LEAST * sizes.size) or middles > MIDDLE_MOST * jumps:
        return 0.0
    before, jump, after = steps[:, :-2], steps[:, 1:-1], steps[:, 2:]
    inner = np.abs(jump) >= WRAP
    towards = inner & (np.sign(before) == -np.sign(jump)) & (np.sign(after) == -np.sign(jump))
    if towards.sum() < TOWARDS_LEAST * inner.sum():
        return 0.0
    values = np.bincount(grey.ravel(), minlength=256) / grey.size
    is_even = float(np.abs(np.cumsum(values) - np.arange(1, 257) / 256).max()) <= EVEN_MOST
    return jumps / sizes.size if is_even or middles <= SHARP_MIDDLE_MOST * jumps else 0.0
