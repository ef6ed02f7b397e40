"""Let one rain of a rate in mm/h fall through all frames of a video.

The rain is three-dimensional and the camera moves through it: drops are
consistent between frames, see docs/physics.md for rate, wind and exposure.

    mmadvrain video_rain VIDEO OUT --rate 25 --wind 3
"""
import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.apis.derain_video import change_video_file
    from mmadvrain.functional.pixel_space import from_bgr_levels, to_bgr_uint8
    from mmadvrain.rain import CAMERAS, ParticleRain, find_camera
    from mmadvrain.rain.rain_volume import RainVolume


def parse_args() -> argparse.Namespace:
    parser = tool_parser(__doc__)
    parser.add_argument('video')
    parser.add_argument('out', help='video file, or folder')
    parser.add_argument('--rate', type=float, default=25., help='in mm/h')
    parser.add_argument(
        '--wind', type=float, default=0., help='to the right, in m/s')
    parser.add_argument('--camera', choices=sorted(CAMERAS), default='coco')
    parser.add_argument(
        '--speed', type=float, default=0., help='of the camera, ahead, in m/s')
    parser.add_argument(
        '--exposure', type=float, help="in seconds; default: the camera's")
    parser.add_argument(
        '--veil',
        action='store_true',
        help='veil what is far, over flat ground')
    parser.add_argument(
        '--fog', type=float, help='visibility in m; default: no fog')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--codec', help="FFmpeg's name; default: H.264")
    return parser.parse_args()


def rainy_frames(rain: ParticleRain, frames: Iterator[np.ndarray], rate: float,
                 seed: int) -> Iterator[np.ndarray]:
    """Rain on frames of so many a second."""
    volume = None
    for index, frame in enumerate(frames):
        if volume is None:
            volume = RainVolume(rain, frame.shape[:2],
                                torch.Generator().manual_seed(seed))
        levels = torch.from_numpy(np.ascontiguousarray(frame[..., ::-1]))
        clean = from_bgr_levels(levels.permute(2, 0, 1))
        drops, _ = volume.at(index / rate)
        yield to_bgr_uint8(rain.render(clean, drops))[..., ::-1]


def main() -> int:
    args = parse_args()
    rain = ParticleRain(
        args.rate,
        replace(find_camera(args.camera), speed_m_s=args.speed),
        wind_m_s=(args.wind, 0.),
        exposure_s=args.exposure,
        veil='ground' if args.veil else None,
        fog_visibility_m=args.fog)
    target = change_video_file(
        lambda frames, rate: rainy_frames(rain, frames, rate, args.seed),
        args.video, args.out, args.codec)
    print(f'rain of {args.rate:g} mm/h in {target}')
    return 0


if __name__ == '__main__':
    run_tool(main)
