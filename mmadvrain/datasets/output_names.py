"""Names under which the results of images are stored."""
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from mmengine.dataset import BaseDataset

from mmadvrain.typing import PathLike

MAX_NAME_BYTES = 240
"""Of a folder or file; file systems have 255, and suffixes want some."""


def output_names(paths: Sequence[PathLike],
                 folder: PathLike = '') -> list[str]:
    """Names that keep files apart, as short as that allows.

    Args:
        paths: Image files, in any spelling.
        folder: Where the data set says they are. Files outside of it, or ''
            for none, are named from the folder that all have in common.

    Returns:
        Relative to that folder, without suffix; with it where another file
        differs in nothing else. Two names are equal where two paths are.

    Raises:
        ValueError: If a name is too long to be stored, or holds a null byte.
    """
    files = [Path(os.path.abspath(path)) for path in paths]
    root = Path(os.path.abspath(folder))
    if not folder or not all(path.is_relative_to(root) for path in files):
        root = Path(
            os.path.commonpath([path.parent for path in files] or [root]))
    whole = [path.relative_to(root) for path in files]
    for path in whole:
        _check_length(path)
    names = [path.with_suffix('') for path in whole]
    while True:
        count = Counter(dict(zip(whole, names)).values())
        # a whole name may be what another one is without its suffix
        longer = [
            path if count[name] > 1 else name
            for path, name in zip(whole, names)
        ]
        if longer == names:
            return [name.as_posix() for name in names]
        names = longer


def dataset_names(dataset: BaseDataset) -> list[str]:
    """Names of a data set's images, in its order.

    Args:
        dataset: Whose entries have ``img_path``.
    """
    prefix = dataset.data_prefix.get('img',
                                     dataset.data_prefix.get('img_path', ''))
    return output_names(
        [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))],
        prefix or '')


def _check_length(path: PurePath) -> None:
    longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
    if '\0' in str(path) or longest > MAX_NAME_BYTES:
        raise ValueError(
            f'wanted file names of at most {MAX_NAME_BYTES} bytes without '
            f'null bytes, so that results can be named alike, but got '
            f'{str(path)[-80:]!r} of {longest} bytes')
