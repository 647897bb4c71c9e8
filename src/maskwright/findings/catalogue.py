"""The catalogue of findings: every code with all its words, read from the TOML files in `entries/`.

One file a group, one table a code; the order of files and tables is the rank of the codes. A table may hold `variants`:
the same fault met in another situation, with words of its own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from maskwright.findings.template import template_fields

Severity = Literal["error", "warning", "note"]

GROUPS = ("photos", "masks", "classes", "splits", "predictions", "training", "metrics")
FRAMEWORKS: Mapping[str, str] = {"keras": "", "pytorch": "", "run": "", "deeplab": "", "paddle": ""} | dict.fromkeys(
    ("nnunet", "detectron2", "ultralytics", "mmseg", "huggingface", "fastai"), "pytorch"
)
"""Variants that any detector may choose, each with the one that stands in: without both, an entry's own words count."""


@dataclass(frozen=True)
class Variant:
    """Words that replace those of the entry in one situation; None keeps the entry's."""

    title: str | None = None
    severity: Severity | None = None
    cost: str | None = None
    mechanism: str | None = None
    fix: str | None = None
    example: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """All words of one finding code.

    `fix` is a template with {named} fields that the detector fills; `values` fill it in the example of the docs.
    `cost` says what the fault costs, `explains` names the codes that are consequences of this one, `raised_by` the
    commands (or Python functions) that can raise it.
    """

    code: str
    group: str
    title: str
    meaning: str
    severity: Severity
    mechanism: str
    fix: str
    raised_by: tuple[str, ...]
    cost: str = ""
    example: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    explains: tuple[str, ...] = ()
    read_more: str = ""
    variants: Mapping[str, Variant] = field(default_factory=dict)

    def words(self, variant: str = "") -> "Entry":
        """Return the entry with the words of the variant in place; "" is the entry itself.

        A framework (see FRAMEWORKS) needs no words of its own; any other variant must exist.
        """
        while variant in FRAMEWORKS and variant not in self.variants:
            variant = FRAMEWORKS[variant]
        if not variant:
            return self
        assert variant in self.variants, f"{self.code} has no variant {variant!r}"
        words = {name: value for name, value in vars(self.variants[variant]).items() if value}
        entry = replace(self, **{**words, "values": {**self.values, **words.get("values", {})}})
        fields = template_fields(entry.fix)
        return replace(entry, values={name: value for name, value in entry.values.items() if name in fields})


@cache
def catalogue() -> Mapping[str, Entry]:
    """Return every entry by its code, in the order of rank. The files are read once, when first asked for."""
    entries: dict[str, Entry] = {}
    for group in GROUPS:
        path = Path(__file__).parent / "entries" / f"{group}.toml"
        tables: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
        assert not entries.keys() & tables.keys(), f"{path.name} repeats a code"
        entries |= {code: _entry(code, group, table) for code, table in tables.items()}
    return MappingProxyType(entries)


def _entry(code: str, group: str, table: Mapping[str, Any]) -> Entry:
    variants = {name: Variant(**words) for name, words in table.get("variants", {}).items()}
    lists = {name: tuple(table.get(name, ())) for name in ("raised_by", "explains")}
    return Entry(**{**table, **lists, "code": code, "group": group, "variants": variants})


@cache
def ranks() -> Mapping[str, int]:
    """Return the place of every code in the order of rank."""
    return MappingProxyType({code: place for place, code in enumerate(catalogue())})


def causes_of(code: str) -> frozenset[str]:
    """Return the codes whose faults explain this one."""
    return frozenset(entry.code for entry in catalogue().values() if code in entry.explains)
