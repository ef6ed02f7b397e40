"""A level pinhole camera above a flat street."""
from dataclasses import dataclass

import numpy as np

NEAR_M = 0.6


@dataclass(frozen=True)
class Camera:
    """Pinhole camera that looks along the street.

    World axes: X to the right and Z forward from the camera's place on the
    middle of the road, Y up from the ground, all in metres. The optical axis
    is level, so that the horizon is a row of the picture.

    Args:
        focal_px: Focal length.
        centre_px: Column of the vanishing point of the street.
        horizon_px: Row of the horizon.
        height_m: Height of the camera above the ground.
        offset_m: Position of the camera across the street.
        size_hw: Height and width of the picture.
    """

    focal_px: float
    centre_px: float
    horizon_px: float
    height_m: float
    offset_m: float
    size_hw: tuple[int, int]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project world points on the picture.

        Args:
            points: X, Y, Z in metres. Shape (..., 3). Depths under ``NEAR_M``
                are treated as ``NEAR_M``.

        Returns:
            Column and row in pixels, where (0, 0) is the outer corner of the
            first pixel. Shape (..., 2).
        """
        scale = self.scale(points[..., 2])
        column = self.centre_px + scale * (points[..., 0] - self.offset_m)
        row = self.horizon_px + scale * (self.height_m - points[..., 1])
        return np.stack([column, row], axis=-1)

    def scale(self, depth_m: np.ndarray) -> np.ndarray:
        """Return pixels per metre at a depth."""
        return self.focal_px / np.maximum(depth_m, NEAR_M)

    def ground(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the street coordinates seen by each pixel.

        Returns:
            X of shape (h, W) and Z of shape (h, 1) in metres, float32, for the
            h rows from ``ground_row`` on.
        """
        height, width = self.size_hw
        rows = np.arange(self.ground_row, height) + 0.5
        columns = np.arange(width) + 0.5
        drop = np.maximum(rows - self.horizon_px, 0.25)
        depth = self.focal_px * self.height_m / drop[:, None]
        across = (columns - self.centre_px) * depth / self.focal_px
        return ((across + self.offset_m).astype(np.float32),
                depth.astype(np.float32))

    @property
    def ground_row(self) -> int:
        """First row that shows the ground, an int."""
        return int(round(self.horizon_px))
