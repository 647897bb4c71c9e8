"""The natural order of names: class2 before class10."""

import re


def natural_key(name: str, *, case: bool = False) -> tuple[tuple[int, int | str], ...]:
    """Return a sort key that compares the numbers in names as numbers; A and a are one unless `case` counts.

    >>> sorted(["class10", "class2"], key=natural_key)
    ['class2', 'class10']
    """
    text = name if case else name.lower()
    # 18 digits at most: Python refuses to read numbers of thousands of digits.
    return tuple((0, int(t)) if t.isdecimal() else (1, t) for t in re.split(r"([0-9]{1,18})", text) if t)
