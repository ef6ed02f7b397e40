"""Write a bank of rain layers."""
import shutil
import tempfile
from pathlib import Path
from typing import Dict, Iterable, List, Sequence, Union

import numpy as np

from mmadvrain.utils.files import write_json
from .rain_bank import (BANK_ARRAYS, BANK_FORMAT, INDEX_FILE, RainBank,
                        array_length)
from .rain_factors import RainFactors


def find_factor_files(sources: Iterable[Union[str, Path]]) -> List[Path]:
    """List factor files.

    Args:
        sources (Iterable[str | Path]): ``.npz`` files, and folders that are
            searched with their subfolders.

    Returns:
        list[Path]: In the order of the sources, sorted within a folder.

    Raises:
        FileNotFoundError: If a source does not exist or holds no such files.
    """
    files: List[Path] = []
    for source in map(Path, sources):
        found = [source] if source.is_file() else sorted(source.rglob('*.npz'))
        if not found:
            raise FileNotFoundError(f'no factor files (*.npz) at {source}')
        files += found
    return files


def pack_rain_bank(files: Sequence[Union[str, Path]],
                   out_dir: Union[str, Path]) -> RainBank:
    """Write the layers of factor files into one bank.

    The files are read twice, one at a time, so memory does not grow with
    their number. The folder appears when it is complete. Numbers are stored
    as float32.

    Args:
        files (Sequence[str | Path]): As :meth:`RainFactors.save` writes them.
        out_dir (str | Path): Folder to make; must not exist, unless empty.

    Returns:
        RainBank: The bank; layer i is that of file i.

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


def _write(files: Sequence[Union[str, Path]], counts: Dict[str, int],
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
