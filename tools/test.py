"""Test a detector of MMDetection by its own tool.

Beforehand the classes of training logs are allowed in checkpoints, so that
they are read without unpickling anything else. The arguments are those of
MMDetection:

    mmadvrain test DETECTOR.py WEIGHTS.pth --work-dir work_dirs/test
"""
import argparse

from mmadvrain.cli import run_mmdet_tool, run_tool


def main() -> None:
    """Run the tool of MMDetection."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('--out', default='.pkl')
    out = parser.parse_known_args()[0].out
    if not out.endswith(('.pkl', '.pickle')):
        # MMDetection's tool says so only after the model is built
        parser.error(f'--out wants a .pkl or .pickle file, got {out}')
    run_mmdet_tool('test.py', __doc__)


if __name__ == '__main__':
    run_tool(main)
