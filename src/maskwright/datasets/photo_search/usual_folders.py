"""Folders that usually hold the photos of a label file, beside it or below it."""

import os
from pathlib import Path

PHOTO_FOLDERS = ("images", "image", "imgs", "img", "photos", "photo", "pictures", "jpegimages", "leftimg8bit", "inputs")
ANY_FOLDER = "data"


def usual_places(base: Path, part: str | None, root: Path) -> list[Path]:
    """Return the folders to look into; none outside the root, wherever a label file leads."""
    base = Path(os.path.normpath(base))
    if not base.absolute().is_relative_to(os.path.normpath(root.absolute())):
        return []
    places = [base, *(base / folder for folder in folders_of_photos(base))]
    return places if part is None else [place / part for place in places] + places


def folders_of_photos(base: Path) -> list[str]:
    """Return the names of the folders of photos below a base, sorted, data/ last: it may hold anything."""
    if not base.is_dir():
        return []
    names = [p.name for p in base.iterdir() if p.name.lower() in (*PHOTO_FOLDERS, ANY_FOLDER) and p.is_dir()]
    return sorted(names, key=lambda name: (name.lower() == ANY_FOLDER, name))
