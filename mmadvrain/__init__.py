"""Adversarial rain for detectors, classifiers and deraining networks.

Importing the package checks the versions of mmcv, mmengine and mmdet and
imports none of them. Where mmcv has no compiled operators, it has NMS and
RoIAlign from then on.
"""

from .compatibility import check_stack
from .operators import fill_in
from .version import __version__, version_info

check_stack()
fill_in()

__all__ = ['__version__', 'version_info']
