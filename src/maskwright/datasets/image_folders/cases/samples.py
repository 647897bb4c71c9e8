"""Cases to samples: the pages of stacks one by one, several masks of a photo as layers, and what headers say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.datasets.dataset import Sample
from maskwright.datasets.image_folders.appearance import transparency_of
from maskwright.datasets.image_folders.cases.case import Case
from maskwright.datasets.image_folders.disambiguation.choose_masks import MaskChoice
from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.photo_search.photo_index import read_header
from maskwright.datasets.reader_types import PhotoHeader, Remark
from maskwright.datasets.truth.mask_truth import MaskFile, MaskFiles, MaskLayer
from maskwright.datasets.truth.shapes import Shapes
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import some
from maskwright.imaging.decoders.stored_pixels import Page

LOOKS_MOST = 4

Truth = MaskFile | MaskFiles | None


@dataclass(frozen=True)
class FolderSamples:
    """The samples of a folder with the headers of their photos, and what was noticed about pages and bands."""

    samples: tuple[Sample, ...]
    headers: Mapping[str, PhotoHeader]
    remarks: tuple[Remark, ...]


def samples_of(
    root: Path, cases: Sequence[Case], choice: MaskChoice, *, canvas_hw: tuple[int, int] | None = None
) -> FolderSamples:
    """Return the samples of all cases, in name order."""
    samples: list[Sample] = []
    headers: dict[str, PhotoHeader] = {}
    unfit: list[str] = []
    for case in cases:
        header = _header(case, canvas_hw)
        if header.trouble == "depth" and not case.masks:  # heights, depths: another picture of the place is the photo
            unfit.append(case.name)
            continue
        for sample in _of_case(root, case, choice, header):
            samples.append(sample)
            headers[sample.name] = header
    remarks = [*_band_remarks(cases), *_frame_remarks(cases)]
    if unfit:
        text = "holds fractions, as heights and depths are, and has no mask"
        remarks.append(Remark("file-unused", tuple(unfit), text))
    return FolderSamples(tuple(sorted(samples, key=lambda sample: sample.name)), headers, tuple(remarks))


def _header(case: Case, canvas_hw: tuple[int, int] | None) -> PhotoHeader:
    if case.photo is None:
        return PhotoHeader(canvas_hw, "canvas")
    return read_header(case.photo.file.path, canvas_hw=canvas_hw, stored=case.photo.file.header)


def _of_case(root: Path, case: Case, choice: MaskChoice, header: PhotoHeader) -> list[Sample]:
    """Return the samples of a case: one, or one a page where photo and masks are stacks of as many pages."""
    # A mask without a photo must not be taken for the photo: the path leads nowhere.
    photo = case.photo.file.path if case.photo else root / "missing" / case.name
    if case.is_background:
        return [Sample(case.name, photo, Shapes(()), header.size_hw, case.part, case.group)]
    pages = _pages(case.photo) if case.photo else 1
    masks = [mask for several in case.masks.values() for mask in several]
    depths = {_pages(mask) for mask in masks}
    if pages == 1 or depths == {1}:
        return [Sample(case.name, photo, _truth(case, choice), header.size_hw, case.part, case.group)]
    if depths and depths != {pages}:
        raise DataError(
            f"{root}: {case.name} has {pages} pages and {masks[0].below} has {_pages(masks[0])}: save stacks of as "
            "many pages, or one file a page"
        )
    width = len(str(pages))
    return [
        Sample(
            f"{case.name}#{number:0{width}}",
            photo,
            _truth(case, choice, Page(number - 1)) if masks else None,
            header.size_hw,
            case.part,
            case.group,
            Page(number - 1),
        )
        for number in range(1, pages + 1)
    ]


def _pages(image: FolderImage) -> int:
    return image.file.header.pages if image.file.header else 1


def _truth(case: Case, choice: MaskChoice, page: Page | None = None) -> Truth:
    """Return the masks of a case as its truth; the pages of a mask of one photo are several masks."""
    layers = [
        MaskLayer(MaskFile(mask.file.path, place), _class_id(kind, choice))
        for kind, masks in case.masks.items()
        if kind != choice.view
        for mask in masks
        for place in ([page] if page or _pages(mask) == 1 else [Page(i) for i in range(_pages(mask))])
    ]
    views = [MaskFile(mask.file.path, page) for mask in case.masks.get(choice.view, ())] if choice.view else []
    if not layers:
        return None
    if len(layers) == 1 and layers[0].class_id is None and not views:
        return layers[0].file
    return MaskFiles(tuple(layers), views[0] if views else None)


def _class_id(kind: MaskKind, choice: MaskChoice) -> int | None:
    return choice.kinds.index(kind) + 1 if choice.together == "classes" else None


def _band_remarks(cases: Sequence[Case]) -> list[Remark]:
    """Return the photos that have more bands than three, and the stacks that are one photo's bands."""
    many: dict[str, list[str]] = {}
    translucent: list[Case] = []
    for case in cases:
        header = case.photo.file.header if case.photo else None
        if header is None:
            continue
        depths = {_pages(mask) for masks in case.masks.values() for mask in masks}
        if header.pages > 1 and depths == {1}:
            many.setdefault(f"{header.pages} pages, and their masks one: pages are taken for bands", []).append(
                case.name
            )
        elif header.bands - header.alpha > 3:
            many.setdefault(f"{header.bands - header.alpha} bands", []).append(case.name)
        elif header.alpha and header.bands - header.alpha == 3:
            translucent.append(case)
    if _hold_a_fourth_band(translucent):
        names = [case.name for case in translucent]
        many["4 bands, the last one stored as transparency, which is not used"] = names
    return [Remark("bands-unused", tuple(names), text) for text, names in many.items()]


def _hold_a_fourth_band(cases: Sequence[Case]) -> bool:
    """Tell whether the transparency of some photos that have masks beside them changes as pictures do."""
    photos = [case.photo.file for case in cases if case.photo and case.masks and not case.photo.is_cutout]
    looks = [transparency_of(file) for file in spread_evenly(photos, LOOKS_MOST)]
    return bool(looks) and all(look is not None and look.is_photo for look in looks)


def _frame_remarks(cases: Sequence[Case]) -> list[Remark]:
    """Return the files of which only the first stack is read: they hold pictures of other sizes too."""
    headers = {case.name: case.photo.file.header for case in cases if case.photo and case.photo.file.header}
    other = tuple(name for name, header in headers.items() if header.more_series)
    text = f"holds pictures of other sizes too ({some(list(other))}): only the first stack is read"
    return [Remark("file-unused", other, text, "frames")] if other else []
