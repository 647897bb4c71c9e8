"""The names of the classes in a COCO file, by category id."""

from collections.abc import Iterable

from maskwright.datasets.parsing.json_values import Record, records, text, whole


def class_names(data: Record, used: Iterable[str]) -> dict[str, str]:
    """Return the class name of each category id in the order of ids; ids without a category are named after the id.

    Categories that repeat a name are one class. Roboflow's category 0, which is the name of the project and has no
    shape, is left out.
    """
    listed = {text(category.get("id")): text(category.get("name")) for category in records(data.get("categories"))}
    used = set(used)
    above = {text(category.get("supercategory")) for category in records(data.get("categories"))}
    project = listed.get("0") if "0" not in used and "none" in above and len(listed) > 1 else None
    names = {id_: name or f"class {id_}" for id_, name in listed.items() if not (id_ == "0" and project in above)}
    if not listed:
        names = {id_: f"class {id_}" for id_ in used}
    return dict(sorted(names.items(), key=lambda item: (whole(item[0]) is None, whole(item[0]) or 0, item[0])))
