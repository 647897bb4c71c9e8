"""Lines of consoles written anew, each number after its own name: arrays over several lines, joined names, bars."""

import re
from collections.abc import Iterable, Iterator

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""Codes that colour a terminal or clear its line."""
LEVEL = re.compile(r"\[?\s*\b(INFO|WARNING|DEBUG|ERROR|CRITICAL)\b\s*\]?")
LOGGER = re.compile(r"^\s*\[[^\]]*\b\w+\.py\b[^\]]*\]\s*(\[\s*line:?\s*\d+\]\s*)?")
"""What a logger puts before a line: the file that logs is often called train.py, which says nothing of the side."""
BAR = re.compile(r"(?<![\d.])(\d+)/(\d+)\s*\[[=>.\s-]*\]|(?<![\d.])(\d+)%(?:\||\s?[━╸─])")
"""Keras' and tqdm's bars: done of all, or a share in percent."""
NUMBER = r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?"
JOINED = re.compile(rf"(?P<names>[A-Za-z]\w*(?:/[A-Za-z]\w*)+)\W*\s(?P<values>{NUMBER}(?:/{NUMBER})+)")
OF_BATCH = re.compile(r"^(?P<before>.*\S)\s+of\s+epoch\s*(?P<epoch>\d+)[\s,-]*batch[\s-]*\d+", re.IGNORECASE)
QUOTED = re.compile(r"\['[\d.]+'")
NAMED_AT_END = re.compile(r"(iou|iu|acc|accuracy|dice|precision|recall|f1)\w*\W*$", re.IGNORECASE)
MOST_LINES = 40
"""Lines over which an array may go on."""
YOLACT = re.compile(r"^\[\s*(?P<epoch>\d+)\]\s+\d+ \|\|(?P<losses>( ?[A-Z]: [\d.naif]+ \|)+)")
YOLACT_LOSSES = {
    "B": "box",
    "C": "class",
    "M": "mask",
    "P": "prototype",
    "S": "semantic",
    "I": "mask_iou",
    "T": "total",
}
YOLACT_LIMITS = re.compile(r"^\s*\|\s*all\s*\|(\s*\.\d+\s*\|)+\s*$")
YOLACT_ROW = re.compile(r"^\s*(box|mask)\s*\|([\s\d.|]+)$")


def console_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines in which every number follows its name, without levels, codes and states of bars that went on.

    >>> list(console_lines(["Val result: mIoU/mAcc 0.53/0.63.", "[EVAL] Class IoU:", "[0.98", " 0.77]"]))
    ['Val result: mIoU 0.53, Val result mAcc 0.63.', '[EVAL] Class IoU: [0.98 0.77]']
    """
    for line in _of_yolact(_last_states(_whole_arrays(_plain(line) for line in lines))):
        yield OF_BATCH.sub(r"epoch \g<epoch>, \g<before>", JOINED.sub(_apart, line))


def _plain(line: str) -> str:
    """Return a line without codes, levels and quotes around numbers, as in torchvision's "IoU: ['91.2', '40.1']"."""
    line = LEVEL.sub(" ", LOGGER.sub(" ", ESCAPES.sub("", line)))
    return line.replace("'", " ") if QUOTED.search(line) else line


def _apart(match: re.Match[str]) -> str:
    names, values = match["names"].split("/"), match["values"].split("/")
    if len(names) != len(values):
        return match[0]
    before = re.split(r"[,;|\])]", match.string[: match.start()])[-1].replace(":", " ").strip()
    return f", {before} ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def _whole_arrays(lines: Iterable[str]) -> Iterator[str]:
    """Join the lines of an array, and an array with the line before it where that ends with its name."""
    held, joined = "", 0
    for line in lines:
        is_open = held.count("[") > held.count("]") and joined < MOST_LINES
        is_array = not re.search(r"[A-Za-z]", line)
        if held and is_array and (is_open or (line.lstrip().startswith("[") and NAMED_AT_END.search(held))):
            held, joined = f"{held.rstrip()} {line.strip()}", joined + 1
            continue
        if held:
            yield held
        held, joined = line, 0
    if held:
        yield held


def _last_states(lines: Iterable[str]) -> Iterator[str]:
    """Leave out states of a bar that went on: those right before a line of the same bar that is further on."""
    before, share = "", None
    for line in lines:
        now = _share(line)
        if before and not (share and now and share[1] == now[1] and share[0] < now[0]):
            yield before
        before, share = line, now
    if before:
        yield before


def _share(line: str) -> tuple[float, str] | None:
    """Return how far a bar is, and of how many; None where a line holds no bar."""
    bar = BAR.search(line)
    if bar is None:
        return None
    return (float(bar[1]), bar[2]) if bar[1] else (float(bar[3]), "%")


def _of_yolact(lines: Iterable[str]) -> Iterator[str]:
    """Write out the letters of YOLACT's losses, and name the scores of its table."""
    limits: list[str] = []
    for line in lines:
        losses, row = YOLACT.match(line), YOLACT_ROW.match(line)
        if losses:
            parts = re.findall(r"([A-Z]): (\S+)", losses["losses"])
            named = ", ".join(f"{YOLACT_LOSSES.get(letter, letter)}_loss {value}" for letter, value in parts)
            yield f"epoch {losses['epoch']}, {named}"
        elif YOLACT_LIMITS.match(line):
            limits = line.strip().strip("|").replace(" ", "").split("|")
        elif row and len(values := row[2].strip().strip("|").split("|")) == len(limits):
            yield ", ".join(
                f"val {row[1]} mAP{n.strip('.al')} {v.strip()}" for n, v in zip(limits, values, strict=True)
            )
        else:
            yield line
