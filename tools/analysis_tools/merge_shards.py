"""Merge the shards of an attack and score them as one run.

The results are those of a run that was never split: the merged folder is
verified, what is missing is attacked, and all views are scored.

    mmadvrain attack CONFIG WEIGHTS --shard 1/2 --work-dir work_dirs/first
    mmadvrain attack CONFIG WEIGHTS --shard 2/2 --work-dir work_dirs/second
    mmadvrain merge_shards CONFIG WEIGHTS --work-dir work_dirs/whole \\
        --shards work_dirs/first work_dirs/second
"""
import argparse
import logging

from mmadvrain.cli import quiet, run_tool, tool_parser

FAILED_IMAGES = 3

logger = logging.getLogger('merge_shards')


def parse_args() -> argparse.Namespace:
    from mmengine.config import DictAction
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='config that the shards were run with')
    parser.add_argument('checkpoint', nargs='?', help='their weights')
    parser.add_argument(
        '--shards', nargs='+', required=True, help='their --work-dir folders')
    parser.add_argument(
        '--work-dir', required=True, help='folder of the whole run')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace another run in the folder')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='the settings that the shards were run with')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='unpickle a checkpoint that holds more than weights')
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    with quiet():
        from mmadvrain.apis.attack import run_attack
        from mmadvrain.store.sharding import merge_stores
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    count = merge_stores(args.shards, args.work_dir, args.overwrite)
    logger.info(
        '%d images are merged; what is missing of the data set, or '
        'was damaged, is attacked now', count)
    metrics = run_attack(
        args.config,
        args.checkpoint,
        work_dir=args.work_dir,
        cfg_options=args.cfg_options,
        trust=args.trust_checkpoint)
    return FAILED_IMAGES if metrics['run/failed_images'] else 0


if __name__ == '__main__':
    run_tool(main)
