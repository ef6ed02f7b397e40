"""Test a detector of MMDetection by its own tool.

Beforehand the classes of training logs are allowed in checkpoints, so that
they are read without unpickling anything else.
"""
import argparse
import runpy
from pathlib import Path

import mmdet

from mmadvrain.utils.checkpoint import allow_openmmlab_globals

if __name__ == '__main__':
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('--out', default='.pkl')
    out = parser.parse_known_args()[0].out
    if not out.endswith(('.pkl', '.pickle')):
        # MMDetection's tool says so only after the model is built
        parser.error(f'--out wants a .pkl or .pickle file, got {out}')
    allow_openmmlab_globals()
    runpy.run_path(
        str(Path(mmdet.__file__).parent / '.mim/tools/test.py'),
        run_name='__main__')
