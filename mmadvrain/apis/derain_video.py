"""Take the rain out of a video that lies in a file."""
import logging
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import numpy as np
from mmengine.logging import print_log

from mmadvrain.models.derainers.derain_model import DerainModel
from mmadvrain.typing import PathLike
from mmadvrain.utils.progress import Progress

from .derain import derain_images

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

# H.264, and what WebM has in its place; both keep odd sizes
_CODECS = ('libx264', 'libvpx-vp9')
VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')


def derain_video_file(model: DerainModel,
                      source: PathLike,
                      out: PathLike,
                      batch_size: int = 1,
                      amp: bool = False,
                      codec: str | None = None) -> Path:
    """Derain a video frame by frame, keeping its size and rate.

    FFmpeg, by the package av, reads and writes it.

    Args:
        model: The derainer.
        source: The video.
        out: Folder of the result, which keeps its name; or its file, with one
            of ``VIDEO_SUFFIXES``, if it is no folder.
        batch_size: Frames derained at once. Defaults to 1.
        amp: See :func:`derain_images`. Defaults to False.
        codec: FFmpeg's name of the result's codec. None is ``'libvpx-vp9'``
            for WebM, else ``'libx264'``. Defaults to None.

    Returns:
        The result. Sound is not copied.

    Raises:
        ImportError: If av is not installed.
        ValueError: If the video cannot be read or written, or not with its
            size, or would be overwritten.
    """
    return change_video_file(
        lambda frames, rate: derain_images(model, frames, batch_size, amp),
        source, out, codec)


def change_video_file(change: Callable[[Iterator[np.ndarray], float],
                                       Iterable[np.ndarray]],
                      source: PathLike,
                      out: PathLike,
                      codec: str | None = None) -> Path:
    """Change a video frame by frame, keeping its size and rate.

    Args:
        change: Gives a frame for each one, RGB, of the same shape (H, W, 3)
            and uint8; gets the frames and their number a second.
        source: As for :func:`derain_video_file`, as are the others.
        out: Folder or file of the result.
        codec: FFmpeg's name of the result's codec. Defaults to None.

    Returns:
        The result. Sound is not copied.

    Raises:
        ImportError: If av is not installed.
        ValueError: As for :func:`derain_video_file`.
    """
    av = _import_av()
    source = Path(source)
    target = video_target(source, out)
    with _opened(av, source) as video:
        stream = video.streams.video[0]
        size_wh = stream.codec_context.width, stream.codec_context.height
        webm = target.suffix.lower() == '.webm'
        codec = codec or _CODECS[webm]
        target.parent.mkdir(parents=True, exist_ok=True)
        frames = (
            frame.to_ndarray(format='rgb24') for frame in video.decode(stream))
        count = 0
        try:
            with av.open(str(target),
                         'w') as written, Progress(source.name,
                                                   stream.frames) as progress:
                make = _writer(av, written, codec, size_wh,
                               stream.average_rate)
                for changed in change(frames, float(stream.average_rate
                                                    or 25)):
                    make(changed)
                    count += 1
                    progress.advance(1)
                make(None)
        except (av.error.FFmpegError, ValueError) as error:
            target.unlink(missing_ok=True)
            raise ValueError(
                f'{target} cannot be written with codec {codec!r} and '
                f'{size_wh[0]}x{size_wh[1]} pixels, another may be given by '
                f'`codec`: {error}') from error
    if count < stream.frames:
        print_log(
            f'{source} says that it has {stream.frames} frames, of which '
            f'{count} could be read',
            'current',
            level=logging.WARNING)
    return target


def read_video(source: PathLike) -> tuple[list[np.ndarray], float]:
    """Read all frames of a video.

    Args:
        source: The video.

    Returns:
        Frames, RGB, uint8, each of shape (H, W, 3); and how many there are a
        second, 25 where the file does not say.

    Raises:
        ImportError: If av is not installed.
        ValueError: If it cannot be read, or has no frame.
    """
    av = _import_av()
    with _opened(av, Path(source)) as video:
        stream = video.streams.video[0]
        frames = [
            frame.to_ndarray(format='rgb24') for frame in video.decode(stream)
        ]
        if not frames:
            raise ValueError(f'{source} cannot be read as a video: it has no '
                             'frame')
        return frames, float(stream.average_rate or 25)


def _writer(av: ModuleType, written: 'OutputContainer', codec: str,
            size_wh: tuple[int, int],
            rate: Fraction | None) -> Callable[[np.ndarray | None], None]:
    """A function that appends an image, or with None ends the video."""
    stream = cast('VideoStream', written.add_stream(codec, rate=rate or 25))
    stream.width, stream.height = size_wh
    formats = [f.name for f in stream.codec_context.codec.video_formats or ()]
    wanted = 'yuv444p' if size_wh[0] % 2 or size_wh[1] % 2 else 'yuv420p'
    stream.pix_fmt = wanted if wanted in formats else formats[0]
    if codec in _CODECS:
        stream.options = dict(crf='18')

    def make(image: np.ndarray | None) -> None:
        frame = None if image is None else av.VideoFrame.from_ndarray(
            np.ascontiguousarray(image), format='rgb24')
        for packet in stream.encode(frame):
            written.mux(packet)

    return make


def is_video(source: PathLike) -> bool:
    """Tell whether the name of a file is that of a video.

    Args:
        source: Path of the file.

    Returns:
        By the suffix, unless it is a folder.
    """
    source = Path(source)
    return source.suffix.lower() in VIDEO_SUFFIXES and not source.is_dir()


def _import_av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise ImportError('videos want the package av (`pip install av`), '
                          f'which cannot be imported: {error}') from error
    return av


def _opened(av: ModuleType, source: Path) -> 'InputContainer':
    try:
        video: InputContainer = av.open(str(source))
        if video.streams.video:
            return video
        video.close()
    except (av.error.FFmpegError, OSError) as error:
        raise ValueError(
            f'{source} cannot be read as a video: {error}') from error
    raise ValueError(f'{source} cannot be read as a video: it has no picture')


def video_target(source: PathLike, out: PathLike) -> Path:
    """Name the result of a video, after a check that it may be written.

    Args:
        source: The video.
        out: Folder or file, as for :func:`derain_video_file`.

    Raises:
        ValueError: If it is another file, or the video itself.
    """
    source, out = Path(source), Path(out)
    target = out if is_video(out) else out / source.name
    if out.exists() and not out.is_dir() and target != out:
        raise ValueError(f'the result of {source} needs a folder or a video '
                         f'file, but {out} is another file')
    if target.resolve() == source.resolve():
        raise ValueError(f'the result must not be where the video is, but '
                         f'{target} would be overwritten')
    return target
