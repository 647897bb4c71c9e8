"""The best one-to-one assignment of rows to columns (Kuhn 1955, in the form with potentials)."""

import numpy as np
from numpy.typing import NDArray


def best_assignment(worth: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each row of an NxM matrix (N <= M) the column that makes the sum of worth greatest, each used once."""
    rows, columns = worth.shape
    assert rows <= columns
    cost = worth.max(initial=0.0) - worth
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.zeros(columns + 1, dtype=np.int64)
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least = np.full(columns + 1, np.inf)
        came_from, used = np.zeros(columns + 1, dtype=np.int64), np.zeros(columns + 1, dtype=np.bool_)
        while owner[column]:
            used[column] = True
            price = cost[owner[column] - 1] - row_price[owner[column]] - column_price[1:]
            better = ~used[1:] & (price < least[1:])
            least[1:][better] = price[better]
            came_from[1:][better] = column
            open_least = np.where(used[1:], np.inf, least[1:])
            following = int(np.argmin(open_least)) + 1
            step = least[following]
            row_price[owner[used]] += step
            column_price[used] -= step
            least[~used] -= step
            column = following
        while column:
            owner[column] = owner[came_from[column]]
            column = int(came_from[column])
    chosen = np.zeros(rows, dtype=np.int64)
    for column in range(1, columns + 1):
        if owner[column]:
            chosen[owner[column] - 1] = column - 1
    return chosen
