"""Take the rain out of images and videos that lie in files."""

from pathlib import Path
from typing import List, Optional, Tuple, Union

import cv2
import mmcv
import numpy as np
from mmengine.utils import ProgressBar

from mmadvrain.models.derainers import DerainModel
from .derain import derain_images

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp')
VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')


def find_images(source: Union[str, Path]) -> List[Tuple[Path, Path]]:
    """Find the images that a path means.

    Args:
        source (str | Path): An image, or a folder that is searched with its
            subfolders.

    Returns:
        list[tuple[Path, Path]]: Path of each image, and its name relative to
        the folder, sorted.

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
    found = [(path, path.relative_to(source))
             for path in sorted(source.rglob('*'))
             if path.suffix.lower() in IMAGE_SUFFIXES]
    if not found:
        raise ValueError(f'source must have images, but {source} has none of '
                         f'{IMAGE_SUFFIXES}')
    return found


def derain_image_files(model: DerainModel,
                       source: Union[str, Path],
                       out_dir: Union[str, Path],
                       suffix: Optional[str] = None,
                       batch_size: int = 1,
                       amp: bool = False) -> List[Path]:
    """Derain the images at a path, keeping their sizes and names.

    Args:
        model (DerainModel): The derainer.
        source (str | Path): See :func:`find_images`.
        out_dir (str | Path): Folder of the results; subfolders are kept.
        suffix (str, optional): Format of the results, ``'.png'`` for one
            without loss. None keeps each image's own; JPEG is written with
            quality 95. Defaults to None.
        batch_size (int): See :func:`derain_images`. Defaults to 1.
        amp (bool): See :func:`derain_images`. Defaults to False.

    Returns:
        list[Path]: Paths of the results.

    Raises:
        ValueError: If results would overwrite images or each other, or a
            file is no image.
        FileNotFoundError: If there is nothing at the path.
    """
    found = find_images(source)
    targets = [
        Path(out_dir) / (name.with_suffix(suffix) if suffix else name)
        for _, name in found
    ]
    if len(set(targets)) < len(targets):
        raise ValueError(f'images of {source} differ only in their suffix, so '
                         f'their results would overwrite each other')
    for (path, _), target in zip(found, targets):
        if target.resolve() == path.resolve():
            raise ValueError(f'out_dir must not be where the images are, but '
                             f'{target} would be overwritten')
    progress = ProgressBar(len(found))
    images = (_read_rgb(path) for path, _ in found)
    results = derain_images(model, images, batch_size, amp)
    for derained, target in zip(results, targets):
        mmcv.imwrite(derained[..., ::-1], str(target))
        progress.update()
    return targets


def derain_video_file(model: DerainModel,
                      source: Union[str, Path],
                      out_dir: Union[str, Path],
                      batch_size: int = 1,
                      amp: bool = False,
                      fourcc: str = 'mp4v') -> Path:
    """Derain a video frame by frame, keeping its size, rate and name.

    Args:
        model (DerainModel): The derainer.
        source (str | Path): The video.
        out_dir (str | Path): Folder of the result.
        batch_size (int): Frames derained at once. Defaults to 1.
        amp (bool): See :func:`derain_images`. Defaults to False.
        fourcc (str): Codec of the result. Defaults to ``'mp4v'``.

    Returns:
        Path: The result. Sound is not copied.

    Raises:
        ValueError: If the video cannot be read or written, or would be
            overwritten.
    """
    source, target = Path(source), Path(out_dir) / Path(source).name
    if target.resolve() == source.resolve():
        raise ValueError(f'out_dir must not be where the video is, but '
                         f'{target} would be overwritten')
    video = mmcv.VideoReader(str(source))
    if not (video.opened and video.width and video.height):
        raise ValueError(f'{source} cannot be read as a video')
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(target), cv2.VideoWriter_fourcc(*fourcc), video.fps,
        (video.width, video.height))
    if not writer.isOpened():
        raise ValueError(f'{target} cannot be written with codec {fourcc!r}')
    progress = ProgressBar(video.frame_cnt)
    frames = (frame[..., ::-1] for frame in video if frame is not None)
    try:
        for derained in derain_images(model, frames, batch_size, amp):
            writer.write(np.ascontiguousarray(derained[..., ::-1]))
            progress.update()
    finally:
        writer.release()
    return target


def is_video(source: Union[str, Path]) -> bool:
    """Tell whether the name of a file is that of a video.

    Args:
        source (str | Path): Path of the file.

    Returns:
        bool: By the suffix.
    """
    return Path(source).suffix.lower() in VIDEO_SUFFIXES


def _read_rgb(path: Path) -> np.ndarray:
    """Read an image as RGB of 8 bit."""
    data = path.read_bytes()
    image = mmcv.imfrombytes(data) if data else None
    if image is None:
        raise ValueError(f'{path} must be an image, but cannot be read')
    return image[..., ::-1]
