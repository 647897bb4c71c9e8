"""Classes that a README beside masks names in its text: shown with the classes.csv to write, never taken unasked."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from maskwright.classes import Colour
from maskwright.datasets.class_tables.classes_csv_command import writing_classes
from maskwright.datasets.class_tables.colour_texts import stored_colour_text
from maskwright.datasets.class_tables.known_palettes import NOT_VALID, public_code
from maskwright.datasets.parsing.text_files import beginning
from maskwright.errors import DataError
from maskwright.imaging.mask_reader import COLOUR_BIT, colour_value

READMES = re.compile(r"(readme|description|about|info|notes?|legend|dataset)[^/]*\.(md|txt|rst)|readme", re.I)
MAX_FOLDERS = 20
"""Folders in which a README is looked for."""
MAX_FILES = 8
"""Such files that are read."""
MAX_NAMES_SHOWN = 12
"""Classes that the message names."""
IGNORED = frozenset(
    [
        *("ignore", "ignored", "void", "unlabeled", "unlabelled", "not classified", "unclassified", "no data", "null"),
        *("undefined", "no label", NOT_VALID),
    ]
)
"""What a README calls pixels that count for nothing."""
NAMED_LEAST = 0.6
"""Share of the values in masks that a text must name: it is about these masks."""
WORDS_MOST = 5
LINE_MOST = 1000
"""Characters of a line that are looked at, for time."""
# Spaces are one each by then, and no part of a pattern that repeats holds what its neighbour does: else a row of spaces
# would be read again and again.
_MARKS = r"[`\"'*_]{0,3}"
_NAME = rf" ?{_MARKS} ?(?P<name>[^\W\d_][\w ./&()°\\-]{{0,39}}?) ?{_MARKS}"
_END = r"(?= ?(?:[,;|.]|$|\))| - | \d{1,3} ?[:=])"
_NUMBER_FIRST = re.compile(
    rf"(?<![\w.,(])\(?(?P<value>\d{{1,3}}){_MARKS} ?(?:[:=|–—→)]{{1,4}}|-{{1,3}}(?= )|->)\n?{_NAME}{_END}", re.M
)
_NAME_FIRST = re.compile(rf"(?:^|[,;|*-]){_NAME} ?(?:[:=|→–—-]{{1,4}}|->) ?{_MARKS}(?P<value>\d{{1,3}})(?!\w)", re.M)
_IN_BRACKETS = re.compile(r"(?P<name>[^\W\d_][\w -]*?)[`\"'*]{0,3} ?\((?P<value>\d{1,3})\)")
_NUMBER_BEHIND = re.compile(rf"(?:^|[,;]){_NAME} (?P<value>\d{{1,3}}) ?(?=[,;]|\.?$)", re.M)
_BEFORE_NAMES = frozenset(
    [
        "and",
        "or",
        "the",
        "are",
        "is",
        "of",
        "for",
        "with",
        "hold",
        "holds",
        "has",
        "have",
        "contain",
        "contains",
        "classes",
        "values",
    ]
)
_COLOUR = re.compile(r"[\[(]?\s*(\d{1,3})\s*[,; ]\s*(\d{1,3})\s*[,; ]\s*(\d{1,3})\s*[\])]?|#([0-9a-fA-F]{6})\b")


def named_by_readme(folders: Sequence[Path], values: Collection[int]) -> str:
    """Return what to write if a README, or else a public code, names the stored values or colours of masks; else "".

    The words are the end of a sentence.
    """
    wanted = {value for value in values if value > 0 and value != 255}
    for path in _texts(folders):
        try:
            text = _bounded(beginning(path))
        except DataError:
            continue
        named = _best(_colours(text) if any(v >= COLOUR_BIT for v in wanted) else _numbers(text), wanted)
        if named:
            return _sentence(path.name, folders[0], named)
    code, named = public_code([value for value in values if value >= 0])
    return _sentence(code, folders[0], named) if named else ""


def _texts(folders: Sequence[Path]) -> list[Path]:
    named = [
        path for folder in folders[:MAX_FOLDERS] for path in sorted(folder.iterdir()) if READMES.fullmatch(path.name)
    ]
    return [path for path in named if path.is_file()][:MAX_FILES]


def _bounded(text: str) -> str:
    """Return a text with one space between words, and without what goes beyond the longest lines that are read."""
    return "\n".join(" ".join(line.split())[:LINE_MOST] for line in text.splitlines())


def _best(readings: Sequence[Mapping[int, str]], wanted: Collection[int]) -> Mapping[int, str]:
    """Return the reading that names most of the values, with a name each; empty where none names enough."""
    fitting = [
        named for named in readings if len({named[v] for v in wanted if v in named}) >= NAMED_LEAST * len(wanted)
    ]
    return max(fitting, key=lambda named: len(named.keys() & wanted), default={}) if wanted else {}


def _numbers(text: str) -> list[dict[int, str]]:
    """Return the names of numbers as the text gives them: `1: road`, `1 = road`, `| 1 | road |`; or `road (1)`."""
    readings = []
    for pattern in (_NUMBER_FIRST, _NAME_FIRST, _NUMBER_BEHIND):
        named: dict[int, str] = {}
        for match in pattern.finditer(text):
            if int(match["value"]) < 256:
                name = match["name"].strip("_ ")
                named.setdefault(int(match["value"]), name + ")" * (name.count("(") - name.count(")")))
        readings.append(named)
    in_brackets: dict[int, str] = {}
    for match in _IN_BRACKETS.finditer(text):
        words = match["name"].split()
        begins = max((i + 1 for i, word in enumerate(words) if word.lower() in _BEFORE_NAMES), default=0)
        if words[begins:]:
            in_brackets.setdefault(int(match["value"]), " ".join(words[begins:]))
    return [*readings, in_brackets]


def _colours(text: str) -> list[dict[int, str]]:
    """Return the names that stand on a line with a colour each, as `(128, 0, 0) building` or `building #800000`.

    A second reading takes the numbers as blue, green and red, as OpenCV's order is often written down.
    """
    named: dict[Colour, str] = {}
    for line in text.splitlines():
        found = list(_COLOUR.finditer(line))
        if len(found) != 1:
            continue
        words = re.findall(r"[^\W\d_][\w /]*", line[: found[0].start()] + "|" + line[found[0].end() :])
        if name := _name_in(max(words, key=len, default="")):
            named.setdefault(_colour(found[0]), name)
    return [
        {colour_value(colour): name for colour, name in named.items()},
        {colour_value((last, middle, first)): name for (first, middle, last), name in named.items()},
    ]


def _name_in(text: str) -> str:
    """Return the name that words beside a colour give: of a sentence only one that says that it counts for nothing."""
    words = text.split()
    if len(words) <= WORDS_MOST:
        return " ".join(words).strip("/ ")
    return next((word for word in words if word.lower() in IGNORED), "")


def _colour(match: re.Match[str]) -> Colour:
    red, green, blue = (int(match[i]) for i in (1, 2, 3)) if match[1] else bytes.fromhex(match[4])
    return min(red, 255), min(green, 255), min(blue, 255)


def _sentence(source: str, root: Path, named: Mapping[int, str]) -> str:
    rows = sorted(named.items())
    coloured = any(value >= COLOUR_BIT for value, _ in rows)
    called = {value: stored_colour_text(value) if coloured else str(value) for value, _ in rows}
    shown = ", ".join(f"{called[value]} {name}" for value, name in rows[:MAX_NAMES_SHOWN])
    more = f" and {len(rows) - MAX_NAMES_SHOWN} more" if len(rows) > MAX_NAMES_SHOWN else ""
    has_ignored = any(_is_ignored(name) for _, name in rows)
    if coloured:  # rows are counted: the background first, what counts for nothing last
        rows.sort(key=lambda row: (_is_ignored(row[1]), row[1].lower() != "background"))
    lines = ["name,colour" if coloured else "id,name"]
    lines += [f"{name},{called[value]}" if coloured else f"{value},{name}" for value, name in rows]
    if has_ignored:
        lines = [f"{lines[0]},ignore", *(f"{line},{int(_is_ignored(rows[i][1]))}" for i, line in enumerate(lines[1:]))]
    return f"; {source} calls them {shown}{more}: if so, {writing_classes(root, lines)}"


def _is_ignored(name: str) -> bool:
    return name.lower().partition("(")[0].strip("_ ") in IGNORED
