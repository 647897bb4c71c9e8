"""Findings about masks that do not lie on their photos: turned, mirrored, shifted, or drawn before the EXIF turn."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.orientation import unturned_finding
from maskwright.checks.scan import Look
from maskwright.findings.finding import Finding, some
from maskwright.imaging.edge_alignment import TURNS, Fit

CLEAR, CLEARLY_BETTER = 1.2, 0.4
"""Coherence on true boundaries is 1.5 to 2.5, elsewhere 0.5 to 0.9 (measured on six sets of real photos)."""
TURNED_LEAST, TURNED_SHARE, TURNED_AHEAD = 3, 0.25, 3
SHIFTED_LEAST, SHIFTED_SHARE, SHIFTED_T, SHIFTED_CLEAR = 5, 0.75, 4.0, 1.3
SHIFT_STEPS_LEAST = 2.0
NEAR_PX, AS_GOOD = 8, 0.8
"""With edges nearly as strong elsewhere, as in regular patterns, a shift cannot be told from none."""

_UNDO = {
    "mirrored left to right": "ImageOps.mirror(mask)",
    "mirrored top to bottom": "ImageOps.flip(mask)",
    "turned by 180 degrees": "mask.transpose(Image.Transpose.ROTATE_180)",
    "transposed": "mask.transpose(Image.Transpose.TRANSPOSE)",
    "turned by 90 degrees counterclockwise": "mask.transpose(Image.Transpose.ROTATE_90)",
    "turned by 90 degrees clockwise": "mask.transpose(Image.Transpose.ROTATE_270)",
    "transposed along the other diagonal": "mask.transpose(Image.Transpose.TRANSVERSE)",
}

Fits = list[tuple[str, Fit]]


def fit_findings(looks: Sequence[Look]) -> list[Finding]:
    """Return whether many masks fit their photos clearly better when they are turned, mirrored or shifted."""
    unturned = _unturned(looks)
    named = {name for finding in unturned for name in finding.photos}
    fits = [(look.name, look.fit) for look in looks if look.fit is not None and look.name not in named]
    found = [*unturned, *(_turned(fits) or _shifted(fits))]
    return found or _unknown(fits)


def _unknown(fits: Fits) -> list[Finding]:
    """Return a note where nothing was found and nothing could be: edges are faint, or as good elsewhere."""
    if len(fits) < SHIFTED_LEAST:
        return []
    usual = np.nanmean(np.nan_to_num(np.stack([fit.shifts for _, fit in fits])), axis=0)
    middle = usual.shape[0] // 2
    reach = max(2, round(NEAR_PX / np.median([fit.step_px for _, fit in fits])))
    near = np.s_[max(0, middle - reach) : middle + reach + 1]
    here = float(usual[middle, middle])
    away = usual.copy()
    away[near, near] = 0.0
    elsewhere = float(away.max())
    if here >= CLEAR and elsewhere < AS_GOOD * here:
        return []
    evidence = (
        f"as they are, masks meet edges of strength {here:.2f}, elsewhere of up to {elsewhere:.2f}; where it can be "
        "told they meet 1.2 or more, and less elsewhere"
    )
    fix = "look at masks over their photos: maskwright check DATA --sheet sheet.png draws them all"
    title = "Whether masks lie on their photos could not be told from edges"
    return [Finding("not-checked", "note", title, evidence, fix, tuple(name for name, _ in fits))]


def _unturned(looks: Sequence[Look]) -> list[Finding]:
    """Compare, on photos with an EXIF turn only, the mask as it is with the mask turned as its photo is."""
    tagged = [(look, look.fit.turns[0], look.fit_unturned) for look in looks if look.fit and look.fit_unturned]
    better = [(look, was, turned) for look, was, turned in tagged if turned > CLEAR and turned - was > CLEARLY_BETTER]
    worse = sum(was > CLEAR and was - turned > CLEARLY_BETTER for _, was, turned in tagged)
    least = max(2, TURNED_AHEAD * worse, TURNED_SHARE * len(tagged))
    if len(better) < least:
        return []
    was, turned = (float(np.mean([one[i] for one in better])) for i in (1, 2))
    names = tuple(look.name for look, _, _ in better)
    evidence = (
        f"{len(better)} of {len(tagged)} photos with an EXIF turn: turned with its photo the mask meets edges "
        "of strength "
        f"{turned:.2f}, as it is {was:.2f} (true boundaries have 1.2 or more): {some(names)}"
    )
    return [unturned_finding(evidence, names)]


def _turned(fits: Fits) -> list[Finding]:
    """Count the photos whose mask fits clearly better under one turn; no other turn may come near in number."""
    turns = list(TURNS)
    gains = [(name, fit.turns, int(np.argmax(fit.turns))) for name, fit in fits]
    clear = [
        (name, values, best)
        for name, values, best in gains
        if best and values[best] > CLEAR and values[best] - values[0] > CLEARLY_BETTER
    ]
    (turn, count), other = (*Counter(best for _, _, best in clear).most_common(2), (0, 0), (0, 0))[:2]
    if count < max(TURNED_LEAST, TURNED_SHARE * len(fits), TURNED_AHEAD * other[1]):
        return []
    found = [(name, values) for name, values, best in clear if best == turn]
    was, now = (float(np.mean([values[i] for _, values in found])) for i in (0, turn))
    names = tuple(name for name, _ in found)
    evidence = (
        f"{count} of {len(fits)} masks looked at meet edges of strength {now:.2f} when {turns[turn]}, "
        f"{was:.2f} as they "
        f"are (true boundaries have 1.2 or more): {some(names)}"
    )
    mirrored = turns[turn].startswith("mirrored")
    title = f"Masks fit their photos when {turns[turn]}"
    fix = f"undo it: from PIL import Image, ImageOps; mask = Image.open(path); {_UNDO[turns[turn]]}.save(path)"
    mechanism = (
        "Photo and mask were brought into memory, augmented or saved by two tools that order rows and columns "
        "differently. The network is told that the object lies where it does not, and learns a blur around the middle."
    )
    return [Finding("mask-flipped" if mirrored else "mask-turned", "warning", title, evidence, fix, names, mechanism)]


def _shifted(fits: Fits) -> list[Finding]:
    """Find the one shift that helps most on average, and test it against no shift, photo by photo."""
    if len(fits) < SHIFTED_LEAST:
        return []
    tables = np.stack([fit.shifts for _, fit in fits])
    usual = np.nanmean(np.where(np.isnan(tables), 0.0, tables), axis=0)
    middle = usual.shape[0] // 2
    row, column = (int(i) for i in np.unravel_index(np.argmax(usual), usual.shape))
    down, right = row - middle, column - middle
    gains = np.nan_to_num(tables[:, row, column] - tables[:, middle, middle])
    if np.hypot(down, right) < SHIFT_STEPS_LEAST or usual[row, column] < SHIFTED_CLEAR:
        return []
    if _paired_t(gains) < SHIFTED_T or (gains > 0).mean() < SHIFTED_SHARE:
        return []
    step = [fit.step_px / max(fit.size_hw) for _, fit in fits]
    by_right, by_down = right * float(np.median(step)), down * float(np.median(step))
    evidence = (
        f"moved by {by_right:+.1%} of the long side to the right and {by_down:+.1%} down, {int((gains > 0).sum())} of "
        f"{len(fits)} masks fit better: edges of strength {usual[row, column]:.2f}, not {usual[middle, middle]:.2f}"
    )
    fix = (
        f"from PIL import Image, ImageChops; mask = Image.open(path); n = max(mask.size); "
        f"ImageChops.offset(mask, round({by_right:.3f} * n), round({by_down:.3f} * n)).save(path); "
        "or find the crop or padding that only the photos, or only the masks, went through"
    )
    mechanism = (
        "Photo and mask were cropped or padded differently by a constant amount. The network learns boundaries "
        "beside the object, and IoU is bounded however long it trains."
    )
    names = tuple(name for (name, _), gain in zip(fits, gains, strict=True) if gain > 0)
    title = "Masks lie beside their objects by a constant shift"
    return [Finding("mask-shifted", "warning", title, evidence, fix, names, mechanism)]


def _paired_t(gains: NDArray[np.float64]) -> float:
    spread = float(gains.std(ddof=1)) / np.sqrt(len(gains))
    return float(gains.mean()) / float(max(spread, 1e-9))
