"""Adversarial rain for detectors, classifiers and deraining networks.

Importing the package checks the versions of mmcv, mmengine and mmdet and
imports none of them. Where mmcv has no compiled operators, it has NMS and
RoIAlign from then on. What the package offers for three lines in a notebook is
imported when it is first asked for.
"""
from importlib import import_module

from .compatibility import check_stack
from .operators import fill_in
from .version import __version__, version_info

check_stack()
fill_in()

__all__ = ['AdvRainInferencer', '__version__', 'apply_rain', 'version_info']


def __getattr__(name: str) -> object:
    if name in ('AdvRainInferencer', 'apply_rain'):
        return getattr(import_module('.apis', __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
