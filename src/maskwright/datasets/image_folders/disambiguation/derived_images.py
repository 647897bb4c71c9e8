"""Pictures that a program made of photos: predictions beside the photos, and a folder of augmented copies."""

from collections.abc import Mapping, Sequence

from maskwright.datasets.group_names import AUGMENTED_WORDS
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PHOTO_WORDS, SET_WORDS, folder_words, plain
from maskwright.datasets.image_folders.pairs.split_folders import part_of
from maskwright.datasets.part_names import PARTS

PREDICTION_WORDS = frozenset(["predict", "predicted", "prediction", "predictions", "pred", "preds"])
BESIDE_AUGMENTED = PHOTO_WORDS | MASK_WORDS | SET_WORDS | PARTS.keys()
"""What a folder of augmented copies may be called besides: 2023_Aug is a month."""
MONTHS = frozenset(
    [
        *("jan", "feb", "mar", "apr", "may", "jun", "jul", "sep", "sept", "oct", "nov", "dec", "january", "february"),
        *("march", "april", "june", "july", "september", "october", "november", "december"),
        *("januar", "februar", "maerz", "märz", "mai", "juni", "juli", "oktober", "okt", "dezember", "dez"),
        *("spring", "summer", "autumn", "winter", "sommer", "herbst"),
    ]
)
"""What folders beside one of August are called."""
IS_PREDICTION = (
    "by their names they are predictions for the photos beside them; if you corrected them and they are the truth, "
    "name them as the other masks are"
)
IS_AUGMENTED = (
    "by their folder they were made of the other photos: training varies photos itself; to use them too, rename the "
    "folder and keep each with its photo by split.groups"
)


def predictions(images: Sequence[FolderImage], *, wanted: str | None = None) -> dict[str, str]:
    """Return why pictures are neither photos nor masks, by path: 0_predict.png beside 0.png is a prediction.

    None where there are no other masks, or where a person chose those of that name, as corrected ones: `wanted`. A
    photo that has a mask of its own name is none.
    """
    if wanted is not None and plain(wanted).strip("_.- ") in PREDICTION_WORDS:
        return {}
    own_masks = {plain(image.file.stem) for image in images if image.role == "mask"}
    stems = {(image.file.folder, plain(image.file.stem)) for image in images if image.role == "photo"}
    found = {
        image.below: IS_PREDICTION
        for image in images
        if (core := _predicted(image)) is not None and (image.file.folder, core) in stems
        if image.role != "photo" or plain(image.file.stem) not in own_masks
    }
    return found if any(image.role == "mask" and image.below not in found for image in images) else {}


def _predicted(image: FolderImage) -> str | None:
    """Return the name of the photo that a picture is a prediction for; None where its name says nothing of that."""
    stem = plain(image.file.stem)
    for separator in "_-. ":
        core, found, word = stem.rpartition(separator)
        if found and core and word in PREDICTION_WORDS:
            return core
    return None


def augmented_copies(photos: Sequence[FolderImage], masks: Mapping[str, Sequence[FolderImage]]) -> dict[str, str]:
    """Return why photos with masks are left out, by path: their folder is called augmented, and others have masks.

    None where each copy has the name of another photo: those are kept together with it. Copies of a part are made of
    photos of that part or of none: where there are none of these, they are all that a person trains on.
    """
    labelled = [photo for photo in photos if masks.get(photo.below)]
    altered = [photo for photo in labelled if any(map(_is_augmented, photo.file.folder))]
    free = {part_of(photo) for photo in labelled if photo not in altered}
    copies = {p.below: plain(p.file.stem) for p in altered if free & {None, "train", part_of(p)}}
    others = {plain(photo.file.stem) for photo in labelled if photo.below not in copies}
    if others.issuperset(copies.values()):
        return {}
    folders = {word for photo in photos for word in folder_words(photo.file.folder)}
    if not copies or len(copies) == len(labelled) or folders & MONTHS:
        return {}
    return dict.fromkeys(copies, IS_AUGMENTED)


def _is_augmented(folder: str) -> bool:
    words = set(folder_words((folder,)))
    return bool(words & AUGMENTED_WORDS) and words <= AUGMENTED_WORDS | BESIDE_AUGMENTED
