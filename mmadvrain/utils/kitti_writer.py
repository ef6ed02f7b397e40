"""Writing KITTI's text format, so that it reads back unchanged."""

from pathlib import Path
from typing import Any, Dict, Sequence

import numpy as np

from .kitti_format import PathLike

# what KITTI writes where a 2D detector knows nothing
_UNKNOWN = dict(
    truncated=-1,
    occluded=-1,
    alpha=-10,
    dimensions=(-1, -1, -1),
    location=(-1000, -1000, -1000),
    rotation_y=-10)


def kitti_detections(names: Sequence[str], bboxes: np.ndarray,
                     scores: np.ndarray) -> Dict:
    """A 2D detector's boxes as a result file would hold them.

    Args:
        names (Sequence[str]): Type of each detection, n of them.
        bboxes (np.ndarray): (x1, y1, x2, y2) in pixels. Shape (n, 4).
        scores (np.ndarray): Shape (n,).

    Returns:
        dict: As :func:`read_kitti_file` describes, with ``score``; the 3D
        fields hold KITTI's marks for "unknown".
    """
    num = len(names)
    arrays: Dict[str, Any] = {
        key:
        np.tile(
            np.asarray(value, dtype=np.float64),
            (num, 1) if isinstance(value, tuple) else num)
        for key, value in _UNKNOWN.items()
    }
    arrays['occluded'] = arrays['occluded'].astype(np.int64)
    arrays.update(
        name=[str(name) for name in names],
        bbox=np.asarray(bboxes, dtype=np.float64).reshape(num, 4),
        score=np.asarray(scores, dtype=np.float64).reshape(num))
    return arrays


def format_number(value: float) -> str:
    """Two decimals where they are exact, as many as needed where not.

    Args:
        value (float): A finite number.

    Returns:
        str: Text that reads back as the same float.
    """
    short = f'{value:.2f}'
    return short if float(short) == value else repr(float(value))


def write_kitti_file(path: PathLike, arrays: Dict) -> None:
    """Write a KITTI label or result file that reads back unchanged.

    Args:
        path (str | Path): Where to write. The folder must exist.
        arrays (dict): As :func:`read_kitti_file` describes. With ``score`` a
            result file is written, else a label file.
    """
    lines = []
    for i, name in enumerate(arrays['name']):
        flat = [arrays['truncated'][i], arrays['alpha'][i]]
        flat += [*arrays['dimensions'][i], *arrays['location'][i]]
        flat.append(arrays['rotation_y'][i])
        # KITTI writes its marks for "unknown" without decimals
        unknown = tuple(arrays['location'][i]) == _UNKNOWN['location']
        text = [
            f'{value:.0f}' if unknown and value == round(value) and value < 0
            else format_number(value) for value in flat
        ]
        box = [format_number(value) for value in arrays['bbox'][i]]
        fields = [
            name, text[0],
            str(int(arrays['occluded'][i])), text[1], *box, *text[2:]
        ]
        if 'score' in arrays:
            fields.append(repr(float(arrays['score'][i])))
        lines.append(' '.join(fields) + '\n')
    Path(path).write_text(''.join(lines), encoding='utf-8')
