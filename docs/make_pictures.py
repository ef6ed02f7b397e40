"""Make the pictures of the documentation from the repository's own scenes.

    python docs/make_pictures.py
"""
from pathlib import Path

import cv2
import numpy as np
import torch

from mmadvrain.datasets.transforms import AddRain
from mmadvrain.functional.pixel_space import from_bgr_uint8, to_bgr_uint8
from mmadvrain.rain import UniformFactors, compose_rain, render_streaks

ROOT = Path(__file__).parents[1]
SCENES = sorted((ROOT / 'demo/images').iterdir())


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def factors() -> list[np.ndarray]:
    """A scene, the paper's layer of random rain, and the scene in it."""
    levels = cv2.imread(str(SCENES[0]))
    clean = from_bgr_uint8(levels)
    layer = render_streaks(UniformFactors().draw(clean.shape[-2:],
                                                 _generator()))
    return [
        levels,
        to_bgr_uint8((3 * layer).clamp(0, 1)),
        to_bgr_uint8(compose_rain(clean, layer))
    ]


def rates() -> list[np.ndarray]:
    """A part of a scene at three rain rates, three pixels for one."""
    levels = cv2.resize(
        cv2.imread(str(SCENES[0])),
        None,
        fx=3,
        fy=3,
        interpolation=cv2.INTER_CUBIC)
    return [
        AddRain(rate).on_image(levels, _generator())[200:600, 100:600]
        for rate in (10, 25, 100)
    ]


def main() -> None:
    for name, images in dict(factors=factors(), rates=rates()).items():
        row = np.concatenate(images, 1)
        path = ROOT / f'docs/pictures/{name}.jpg'
        cv2.imwrite(str(path), row, [cv2.IMWRITE_JPEG_QUALITY, 85])
        print(f'{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} kB')


if __name__ == '__main__':
    main()
