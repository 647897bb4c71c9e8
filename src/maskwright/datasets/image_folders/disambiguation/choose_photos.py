"""Which of several pictures of one case is the photo, and which only repeat it with the mask painted on."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from maskwright.datasets.image_folders.disambiguation.depth_images import leave_out_depths, without_depths
from maskwright.datasets.image_folders.disambiguation.overlays import Verdict, compare_pictures
from maskwright.datasets.image_folders.disambiguation.photo_kinds import (
    OVERLAY_WORDS,
    Kind,
    copy_rank,
    in_any_part,
    is_called,
    kind_called,
    only_one_called_photo,
    photo_kind,
    ways_to_call,
)
from maskwright.datasets.image_folders.disambiguation.separate_bands import of_two_times, refuse_bands_apart
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import folder_words, plain, runs
from maskwright.datasets.image_folders.pairs.pairing import Match
from maskwright.datasets.image_folders.pairs.split_folders import part_of
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import some

COMPARED_MOST = 4
OTHER_KIND = "another kind of photos was chosen"


@dataclass(frozen=True)
class PhotoChoice:
    """Matches with one photo each, and for every picture that is no photo of its own, by path, why it is not used."""

    matches: tuple[Match, ...]
    unused: Mapping[str, str]

    def without(self, photos: Mapping[str, str]) -> "PhotoChoice":
        """Return the choice without some photos, given by path with the reason."""
        matches = tuple(match for match in self.matches if match.photos[0].below not in photos)
        return PhotoChoice(matches, {**self.unused, **photos})


def choose_photos(
    matches: Sequence[Match], photos: Sequence[FolderImage], root: Path, *, wanted: str | None = None
) -> PhotoChoice:
    """Return the one photo of each mask; DataError asks where pictures differ and any may be the photo.

    `wanted` names the folder or the ending of the photos that count.
    """
    unused: dict[str, str] = {}
    matches = _with_other_kinds(matches, photos)
    if wanted is None:
        refuse_bands_apart(matches, root)
    else:
        _require_known(wanted, photos, root)
        matches = [_wanted(match, wanted, unused) for match in matches]
        unused |= _of_other_parts(matches, photos, unused)
    matches = [without_depths(match, unused) for match in matches]
    matches, dropped = _without_repeats(matches, unused)
    own = {photo.below for match in matches for photo in match.photos}
    staying = {in_any_part(photo_kind(photo)) for match in matches for photo in match.photos}
    dropped = {kind: why for kind, why in dropped.items() if kind not in staying}
    without_mask = [photo for photo in photos if photo.below not in own and photo.below not in unused]
    unused |= {p.below: why for p in without_mask if (why := dropped.get(in_any_part(photo_kind(p))))}
    matches = _original_elsewhere(matches, photos, unused, wanted=wanted)
    leave_out_depths(matches, photos, unused)
    open_matches = [match for match in matches if len(match.photos) > 1]
    if open_matches:
        raise _question(open_matches, root)
    return PhotoChoice(tuple(matches), unused)


def _with_other_kinds(matches: Sequence[Match], photos: Sequence[FolderImage]) -> list[Match]:
    """Return the matches, those of several pictures with the ones of the same name that no mask was paired with.

    Their folder lies further off, or their names have an ending more: the photo may be among them.
    """
    if all(len(match.photos) < 2 for match in matches):
        return list(matches)
    own = {photo.below for match in matches for photo in match.photos}
    by_core: dict[str, list[FolderImage]] = defaultdict(list)
    for photo in photos:
        if photo.below not in own:
            by_core[plain(photo.name.core)].append(photo)
    wider = []
    for match in matches:
        kinds = {photo_kind(photo) for photo in match.photos}
        alike = by_core[plain(match.photos[0].name.core)] if len(match.photos) > 1 else []
        more = [p for p in alike if photo_kind(p) not in kinds and _may_be_of_one_part(match.mask, p)]
        is_clear = len({photo_kind(photo) for photo in more}) == len(more)
        wider.append(replace(match, photos=(*match.photos, *more)) if more and is_clear else match)
    return wider


def _require_known(wanted: str, photos: Sequence[FolderImage], root: Path) -> None:
    """Raise DataError where no photo lies in a folder, or has an ending, that is called so."""
    if any(is_called(photo, wanted) for photo in photos):
        return
    folders = sorted({photo.file.folder[-1] for photo in photos if photo.file.folder})
    known = f"the folders of photos are {some(folders)}" if folders else "the photos lie in no folder of their own"
    raise DataError(f"{root}: data.photo_folder={wanted} is the folder or the ending of no photo; {known}")


def _wanted(match: Match, wanted: str, unused: dict[str, str]) -> Match:
    """Return a match with only the photos of the folder or ending that a person named, if it has any."""
    chosen = [photo for photo in match.photos if is_called(photo, wanted)]
    if not chosen or len(match.photos) < 2:
        return match
    unused |= {photo.below: OTHER_KIND for photo in match.photos if photo not in chosen}
    return replace(match, photos=tuple(chosen))


def _of_other_parts(
    matches: Sequence[Match], photos: Sequence[FolderImage], unused: Mapping[str, str]
) -> dict[str, str]:
    """Return the pictures without a mask, of another part, of the kinds of which a person chose another: with why."""
    own = {photo.below for match in matches for photo in match.photos}
    staying = {in_any_part(photo_kind(photo)) for match in matches for photo in match.photos}
    left = {in_any_part(photo_kind(photo)) for photo in photos if photo.below in unused} - staying
    others = [photo for photo in photos if photo.below not in own and in_any_part(photo_kind(photo)) in left]
    return {photo.below: OTHER_KIND for photo in others}


def _without_repeats(matches: Sequence[Match], unused: dict[str, str]) -> tuple[list[Match], dict[Kind, str]]:
    """Return the matches without those of several photos that repeat another with colours painted on, or copy it.

    The kinds of those, in whatever part they lie, come with the reason.
    """
    sets: dict[frozenset[Kind], list[Match]] = defaultdict(list)
    for match in matches:
        if len(match.photos) > 1:
            sets[frozenset(photo_kind(photo) for photo in match.photos)].append(match)
    dropped: dict[Kind, str] = {}
    for several in sets.values():
        dropped |= _repeats(several)
    settled = []
    for match in matches:
        repeats = {photo.below: dropped[photo_kind(photo)] for photo in match.photos if photo_kind(photo) in dropped}
        unrepeated = tuple(photo for photo in match.photos if photo.below not in repeats)
        if len(match.photos) > 1 and unrepeated:
            unused |= repeats
            match = replace(match, photos=unrepeated)
        settled.append(match)
    return settled, {in_any_part(kind): why for kind, why in dropped.items()}


def _repeats(matches: Sequence[Match]) -> dict[Kind, str]:
    """Return the kinds of photos to leave out of matches that all have the same kinds, with the reason."""
    sample = spread_evenly(matches, COMPARED_MOST)
    kinds = [photo_kind(photo) for photo in matches[0].photos]
    dropped: dict[Kind, str] = {}
    for i, first in enumerate(kinds):
        for second in kinds[i + 1 :]:
            if first in dropped or second in dropped:
                continue
            verdict = _majority([_compared(match, first, second) for match in sample])
            drawn_on, plain_one = (first, second) if verdict == "first" else (second, first)
            is_named_photo = verdict in ("first", "second") and only_one_called_photo(drawn_on, plain_one)
            if verdict != "different" and not is_named_photo:
                is_worse_copy = verdict == "copy" and copy_rank(matches[0].photos, first) > copy_rank(
                    matches[0].photos, second
                )
                worse, better = (first, second) if verdict == "first" or is_worse_copy else (second, first)
                what = "repeats" if verdict == "copy" else "shows the mask painted on"
                dropped[worse] = f"{what} {kind_called(better)}"
    return dropped


def _compared(match: Match, first: Kind, second: Kind) -> Verdict:
    by_kind = {photo_kind(photo): photo for photo in match.photos}
    return compare_pictures(by_kind[first].file.path, by_kind[second].file.path, match.mask.file.path)


def _majority(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of most pairs; "different" unless most of them show one picture."""
    counts = Counter(verdicts)
    if 2 * counts["different"] >= sum(counts.values()):
        return "different"
    del counts["different"]
    return counts.most_common(1)[0][0]


def _original_elsewhere(
    matches: Sequence[Match], photos: Sequence[FolderImage], unused: dict[str, str], *, wanted: str | None
) -> list[Match]:
    """Return the matches, those of overlays with the photo that the overlay shows; other repeats are noted as unused.

    An overlay or a copy of a photo has its numbers and words in the name, another ending or folder, and no mask. Of
    the two, photos that a person named are kept.
    """
    swapped: dict[str, FolderImage] = {}
    for (mine, other), pairs in _twins(matches, photos, unused).items():
        verdict = _verdict(pairs)
        named = [wanted is not None and is_called(one, wanted) for one in (pairs[0][0].photos[0], pairs[0][1])]
        if named == [True, False] and verdict != "different":
            unused |= {photo.below: OTHER_KIND for _, photo in pairs}
        elif verdict == "first" or (named == [False, True] and verdict != "different"):
            swapped |= {match.photos[0].below: photo for match, photo in pairs}
            unused |= {match.photos[0].below: f"shows the mask painted on {kind_called(other)}" for match, _ in pairs}
        elif verdict != "different":
            what = "repeats" if verdict == "copy" else "shows the mask painted on"
            unused |= {photo.below: f"{what} {kind_called(mine)}" for _, photo in pairs}
    return [
        replace(match, photos=(swapped[match.photos[0].below],)) if match.photos[0].below in swapped else match
        for match in matches
    ]


def _twins(
    matches: Sequence[Match], photos: Sequence[FolderImage], unused: Mapping[str, str]
) -> dict[tuple[Kind, Kind], list[tuple[Match, FolderImage]]]:
    """Return the matches with a picture of the same name that has no mask, by the kinds of both."""
    matched = {match.photos[0].below: match for match in matches if len(match.photos) == 1}
    by_name: dict[tuple[str, ...], list[Match]] = defaultdict(list)
    for match in matched.values():
        by_name[runs(match.photos[0].name.core)].append(match)
    twins: dict[tuple[Kind, Kind], list[tuple[Match, FolderImage]]] = defaultdict(list)
    for photo in photos:
        if photo.below in matched or photo.below in unused:
            continue
        named_alike = by_name.get(runs(photo.name.core), ())
        for match in [match for match in named_alike if _may_be_of_one_part(match.photos[0], photo)][:1]:
            twins[photo_kind(match.photos[0]), photo_kind(photo)].append((match, photo))
    return twins


def _verdict(pairs: Sequence[tuple[Match, FolderImage]]) -> Verdict:
    """Return how photos and pictures of the same name relate; a name such as bbox says which is drawn on."""
    sample = spread_evenly(pairs, COMPARED_MOST)
    verdict: Verdict = _majority(
        compare_pictures(match.photos[0].file.path, photo.file.path, match.mask.file.path) for match, photo in sample
    )
    drawn_on = [_is_called_overlay(one) for one in (pairs[0][0].photos[0], pairs[0][1])]
    if verdict in ("first", "second") and drawn_on[0] != drawn_on[1]:
        verdict = "first" if drawn_on[0] else "second"
    return verdict


def _is_called_overlay(photo: FolderImage) -> bool:
    return any(word in OVERLAY_WORDS for word in (*folder_words(photo.file.folder[-1:]), *runs(photo.name.stem)))


def _may_be_of_one_part(first: FolderImage, second: FolderImage) -> bool:
    """Tell whether no folders say that two pictures of one number are of the training and of the test part."""
    parts = part_of(first), part_of(second)
    return None in parts or parts[0] == parts[1]


def _question(matches: Sequence[Match], root: Path) -> DataError:
    first = matches[0]
    names = some([photo.below for photo in first.photos])
    ways = []
    for match in {frozenset(map(photo_kind, match.photos)): match for match in reversed(matches)}.values():
        for photo in match.photos:
            way = _way_to_call(photo, [other for other in match.photos if other is not photo], matches)
            ways.append(f"--set {quote(f'data.photo_folder={way}')}" if way else f"move {photo.below} elsewhere")
    fitting = "1 mask fits" if len(matches) == 1 else f"{len(matches)} masks fit"
    return DataError(
        f"{root}: {fitting} several pictures each, which differ: {first.mask.below} fits {names}; "
        f"choose {' or '.join(dict.fromkeys(ways))}{of_two_times(first.photos, root)}"
    )


def _way_to_call(photo: FolderImage, others: Sequence[FolderImage], matches: Sequence[Match]) -> str:
    """Return the folder, the innermost first, or the ending that one picture alone of some has; empty for none.

    Rather one that chooses among the pictures of all matches than one that does so in some.
    """
    taken = {way for other in others for way in ways_to_call(other)}
    ways = [*reversed(photo.file.folder), photo.name.ending.replace(" ", "_")]
    free = [way for way in ways if way and plain(way) not in taken]
    in_all = (way for way in free if all(any(is_called(p, way) for p in match.photos) for match in matches))
    return next(in_all, next(iter(free), ""))
