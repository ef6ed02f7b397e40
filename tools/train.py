"""Train a detector of MMDetection by its own tool.

Beforehand the classes of training logs are allowed in checkpoints, so that
`--resume` and `load_from` read them without unpickling anything else.
"""
import runpy
from pathlib import Path

import mmdet

from mmadvrain.utils.checkpoint import allow_openmmlab_globals

if __name__ == '__main__':
    allow_openmmlab_globals()
    runpy.run_path(
        str(Path(mmdet.__file__).parent / '.mim/tools/train.py'),
        run_name='__main__')
