"""Which photos train and which are judged, fixed in the repository: `python -m benchmarks.leaderboard.photo_lists`.

Each set has one list of training photos, shuffled by seed 0 with the first photo of each class moved to the front, the
rarest class first. Its first 5, 10, 20, 40 photos are the smaller training sets: each holds the ones before, and every
class wherever its number of photos allows. Photos with errors in their labels are in no list.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from benchmarks.sets import SETS, dataset_of, parts_of
from maskwright.datasets.dataset import pick
from maskwright.datasets.splitting.split import INNER_FROM_PHOTOS, Parts
from maskwright.datasets.splitting.subsample import take_photos
from maskwright.files import read_json, write_json

FOLDER = Path(__file__).parent / "photos"
SEED = 0
NUMBERS = (5, 10, 20, 40)


@dataclass(frozen=True)
class PhotoLists:
    """Names of a set: `train` in nested order, `inner` those of it that may choose in training, `test` sorted."""

    train: tuple[str, ...]
    inner: tuple[str, ...]
    test: tuple[str, ...]


@cache
def lists_of(set_name: str) -> PhotoLists:
    """Return the fixed lists of a set."""
    held: Any = read_json(FOLDER / f"{set_name}.json")
    return PhotoLists(*(tuple(held[part]) for part in ("train", "inner", "test")))


def numbers_of(set_name: str) -> list[int]:
    """Return the numbers of training photos that a set is measured with, all of them last."""
    every = len(lists_of(set_name).train)
    return [number for number in NUMBERS if number < every] + [every]


def parts_with(set_name: str, photos: int) -> Parts:
    """Return the photos of a set with the first `photos` of its training list.

    As in `take_photos`, inner validation gets at most a quarter of them, and none below 16 photos.
    """
    lists, dataset = lists_of(set_name), dataset_of(set_name)
    train = lists.train[:photos]
    inner = tuple(name for name in lists.inner if name in train)
    if photos < len(lists.train):
        inner = inner[: photos // 4] if photos >= INNER_FROM_PHOTOS else ()
    why = f"{photos} training photos of the fixed list of {set_name}"
    return Parts(pick(dataset, train), pick(dataset, lists.test), inner, (why,))


def digest_of(set_name: str) -> str:
    """Return a hash of the lists of a set, and of how its data are opened."""
    chosen = SETS[set_name]
    opened = f"{chosen.folder} {chosen.ignore}" + ("" if chosen.background is None else f" {chosen.background}")
    return blake2b((FOLDER / f"{set_name}.json").read_bytes() + opened.encode(), digest_size=4).hexdigest()


def drawn(set_name: str) -> PhotoLists:
    """Draw the lists of a set from its data, as they stand in the repository."""
    parts = parts_of(set_name)[SETS[set_name].quick[0]]
    assert parts.test is not None
    order: list[str] = []
    for number in (*(n for n in NUMBERS if n < len(parts.train)), len(parts.train)):
        chosen = take_photos(parts, number, seed=SEED).train
        order += [sample.name for sample in chosen.samples if sample.name not in order]
    return PhotoLists(tuple(order), parts.inner, tuple(sorted(sample.name for sample in parts.test.samples)))


def main() -> None:
    """Draw and write the lists of every set."""
    for name in SETS:
        lists = drawn(name)
        write_json(FOLDER / f"{name}.json", {"train": lists.train, "inner": lists.inner, "test": lists.test})
        print(f"{name}: {len(lists.train)} training photos, {len(lists.test)} judged")


if __name__ == "__main__":
    main()
