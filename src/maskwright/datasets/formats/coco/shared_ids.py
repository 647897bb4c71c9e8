"""Photos that share an image id: files that were joined without new numbers."""

from collections.abc import Mapping, Sequence
from posixpath import normpath

from maskwright.datasets.parsing.json_values import Record, text
from maskwright.datasets.reader_types import Remark


def shared_ids(
    images: Sequence[Record], listed: Sequence[str], by_image: Mapping[str, Sequence[Record]]
) -> tuple[Remark, ...]:
    """Return the remark that several photos have one id to which annotations point; none where ids are unique."""
    names: dict[str, list[str]] = {}
    for image, name in zip(images, listed, strict=True):
        names.setdefault(text(image.get("id")), []).append(normpath(name.replace("\\", "/")))
    shared = {id_: alike for id_, alike in names.items() if len(set(alike)) > 1 and by_image.get(id_)}
    if not shared:
        return ()
    photos = tuple(dict.fromkeys(name for alike in shared.values() for name in alike))
    many = sum(len(by_image[id_]) for id_ in shared)
    first, alike = next(iter(shared.items()))
    detail = (
        f"{len(images)} photos have {len(names)} image ids: {len(shared)} ids stand for several photos "
        f"({first}: {' and '.join(dict.fromkeys(alike))}), and {many} annotations name only such an id"
    )
    return (Remark("image-id-shared", photos, detail),)
