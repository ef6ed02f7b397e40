"""What physical rain costs, and what that grows with."""
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from mmadvrain.rain import CAMERAS, Drops, ParticleRain, drop_cover

from .timing import side_by_side


def streak_pixels(drops: Drops) -> float:
    """Pixels that streaks are worked out on: bars and four sigmas around."""
    long = drops.motions_px().norm(dim=1) + drops.widths_px()
    blur = 8 * drops.sigmas_px()
    return float(((long + blur) * (drops.widths_px() + blur)).sum())


def physical_rain(repeats: int,
                  device: str = 'cpu',
                  rates: Sequence[float] = (10., 25., 50., 100.),
                  camera: str = 'kitti') -> dict[str, Any]:
    """Seconds of physical rain on an image, and two ratios.

    Args:
        repeats: Rounds.
        device: Where.
        rates: In mm/h, increasing.
        camera: Name of a preset, whose images are rained on.

    Returns:
        ``image``: seconds of an image at each rate, drawn and rendered, its
        drops and the pixels under their streaks. ``by_streak_pixels``: how
        much longer the cover of the most rain takes than that of the least,
        over how many more pixels it has; 1 is proportional.
        ``by_image``: the same drops on an image of four times the pixels,
        over the time on theirs; 1 is none.
    """
    preset = CAMERAS[camera]
    image = torch.full((3, *preset.size_hw), .3, device=device)
    calls: dict[str, Callable[[], Any]] = {}
    rows = []
    for rate in rates:
        rain = ParticleRain(rate, preset)
        drops = rain.draw(preset.size_hw, torch.Generator().manual_seed(0))
        drops = drops.to(device)
        calls[f'image {rate:g}'] = partial(_rained, rain, image)
        calls[f'cover {rate:g}'] = partial(drop_cover, *drops.streaks(),
                                           preset.size_hw)
        rows.append(
            dict(
                rate_mm_h=rate,
                drops=len(drops),
                streak_pixels=streak_pixels(drops)))
    larger = replace(
        preset, width_px=2 * preset.width_px, height_px=2 * preset.height_px)
    calls['larger'] = partial(drop_cover, *drops.streaks(), larger.size_hw)
    with torch.no_grad():
        seconds = side_by_side(calls, repeats, device)
    for row, rate in zip(rows, rates):
        row['seconds'] = seconds[f'image {rate:g}']
        row['cover_seconds'] = seconds[f'cover {rate:g}']
    first, last = rows[0], rows[-1]
    grown = last['streak_pixels'] / first['streak_pixels']
    return dict(
        camera=camera,
        size_hw=list(preset.size_hw),
        image=rows,
        by_streak_pixels=last['cover_seconds'] / first['cover_seconds'] /
        grown,
        by_image=seconds['larger'] / last['cover_seconds'])


def _rained(rain: ParticleRain, image: torch.Tensor) -> torch.Tensor:
    drops = rain.draw((image.shape[1], image.shape[2]),
                      torch.Generator().manual_seed(0)).to(image.device)
    return rain.render(image, drops)
