"""One photo of a folder with its masks, its part and its group."""

from collections.abc import Mapping
from dataclasses import dataclass

from maskwright.datasets.image_folders.disambiguation.choose_masks import MaskChoice
from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.part_names import PartName
from maskwright.datasets.reader_types import Remark


@dataclass(frozen=True)
class Case:
    """One photo with its masks by kind, the part of a given split and the group that it belongs to.

    `photo` None: a mask whose photo is not there. `is_background`: a photo without objects, as its folder says.
    """

    photo: FolderImage | None
    masks: Mapping[MaskKind, tuple[FolderImage, ...]]
    part: PartName | None = None
    group: str | None = None
    is_background: bool = False

    @property
    def name(self) -> str:
        """The path of the photo, or of the mask that has none, below the root."""
        return (self.photo or next(iter(self.masks.values()))[0]).below


@dataclass(frozen=True)
class FolderCases:
    """All cases of a folder, which kinds of their masks count, and what was noticed.

    `groups_by` says what their groups were guessed from, "folders", "names" or "world files"; "" where a list gives
    them. `lists` are the files that were read as lists, below the root.
    """

    cases: tuple[Case, ...]
    choice: MaskChoice
    remarks: tuple[Remark, ...]
    groups_by: str = ""
    lists: tuple[str, ...] = ()
