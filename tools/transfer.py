"""Attack detectors, and score every victim on what was made of the images.

PLAN is a config that names sources, victims, attacks and data; see
``configs/transfer``. What was interrupted goes on, what is finished is reused.
"""
import argparse

from mmengine.config import DictAction

from mmadvrain.apis.run_transfer import run_transfer


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Make a transfer table: attack each source, score each '
        'victim')
    parser.add_argument('plan', help='config of the table')
    parser.add_argument(
        '--work-dir',
        help="folder of the results; default: the plan's, or "
        'work_dirs/PLAN_NAME')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace sets that were made with other settings')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='unpickle checkpoints that hold more than weights; they can run '
        'any code')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the plan, key=value; a list is '
        'key="[a,b]" or key=a,b, nested brackets need the quotes')
    return parser.parse_args()


def main() -> None:
    """Parse, run."""
    args = parse_args()
    run_transfer(
        args.plan,
        work_dir=args.work_dir,
        cfg_options=args.cfg_options,
        overwrite=args.overwrite,
        trust=args.trust_checkpoint)


if __name__ == '__main__':
    main()
