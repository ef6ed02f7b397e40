"""Argument check shared by the backbones."""
from typing import Sequence


def check_out_indices(out_indices: Sequence[int], count: int) -> None:
    """Check which stages a backbone is asked to return.

    Args:
        out_indices (Sequence[int]): What the user gave.
        count (int): Number of stages there are.

    Raises:
        TypeError: If it is not a list or tuple of int.
        ValueError: If it is empty, out of range, or not rising.
    """
    is_list = isinstance(out_indices, (list, tuple))
    if not is_list or not all(isinstance(i, int) for i in out_indices):
        raise TypeError('out_indices must be a list or tuple of int, but got '
                        f'{out_indices!r}')
    rising = all(a < b for a, b in zip(out_indices, out_indices[1:]))
    inside = all(0 <= i < count for i in out_indices)
    if not (out_indices and rising and inside):
        raise ValueError(f'out_indices must be rising numbers from 0 to '
                         f'{count - 1}, at least one, but got {out_indices!r}')
