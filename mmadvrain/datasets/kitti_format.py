"""KITTI's text format for 2D objects: one object per line.

The format is that of the object benchmark's development kit: 15 fields for a
label, a 16th, the score, for a detection.
"""
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmadvrain.typing import PathLike
from mmadvrain.utils.files import read_text

#: Every type that occurs in KITTI's label files.
KITTI_TYPES = ('Car', 'Van', 'Truck', 'Pedestrian', 'Person_sitting',
               'Cyclist', 'Tram', 'Misc', 'DontCare')
#: A type that counts neither for nor against a detector of that class.
KITTI_NEIGHBOURS = {'Van': 'Car', 'Person_sitting': 'Pedestrian'}
FIELDS = ('type', 'truncated', 'occluded', 'alpha', 'left', 'top', 'right',
          'bottom', 'height', 'width', 'length', 'x', 'y', 'z', 'rotation_y',
          'score')
_NUM_LABEL_FIELDS = 15


def parse_kitti_line(line: str, with_score: bool, where: str) -> list:
    """Split one line of a KITTI file into its typed fields.

    Args:
        line: The line.
        with_score: Whether it is a detection (16 fields, the last one its
            score) or a label (15 fields).
        where: File and line number, for error messages.

    Returns:
        The type as ``str``, ``occluded`` as ``int``, all others as ``float``,
        in the order of :data:`FIELDS`.

    Raises:
        ValueError: A wrong number of fields, or one that is no finite number.
    """
    fields = line.split()
    wanted = _NUM_LABEL_FIELDS + int(with_score)
    if len(fields) != wanted:
        kind = 'detection, score last' if with_score else 'label'
        raise ValueError(f'{where}: wanted {wanted} fields ({kind}), found '
                         f'{len(fields)}: {line.strip()!r}')
    parsed: list = [fields[0]]
    for name, text in zip(FIELDS[1:], fields[1:]):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f'{where}: wanted a finite number for {name!r}, '
                             f'found {text!r}')
        if name == 'occluded':
            if value != int(value) or abs(value) >= 2**31:
                raise ValueError(f"{where}: wanted a whole number for "
                                 f"'occluded', found {text!r}")
            parsed.append(int(value))
        else:
            parsed.append(value)
    return parsed


def read_kitti_file(path: PathLike, with_score: bool = False) -> dict:
    """Read a KITTI label or result file, passing over blank lines.

    Args:
        path: The text file; an empty one has no objects.
        with_score: Whether it holds detections. Defaults to False.

    Returns:
        Of the objects in file order:

        - name (list[str]): Types, n of them.
        - truncated (np.ndarray): In [0, 1], -1 unknown. Shape (n,).
        - occluded (np.ndarray): 0 visible to 3 unknown, -1 none. Integers.
          Shape (n,).
        - alpha, rotation_y (np.ndarray): Radians. Shape (n,).
        - bbox (np.ndarray): (x1, y1, x2, y2) in pixels, float64. Shape (n, 4).
        - dimensions (np.ndarray): (height, width, length) in metres, in the
          order of the file. Shape (n, 3).
        - location (np.ndarray): (x, y, z) in metres. Shape (n, 3).
        - score (np.ndarray): Shape (n,); only where ``with_score``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line is malformed or the file is no text.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'wanted a KITTI file at {path}, found none')
    lines = read_text(path).splitlines()
    rows = [
        parse_kitti_line(line, with_score, f'{path}, line {number}')
        for number, line in enumerate(lines, 1) if line.strip()
    ]
    return kitti_arrays(rows, with_score)


def type_of_name(name: str) -> str | None:
    """KITTI's type of a name; its own evaluation ignores case as well.

    Args:
        name: As a label file has it.

    Returns:
        None where there is no such type.
    """
    return next((kind for kind in KITTI_TYPES if kind.lower() == name.lower()),
                None)


def check_types(labels: Mapping[str, dict], label_dir: PathLike) -> None:
    """List all types that KITTI does not have.

    Args:
        labels: As :func:`read_kitti_file` gives them, by the file's stem.
        label_dir: Where the files are.

    Raises:
        ValueError: If there is any.
    """
    found = [(name, stem) for stem, arrays in labels.items()
             for name in arrays['name'] if type_of_name(name) is None]
    if found:
        count = Counter(name for name, _ in found)
        listed = ', '.join(f'unknown class {name!r} ({times})'
                           for name, times in count.most_common())
        raise ValueError(
            f'{Path(label_dir) / found[0][1]}.txt: wanted a type of KITTI '
            f'({", ".join(KITTI_TYPES)}), found in the {len(labels)} label '
            f'files: {listed}')


def kitti_arrays(rows: Sequence[Sequence], with_score: bool) -> dict:
    """Columns of parsed lines as arrays.

    Args:
        rows: What :func:`parse_kitti_line` returned, per object.
        with_score: Whether the rows end with a score.

    Returns:
        As :func:`read_kitti_file` describes.
    """
    numbers = np.array([row[1:] for row in rows], dtype=np.float64)
    numbers = numbers.reshape(len(rows), 14 + int(with_score))
    arrays = dict(
        name=[row[0] for row in rows],
        truncated=numbers[:, 0],
        occluded=numbers[:, 1].astype(np.int64),
        alpha=numbers[:, 2],
        bbox=numbers[:, 3:7],
        dimensions=numbers[:, 7:10],
        location=numbers[:, 10:13],
        rotation_y=numbers[:, 13])
    if with_score:
        arrays['score'] = numbers[:, 14]
    return arrays


def read_split_file(path: PathLike) -> list[str]:
    """Read a list of image names such as KITTI's ``ImageSets/train.txt``.

    Args:
        path: Text file, one name per line, without suffix.

    Returns:
        The names in file order.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A name occurs twice, holds a folder or white space, or
            there is none at all.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'wanted a split file at {path}, found none: a text file with one '
            'image name per line, such as ImageSets/val.txt')
    names = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        name = line.strip()
        if not name:
            continue
        if len(name.split()) != 1 or Path(name).name != name:
            raise ValueError(f'{path}, line {number}: wanted one image name '
                             f'without folder, found {name!r}')
        names.append(name)
    if not names:
        raise ValueError(f'{path}: wanted image names, found none')
    doubles = sorted(name for name, count in Counter(names).items()
                     if count > 1)
    if doubles:
        raise ValueError(f'{path}: wanted each name once, found again: '
                         f'{", ".join(doubles[:5])}')
    return names


# what KITTI writes where a 2D detector knows nothing
_UNKNOWN = dict(
    truncated=-1,
    occluded=-1,
    alpha=-10,
    dimensions=(-1, -1, -1),
    location=(-1000, -1000, -1000),
    rotation_y=-10)


def kitti_detections(names: Sequence[str], bboxes: np.ndarray,
                     scores: np.ndarray) -> dict:
    """A 2D detector's boxes as a result file would hold them.

    Args:
        names: Type of each detection, n of them.
        bboxes: (x1, y1, x2, y2) in pixels. Shape (n, 4).
        scores: Shape (n,).

    Returns:
        As :func:`read_kitti_file` describes, with ``score``; the 3D fields
        hold KITTI's marks for "unknown".
    """
    num = len(names)
    arrays: dict = {
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
        value: A finite number.

    Returns:
        Text that reads back as the same float.
    """
    short = f'{value:.2f}'
    return short if float(short) == value else repr(float(value))


def write_kitti_file(path: PathLike, arrays: dict) -> None:
    """Write a KITTI label or result file that reads back unchanged.

    Args:
        path: Where to write. The folder must exist.
        arrays: As :func:`read_kitti_file` describes. With ``score`` a result
            file is written, else a label file.
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
