"""What disks, editors and labelling tools leave beside the data."""
from pathlib import PurePath

from mmadvrain.typing import PathLike

# of archives, network disks, recycle bins and caches; in lower case
_NAMES = {
    '__macosx', '@eadir', '#recycle', '$recycle.bin', 'lost+found',
    'system volume information', '__pycache__', 'thumbs.db', 'ehthumbs.db',
    'desktop.ini'
}
# lists that labelling tools put among the label files; in lower case
_LISTS = {
    'classes', 'class', 'labels', 'label', 'names', 'notes', 'readme',
    'predefined_classes', 'obj', 'data', 'train', 'val', 'test', 'trainval'
}


def is_foreign(path: PathLike) -> bool:
    """Whether a file or folder is none of the data set's.

    Args:
        path: Relative to the data set; hidden parts (``.DS_Store``, ``._1``,
            ``.ipynb_checkpoints``) count wherever they stand.
    """
    return any(
        part.startswith('.') and part not in ('.',
                                              '..') or part.lower() in _NAMES
        for part in PurePath(path).parts)


def is_list(stem: str) -> bool:
    """Whether a text file is named as lists of classes or images are.

    Args:
        stem: File name without suffix.
    """
    return stem.lower() in _LISTS
