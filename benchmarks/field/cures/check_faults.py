"""The part of the audit on `check`: a fault in the files, its fix obeyed on them or by its `--set`, checked again."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from PIL import Image

from benchmarks.field.bases import LONG_SIDE_PX
from benchmarks.field.cures.cure import Cure
from benchmarks.field.cures.obey import CODE, run
from benchmarks.field.faults import Array, moved
from benchmarks.sets import SHARED
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.opening import open_dataset
from maskwright.errors import MaskwrightError
from maskwright.evaluation import metrics
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding
from maskwright.planning.settings import read_settings
from maskwright.workflows.open_and_check import checked, open_data

PART = "check"
SETS = ("crackforest", "magnetic_tile", "isbi_membrane", "car_parts")
MOST_PHOTOS = 12
SETTING = re.compile(r"--set (\S+?)[`.,;:)]*(?=\s|$|`)")
Masks = list[Array]


@dataclass(frozen=True)
class FileFault:
    """A fault of files: its name, the codes that name it, and what writes it into a folder of images/ and masks/."""

    name: str
    codes: tuple[str, ...]
    write: Callable[[Path, Masks], None]
    turned: bool = False
    """Whether photos are shown turned by a quarter afterwards."""


def cases(done: set[tuple[str, str]]) -> Iterator[Cure]:
    """Yield the cures of every fault of files that is not done yet, on every set."""
    for name in SETS:
        photos, truths = photos_of(name)
        for fault in FILE_FAULTS:
            if (fault.name, name) not in done:
                with TemporaryDirectory() as folder:
                    yield cured(fault, name, (photos, truths), Path(folder) / "data")


def photos_of(name: str) -> tuple[list[Array], Masks]:
    """Return small photos of a set that show an object, and their masks of 0 and 1."""
    dataset = open_dataset(SHARED / name)
    samples = [s for s in dataset.samples if s.truth is not None and s.size_hw is not None]
    shown = [(s, m) for s in spread_evenly(samples, 3 * MOST_PHOTOS) if (m := _mask(dataset, s)).any()]
    chosen = spread_evenly(shown, MOST_PHOTOS)
    photos = [cv2.resize(np.asarray(dataset.photo(s)), m.shape[::-1], interpolation=cv2.INTER_AREA) for s, m in chosen]
    return photos, [m for _, m in chosen]


def _mask(dataset: Dataset, sample: Sample) -> Array:
    high, wide = sample.size_hw or (1, 1)
    factor = min(1.0, LONG_SIDE_PX / max(high, wide))
    mask = dataset.mask(sample, size_hw=(round(high * factor), round(wide * factor)))
    return (
        (mask == dataset.classes.scored[-1]).astype(np.uint8)
        if dataset.classes.is_binary
        else (mask > 0).astype(np.uint8)
    )


def cured(fault: FileFault, set_name: str, data: tuple[list[Array], Masks], folder: Path) -> Cure:
    """Write the fault, obey the first error or warning that names it, and check again."""
    photos, truths = data
    written(folder, photos, [t * np.uint8(255) for t in truths])
    fault.write(folder, truths)
    truths = [np.rot90(t, 3) for t in truths] if fault.turned else truths
    findings, dataset = _checked(folder, ())
    first = next((f for f in findings if f.code in fault.codes), None)
    before = agreement(dataset, truths)
    if first is None:
        return Cure(PART, fault.name, set_name, "", "none", before, before)
    settings = tuple(_settings(first))
    if not settings:
        obey_on_files(first, folder)
    after, again = _checked(folder, settings)
    gone = first.code not in {f.code for f in after}
    return Cure(PART, fault.name, set_name, first.code, "command", before, agreement(again, truths), gone)


def _settings(finding: Finding) -> list[str]:
    commands = [code for code in CODE.findall(finding.fix) if "--set" in code]
    return [s for code in commands[:1] for s in SETTING.findall(f"{code} ")] if not _lines(finding) else []


def _lines(finding: Finding) -> list[str]:
    return [code for code in CODE.findall(finding.fix) if ".save(" in code]


def _assignments(finding: Finding) -> list[str]:
    """Return the lines that change an array called mask, which the words around them say to save."""
    return [code for code in CODE.findall(finding.fix) if code.startswith("mask = ") and "saved under" in finding.fix]


def obey_on_files(finding: Finding, folder: Path) -> None:
    """Run the fix's line on the masks named, or on each where it says so; without a line do what its words say."""
    lines = _lines(finding) or [f"{code}; Image.fromarray(mask).save(path)" for code in _assignments(finding)]
    stems = set() if "each mask" in finding.fix else {Path(name).stem for name in finding.photos}
    chosen = [p for p in sorted((folder / "masks").iterdir()) if not stems or p.stem in stems]
    for path in chosen:
        if lines:
            png_path = path.with_suffix(".png")
            with Image.open(folder / "images" / f"{path.stem}.jpg") as photo, Image.open(path) as mask:
                held = np.asarray(mask) if lines[0].endswith(".fromarray(mask).save(path)") else mask
                run(lines[0], {"path": path, "png_path": png_path, "photo": photo, "mask": held})
            if path.suffix != ".png" and png_path.exists():
                path.unlink()
        elif re.search(r"remove|out of the (data|folder)", finding.fix.lower()):
            path.unlink()
            (folder / "images" / f"{path.stem}.jpg").unlink(missing_ok=True)


def written(folder: Path, photos: Sequence[Array], masks: Sequence[Array]) -> None:
    """Write photos as JPEG into images/ and masks as PNG into masks/, numbered alike."""
    for name, arrays, suffix in (("images", photos, ".jpg"), ("masks", masks, ".png")):
        (folder / name).mkdir(parents=True)
        for i, array in enumerate(arrays):
            Image.fromarray(array).save(folder / name / f"{i:03d}{suffix}")


def _checked(folder: Path, settings: Sequence[str]) -> tuple[list[Finding], Dataset | None]:
    try:
        wanted = read_settings(list(settings))
        dataset = open_data(folder, wanted, only=None)
        return [f for f in checked(dataset, wanted) if f.severity != "note"], dataset
    except MaskwrightError:
        return [], None


def agreement(dataset: Dataset | None, truths: Masks) -> float:
    """Return the IoU of the objects that the dataset reads with the true ones; photos without a mask are left out."""
    if dataset is None:
        return 0.0
    counts = np.zeros((2, 2), dtype=np.int64)
    for sample in dataset.samples:
        if sample.truth is not None:
            truth = truths[int(Path(sample.name).stem)]
            try:
                mask = dataset.mask(sample, size_hw=truth.shape)
            except MaskwrightError:  # left out, as its finding says
                continue
            counts += metrics.confusion(truth, np.where(mask == 255, 255, mask > 0).astype(np.uint8) % 255, 2)
    return float(np.nan_to_num(metrics.iou(counts)[1]))


def _each(change: Callable[[Array], Array]) -> Callable[[Path, Masks], None]:
    def write(folder: Path, truths: Masks) -> None:
        for i, truth in enumerate(truths):
            Image.fromarray(np.ascontiguousarray(change(truth * np.uint8(255)))).save(folder / "masks" / f"{i:03d}.png")

    return write


def _next(folder: Path, truths: Masks) -> None:
    for i in range(len(truths)):
        other = truths[(i + 1) % len(truths)] * np.uint8(255)
        Image.fromarray(cv2.resize(other, truths[i].shape[::-1], interpolation=cv2.INTER_NEAREST)).save(
            folder / "masks" / f"{i:03d}.png"
        )


def _jpeg(folder: Path, truths: Masks) -> None:
    for i, truth in enumerate(truths):
        (folder / "masks" / f"{i:03d}.png").unlink()
        Image.fromarray(truth * np.uint8(255)).save(folder / "masks" / f"{i:03d}.jpg", quality=70)


def _truncated(folder: Path, _truths: Masks) -> None:
    for path in sorted((folder / "masks").iterdir())[:2]:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _divided(folder: Path, truths: Masks) -> None:
    for i, truth in enumerate(truths):
        (folder / "masks" / f"{i:03d}.png").unlink()
        Image.fromarray((truth / 255).astype(np.float32)).save(folder / "masks" / f"{i:03d}.tif")


def _unturned(folder: Path, _truths: Masks) -> None:
    """Photos say that they are to be turned by a quarter; masks were drawn on them as stored."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for path in sorted((folder / "images").iterdir()):
        Image.open(path).save(path, exif=exif)


def _few_inverted(folder: Path, truths: Masks) -> None:
    for i in range(1, len(truths), 4):
        Image.fromarray((1 - truths[i]) * np.uint8(255)).save(folder / "masks" / f"{i:03d}.png")


def _shifted_each(folder: Path, truths: Masks) -> None:
    rng = np.random.default_rng(7)
    for i in range(0, len(truths), 2):
        right, down = rng.integers(20, 50, 2) * rng.choice([-1, 1], 2)
        shifted = moved(truths[i] * np.uint8(255), int(right), int(down))
        Image.fromarray(shifted).save(folder / "masks" / f"{i:03d}.png")


def _boxed(folder: Path, truths: Masks) -> None:
    for i in range(0, len(truths), 3):
        mask = truths[i].copy()
        for contour in cv2.findContours(truths[i], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
            left, top, wide, high = cv2.boundingRect(contour)
            mask[top : top + high, left : left + wide] = 1
        Image.fromarray(mask * np.uint8(255)).save(folder / "masks" / f"{i:03d}.png")


def _soft(mask: Array) -> Array:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.5))


FILE_FAULTS: Sequence[FileFault] = (
    FileFault("masks of the next photo", ("mask-exchanged",), _next),
    FileFault("masks mirrored", ("mask-flipped",), _each(lambda m: m[:, ::-1])),
    FileFault("masks upside down", ("mask-flipped", "mask-turned"), _each(lambda m: m[::-1])),
    FileFault("masks turned by half", ("mask-turned",), _each(lambda m: m[::-1, ::-1])),
    FileFault("masks shifted (5 %)", ("mask-shifted",), _each(lambda m: moved(m, round(0.05 * m.shape[1]), 6))),
    FileFault("masks black on white", ("mask-ground",), _each(lambda m: 255 - m)),
    FileFault("masks as JPEG", ("mask-soft", "mask-ghosts"), _jpeg),
    FileFault("masks with soft edges", ("mask-soft", "mask-ghosts"), _each(_soft)),
    FileFault("masks divided by 255", ("mask-scaled",), _divided),
    FileFault("a few masks inverted", ("mask-ground",), _few_inverted),
    FileFault("half of the masks shifted each by itself", ("mask-shifted", "mask-turned"), _shifted_each),
    FileFault("boxes in a third of the photos", ("mask-boxes",), _boxed),
    FileFault("masks cut short", ("mask-unreadable",), _truncated),
    FileFault("masks drawn before the EXIF rotation", ("mask-unturned",), _unturned, turned=True),
)
