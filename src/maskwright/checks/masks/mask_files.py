"""Findings about mask files as they are stored: unreadable, of another size than the photo, or with odd values."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from maskwright.checks.masks.copied_masks import same_mask_findings
from maskwright.checks.masks.plot_figures import figure_findings
from maskwright.checks.masks.values.class_channel import channel_of_few_values
from maskwright.checks.masks.values.ids_without_gaps import nested_ids, numbered_apart
from maskwright.checks.masks.values.mask_values import (
    colour_findings,
    ignored_object_findings,
    mostly_ignored_findings,
    smoothing_findings,
    value_text,
)
from maskwright.checks.masks.values.stretched_ids import stretched_findings
from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.reader_types import MaskFacts, MaskValues
from maskwright.datasets.truth.mask_truth import truth_files
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.decoders.image_files import JPEG_SUFFIXES
from maskwright.imaging.mask_reader import COLOUR_BIT, colour_value
from maskwright.imaging.photos import photo_orientation

SAME_ASPECT = 0.01
NEARLY_SAME = 0.05
SHADES_LEAST = 0.0001
"""The share of the pixels that must lie between black and white before shades of grey are worth a warning."""

NamedValues = Sequence[tuple[str, MaskValues]]


def mask_file_findings(dataset: Dataset) -> list[Finding]:
    """Return what the sizes and the values of mask files show; empty for drawn shapes."""
    facts = dataset.facts.masks
    if facts is None:
        return []
    same = same_mask_findings(facts.files)
    figures = figure_findings(dataset)
    framed = {name for finding in figures for name in finding.photos}
    others = [sample for sample in dataset.samples if sample.name not in framed]
    return [*figures, *_size_findings(others, facts), *_value_findings(dataset, facts), *same]


def _size_findings(samples: Sequence[Sample], facts: MaskFacts) -> list[Finding]:
    """Return which masks cannot be read, and which have another size than their photo."""
    broken: dict[str, str] = {}
    scaled: dict[str, str] = {}
    other: dict[str, str] = {}
    unturned: dict[str, str] = {}
    divided: dict[str, str] = {}
    for sample in samples:
        mask = facts.files.get(sample.name)
        if mask is None or sample.size_hw is None:
            continue
        if mask.size_hw is None:
            (divided if mask.divided else broken)[sample.name] = mask.error
        elif mask.size_hw == sample.size_hw[::-1] != sample.size_hw and _is_turned(sample.photo):
            unturned[sample.name] = _sizes(mask.size_hw, sample)
        elif mask.size_hw != sample.size_hw:
            (scaled if _is_scaled(mask.size_hw, sample.size_hw) else other)[sample.name] = _sizes(mask.size_hw, sample)
    return [
        *_unturned(unturned),
        *_grouped("mask-scaled", divided),
        *_grouped("mask-unreadable", broken),
        *_grouped("mask-size", other),
        *_grouped("mask-size", scaled, variant="scaled"),
    ]


def _is_turned(photo: Path) -> bool:
    return photo.is_file() and photo_orientation(photo) is not None


def _unturned(reasons: Mapping[str, str]) -> list[Finding]:
    evidence = f"{len(reasons)} masks have the size of the photo as stored: {some(list(reasons.values()), most=3)}"
    return [make_finding("mask-unturned", evidence, photos=reasons)] if reasons else []


def _is_scaled(mask_hw: tuple[int, int], photo_hw: tuple[int, int]) -> bool:
    """Tell whether both sides differ by one factor; a factor of nearly 1 is a crop or a margin, not another scale."""
    high, wide = photo_hw[0] / mask_hw[0], photo_hw[1] / mask_hw[1]
    return abs(high / wide - 1) <= SAME_ASPECT and abs(high - 1) > NEARLY_SAME


def _sizes(mask_hw: tuple[int, int], sample: Sample) -> str:
    assert sample.size_hw is not None
    high, wide = sample.size_hw
    text = f"{sample.name}: mask {mask_hw[1]}x{mask_hw[0]}, photo {wide}x{high}"
    if _is_scaled(mask_hw, sample.size_hw):
        return f"{text}, factor {high / mask_hw[0]:.3g}"
    return f"{text} upright, {high}x{wide} before its EXIF rotation?" if mask_hw == (wide, high) else text


def _grouped(code: str, reasons: Mapping[str, str], *, variant: str = "") -> list[Finding]:
    """Return one finding about the masks, by sample name, with what is said of each; none where there are none."""
    evidence = f"{len(reasons)}: {some(list(reasons.values()), most=3)}"
    return [make_finding(code, evidence, photos=reasons, variant=variant)] if reasons else []


def _value_findings(dataset: Dataset, facts: MaskFacts) -> list[Finding]:
    masks = list(facts.files.items())
    palette = any(mask.palette for _, mask in masks)
    held = {value for _, mask in masks for value in mask.counts}
    findings = [_soft(masks, dataset)] if facts.soft else _smoothing(dataset.samples, masks)
    stretched = [] if palette else stretched_findings([(name, mask.counts) for name, mask in masks])
    findings += stretched or colour_findings(held, facts.listed, palette=palette)
    if IGNORE in _ignored_values(dataset, facts) and not facts.listed and not palette:
        findings += ignored_object_findings(held) or mostly_ignored_findings([mask.counts for _, mask in masks])
    if facts.guessed:
        findings.append(_guessed(dataset, facts))
    if facts.unfit:
        findings.append(_unfit(masks, facts, dataset))
    return findings


def _guessed(dataset: Dataset, facts: MaskFacts) -> Finding:
    """Return how classes were guessed; a warning where ids may mean another class in each mask."""
    nested = "" if facts.listed else nested_ids([mask.counts for mask in facts.files.values()])
    if not nested:
        return make_finding("class-guessed", facts.guessed, variant="list" if facts.listed else "")
    apart = numbered_apart(dataset.samples, [mask.counts for mask in facts.files.values()])
    severity: Severity = "warning" if apart else "note"
    return make_finding("class-guessed", facts.guessed + nested + apart, variant="nested", severity=severity)


def _smoothing(samples: Sequence[Sample], masks: NamedValues) -> list[Finding]:
    lossy = frozenset(sample.name for sample in samples if _is_jpeg(sample))
    return smoothing_findings([(name, mask.traces) for name, mask in masks], lossy=lossy)


def _ignored_values(dataset: Dataset, facts: MaskFacts) -> list[int]:
    values = dataset.mask_rule.values if dataset.mask_rule else ()
    return [value for value, class_id in values if class_id == IGNORE and value != facts.ignore]


def _is_jpeg(sample: Sample) -> bool:
    return any(path.suffix.lower() in JPEG_SUFFIXES for path in truth_files(sample.truth))


def _soft(masks: NamedValues, dataset: Dataset) -> Finding:
    names = [name for name, mask in masks if set(mask.counts) - {0, 255}]
    between = sum(n for _, mask in masks for value, n in mask.counts.items() if 16 <= value < 240)
    share = between / max(sum(n for _, mask in masks for n in mask.counts.values()), 1)
    evidence = f"{len(names)}: {some(names)}; {share:.2%} of the pixels lie between, from 128 on they are object"
    if dataset.mask_rule is not None and dataset.mask_rule.by_alpha:
        evidence += '; these are of their transparency: Image.open(path).getchannel("A")'
    return make_finding("mask-soft", evidence, photos=names, severity="warning" if share >= SHADES_LEAST else "note")


def _unfit(masks: NamedValues, facts: MaskFacts, dataset: Dataset) -> Finding:
    """An error where no rule could be found, or for what is left of a mask; else the pixels are only ignored."""
    rule, unfit = dataset.mask_rule, facts.unfit
    names = [name for name, mask in masks if unfit & set(mask.counts)]
    shown = some([value_text(value) for value in sorted(unfit)])
    if rule is None or not rule.values:
        channel = channel_of_few_values(unfit, dataset.samples, dataset.root)
        evidence = f"{len(unfit)} colours in {len(names)} masks: {shown}{channel}"
        return make_finding("mask-values", evidence, photos=names, variant="many-colours")
    pixels = sum(mask.counts.get(value, 0) for _, mask in masks for value in unfit)
    share = pixels / max(sum(n for _, mask in masks for n in mask.counts.values()), 1)
    evidence = f"{shown}: {pixels} pixels in {len(names)} masks ({some(names)}) are ignored"
    held = {value for _, mask in masks for value in mask.counts}
    absent = [row.name for row in facts.listed if row.colour is not None and colour_value(row.colour) not in held]
    if absent and any(value >= COLOUR_BIT for value in unfit):
        evidence += f", {share:.1%} of all; {some(absent)} of the class list occur in no mask"
        return make_finding("mask-values", evidence, photos=names, variant="other-list")
    return make_finding("mask-values", evidence, photos=names, variant="ignored")
