"""What lists and tables beside the photos give, and how they name images."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.part_names import PartName

LIST_BYTES_MOST = 1 << 24
"""Larger lists and tables are not read."""


@dataclass(frozen=True)
class Given:
    """What lists say of photos by their path below the root, and what is wrong with the lists.

    `is_whole`: lists name several parts, and a photo that is in none of them has no part. `masks` are those that stand
    on a photo's lines, `classes` the class that stands beside a mask, by the mask's path. `absent` are named but not
    there, `twice` listed in several parts; `files` are the lists, below the root. `listed` are the photos that a table
    names, by their path below the root. `parts_said` is a sentence on how the parts were read, where that was a choice,
    and `set_aside` are the lists of another choice.
    """

    parts: Mapping[str, PartName] = field(default_factory=dict)
    masks: Mapping[str, tuple[FolderImage, ...]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    is_whole: bool = False
    listed: tuple[str, ...] = ()
    parts_said: str = ""
    set_aside: tuple[str, ...] = ()


class Names:
    """Images by every way to name them: each end of the path, with and without file ending, if one alone fits.

    `folders` are the images by the level, from the outside, and the name of each folder they lie in.
    """

    def __init__(self, images: Iterable[FolderImage]) -> None:
        self.by_name: dict[str, FolderImage | None] = {}
        self.folders: dict[int, dict[str, list[FolderImage]]] = defaultdict(lambda: defaultdict(list))
        for image in images:
            for level, folder in enumerate(image.file.folder):
                self.folders[level][folder].append(image)
            parts = (*image.file.folder, image.file.path.name)
            for start in range(len(parts)):
                name = "/".join(parts[start:])
                for way in (name, name[: -len(image.file.path.suffix)]):
                    known = self.by_name.get(way, image)
                    self.by_name[way] = image if known is image else None

    def is_ambiguous(self, text: str) -> bool:
        """Tell whether several images are called so: none of them is meant, and none is missing."""
        return text in self.by_name and self.by_name[text] is None

    def by_number(self) -> dict[int, FolderImage]:
        """Return the images by the one number in their name; none where a name has two, or two have the same."""
        images = {image.below: image for image in self.by_name.values() if image is not None}.values()
        numbers = [(re.findall(r"\d+", image.file.path.stem), image) for image in images]
        by_number = {int(found[0]): image for found, image in numbers if len(found) == 1}
        return by_number if len(by_number) == len(numbers) else {}

    def in_folders(self, lines: Iterable[str]) -> dict[str, list[FolderImage]]:
        """Return the images in each folder that lists of videos name, by line.

        Where the folders of one level alone have all the names, only these count; else folders of every level do.
        """
        named = {line for line in lines if any(line in folders for folders in self.folders.values())}
        whole = [folders for folders in self.folders.values() if named <= set(folders)]
        levels = whole if len(whole) == 1 else list(self.folders.values())
        each = {line: [image for folders in levels for image in folders.get(line, ())] for line in named}
        return {line: list({image.below: image for image in images}.values()) for line, images in each.items()}

    def find(self, text: str) -> FolderImage | None:
        """Return the image that a path on whatever machine ends like."""
        parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".")]
        tails = ("/".join(parts[start:]) for start in range(len(parts)))
        return next((image for tail in tails if (image := self.by_name.get(tail)) is not None), None)
