import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mmadvrain.typing import PathLike, SizeHW
from mmadvrain.utils.files import atomic_path
from mmadvrain.utils.images import MAX_PIXELS

from .bounds import RainBounds, project_theta
from .stencil import expand_profiles

MAX_STEPS = 2**13
MAX_CHANNELS = 64
"""What no rain has more of; files that claim it would fill the memory."""

_ARRAYS = ('positions', 'noise', 'theta', 'kernels')
_FLOATS = _ARRAYS[1:]
UNREADABLE = (AttributeError, LookupError, OSError, OverflowError,
              RecursionError, RuntimeError, SafetensorError, TypeError,
              ValueError)
"""What is raised where a file of tensors is not what it should be."""


class RainFactors:
    r"""The factors of one rain layer: drops, exposure and brightness.

    Source: section 3.1 and Eq. (1) of the paper. Only the
    :math:`P = \|N\|_0` drops of the sparse noise image are kept.

    Args:
        positions: Drops as (row, column), inside the image. Shape (P, 2),
            int64.
        noise: Value of each drop. Shape (P,).
        theta: Translation (theta_x, theta_y) during the exposure, normalised
            as in ``affine_grid``. Shape (2,).
        kernels: Weight of each exposure step. Either the literal form of shape
            (P, steps + 1, C), or smooth achromatic profiles of shape (P,
            knots), which are interpolated linearly between their knots and
            shared by all channels.
        size_hw: Height and width of the image in pixels.
        bounds: Box used by :meth:`project`. Defaults to the paper's.
        steps: Number of exposure steps; needed with profiles, read off the
            shape otherwise.
        channels: Number of colour channels; with profiles only. Defaults to 3.

    Raises:
        ValueError: If shapes, devices or types do not fit each other, or a
            drop lies outside the image.
    """

    suffix: ClassVar[str] = '.safetensors'

    def __init__(self,
                 positions: Tensor,
                 noise: Tensor,
                 theta: Tensor,
                 kernels: Tensor,
                 size_hw: SizeHW,
                 bounds: RainBounds | dict | None = None,
                 steps: int | None = None,
                 channels: int | None = None) -> None:
        self._fill(positions, noise, theta, kernels, size_hw, bounds, steps,
                   channels)
        self._check_places()

    def _fill(self, positions: Tensor, noise: Tensor, theta: Tensor,
              kernels: Tensor, size_hw: SizeHW,
              bounds: RainBounds | dict | None, steps: int | None,
              channels: int | None) -> None:
        for name, value in zip(_ARRAYS, (positions, noise, theta, kernels)):
            if not isinstance(value, Tensor):
                raise ValueError(f'`{name}` must be a Tensor, but got '
                                 f'{type(value).__name__}')
        self.positions = positions
        self.noise = noise
        self.theta = theta
        self.kernels = kernels
        self.size_hw = (int(size_hw[0]), int(size_hw[1]))
        if isinstance(bounds, dict):
            bounds = RainBounds(**bounds)
        self.bounds = RainBounds() if bounds is None else bounds
        if kernels.ndim == 3:
            steps = kernels.shape[1] - 1 if steps is None else steps
            channels = kernels.shape[2] if channels is None else channels
        elif kernels.ndim == 2 and (steps is None or steps < 0):
            raise ValueError('`steps`, the number of exposure steps, must be '
                             f'given with profiles, but got {steps}')
        self.steps = 0 if steps is None else steps
        self.channels = 3 if channels is None else channels
        self._check()

    def _check(self) -> None:
        if min(self.size_hw) < 1:
            raise ValueError(f'`size_hw` must be positive, got {self.size_hw}')
        if math.prod(self.size_hw) > MAX_PIXELS:
            raise ValueError(f'`size_hw` must be at most {MAX_PIXELS} pixels, '
                             f'but got {self.size_hw}')
        if self.steps > MAX_STEPS or self.channels > MAX_CHANNELS:
            raise ValueError(
                f'wanted at most {MAX_STEPS} steps and {MAX_CHANNELS} '
                f'channels, but got {self.steps} and {self.channels}')
        num_drops = self.positions.shape[0] if self.positions.ndim else -1
        if self.positions.dtype != torch.int64 or \
                self.positions.shape != (num_drops, 2):
            raise ValueError(
                '`positions` must be int64 of shape (P, 2), but got '
                f'{self.positions.dtype} of {tuple(self.positions.shape)}')
        if self.noise.shape != (num_drops, ):
            raise ValueError(f'`noise` must have shape ({num_drops},), one '
                             'value a drop, but got '
                             f'{tuple(self.noise.shape)}')
        if self.theta.shape != (2, ):
            raise ValueError('`theta` must be (theta_x, theta_y), but got '
                             f'shape {tuple(self.theta.shape)}')
        if self.kernels.ndim not in (2, 3) or \
                self.kernels.shape[0] != num_drops or \
                0 in self.kernels.shape[1:] or self.channels < 1:
            raise ValueError(
                f'`kernels` must have shape ({num_drops}, steps + 1, C) or '
                f'({num_drops}, knots), but got {tuple(self.kernels.shape)} '
                f'for {self.channels} channels')
        if self.kernels.ndim == 3 and (self.kernels.shape[1:]
                                       != (self.steps + 1, self.channels)):
            raise ValueError(
                f'`kernels` of {self.steps} steps and {self.channels} '
                f'channels must have shape ({num_drops}, {self.steps + 1}, '
                f'{self.channels}), but got {tuple(self.kernels.shape)}')
        for name in _FLOATS:
            dtype = getattr(self, name).dtype
            if not dtype.is_floating_point or dtype != self.noise.dtype:
                raise ValueError(
                    'noise, theta and kernels must be of one floating type, '
                    f'but `{name}` is {dtype} and `noise` {self.noise.dtype}')
            if getattr(self, name).device != self.positions.device:
                raise ValueError(
                    f'all factors must be on one device, but `{name}` is on '
                    f'{getattr(self, name).device} and `positions` on '
                    f'{self.positions.device}')

    def _check_places(self) -> None:
        """Drops lie inside the image; the one check that reads values."""
        if len(self):
            low = self.positions.min(0).values.tolist()
            high = self.positions.max(0).values.tolist()
            if min(low) < 0 or high[0] >= self.size_hw[0] or \
                    high[1] >= self.size_hw[1]:
                raise ValueError(
                    f'drops must lie inside the image of {self.size_hw} '
                    f'pixels, but positions span {low} to {high}')

    def __len__(self) -> int:
        """Number of drops P."""
        return self.positions.shape[0]

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(drops={len(self)}, '
                f'theta={[round(v, 4) for v in self.theta.tolist()]}, '
                f'steps={self.steps}, size_hw={self.size_hw}, '
                f'kernels={tuple(self.kernels.shape)})')

    @property
    def is_smooth(self) -> bool:
        """Whether the kernels are achromatic profiles."""
        return self.kernels.ndim == 2

    def expanded_kernels(self) -> Tensor:
        """The kernels in the literal form of Eq. (1).

        Returns:
            Weights of shape (P, steps + 1, C), differentiable in ``kernels``.
        """
        if not self.is_smooth:
            return self.kernels
        weights = expand_profiles(self.kernels, self.steps)
        return weights[:, :, None].expand(-1, -1, self.channels)

    def replace(self, **changes: Tensor | SizeHW) -> 'RainFactors':
        """New factors in which the named fields are changed."""
        fields: dict = dict(
            positions=self.positions,
            noise=self.noise,
            theta=self.theta,
            kernels=self.kernels,
            size_hw=self.size_hw,
            bounds=self.bounds,
            steps=self.steps,
            channels=self.channels)
        new = type(self).__new__(type(self))
        new._fill(**{**fields, **changes})
        # a GPU would be waited for
        if new.positions is not self.positions or new.size_hw != self.size_hw:
            new._check_places()
        return new

    def _map(self, function: Callable[[Tensor], Tensor]) -> 'RainFactors':
        return self.replace(
            **{name: function(getattr(self, name))
               for name in _ARRAYS})

    def clone(self) -> 'RainFactors':
        """Copy that shares no memory; stays in the autograd graph."""
        return self._map(torch.clone)

    def detach(self) -> 'RainFactors':
        """The same values outside the autograd graph."""
        return self.replace(
            **{name: getattr(self, name).detach()
               for name in _FLOATS})

    def to(self, *args: Any, **kwargs: Any) -> 'RainFactors':
        """As :meth:`torch.Tensor.to`; positions keep type and value."""
        moved = {n: getattr(self, n).to(*args, **kwargs) for n in _FLOATS}
        positions = self.positions.to(moved['theta'].device)
        return self.replace(positions=positions, **moved)

    def project(self) -> 'RainFactors':
        """Bring the factors inside ``bounds``; inside already, they stay.

        Returns:
            New factors; this object is left as it is.
        """
        return self.replace(
            noise=self.noise.clamp(*self.bounds.noise),
            theta=project_theta(self.theta, self.bounds, self.size_hw),
            kernels=self.kernels.clamp(*self.bounds.kernels))

    def save(self, path: PathLike) -> None:
        """Write the factors to a safetensors file.

        The file appears under its name only when it is complete. One entry of
        its metadata, ``factors``, has size, steps, channels and bounds.

        Args:
            path: Where to write; its folder is made.
        """
        tensors = {
            name: getattr(self, name).detach().cpu().contiguous()
            for name in _ARRAYS
        }
        about = dict(
            size_hw=self.size_hw,
            steps=self.steps,
            channels=self.channels,
            bounds=self.bounds.to_dict())
        with atomic_path(path) as temporary:
            # one entry alone, since their order would be random
            save_file(tensors, temporary, dict(factors=json.dumps(about)))

    @classmethod
    def load(cls, path: PathLike) -> 'RainFactors':
        """Read factors written by :meth:`save`; bit for bit the same.

        Args:
            path: File to read.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file does not hold rain factors.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f'no factor file at {path}')
        try:
            with safe_open(path, 'pt') as file:
                about = json.loads((file.metadata() or {})['factors'])
                tensors = {n: file.get_tensor(n).clone() for n in _ARRAYS}
            return cls(**tensors, **about)
        except UNREADABLE as error:
            raise ValueError(f'{path} is not a file of rain factors: '
                             f'{error}') from error
