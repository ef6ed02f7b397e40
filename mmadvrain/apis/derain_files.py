"""Take the rain out of images that lie in files."""
import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.logging import print_log

from mmadvrain.datasets.foreign_files import is_foreign
from mmadvrain.models.derainers.derain_model import DerainModel
from mmadvrain.typing import PathLike
from mmadvrain.utils.images import IMAGE_SUFFIXES
from mmadvrain.utils.progress import Progress

from .derain import derain_images
from .image_file import ImageKind, read_image, write_image


class DerainedFiles(NamedTuple):
    """What became of the images at a path.

    Attributes:
        written: The results.
        failed: Images that could not be read.
    """

    written: list[Path]
    failed: list[Path]


def find_images(source: PathLike,
                out_dir: PathLike | None = None) -> list[tuple[Path, Path]]:
    """Find the images that a path means.

    Args:
        source: An image, or a folder that is searched with its subfolders for
            files with one of ``IMAGE_SUFFIXES``.
        out_dir: A folder of earlier results, which is left out where it lies
            in ``source``. Defaults to None.

    Returns:
        Path of each image, and its name relative to the folder, sorted.

    Raises:
        FileNotFoundError: If there is nothing at the path.
        ValueError: If there are no images.
    """
    source = Path(source)
    if not source.exists():
        raise FileNotFoundError(f'source must be an image, a video or a '
                                f'folder of images, but there is no {source}')
    if source.is_file():
        return [(source, Path(source.name))]
    results = None if out_dir is None else Path(out_dir).resolve()
    if results is not None and source.resolve().is_relative_to(results):
        results = None  # not in the folder, but around it
    found = [(path, path.relative_to(source))
             for path in sorted(source.rglob('*'))
             if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()
             and not is_foreign(path.relative_to(source))
             and not (results and path.resolve().is_relative_to(results))]
    if not found:
        raise ValueError(f'source must have images, but {source} has none of '
                         f'{IMAGE_SUFFIXES}')
    return found


def derain_image_files(model: DerainModel,
                       source: PathLike,
                       out: PathLike,
                       suffix: str | None = None,
                       batch_size: int = 1,
                       amp: bool = False) -> DerainedFiles:
    """Derain the images at a path, keeping their sizes and names.

    Grey images stay grey, and an alpha channel is kept; see
    :func:`read_image` and :func:`write_image`. An image of a folder that
    cannot be read is left out with a warning.

    Args:
        model: The derainer.
        source: See :func:`find_images`.
        out: Folder of the results; subfolders are kept. For a single image
            also the file of its result, if it has one of ``IMAGE_SUFFIXES``
            and is no folder.
        suffix: Format of the results, ``'.png'`` or ``'png'`` for one without
            loss. None keeps each image's own; JPEG is written with quality 95.
            Defaults to None.
        batch_size: See :func:`derain_images`. Defaults to 1.
        amp: See :func:`derain_images`. Defaults to False.

    Returns:
        Paths of the results, and of images that failed.

    Raises:
        ValueError: If results would overwrite images or each other, their
            format is none of ``IMAGE_SUFFIXES``, ``out`` cannot be a folder,
            or a single image is none.
        FileNotFoundError: If there is nothing at the path.
    """
    found = find_images(source, out)
    targets = _targets(found, Path(source), Path(out), suffix)
    alone = Path(source).is_file()
    done = DerainedFiles([], [])
    # what was read and is not yet derained
    pending: deque[tuple[Path, ImageKind]] = deque()

    def images() -> Iterator[np.ndarray]:
        for (path, _), target in zip(found, targets):
            try:
                image, kind = read_image(path)
            except (OSError, ValueError) as error:
                if alone:
                    raise
                print_log(
                    f'left out: {error}', 'current', level=logging.WARNING)
                done.failed.append(path)
                progress.advance(1)
                continue
            pending.append((target, kind))
            yield image

    with Progress('derain', len(found)) as progress:
        for derained in derain_images(model, images(), batch_size, amp):
            target, kind = pending.popleft()
            write_image(derained, target, kind)
            done.written.append(target)
            progress.advance(1)
    return done


def _targets(found: list[tuple[Path, Path]], source: Path, out: Path,
             suffix: str | None) -> list[Path]:
    """Name the results, after a check that each is a file of its own."""
    if suffix is not None:
        suffix = suffix if suffix.startswith('.') else f'.{suffix}'
    if source.is_file() and _names_file(out):
        targets = [out]
        if suffix not in (None, out.suffix):
            raise ValueError(f'the result {out} must not have another suffix '
                             f'than asked for, {suffix}')
    else:
        if out.exists() and not out.is_dir():
            raise ValueError(f'the results of {source} need a folder, but '
                             f'{out} is a file')
        targets = [
            out / (name.with_suffix(suffix) if suffix else name)
            for _, name in found
        ]
    for target in targets:
        if target.suffix.lower() not in IMAGE_SUFFIXES:
            raise ValueError(f'the suffix of a result must be one of '
                             f'{IMAGE_SUFFIXES}, but got {target}')
    if len(set(targets)) < len(targets):
        raise ValueError(f'images of {source} differ only in their suffix, so '
                         f'their results would overwrite each other')
    images = {path.resolve() for path, _ in found}
    for target in targets:
        if target.resolve() in images:
            raise ValueError(f'results must not be where the images are, but '
                             f'{target} would be overwritten')
    return targets


def _names_file(out: Path) -> bool:
    """Tell a file to be written from a folder, by suffix."""
    return out.suffix.lower() in IMAGE_SUFFIXES and not out.is_dir()
