"""Take the rain out of a video that lies in a file."""
import logging
from pathlib import Path

import cv2
import mmcv
import numpy as np
from mmengine.logging import print_log
from mmengine.utils import ProgressBar

from mmadvrain.models.derainers.derain_model import DerainModel
from mmadvrain.typing import PathLike

from .derain import derain_images

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')


def derain_video_file(model: DerainModel,
                      source: PathLike,
                      out: PathLike,
                      batch_size: int = 1,
                      amp: bool = False,
                      fourcc: str | None = None) -> Path:
    """Derain a video frame by frame, keeping its size and rate.

    Args:
        model: The derainer.
        source: The video.
        out: Folder of the result, which keeps its name; or its file, with one
            of ``VIDEO_SUFFIXES``, if it is no folder.
        batch_size: Frames derained at once. Defaults to 1.
        amp: See :func:`derain_images`. Defaults to False.
        fourcc: Codec of the result. None takes the one of
            :func:`choose_codec`. Defaults to None.

    Returns:
        The result. Sound is not copied.

    Raises:
        ValueError: If the video cannot be read or written, or not with its
            size, or would be overwritten.
    """
    source = Path(source)
    target = _target(source, Path(out))
    video = mmcv.VideoReader(str(source))
    if not (video.opened and video.width and video.height):
        raise ValueError(f'{source} cannot be read as a video')
    size_wh = video.width, video.height
    codec, backend = choose_codec(target.suffix, size_wh, fourcc)
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(target), backend, cv2.VideoWriter.fourcc(*codec), video.fps,
        size_wh)
    if not writer.isOpened():
        raise ValueError(f'{target} cannot be written with codec {codec!r}; '
                         'another may be given by fourcc')
    progress = ProgressBar(max(video.frame_cnt, 0))
    frames = (frame[..., ::-1] for frame in video if frame is not None)
    count = 0
    try:
        for derained in derain_images(model, frames, batch_size, amp):
            writer.write(np.ascontiguousarray(derained[..., ::-1]))
            count += 1
            progress.update()
    finally:
        writer.release()
        progress.file.write('\n')
    check_written(target, size_wh, video.fps)
    if count < video.frame_cnt:
        _warn(f'{source} says that it has {video.frame_cnt} frames, of which '
              f'{count} could be read')
    return target


def choose_codec(suffix: str, size_wh: tuple[int, int],
                 fourcc: str | None) -> tuple[str, int]:
    """Choose what OpenCV writes a video with.

    Its FFmpeg writer cuts odd sizes to even ones; the built-in one, of Motion
    JPEG in AVI, keeps them.

    Args:
        suffix: Of the file, such as ``'.mp4'``.
        size_wh: Width and height of the video.
        fourcc: Codec that the user wants. None means ``'VP80'`` for WebM,
            ``'MJPG'`` for AVI of odd size, else ``'mp4v'``.

    Returns:
        Codec of four characters, and OpenCV's number of the writer.

    Raises:
        ValueError: If the codec has not four characters, or the size cannot
            be kept.
    """
    suffix = suffix.lower()
    odd = bool(size_wh[0] % 2 or size_wh[1] % 2)
    if fourcc is None:
        fourcc = 'mp4v'
        if suffix == '.webm':
            fourcc = 'VP80'
        elif suffix == '.avi' and odd:
            fourcc = 'MJPG'
    if len(fourcc) != 4:
        raise ValueError('fourcc must have four characters, but got '
                         f'{fourcc!r}')
    if not odd:
        return fourcc, cv2.CAP_ANY
    if suffix != '.avi' or fourcc != 'MJPG':
        raise ValueError(
            f'a video of odd size, here {size_wh[0]}x{size_wh[1]}, can only '
            "be written as .avi with codec 'MJPG', but got "
            f'{suffix} with {fourcc!r}; name an .avi file as the result')
    return fourcc, cv2.CAP_OPENCV_MJPEG


def check_written(path: Path, size_wh: tuple[int, int], fps: float) -> None:
    """Read back what a writer made of a video, and warn of another rate.

    Args:
        path: What was written. It is removed if it is wrong.
        size_wh: Width and height that it must have.
        fps: Frames per second that it should have.

    Raises:
        ValueError: If it has another size, or cannot be read.
    """
    video = mmcv.VideoReader(str(path))
    got = (video.width, video.height) if video.opened else None
    if got != size_wh:
        path.unlink(missing_ok=True)
        raise ValueError(f'{path} must have {size_wh} pixels (width, height), '
                         f'but was written with {got}; it is removed')
    if abs(video.fps - fps) > 0.01:
        _warn(f'{path} has {video.fps:.2f} frames per second, not the '
              f'{fps:.2f} of its source, which its writer cannot store')


def is_video(source: PathLike) -> bool:
    """Tell whether the name of a file is that of a video.

    Args:
        source: Path of the file.

    Returns:
        By the suffix, unless it is a folder.
    """
    source = Path(source)
    return source.suffix.lower() in VIDEO_SUFFIXES and not source.is_dir()


def _target(source: Path, out: Path) -> Path:
    """Name the result, after a check that it may be written."""
    target = out if is_video(out) else out / source.name
    if out.exists() and not out.is_dir() and target != out:
        raise ValueError(f'the result of {source} needs a folder or a video '
                         f'file, but {out} is another file')
    if target.resolve() == source.resolve():
        raise ValueError(f'the result must not be where the video is, but '
                         f'{target} would be overwritten')
    return target


def _warn(message: str) -> None:
    """Warn in the log."""
    print_log(message, 'current', level=logging.WARNING)
