"""KITTI numbers from traveller59/kitti-object-eval-python, where it is there.

Nothing of that project is part of this one: the user names an untouched
checkout of it, and this file calls its ``eval.py`` and compares.
"""
import importlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np

from mmadvrain.evaluation.functional.kitti_eval import KittiAP
from mmadvrain.evaluation.functional.kitti_matching import DIFFICULTIES

# the order of the classes inside the reference
_CLASS_INDEX = dict(car=0, pedestrian=1, cyclist=2, van=3, person_sitting=4)
_BBOX_METRIC = 0
_ROTATED = 'second.core.non_max_suppression.nms_gpu'
_MAX_PARTS = 50
_FIELDS = ('bbox', 'alpha', 'occluded', 'truncated', 'dimensions', 'location',
           'rotation_y', 'score')


def load_reference(source: str) -> ModuleType:
    """Import the reference evaluator as it was checked out.

    Its ``eval.py`` imports numba, and code of another project for rotated
    boxes on a GPU, which 2D boxes do not need. Where they are not installed,
    stand-ins take their place while the file is imported: functions then run
    uncompiled, and rotated boxes are refused.

    Args:
        source: Folder of kitti-object-eval-python, its ``eval.py``, or a
            module name on the Python path.

    Returns:
        A module with ``eval_class``.

    Raises:
        ImportError: It cannot be imported, or lacks ``eval_class``.
    """
    path = Path(source)
    if path.is_dir():
        path = path / 'eval.py'
    try:
        with _stand_ins():
            module = _import_file(path) if path.is_file() else \
                importlib.import_module(source)
    except (ImportError, ValueError) as error:
        raise ImportError(
            f'wanted the KITTI reference evaluator at {source!r}: give the '
            f'folder of kitti-object-eval-python ({error})') from error
    if not callable(getattr(module, 'eval_class', None)):
        raise ImportError(f'wanted a module with eval_class, got {source!r} '
                          f'from {getattr(module, "__file__", "?")}')
    return module


def _import_file(path: Path) -> ModuleType:
    name = 'kitti_object_eval'
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f'{path} is no Python file')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Let ``import`` find what the reference does not need for 2D boxes."""
    modules: dict[str, ModuleType] = {}
    if importlib.util.find_spec('numba') is None:
        numba = ModuleType('numba')
        vars(numba).update(jit=_as_it_is, njit=_as_it_is, prange=range)
        modules['numba'] = numba
    if importlib.util.find_spec('second') is None:
        parts = _ROTATED.split('.')
        for end in range(1, len(parts) + 1):
            name = '.'.join(parts[:end])
            modules[name] = ModuleType(name)
            vars(modules[name])['__path__'] = []
        vars(modules[_ROTATED])['rotate_iou_gpu_eval'] = _no_rotated_boxes
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            sys.modules.pop(name, None)


def _as_it_is(*functions: Callable, **options: object) -> Callable:
    """Stand in for a decorator that compiles, with options or without."""
    return functions[0] if functions else _as_it_is


def _no_rotated_boxes(*boxes: object) -> None:
    raise RuntimeError('rotated boxes want the GPU code of the reference')


def reference_ap(
    module: ModuleType, gts: Sequence[dict], dets: Sequence[dict],
    min_overlaps: Mapping[str, float]
) -> dict[str, dict[str, tuple[float, float]]]:
    """R11 and R40 of 2D boxes as the reference computes them.

    Args:
        module: Of :func:`load_reference`.
        gts: As for
            :func:`~mmadvrain.evaluation.functional.kitti_eval.kitti_ap`.
        dets: Likewise.
        min_overlaps: Classes and their IoU limits.

    Returns:
        Class, difficulty, then (R11, R40) in percent. May hold NaN.

    Raises:
        ValueError: A class that the reference does not know, or no image.
        RuntimeError: The reference fails.
    """
    unknown = [
        name for name in min_overlaps if name.lower() not in _CLASS_INDEX
    ]
    if unknown:
        raise ValueError(f'wanted classes of the reference evaluator '
                         f'({", ".join(_CLASS_INDEX)}), got {unknown}')
    if not gts:
        raise ValueError('wanted at least one image, got none')
    indices = [_CLASS_INDEX[name.lower()] for name in min_overlaps]
    # [limits, metrics, classes]; only the box metric is asked for
    limits = np.tile(np.array(list(min_overlaps.values())), (1, 3, 1))
    try:
        curves = module.eval_class([_as_reference(gt) for gt in gts],
                                   [_as_reference(det) for det in dets],
                                   indices,
                                   list(range(len(DIFFICULTIES))),
                                   _BBOX_METRIC,
                                   limits,
                                   num_parts=min(_MAX_PARTS,
                                                 len(gts)))['precision']
    except (ValueError, IndexError, ZeroDivisionError) as error:
        # it interpolates recalls too, which some curves do not allow
        raise RuntimeError('the reference evaluator fails on these data '
                           f'({error})') from error
    return {
        name: {
            level: (float(curves[c, d, 0, ::4].sum() / 11 * 100),
                    float(curves[c, d, 0, 1:].sum() / 40 * 100))
            for d, level in enumerate(DIFFICULTIES)
        }
        for c, name in enumerate(min_overlaps)
    }


def _as_reference(arrays: dict) -> dict:
    num = len(arrays['name'])
    defaults = dict(bbox=(num, 4), dimensions=(num, 3), location=(num, 3))
    converted = {
        key:
        np.asarray(
            arrays.get(key, np.zeros(defaults.get(key, (num, )))),
            dtype=np.float64).reshape(defaults.get(key, (num, )))
        for key in _FIELDS
    }
    converted['name'] = np.array(arrays['name'], dtype=str)
    return converted


def disagreements(ours: dict[str, dict[str, KittiAP]],
                  theirs: dict[str, dict[str, tuple[float, float]]],
                  atol: float = 1e-6) -> list[str]:
    """Where two evaluations differ; flagged NaN does not count.

    Args:
        ours: Of ``kitti_ap``.
        theirs: Of :func:`reference_ap`.
        atol: Tolerance in percent. Defaults to 1e-6.

    Returns:
        One line per difference, none where both agree.
    """
    lines = []
    for name, levels in ours.items():
        for level, result in levels.items():
            pairs = zip((result.r11, result.r40), theirs[name][level])
            for kind, (value, other) in zip(('R11', 'R40'), pairs):
                flagged = math.isnan(other) and result.num_nan > 0
                if not flagged and not abs(value - other) <= atol:
                    lines.append(f'{name} {level} {kind}: {value!r} here, '
                                 f'{other!r} there')
    return lines


def require_agreement(module: ModuleType, gts: Sequence[dict],
                      dets: Sequence[dict], min_overlaps: Mapping[str, float],
                      scores: dict[str, dict[str, KittiAP]]) -> None:
    """Compare scores with those of the reference.

    Args:
        module: Of :func:`load_reference`.
        gts: What ``kitti_ap`` was given.
        dets: Likewise.
        min_overlaps: Likewise.
        scores: What it returned.

    Raises:
        RuntimeError: They differ by more than 1e-6, or the reference fails.
    """
    theirs = reference_ap(module, gts, dets, min_overlaps)
    lines = disagreements(scores, theirs)
    if lines:
        raise RuntimeError('wanted the numbers of the reference evaluator, '
                           'got others: ' + '; '.join(lines))
