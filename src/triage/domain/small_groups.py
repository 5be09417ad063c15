"""Small groups in tables of counts: what is too few to show, and what would give it away by subtraction."""

import numpy as np

SMALLEST_GROUP = 10  # persons; a group of fewer is not shown


def hidden_cells(counts: np.ndarray, smallest: int = SMALLEST_GROUP) -> np.ndarray:
    """Which cells of a table of counts must not be shown, its totals included.

    A cell of 1 to `smallest` - 1 is hidden. Where a line (a row or column with its total) would then hide exactly one
    cell, that one follows by subtraction; where it hides several that are together fewer than `smallest`, those few
    do. So the smallest other cell of the line is hidden too, the total last. An empty cell hides nobody.

    Parameters
    ----------
    counts : whole numbers, rows x columns, without totals.

    Returns
    -------
    bool, (rows + 1) x (columns + 1): the last row and column are the totals.
    """
    table = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1), dtype=np.int64)
    table[:-1, :-1] = counts
    table[-1, :] = table.sum(axis=0)
    table[:, -1] = table.sum(axis=1)
    hidden = (table > 0) & (table < smallest)
    lines = [(row, slice(None)) for row in range(table.shape[0])]
    lines += [(slice(None), column) for column in range(table.shape[1])]
    while any(_hide_one_more(table[line], hidden[line], smallest) for line in lines):
        pass
    return hidden


def _hide_one_more(counts: np.ndarray, hidden: np.ndarray, smallest: int) -> bool:
    """Hide the smallest other cell of a line that gives one away; whether that was done. `hidden` is a view."""
    shown, total = np.flatnonzero(~hidden & (counts > 0)), len(counts) - 1
    together = 0 if hidden[total] else counts[:total][hidden[:total]].sum()
    if (hidden.sum() != 1 and not 0 < together < smallest) or len(shown) == 0:
        return False
    others = shown[shown != total]
    hidden[others[np.argmin(counts[others])] if len(others) else total] = True
    return True
