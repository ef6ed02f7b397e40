import math
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from mmadvrain.functional.projections import project_rms
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import atomic_path
from mmadvrain.utils.images import MAX_PIXELS

# what NumPy and zipfile raise when a file is not what it should be
_UNREADABLE = (AttributeError, EOFError, KeyError, MemoryError, OSError,
               OverflowError, RuntimeError, SyntaxError, TypeError, ValueError,
               tokenize.TokenError, zipfile.BadZipFile, zlib.error)

_MAX_BYTES = MAX_PIXELS * 3 * 4
_HEADER = 1 << 16  # what NumPy writes ahead of an array, at most


class Noise:
    """What is added to one image, pixel by pixel, and how much may be.

    Args:
        values: In units of an image in [0, 1]. Shape (3, H, W).
        epsilon: Largest absolute value. None sets no limit. Defaults to None.
        min_psnr: Least peak signal-to-noise ratio of an image with this noise
            to the image without, in dB. None sets no limit. Defaults to None.

    Raises:
        ValueError: If the values are no image of floats, or a limit is out
            of range.
    """

    suffix: ClassVar[str] = '.npz'

    def __init__(self,
                 values: Tensor,
                 epsilon: float | None = None,
                 min_psnr: float | None = None) -> None:
        if not isinstance(values, Tensor) or values.ndim != 3 or \
                not values.is_floating_point():
            found = f'{values.dtype} of shape {tuple(values.shape)}' \
                if isinstance(values, Tensor) else type(values).__name__
            raise ValueError('`values` must be floats of shape (3, H, W), but '
                             f'got {found}')
        if epsilon is not None and not epsilon >= 0:
            raise ValueError('`epsilon` must be None or not negative, but got '
                             f'{epsilon}')
        if min_psnr is not None and not np.isfinite(min_psnr):
            raise ValueError('`min_psnr` must be None or a number of dB, but '
                             f'got {min_psnr}')
        self.values = values
        self.epsilon = epsilon
        self.min_psnr = min_psnr

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(shape={tuple(self.values.shape)}, '
                f'epsilon={self.epsilon}, min_psnr={self.min_psnr})')

    def replace(self, values: Tensor) -> 'Noise':
        """Other values under the same limits."""
        return type(self)(values, self.epsilon, self.min_psnr)

    def _map(self, function: Callable[[Tensor], Tensor]) -> 'Noise':
        return self.replace(function(self.values))

    def clone(self) -> 'Noise':
        """Copy that shares no memory; stays in the autograd graph."""
        return self._map(torch.clone)

    def detach(self) -> 'Noise':
        """The same values outside the autograd graph."""
        return self._map(torch.detach)

    def to(self, target: torch.device | torch.dtype | str | Tensor) -> 'Noise':
        """As :meth:`torch.Tensor.to`."""
        values: Tensor = self.values.to(target)  # type: ignore[call-overload]
        return self.replace(values)

    def project(self) -> 'Noise':
        """Bring the values inside the limits; inside already, they stay.

        Returns:
            Clamped to ``epsilon``, then scaled down to ``min_psnr``.
        """
        values = self.values
        if self.epsilon is not None:
            values = values.clamp(-self.epsilon, self.epsilon)
        if self.min_psnr is not None:
            values = project_rms(values, 10**(-self.min_psnr / 20))
        return self.replace(values)

    def save(self, path: PathLike) -> None:
        """Write the noise to a compressed ``.npz`` file, without pickle.

        The file appears under its name only when it is complete.

        Args:
            path: Where to write; its folder is made.

        Raises:
            TypeError: If NumPy has no such floating type (bfloat16).
        """
        values = self.values.detach().cpu()
        if values.dtype == torch.bfloat16:
            raise TypeError('`values` is bfloat16, which .npz files cannot '
                            'hold: convert with .to(torch.float32)')
        limits = [
            np.nan if limit is None else limit
            for limit in (self.epsilon, self.min_psnr)
        ]
        with atomic_path(path) as temporary:
            with temporary.open('wb') as file:
                np.savez_compressed(
                    file,
                    values=values.numpy(),
                    limits=np.array(limits, dtype=np.float64))

    @classmethod
    def load(cls, path: PathLike) -> 'Noise':
        """Read noise written by :meth:`save`; bit for bit the same.

        Args:
            path: File to read.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file does not hold noise, or more than
                ``MAX_PIXELS`` pixels.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f'no noise file at {path}')
        try:
            _check_size(path)
            with np.load(path, allow_pickle=False) as arrays:
                values, limits = arrays['values'], arrays['limits']
            epsilon, min_psnr = (None if np.isnan(limit) else float(limit)
                                 for limit in limits)
            return cls(torch.from_numpy(values), epsilon, min_psnr)
        except _UNREADABLE as error:
            raise ValueError(
                f'{path} is not a file of noise: {error}') from error


def _check_size(path: Path) -> None:
    """Refuse an archive that would fill the memory.

    Raises:
        ValueError: If an array is larger than any image, by what the archive
            says or by its own header.
        zipfile.BadZipFile: If it is no archive.
    """
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.file_size > _MAX_BYTES + _HEADER:
                raise ValueError(f'{info.filename!r} claims '
                                 f'{info.file_size:,} bytes, wanted at most '
                                 f'{_MAX_BYTES:,}')
            with archive.open(info) as file:
                magic = np.lib.format.read_magic(file)  # type: ignore
                if magic != (1, 0):
                    raise ValueError(f'{info.filename!r} is of another format')
                shape, _, dtype = np.lib.format.read_array_header_1_0(
                    file)  # type: ignore
            if math.prod(shape) * dtype.itemsize > info.file_size:
                raise ValueError(f'{info.filename!r} claims {shape} of '
                                 f'{dtype}, but holds fewer bytes')
