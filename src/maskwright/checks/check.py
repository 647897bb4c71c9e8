"""Checking a dataset before anything is trained on it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from maskwright.checks.classes import class_findings, name_findings
from maskwright.checks.drawn_marks import marked_findings
from maskwright.checks.duplicates import duplicate_findings
from maskwright.checks.masks.alignment import alignment_findings
from maskwright.checks.masks.copied_masks import copied_findings
from maskwright.checks.masks.drawn_boxes import box_findings
from maskwright.checks.masks.in_one_corner import corner_findings
from maskwright.checks.masks.inverted_masks import some_exchanged_findings, without_background_of_all
from maskwright.checks.masks.mask_files import mask_file_findings
from maskwright.checks.masks.per_mask_transforms import own_turn_findings
from maskwright.checks.masks.single_masks import mask_findings, vanishing_findings
from maskwright.checks.masks.some_misaligned import some_misplaced_findings
from maskwright.checks.masks.values.part_numbering import part_numbering_findings
from maskwright.checks.masks.values.summed_ids import summed_findings
from maskwright.checks.masks.wrong_photo import exchange_findings
from maskwright.checks.mirrored_borders import mirrored_border_findings
from maskwright.checks.mirrored_classes import mirrored_class_findings
from maskwright.checks.object_counts import number_findings
from maskwright.checks.overlaps import overlap_findings
from maskwright.checks.photos import header_findings, photo_findings
from maskwright.checks.reader_remarks import remark_findings
from maskwright.checks.scan import PhotoScan, scan_photos
from maskwright.checks.shapes.hidden_shapes import hidden_findings
from maskwright.checks.shapes.merged_polygons import joined_findings
from maskwright.checks.shapes.overlapping_classes import shared_pixel_findings
from maskwright.checks.shapes.padded_square_coordinates import squared_findings
from maskwright.checks.shapes.rotated_photos import turned_findings
from maskwright.checks.shapes.scattered_points import scattered_findings
from maskwright.checks.shapes.shape_scale import scale_findings
from maskwright.checks.shapes.swapped_axes import swapped_axis_findings
from maskwright.checks.video_frames import frame_findings
from maskwright.concurrency.thread_pool import one_opencv_thread
from maskwright.datasets.compared_photos import ComparedPhotos
from maskwright.datasets.copies.duplicates import duplicate_groups
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.truth.shapes import Shapes
from maskwright.findings.finding import Finding, Findings, ranked
from maskwright.progress_counter import StartCounting, no_counting


def check(
    dataset: Dataset, *, working_long_side_px: int | None = None, on_photo: Callable[[], None] | None = None
) -> Findings:
    """Return everything that is wrong or worth knowing about the dataset, errors first.

    Every photo is decoded once and whole, every mask once; `on_photo` is called after each, from a few threads.
    Objects that vanish are looked for where the long side of the photos at the working scale is given.

        >>> findings = mw.check(mw.open_dataset("photos"))
        >>> [f.code for f in findings if f.severity == "error"]
        []
    """
    return check_and_compare(dataset, working_long_side_px=working_long_side_px, on_photo=on_photo)[0]


def check_and_compare(
    dataset: Dataset,
    *,
    working_long_side_px: int | None = None,
    on_photo: Callable[[], None] | None = None,
    count: StartCounting = no_counting,
    from_files: list[Finding] | None = None,
) -> tuple[Findings, Dataset]:
    """Return what `check` returns, and the dataset with what a later division of its photos need not find out again.

    `count` shows how many photos are checked and compared; `from_files` are the `file_findings`, if they are known.
    """
    known = file_findings(dataset) if from_files is None else from_files
    with one_opencv_thread():
        findings, compared = _checked(dataset, known, working_long_side_px, on_photo=on_photo, count=count)
    return findings, replace(dataset, compared=compared)


def _checked(
    dataset: Dataset,
    from_files: list[Finding],
    working_long_side_px: int | None,
    *,
    on_photo: Callable[[], None] | None,
    count: StartCounting,
) -> tuple[Findings, ComparedPhotos]:
    on_photo = on_photo or count("checking", len(dataset))
    broken = {name for name, header in dataset.facts.headers.items() if header.trouble}
    wrong = {name for f in from_files if f.severity == "error" for name in f.photos}
    scans = scan_photos(dataset, broken, working_long_side_px=working_long_side_px, on_photo=on_photo)
    sound = [scan for scan in scans if scan.name not in wrong]
    thumbs = {scan.name: scan.thumb for scan in scans if scan.thumb is not None}
    findings = [*from_files, *photo_findings(sound, dataset.classes), *mask_findings(sound, dataset.classes)]
    findings += [
        *marked_findings(sound),
        *mirrored_border_findings(dataset),
        *summed_findings(dataset),
        *box_findings(sound, dataset.classes),
        *_shape_findings(dataset),
    ]
    exchanged = exchange_findings(dataset, sound)
    moved = {name for finding in exchanged for name in finding.photos}
    placed = [scan for scan in sound if scan.name not in moved]
    findings += [*exchanged, *_place_findings(dataset, placed, is_exchanged=not Findings(exchanged).are_notes)]
    drawn = {sample.name for sample in dataset.samples if isinstance(sample.truth, Shapes)}
    if exchanged_in_some := some_exchanged_findings(sound, dataset.classes, drawn=drawn):
        findings = [*without_background_of_all(findings), *exchanged_in_some]
    findings += [*_class_findings(dataset, sound), *name_findings(dataset.classes)]
    copies = duplicate_groups(dataset, thumbs, count=count)
    findings += [*part_numbering_findings(dataset, placed), *mirrored_class_findings(dataset, copies)]
    if not any(finding.code == "mask-same" for finding in from_files):
        findings += copied_findings(placed, copies)
    overlapping = overlap_findings(scans, dataset.root) or frame_findings(scans, dataset.root)
    findings += _without_leaks_named_twice(duplicate_findings(copies, scans), overlapping)
    if working_long_side_px is not None:  # objects are counted at the working scale alone
        findings += vanishing_findings(sound, dataset.classes, working_long_side_px)
        findings += number_findings(sound, dataset.classes)
    return ranked(findings), ComparedPhotos(tuple(sample.name for sample in dataset.samples), thumbs, copies)


def _place_findings(dataset: Dataset, scans: Sequence[PhotoScan], *, is_exchanged: bool) -> list[Finding]:
    """Return what is wrong with the places of masks: the first finding that is more than a note speaks for all."""
    aligned = corner_findings(scans) or alignment_findings(scans)
    if is_exchanged or not Findings(aligned).are_notes:
        return aligned
    return own_turn_findings(dataset, scans) or some_misplaced_findings(scans) or aligned


def _class_findings(dataset: Dataset, scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return findings about classes; where nothing names them, ids that no mask holds are no classes."""
    is_guessed = (
        dataset.facts.masks is not None and bool(dataset.facts.masks.guessed) and not dataset.facts.masks.listed
    )
    findings = class_findings(scans, dataset.classes)
    return [finding for finding in findings if not (is_guessed and finding.code == "class-absent")]


def _shape_findings(dataset: Dataset) -> list[Finding]:
    """Return what the shapes of label files show."""
    return [
        *scale_findings(dataset),
        *(swapped_axis_findings(dataset) or squared_findings(dataset)),
        *turned_findings(dataset),
        *(scattered_findings(dataset) or [*_covered(dataset), *joined_findings(dataset)]),
    ]


def _covered(dataset: Dataset) -> list[Finding]:
    """Return the shapes that are hidden, or else that classes share many pixels."""
    return hidden_findings(dataset) or shared_pixel_findings(dataset)


def _without_leaks_named_twice(of_copies: list[Finding], overlapping: list[Finding]) -> list[Finding]:
    """Return both, the first without leaks where there are others: tiles that share most pixels are near copies too."""
    leaks = {"split-leak"} if overlapping else set[str]()
    return [*(finding for finding in of_copies if finding.code not in leaks), *overlapping]


def file_findings(dataset: Dataset) -> list[Finding]:
    """Return what the label files, the photos' headers and the values of mask files show, errors first."""
    return ranked([*remark_findings(dataset), *header_findings(dataset.facts.headers), *mask_file_findings(dataset)])
