"""Chunks: a few photos of a long list that are predicted together and entered in the list of what is done together."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from maskwright.inference.sources.manifest import Shard
from maskwright.workflows.photo_lists.listed_photos import ListedPhotos

PHOTOS_A_CHUNK = 50


@dataclass(frozen=True)
class ListedPhoto:
    """Path or URL of a photo, and its name in the output."""

    path: str
    name: str


@dataclass(frozen=True)
class Chunk:
    """Photos that follow one another in a list, after `number` others."""

    number: int
    photos: tuple[ListedPhoto, ...]

    @property
    def id(self) -> str:
        """The name of its files: the same for the same photos, whoever predicts them."""
        names = "\n".join(photo.name for photo in self.photos)
        return f"{self.number:010d}-{hashlib.sha256(names.encode(errors='surrogateescape')).hexdigest()[:12]}"


@dataclass(frozen=True)
class ChunkResult:
    """How many photos were predicted, the reason by name for those that were not, and for those that are unsure."""

    done: int
    failed: dict[str, str]
    unsure: dict[str, str]


def chunks_left(listed: ListedPhotos, done: Collection[str], *, shard: Shard | None = None) -> Iterator[Chunk]:
    """Yield the chunks of the photos that are not done, of all or of one shard, a chunk at a time."""
    photos: list[ListedPhoto] = []
    number = 0
    for index in places(listed, shard):
        if listed.names[index] in done:
            continue
        if not photos:
            number = index
        photos.append(ListedPhoto(listed.paths[index], listed.names[index]))
        if len(photos) == PHOTOS_A_CHUNK:
            yield Chunk(number, tuple(photos))
            photos = []
    if photos:
        yield Chunk(number, tuple(photos))


def places(listed: ListedPhotos, shard: Shard | None) -> range:
    """Return the places of the photos in the list, of all or of one shard."""
    first, step = (shard.number - 1, shard.count) if shard else (0, 1)
    return range(first, len(listed.paths), step)
