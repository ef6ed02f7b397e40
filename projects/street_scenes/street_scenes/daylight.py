"""Sun, sky and haze of a scene."""
from dataclasses import dataclass

import numpy as np


def rgb(*values: float) -> np.ndarray:
    """Return a colour from three values in [0, 1]."""
    return np.array(values, dtype=np.float64)


@dataclass(frozen=True)
class Daylight:
    """Light of a scene; colours are RGB in [0, 1].

    Args:
        to_sun: Unit vector from the ground to the sun.
        sun: Colour of the direct light, black when overcast.
        ambient: Colour of the light from the sky.
        zenith: Colour of the sky above.
        haze: Colour of the sky at the horizon and of the haze.
        haze_m: Distance at which 63 % of the light comes from haze.
        cloud: Share of the sky that is clouded, in [0, 1].
        shadow: Light taken away by a cast shadow, in [0, 1].
    """

    to_sun: np.ndarray
    sun: np.ndarray
    ambient: np.ndarray
    zenith: np.ndarray
    haze: np.ndarray
    haze_m: float
    cloud: float
    shadow: float

    def lit(self, colour: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Return a matt colour under this light.

        Args:
            colour: Reflectance, RGB in [0, 1].
            normal: Unit normal of the surface.

        Returns:
            RGB, not yet clipped to [0, 1].
        """
        direct = max(0.0, float(normal @ self.to_sun))
        from_sky = 0.75 + 0.25 * float(normal[1])
        return colour * (self.ambient * from_sky + self.sun * direct)

    def hazed(self, colour: np.ndarray, depth_m: np.ndarray) -> np.ndarray:
        """Return colours as seen through the haze at given depths."""
        through = np.exp(-np.asarray(depth_m) / self.haze_m)
        return colour * through + self.haze * (1.0 - through)


def draw_daylight(rng: np.random.Generator) -> Daylight:
    """Draw the light of a scene: sunny, hazy or overcast, noon or evening."""
    overcast = rng.random() < 0.35
    evening = rng.random() < 0.25
    azimuth = rng.uniform(0.0, 2.0 * np.pi)
    elevation = np.deg2rad(
        rng.uniform(18.0, 32.0) if evening else rng.uniform(35.0, 65.0))
    to_sun = np.array([
        np.cos(elevation) * np.cos(azimuth),
        np.sin(elevation),
        np.cos(elevation) * np.sin(azimuth)
    ])
    strength = rng.uniform(0.55, 0.8)
    if overcast:
        grey = rng.uniform(0.62, 0.85)
        return Daylight(to_sun, rgb(0.08, 0.08, 0.08),
                        rgb(0.74, 0.76, 0.80) * rng.uniform(0.95, 1.25),
                        rgb(0.94, 0.97, 1.02) * grey * 0.88,
                        rgb(0.97, 0.98, 1.0) * grey, rng.uniform(90.0, 220.0),
                        rng.uniform(0.7, 1.0), 0.0)
    warm = rgb(1.0, 0.80, 0.58) if evening else rgb(1.0, 0.96, 0.88)
    zenith = rgb(0.30, 0.45, 0.72) if evening else rgb(0.25, 0.48, 0.80)
    haze = rgb(0.93, 0.82, 0.70) if evening else rgb(0.78, 0.86, 0.94)
    bright = rng.uniform(0.85, 1.1)
    return Daylight(to_sun, warm * strength,
                    rgb(0.62, 0.66, 0.73) * bright, zenith * bright,
                    np.minimum(haze * bright, 1.0), rng.uniform(120.0, 400.0),
                    rng.uniform(0.05, 0.6), rng.uniform(0.4, 0.55))
