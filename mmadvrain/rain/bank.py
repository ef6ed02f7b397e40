"""Many rain layers in one file, read without loading them."""
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from mmadvrain.typing import PathLike

from .bounds import RainBounds
from .factors import UNREADABLE, RainFactors

BANK_FILE = 'bank.safetensors'
BANK_FORMAT = 'mmadvrain.rain_bank/2'

# name: what its length counts, its width and type. Of a layer, `meta` has H,
# W, steps, channels, knots (0 for literal kernels), and `starts` where its
# drops and its kernel values begin; the last row of `starts` is their ends
_TENSORS = dict(
    positions=('drops', (2, ), torch.int32),
    noise=('drops', (), torch.float32),
    kernels=('weights', (), torch.float32),
    theta=('layers', (2, ), torch.float32),
    meta=('layers', (5, ), torch.int64),
    bounds=('layers', (7, ), torch.float64),
    starts=('ends', (2, ), torch.int64))


class RainBank:
    """Rain layers of attack runs, in a memory-mapped safetensors file.

    Written by :func:`pack_rain_bank`, or with
    ``tools/dataset_converters/pack_rain_bank.py`` from the factor files of a
    run. Opening reads what is known of each layer; its drops are read when it
    is asked for. Sent to another process, a bank is its path.

    Args:
        path: Folder of the bank.

    Raises:
        FileNotFoundError: If there is no such folder, or no bank in it.
        ValueError: If its tensors do not fit each other.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        file = self.path / BANK_FILE
        if not file.is_file():
            raise FileNotFoundError(
                f'{self.path} is no rain bank, it has no {BANK_FILE}; '
                'tools/dataset_converters/pack_rain_bank.py makes one of '
                'factor files')
        try:
            self._file = safe_open(file, 'pt')
            known = (self._file.metadata() or {}).get('format')
            if known != BANK_FORMAT:
                raise ValueError(f'wanted the format {BANK_FORMAT!r}, but got '
                                 f'{known!r}')
            self._starts = self._file.get_tensor('starts')
            self._check()
            self._meta, self._bounds, self._theta = (
                self._file.get_tensor(name)
                for name in ('meta', 'bounds', 'theta'))
        except UNREADABLE as error:
            raise ValueError(f'{file} is no rain bank: {error}') from error

    def _check(self) -> None:
        """Hold the shapes of the tensors against each other."""
        starts = self._starts
        if starts.ndim != 2 or len(starts) < 2 or starts[0].any():
            raise ValueError('`starts` must lead from (0, 0) over at least '
                             f'one layer, but has shape {tuple(starts.shape)}')
        counts = dict(
            layers=len(starts) - 1,
            ends=len(starts),
            drops=int(starts[-1][0]),
            weights=int(starts[-1][1]))
        for name, (counted, width, dtype) in _TENSORS.items():
            shape = (counts[counted], *width)
            part = self._file.get_slice(name)
            if tuple(part.get_shape()) != shape or \
                    part.get_dtype() != _CODES[dtype]:
                raise ValueError(
                    f'`{name}` must be {dtype} of shape {shape}, but is '
                    f'{part.get_dtype()} of {tuple(part.get_shape())}')

    def __len__(self) -> int:
        """Number of layers."""
        return len(self._starts) - 1

    def __repr__(self) -> str:
        return f'{type(self).__name__}({str(self.path)!r}, layers={len(self)})'

    def __reduce__(self) -> tuple:
        return type(self), (str(self.path), )

    def get(self, index: int) -> RainFactors:
        """Read one layer.

        Args:
            index: From 0 to ``len(self) - 1``.

        Returns:
            Float32, on the CPU; the values that were packed.

        Raises:
            IndexError: If there is no such layer.
            ValueError: If the file holds no rain layer there.
        """
        if not 0 <= index < len(self):
            raise IndexError(f'layer {index} is not in a rain bank of '
                             f'{len(self)} layers')
        (drop, weight), (drop_end, weight_end) = \
            self._starts[index:index + 2].tolist()
        height, width, steps, channels, knots = self._meta[index].tolist()
        shape = (knots, ) if knots else (steps + 1, channels)
        try:
            if not 0 <= drop <= drop_end or not 0 <= weight <= weight_end:
                raise ValueError(f'it starts at {drop}, {weight} and ends at '
                                 f'{drop_end}, {weight_end}')
            kernels = self._read('kernels', weight, weight_end)
            return RainFactors(
                self._read('positions', drop, drop_end).long(),
                self._read('noise', drop, drop_end),
                self._theta[index].clone(),
                kernels.reshape(drop_end - drop, *shape),
                size_hw=(height, width),
                bounds=RainBounds.from_array(self._bounds[index].tolist()),
                steps=steps,
                channels=channels)
        except UNREADABLE as error:
            raise ValueError(f'layer {index} of {self.path} is no rain layer: '
                             f'{error}') from error

    def _read(self, name: str, start: int, end: int) -> Tensor:
        """Copy a part of a tensor out of the mapped file."""
        if start == end:  # an empty slice is refused
            _, width, dtype = _TENSORS[name]
            return torch.zeros((0, *width), dtype=dtype)
        part: Tensor = self._file.get_slice(name)[start:end]
        return part.clone()

    def draw(self, generator: torch.Generator) -> RainFactors:
        """Read a layer drawn at random, each as likely.

        Args:
            generator: On the CPU.

        Returns:
            See :meth:`get`.
        """
        index = torch.randint(len(self), (), generator=generator)
        return self.get(int(index))


_CODES = {
    torch.int32: 'I32',
    torch.int64: 'I64',
    torch.float32: 'F32',
    torch.float64: 'F64'
}


def find_factor_files(sources: Iterable[PathLike]) -> list[Path]:
    """List factor files.

    Args:
        sources: Factor files, and folders that are searched with their
            subfolders.

    Returns:
        In the order of the sources, sorted within a folder.

    Raises:
        FileNotFoundError: If a source does not exist or holds no such files.
    """
    pattern = f'*{RainFactors.suffix}'
    files: list[Path] = []
    for source in map(Path, sources):
        paths = [source] if source.is_file() else sorted(source.rglob(pattern))
        if not paths:
            raise FileNotFoundError(f'no factor files ({pattern}) at {source}')
        files += paths
    return files


def pack_rain_bank(files: Sequence[PathLike], out_dir: PathLike) -> RainBank:
    """Write the layers of factor files into one bank.

    The files are read twice, one at a time; the bank has to fit in memory
    while it is made. The folder appears when it is complete. Numbers are
    stored as float32.

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
    tensors = _fill(files)
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix='.bank-', dir=out_dir.parent))
    try:
        folder.chmod(0o755)
        save_file(tensors, folder / BANK_FILE, dict(format=BANK_FORMAT))
        folder.replace(out_dir)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return RainBank(out_dir)


def _fill(files: Sequence[PathLike]) -> dict[str, Tensor]:
    """Tensors of a bank, by name."""
    counts = dict(layers=len(files), ends=len(files) + 1, drops=0, weights=0)
    for file in files:
        factors = RainFactors.load(file)
        counts['drops'] += len(factors)
        counts['weights'] += factors.kernels.numel()
    tensors = {
        name: torch.zeros((counts[counted], *width), dtype=dtype)
        for name, (counted, width, dtype) in _TENSORS.items()
    }
    drop = weight = 0
    for row, file in enumerate(files):
        factors = RainFactors.load(file)
        drop_end = drop + len(factors)
        weight_end = weight + factors.kernels.numel()
        tensors['positions'][drop:drop_end] = factors.positions
        tensors['noise'][drop:drop_end] = factors.noise
        tensors['kernels'][weight:weight_end] = factors.kernels.flatten()
        tensors['theta'][row] = factors.theta
        knots = factors.kernels.shape[1] if factors.is_smooth else 0
        tensors['meta'][row] = torch.tensor(
            [*factors.size_hw, factors.steps, factors.channels, knots])
        tensors['bounds'][row] = torch.tensor(
            factors.bounds.to_array(), dtype=torch.float64)
        drop, weight = drop_end, weight_end
        tensors['starts'][row + 1] = torch.tensor([drop, weight])
    return tensors
