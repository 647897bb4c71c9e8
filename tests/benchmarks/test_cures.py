"""Fixes are obeyed to the letter on the case that raised them, and the IoU rises."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.bases import Base
from benchmarks.field.cures.again import repeated
from benchmarks.field.cures.check_faults import FILE_FAULTS
from benchmarks.field.cures.check_faults import cured as check_cured
from benchmarks.field.cures.cure import Cure
from benchmarks.field.cures.obey import followed
from benchmarks.field.cures.predictions import cured
from benchmarks.field.cures.section import section
from benchmarks.field.cures.trainings import obeyed
from benchmarks.field.faults import FAULTS, Fault
from benchmarks.field.suite import named
from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from tests.support.drawn_pairs import jittered, one_object, three_objects

MANY, ONE = three_objects(6), one_object(6)


def base(truths: list[np.ndarray], count: int) -> Base:
    names = ("background", *(f"class {i}" for i in range(1, count)))
    maps = [np.stack([(m == c).astype(np.float32) for c in range(count)]) for m in jittered(truths)]
    return Base("drawn", class_table(names), tuple(truths), tuple(maps))


def fault_of(name: str) -> Fault:
    return next(f for f in FAULTS if named(f) == name)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("tiles in another order (2x2)", 4),
        ("padding not cut (middle)", 4),
        ("greys of a palette", 4),
        ("too thick (4 px)", 2),
        ("reshape instead of transpose", 4),
    ],
)
def test_a_fix_that_is_obeyed_raises_the_iou(name: str, count: int) -> None:
    cure = cured(fault_of(name), base(MANY if count == 4 else ONE, count))
    assert cure is not None
    assert cure.obeyed
    assert cure.after > cure.before + 0.05, (cure.code, cure.before, cure.after)


def test_colours_of_another_palette_are_named_with_the_colours() -> None:
    palette = np.array([0, 0x800000, 0x008000, 0x808000]) + np.array([0, 1, 1, 1]) * (1 << 24)
    findings = diagnose(read_pairs([(t, palette[t]) for t in MANY]))
    assert findings[0].code == "pred-palette"
    assert "(128, 0, 0): 1" in findings[0].fix
    assert followed(findings[0], [(t, t) for t in MANY]) is None  # it reads files, not arrays


def test_a_fix_of_check_is_obeyed_on_the_files_and_its_message_goes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 255, (64, 80, 3), dtype=np.uint8) for _ in range(6)]
    truths = [np.asarray(m[:64, :80] > 0, dtype=np.uint8) for m in one_object(6)]
    soft = next(f for f in FILE_FAULTS if f.name == "masks with soft edges")
    cure = check_cured(soft, "drawn", (photos, [t if t.any() else 1 - t for t in truths]), tmp_path / "data")
    assert cure.code in soft.codes
    assert cure.gone
    assert not cure.harmed


def test_settings_of_a_fix_replace_those_of_the_training() -> None:
    fix = (
        "Divide the learning rates by 10: `--set optim.lr_decoder=0.03 --set optim.lr_encoder=0.003`. "
        "Or let `--set rescue=true` do it."
    )
    given = ("optim.lr_decoder=0.3", "optim.lr_encoder=0.03", "optim.steps=60")
    assert obeyed(given, fix) == ("optim.lr_decoder=0.03", "optim.lr_encoder=0.003", "optim.steps=60")
    assert obeyed(("optim.steps=12",), "Leave out `--set optim.steps`: then as many steps are taken as fit.") == ()


def test_a_fix_that_asks_for_another_inference_cures_only_the_cause_that_it_names() -> None:
    faulty = base(ONE, 2)
    mirrored = fault_of("half of the photos mirrored")
    cured_pairs = repeated("pred-augmented", mirrored, faulty)
    assert cured_pairs is not None
    assert all((a == b).all() for (_, a), b in zip(cured_pairs, faulty.masks, strict=True))
    other = repeated("pred-seams", mirrored, faulty)
    assert other is not None
    assert any((a != b).any() for (_, a), b in zip(other, faulty.masks, strict=True))
    assert repeated("score-collapse", mirrored, faulty) is None


def test_the_section_counts_what_rose_what_fell_and_shows_the_worst() -> None:
    cures = [
        Cure("predictions", "all mirrored", "a", "pred-flipped", "command", 0.2, 0.9),
        Cure("predictions", "too thick", "b", "pred-thick", "command", 0.5, 0.4),
        Cure("check", "masks as JPEG", "c", "mask-soft", "command", 1.0, 1.0, gone=True),
        Cure("predictions", "a class", "d", "score-collapse", "none", 0.1, 0.1),
    ]
    text = section(cures)
    assert "| all | 4 | 3 | 2 (66.7%) | 1 |" in text
    assert "pred-thick on b (1)" in text
    assert text.index("| too thick | b |") < text.index("| all mirrored | a |")
