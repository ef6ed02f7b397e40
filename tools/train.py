"""Train a detector of MMDetection by its own tool.

Beforehand the classes of training logs are allowed in checkpoints, so that
`--resume` and `load_from` read them without unpickling anything else. The
arguments are those of MMDetection:

    mmadvrain train DETECTOR.py --work-dir work_dirs/mine
    mmadvrain attack DETECTOR.py work_dirs/mine/epoch_12.pth
"""
import logging

from mmadvrain.cli import run_mmdet_tool, run_tool

logger = logging.getLogger('train')


def main() -> None:
    """Run the tool of MMDetection."""
    run_mmdet_tool('train.py', __doc__)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    logger.info('Checkpoints are where they were said to be saved; `mmadvrain '
                'attack CONFIG CHECKPOINT` tells what rain does to one')


if __name__ == '__main__':
    run_tool(main)
