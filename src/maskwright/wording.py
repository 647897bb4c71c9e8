"""Words that sentences are put together from: counts with their nouns, and capitals."""


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1.

    >>> count_of(1, "photo"), count_of(1200, "photo")
    ('1 photo', '1,200 photos')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def capitalised(text: str) -> str:
    """Return a text with a capital at its beginning; what follows stays as it is.

    >>> capitalised("mean IoU")
    'Mean IoU'
    """
    return text[:1].upper() + text[1:]
