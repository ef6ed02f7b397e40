"""Rain of one image in words."""
import math
from pathlib import Path

from mmadvrain.rain.drops import Drops
from mmadvrain.rain.factors import RainFactors


def load_rain(path: Path) -> RainFactors | Drops | None:
    """Rain of a file of parameters.

    Args:
        path: Of either kind.

    Returns:
        None where it holds something else, such as noise.
    """
    if path.suffix != RainFactors.suffix or not path.is_file():
        return None
    try:
        return RainFactors.load(path)
    except ValueError:
        pass
    try:
        return Drops.load(path)
    except ValueError:
        return None


def rain_words(rain: RainFactors | Drops | None,
               measures: dict[str, float | None]) -> list[str]:
    """Say what the rain is, part by part.

    Args:
        rain: What was found; None for what is no rain.
        measures: Of the image's record: area, brightness and, where the
            camera is known, the weather.

    Returns:
        Short phrases; none of what is not known.
    """
    parts = [] if rain is None else [f'{len(rain):,} drops', _streaks(rain)]
    known = {k: v for k, v in measures.items() if v is not None}
    sayings = dict(
        area=lambda v: f'covers {100 * v:.1f} % of the picture',
        brightness=lambda v: f'mean brightness {100 * v:.2f} % of white',
        linf=lambda v: f'changes a pixel by at most {255 * v:.1f} of 255',
        rms=lambda v: f'by {255 * v:.2f} in root mean square',
        rate_mm_h=lambda v: f'as in {v:.3g} mm/h',
        wind_m_s=lambda v: f'wind {abs(v):.1f} m/s to the '
        f'{"right" if v >= 0 else "left"}',
        exposure_s=lambda v: f'exposure {1e3 * v:.3g} ms',
        psnr=lambda v: f'PSNR {v:.1f} dB')
    return parts + [
        say(known[name]) for name, say in sayings.items() if name in known
    ]


def _streaks(rain: RainFactors | Drops) -> str:
    across, down = _motion_px(rain)
    if down < 0:  # a streak has no direction
        across, down = -across, -down
    angle = math.degrees(math.atan2(across, down))
    if abs(angle) < 0.5:
        leaning = 'upright'
    else:
        # which foot of the streak is lower
        side = 'right' if angle > 0 else 'left'
        leaning = f'{abs(angle):.0f}° from the vertical, down to the {side}'
    return f'streaks {math.hypot(across, down):.1f} px long, {leaning}'


def _motion_px(rain: RainFactors | Drops) -> tuple[float, float]:
    if isinstance(rain, RainFactors):
        height, width = rain.size_hw
        across, down = rain.theta.detach().tolist()
        return across * width / 2, down * height / 2
    if not len(rain):
        return 0., 0.
    across, down = rain.motions_px().detach().median(0).values.tolist()
    return across, down
