"""Brush strokes of Label Studio decoded bit by bit, as a reference for fast code."""


def slow_brush(code: list[int]) -> list[int]:
    """Return the values of a brush code, read bit by bit from one long text."""
    bits = "".join(f"{byte:08b}" for byte in code)
    place = 0

    def take(count: int) -> int:
        nonlocal place
        place += count
        return int(bits[place - count : place], 2)

    total, word = take(32), take(5) + 1
    widths = [take(4) + 1 for _ in range(4)]
    values: list[int] = []
    while len(values) < total:
        repeated = take(1)
        count = take(widths[take(2)]) + 1
        values += [take(word)] * count if repeated else [take(word) for _ in range(count)]
    return values
