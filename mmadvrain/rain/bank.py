"""Many rain layers in few files, read without loading them."""
import json
import mmap
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import (
    Any,
    NamedTuple,
)
from zipfile import BadZipFile

import numpy as np
import torch

from mmadvrain.typing import PathLike
from mmadvrain.utils.files import write_json
from mmadvrain.utils.npz import NO_HEADER

from .bounds import RainBounds
from .factors import RainFactors

BANK_FORMAT = 'mmadvrain.rain_bank/1'
INDEX_FILE = 'bank.json'


class BankArray(NamedTuple):
    """One array of a bank: what its length counts, its width and type."""
    counts: str
    width: tuple[int, ...]
    dtype: str


# of a layer: H, W, steps, channels, knots (0 for literal kernels); start of
# its drops and of its kernel values, and where the layer after it starts
BANK_ARRAYS: dict[str, BankArray] = dict(
    positions=BankArray('drops', (2, ), '<i4'),
    noise=BankArray('drops', (), '<f4'),
    kernels=BankArray('weights', (), '<f4'),
    theta=BankArray('layers', (2, ), '<f4'),
    meta=BankArray('layers', (5, ), '<i8'),
    bounds=BankArray('layers', (7, ), '<f8'),
    starts=BankArray('ends', (2, ), '<i8'))


class RainBank:
    """Rain layers of attack runs, in a folder of memory-mapped arrays.

    Written by :func:`pack_rain_bank`, or with
    ``tools/dataset_converters/pack_rain_bank.py`` from the factor files of a
    run. Opening reads only the headers; a layer is read when it is asked for.
    Sent to another process, a bank is its path.

    Args:
        path: Folder of the bank.

    Raises:
        FileNotFoundError: If there is no such folder, or a file is missing.
        ValueError: If its files do not fit each other.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        index = _read_index(self.path)
        self._arrays = {name: self._map(name, index) for name in BANK_ARRAYS}
        starts = self._arrays['starts']
        ends = (index['drops'], index['weights'])
        if tuple(starts[0]) != (0, 0) or tuple(starts[-1]) != ends:
            raise ValueError(
                f'{self.path / "starts.npy"} must lead from (0, 0) to {ends}, '
                f'but leads from {tuple(starts[0])} to {tuple(starts[-1])}')

    def _map(self, name: str, index: dict) -> np.ndarray:
        """Map one array and check its type and shape."""
        path = self.path / f'{name}.npy'
        if not path.is_file():
            raise FileNotFoundError(
                f'rain bank {self.path} has no {path.name}')
        wanted = BANK_ARRAYS[name]
        shape = (array_length(wanted, index), *wanted.width)
        try:
            # an empty file cannot be mapped
            array = np.load(
                path,
                mmap_mode='r' if 0 not in shape else None,
                allow_pickle=False)
        except (*NO_HEADER, BadZipFile, EOFError, OSError, OverflowError,
                TypeError, ValueError) as error:
            raise ValueError(f'{path} is no array: {error}') from error
        if not isinstance(array, np.ndarray):
            raise ValueError(f'{path} is no array, but an archive')
        if array.shape != shape or array.dtype != np.dtype(wanted.dtype):
            raise ValueError(
                f'{path} must be {wanted.dtype} of shape {shape}, but is '
                f'{array.dtype.str} of {array.shape}')
        if isinstance(array.base, mmap.mmap) and hasattr(mmap, 'MADV_RANDOM'):
            # layers are drawn from anywhere: reading ahead is wasted
            array.base.madvise(mmap.MADV_RANDOM)
        return array

    def __len__(self) -> int:
        """Number of layers."""
        return len(self._arrays['theta'])

    def __repr__(self) -> str:
        return f'{type(self).__name__}({str(self.path)!r}, layers={len(self)})'

    def __getstate__(self) -> dict[str, Any]:
        return dict(path=self.path)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state['path'])  # type: ignore[misc]

    def get(self, index: int) -> RainFactors:
        """Read one layer.

        Args:
            index: From 0 to ``len(self) - 1``.

        Returns:
            Float32, on the CPU; the values that were packed.

        Raises:
            IndexError: If there is no such layer.
            ValueError: If what is stored is no rain layer.
        """
        if not 0 <= index < len(self):
            raise IndexError(f'layer {index} is not in a rain bank of '
                             f'{len(self)} layers')
        arrays = self._arrays
        (drop,
         weight), (drop_end,
                   weight_end) = arrays['starts'][index:index + 2].tolist()
        height, width, steps, channels, knots = arrays['meta'][index].tolist()
        shape = (knots, ) if knots else (steps + 1, channels)
        n_low, n_high, theta, k_low, k_high, tilt, least = \
            arrays['bounds'][index].tolist()
        try:
            bounds = RainBounds((n_low, n_high), theta, (k_low, k_high),
                                None if np.isnan(tilt) else tilt, least)
            kernels = arrays['kernels'][weight:weight_end]
            return RainFactors(
                _tensor(arrays['positions'][drop:drop_end], np.int64),
                _tensor(arrays['noise'][drop:drop_end]),
                _tensor(arrays['theta'][index]),
                _tensor(kernels.reshape(drop_end - drop, *shape)),
                size_hw=(height, width),
                bounds=bounds,
                steps=steps,
                channels=channels)
        except (OverflowError, ValueError) as error:
            raise ValueError(f'layer {index} of {self.path} is no rain layer: '
                             f'{error}') from error

    def draw(self, generator: torch.Generator) -> RainFactors:
        """Read a layer drawn at random, each as likely.

        Args:
            generator: On the CPU.

        Returns:
            See :meth:`get`.
        """
        index = torch.randint(len(self), (), generator=generator)
        return self.get(int(index))


def array_length(array: BankArray, index: dict) -> int:
    """Length of an array of a bank with these counts."""
    if array.counts == 'ends':
        return index['layers'] + 1
    return index[array.counts]


def _tensor(values: np.ndarray, dtype: type = np.float32) -> torch.Tensor:
    """Copy values out of a mapped file."""
    return torch.from_numpy(np.array(values, dtype=dtype))


def _read_index(folder: Path) -> dict[str, int]:
    """Read the counts of a bank."""
    path = folder / INDEX_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f'{folder} is no rain bank, it has no {INDEX_FILE}; '
            'tools/dataset_converters/pack_rain_bank.py makes one of factor '
            'files')
    try:
        index = json.loads(path.read_text(encoding='utf-8'))
        found = index.get('format')
    except (AttributeError, RecursionError, ValueError) as error:
        raise ValueError(
            f'{path} is no index of a rain bank: {error}') from error
    if found != BANK_FORMAT:
        raise ValueError(f'{path} must have format {BANK_FORMAT!r}, but has '
                         f'{found!r}')
    names: list[str] = ['layers', 'drops', 'weights']
    for name in names:
        if not isinstance(index.get(name), int) or index[name] < 0:
            raise ValueError(f'{path} must count {name}, but has '
                             f'{index.get(name)!r}')
    if not index['layers']:
        raise ValueError(f'{path} is of a bank without layers')
    return {name: index[name] for name in names}


def find_factor_files(sources: Iterable[PathLike]) -> list[Path]:
    """List factor files.

    Args:
        sources: ``.npz`` files, and folders that are searched with their
            subfolders.

    Returns:
        In the order of the sources, sorted within a folder.

    Raises:
        FileNotFoundError: If a source does not exist or holds no such files.
    """
    files: list[Path] = []
    for source in map(Path, sources):
        found = [source] if source.is_file() else sorted(source.rglob('*.npz'))
        if not found:
            raise FileNotFoundError(f'no factor files (*.npz) at {source}')
        files += found
    return files


def pack_rain_bank(files: Sequence[PathLike], out_dir: PathLike) -> RainBank:
    """Write the layers of factor files into one bank.

    The files are read twice, one at a time, so memory does not grow with
    their number. The folder appears when it is complete. Numbers are stored
    as float32.

    Args:
        files: As :meth:`RainFactors.save` writes them.
        out_dir: Folder to make; must not exist, unless empty.

    Returns:
        The bank; layer i is that of file i.

    Raises:
        FileExistsError: If the folder is there already.
        ValueError: If there are no files, or one holds no rain factors.
    """
    out_dir = Path(out_dir)
    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        raise FileExistsError(f'{out_dir} exists already')
    if not files:
        raise ValueError('a rain bank needs at least one factor file')
    counts = dict(layers=len(files), drops=0, weights=0)
    for file in files:
        factors = RainFactors.load(file)
        counts['drops'] += len(factors)
        counts['weights'] += factors.kernels.numel()

    out_dir.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix='.bank-', dir=out_dir.parent))
    try:
        folder.chmod(0o755)
        _write(files, counts, folder)
        write_json(folder / INDEX_FILE, dict(format=BANK_FORMAT, **counts))
        folder.replace(out_dir)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return RainBank(out_dir)


def _write(files: Sequence[PathLike], counts: dict[str, int],
           folder: Path) -> None:
    """Fill the arrays."""
    arrays = {}
    for name, array in BANK_ARRAYS.items():
        shape = (array_length(array, counts), *array.width)
        path = folder / f'{name}.npy'
        if 0 in shape:  # cannot be mapped
            np.save(path, np.zeros(shape, array.dtype))
            continue
        arrays[name] = np.lib.format.open_memmap(
            path, mode='w+', dtype=array.dtype, shape=shape)
    arrays['starts'][0] = drop = weight = 0
    for row, file in enumerate(files):
        factors = RainFactors.load(file)
        ends = drop + len(factors), weight + factors.kernels.numel()
        if len(factors):
            arrays['positions'][drop:ends[0]] = factors.positions.numpy()
            arrays['noise'][drop:ends[0]] = factors.noise.numpy()
            arrays['kernels'][weight:ends[1]] = factors.kernels.flatten()
        arrays['theta'][row] = factors.theta.numpy()
        knots = factors.kernels.shape[1] if factors.is_smooth else 0
        arrays['meta'][row] = (*factors.size_hw, factors.steps,
                               factors.channels, knots)
        bounds = factors.bounds
        arrays['bounds'][row] = (*bounds.noise, bounds.theta, *bounds.kernels,
                                 np.nan if bounds.tilt_deg is None else
                                 bounds.tilt_deg, bounds.theta_y_min)
        drop, weight = ends
        arrays['starts'][row + 1] = ends
    for array in arrays.values():
        array.flush()
