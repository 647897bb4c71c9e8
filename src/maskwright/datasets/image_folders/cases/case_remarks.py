"""What was decided about single photos: unions of masks, groups and parts that a split keeps."""

from collections.abc import Sequence

from maskwright.datasets.group_names import groups_said
from maskwright.datasets.image_folders.cases.case import Case
from maskwright.datasets.image_folders.cut_pieces import pieces_said
from maskwright.datasets.image_folders.folder_parts import divided_by_folders
from maskwright.datasets.image_folders.pairs.sidecar_files import Given
from maskwright.datasets.reader_types import Remark


def case_remarks(cases: Sequence[Case], given: Given, groups_by: str) -> list[Remark]:
    """Return what was decided about single photos: unions of masks, and groups that a split keeps together.

    `groups_by` is what the groups were guessed from.
    """
    texts = []
    several = [case for case in cases if any(len(masks) > 1 for masks in case.masks.values())]
    if several:
        texts.append(f"{len(several)} photos have several masks, as {several[0].name}: their union is the truth")
    own = [case.name for case in cases if case.photo and any(case.photo in masks for masks in case.masks.values())]
    if own:
        texts.append(f"the transparency of {len(own)} photos is their mask, as in {own[0]}")
    groups = {case.name: case.group for case in cases if case.group is not None}
    if groups:
        of_list = f"{len(set(groups.values()))} groups by {given.files[0]}" if given.groups else ""
        said = of_list or groups_said(groups, groups_by)
        texts.append(f"photos belong to {said}, which a split keeps together")
    texts += pieces_said(case.photo for case in cases if case.photo and case.masks)
    annotated = {case.name: case.part for case in cases if case.photo and case.masks}
    texts += (
        divided_by_folders(annotated, given.files if given.parts else ())
        if not groups or any(annotated.values())
        else []
    )
    return [Remark("folder-reading", (), text) for text in texts]
