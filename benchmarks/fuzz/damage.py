"""Ways to damage a file: bytes, text, values of JSON, names in archives."""

import json
import random
import sys
import zipfile
from pathlib import Path

JUNK: tuple[object, ...] = (
    *(None, True, -1, 0, 1e999, float("nan"), 10**4000, 2**63, "x", "", "²", "\ud800", "a\0b", "../../outside.png"),
    *("/tmp/outside.png", "C:\\outside.png", [], {}, [[]], {"a": 1}, [1, 2], [None], [[[[1]]]]),
)
TEXTS = (
    *("[" * 3000, "9" * 5000, "1e999", "nan", "\0", "²", "'", '"', "../../outside.png", "<!ENTITY a 'b'>", "&a;"),
    *(",", ";", "\n", "\t", "-1", "99999999999999999999", "x" * 140_000, "\ufeff", "<a>" * 2000),
)


def damage(path: Path, rng: random.Random) -> None:
    """Damage the file in one to three ways that fit its content."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = path.read_bytes()
        if not data or rng.random() < 0.02:
            path.write_bytes(rng.randbytes(rng.randrange(200)))
        elif path.suffix in (".json", ".geojson") and rng.random() < 0.6:
            path.write_text(_damaged_json(data.decode(errors="replace"), rng), errors="replace")
        elif path.suffix in TEXT_TYPES and rng.random() < 0.6:
            path.write_text(_damaged_text(data.decode(errors="replace"), rng), errors="replace")
        else:
            path.write_bytes(_damaged_bytes(data, rng))


TEXT_TYPES = (".json", ".geojson", ".csv", ".txt", ".xml", ".yaml", ".toml")


def zip_up(folder: Path, archive: Path, rng: random.Random) -> None:
    """Replace a folder by an archive of it, in which one name may lead elsewhere, repeat, or be no name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    odd = rng.randrange(len(paths)) if rng.random() < 0.5 else -1
    with zipfile.ZipFile(archive, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as file:
        for index, path in enumerate(paths):
            name = path.relative_to(folder).as_posix()
            file.write(path, rng.choice(ODD_NAMES).format(name) if index == odd else name)
    for path in paths:
        path.unlink()
    if rng.random() < 0.5:
        archive.write_bytes(_damaged_bytes(archive.read_bytes(), rng))


ODD_NAMES = ("../../{}", "/tmp/outside/{}", "a/../../../{}", "C:\\{}", "..\\..\\{}", "{}/", "{}\n", "con", "x" * 300)


def _damaged_bytes(data: bytes, rng: random.Random) -> bytes:
    where = rng.randrange(len(data))
    match rng.randrange(6):
        case 0:
            return data[:where]
        case 1:
            return data[:where] + rng.randbytes(rng.choice((1, 4, 40))) + data[where:]
        case 2:
            return data[:where] + data[where + rng.choice((1, 4, 40)) :]
        case 3:  # the header, where sizes and types stand
            where = rng.randrange(min(len(data), 60))
            return data[:where] + rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f")) + data[where + 4 :]
        case _:
            flipped = bytearray(data)
            for _ in range(rng.choice((1, 3, 20))):
                flipped[rng.randrange(len(data))] = rng.randrange(256)
            return bytes(flipped)


def _damaged_text(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    index = rng.randrange(len(lines) or 1)
    line = lines[index] if lines else ""
    where = rng.randrange(len(line) + 1)
    kind = rng.randrange(4)
    changed = line[:where] + rng.choice(TEXTS) + line[where + rng.choice((0, 1, 5)) :] if kind else line[:where]
    return "".join([*lines[:index], changed * (2 if kind == 1 else 1), *lines[index + 1 :]])


def _damaged_json(text: str, rng: random.Random) -> str:
    sys.set_int_max_str_digits(0)
    try:
        damaged = json.dumps(damaged_value(json.loads(text), rng))
    except (ValueError, RecursionError):
        damaged = _damaged_text(text, rng)
    finally:
        sys.set_int_max_str_digits(4300)
    return damaged[: rng.randrange(len(damaged) + 1)] if rng.random() < 0.1 else damaged


def damaged_value(value: object, rng: random.Random) -> object:
    """Return the value with one part missing, replaced or damaged itself."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key, choice = rng.choice(list(value)), rng.random()
        if choice < 0.2:
            return {other: inner for other, inner in value.items() if other != key}
        return {**value, key: rng.choice(JUNK) if choice < 0.4 else damaged_value(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        index = rng.randrange(len(value))
        return [*value[:index], damaged_value(value[index], rng), *value[index + 1 :]]
    return rng.choice(JUNK)
