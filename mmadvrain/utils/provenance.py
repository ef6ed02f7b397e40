"""What it takes to repeat a run."""
import os
import platform
import shlex
import sys
import time
from importlib import metadata

import torch

import mmadvrain
from mmadvrain.typing import PathLike

from .digest import digest_file

PROVENANCE_FILE = 'provenance.json'
"""In the folder of a run."""
_PACKAGES = ('torch', 'mmcv', 'onedl-mmcv', 'mmengine', 'onedl-mmengine',
             'mmdet', 'onedl-mmdetection', 'numpy', 'opencv-python',
             'opencv-python-headless', 'pycocotools', 'faster-coco-eval')


def versions() -> dict[str, str]:
    """Versions of this package, of Python and of what scores depend on."""
    found = dict(
        mmadvrain=mmadvrain.__version__, python=platform.python_version())
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def provenance(config: str | None, checkpoint: PathLike | None) -> dict:
    """Command, versions, device and weights of this process' run.

    Args:
        config: Name of the config file, where there is one.
        checkpoint: File of the weights; None where the model brings its own.

    Returns:
        Values that JSON knows. ``sha256`` is that of the weights' file.
    """
    return dict(
        command=shlex.join(['python', *sys.argv]),
        folder=os.getcwd(),
        began=time.strftime('%Y-%m-%d %H:%M:%S %z'),
        config=config,
        checkpoint=None if checkpoint is None else str(checkpoint),
        sha256=digest_file(checkpoint) if checkpoint else None,
        device=torch.cuda.get_device_name()
        if torch.cuda.is_available() else platform.processor() or 'CPU',
        versions=versions())
