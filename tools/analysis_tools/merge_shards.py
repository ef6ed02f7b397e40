"""Merge the shards of an attack and score them as one run.

The results are those of a run that was never split: the merged folder is
verified, what is missing is attacked, and all views are scored.
"""
import argparse
import sys

from mmengine.config import DictAction

from mmadvrain.apis.attack import run_attack
from mmadvrain.store.sharding import merge_stores

FAILED_IMAGES = 3


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Merge shards of an attack')
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
    count = merge_stores(args.shards, args.work_dir, args.overwrite)
    print(f'{count} images are merged; what is missing of the data set, or '
          'was damaged, is attacked now')
    metrics = run_attack(
        args.config,
        args.checkpoint,
        work_dir=args.work_dir,
        cfg_options=args.cfg_options,
        trust=args.trust_checkpoint)
    return FAILED_IMAGES if metrics['run/failed_images'] else 0


if __name__ == '__main__':
    sys.exit(main())
