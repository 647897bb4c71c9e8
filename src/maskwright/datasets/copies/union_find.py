"""Groups from links between names: what is linked, directly or through others, is one group."""

from collections.abc import Iterable, Sequence


def group_size_most(photos: int) -> int:
    """Return how many photos a group may have: a fifth of them, at least 12."""
    return max(12, photos // 5)


def union_groups(
    names: Sequence[str],
    sure: Iterable[tuple[str, str]],
    likely: Iterable[tuple[str, str]] = (),
    *,
    most: int,
) -> tuple[list[tuple[str, ...]], int]:
    """Return `names` parted into groups along the links, and how many likely links were cut.

    Sure links always join; likely ones, taken in their order, only while the group has at most `most` members.
    """
    parent = {name: name for name in names}
    size = dict.fromkeys(names, 1)
    cut = 0
    for links, limit in ((sure, len(parent)), (likely, most)):
        for first, second in links:
            group, other = _root(parent, first), _root(parent, second)
            if group != other and size[group] + size[other] <= limit:
                parent[other] = group
                size[group] += size[other]
            elif group != other:
                cut += 1
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_root(parent, name), []).append(name)
    return [tuple(group) for group in groups.values()], cut


def _root(parent: dict[str, str], name: str) -> str:
    while parent[name] != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name
