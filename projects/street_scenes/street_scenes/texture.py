"""Random textures without seams."""
import cv2
import numpy as np


def cloud_noise(rng: np.random.Generator, size_hw: tuple,
                slope: float) -> np.ndarray:
    r"""Draw noise with a power-law spectrum that repeats without a seam.

    Args:
        rng: Source of randomness.
        size_hw: Height and width.
        slope: Amplitudes fall as :math:`f^{-slope}`: 0 is white noise, 1 looks
            like asphalt, 1.7 like clouds.

    Returns:
        Mean 0, standard deviation 1. Shape ``size_hw``, float32.
    """
    height, width = size_hw
    spectrum = np.fft.rfft2(rng.standard_normal((height, width)))
    rows = np.fft.fftfreq(height)[:, None]
    columns = np.fft.rfftfreq(width)[None]
    frequency = np.sqrt(rows**2 + columns**2)
    frequency[0, 0] = 1.0
    spectrum *= frequency**-slope
    spectrum[0, 0] = 0.0
    noise = np.fft.irfft2(spectrum, s=(height, width))
    return (noise / noise.std()).astype(np.float32)


def sample_tiled(tile: np.ndarray, rows: np.ndarray,
                 columns: np.ndarray) -> np.ndarray:
    """Look a repeating texture up at fractional pixels.

    Args:
        tile: Texture. Shape (h, w), float32.
        rows: Rows, any finite value. Shape (H, W).
        columns: Columns, likewise. Shape (H, W).

    Returns:
        Linearly interpolated values. Shape (H, W), float32.
    """
    padded = np.pad(tile, ((0, 1), (0, 1)), mode='wrap')
    return cv2.remap(padded,
                     np.mod(columns, tile.shape[1]).astype(np.float32),
                     np.mod(rows, tile.shape[0]).astype(np.float32),
                     cv2.INTER_LINEAR)


def band(position: np.ndarray, centre: float, width: float,
         pixel: np.ndarray) -> np.ndarray:
    """Return how much of each pixel lies in a band, without jagged edges.

    Args:
        position: Position of the pixel's centre.
        centre: Centre of the band.
        width: Width of the band.
        pixel: Size of the pixel in the same unit.

    Returns:
        Share of the pixel in [0, 1].
    """
    inside = (width / 2 - np.abs(position - centre)) / pixel + 0.5
    return np.clip(inside, 0.0, np.minimum(1.0, width / pixel))
