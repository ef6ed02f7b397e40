"""Adversarial rain for detectors, classifiers and deraining networks.

Importing the package checks the versions of mmcv, mmengine and mmdet and
imports none of them.
"""

from .compatibility import check_stack
from .version import __version__, version_info

check_stack()

__all__ = ['__version__', 'version_info']
