"""Let one rain fall through the frames of a video that lies in a file."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from mmadvrain.functional.pixel_space import from_bgr_levels, to_bgr_uint8
from mmadvrain.rain.particles import ParticleRain
from mmadvrain.rain.rain_volume import RainVolume
from mmadvrain.typing import PathLike

from .derain_video import change_video_file


def rain_on_frame(frame: np.ndarray, rain: ParticleRain, volume: RainVolume,
                  time_s: float) -> np.ndarray:
    """Rain on a frame.

    Args:
        frame: RGB, uint8. Shape (H, W, 3).
        rain: How drops are rendered.
        volume: Drops, of frames of this size.
        time_s: Of the frame, since the first.

    Returns:
        As the frame.
    """
    levels = torch.from_numpy(np.ascontiguousarray(frame[..., ::-1]))
    clean = from_bgr_levels(levels.permute(2, 0, 1))
    drops, _ = volume.at(time_s)
    return to_bgr_uint8(rain.render(clean, drops))[..., ::-1]


def rain_video_file(rain: ParticleRain,
                    source: PathLike,
                    out: PathLike,
                    seed: int = 0,
                    codec: str | None = None) -> Path:
    """Let one rain fall through all frames of a video.

    Args:
        rain: Rate, wind, exposure, camera, light and how it is rendered.
        source: The video.
        out: Folder or file of the result, see :func:`derain_video_file`.
        seed: Of the drops. Defaults to 0.
        codec: FFmpeg's name of the result's codec. Defaults to None.

    Returns:
        The result. Sound is not copied.

    Raises:
        ImportError: If av is not installed.
        ValueError: As for :func:`derain_video_file`, or if the veil wants a
            depth map of each frame.
    """
    check_video_rain(rain)

    def rainy(frames: Iterator[np.ndarray],
              rate: float) -> Iterator[np.ndarray]:
        volume = None
        for index, frame in enumerate(frames):
            if volume is None:
                volume = RainVolume(rain, frame.shape[:2],
                                    torch.Generator().manual_seed(seed))
            yield rain_on_frame(frame, rain, volume, index / rate)

    return change_video_file(rainy, source, out, codec)


def check_video_rain(rain: ParticleRain) -> None:
    """Refuse rain that wants a depth map of each frame.

    Raises:
        ValueError: If its veil does.
    """
    if rain.veil == 'depth':
        raise ValueError("a video has no depth maps, as veil='depth' wants "
                         "them: wanted veil='ground' or None")
