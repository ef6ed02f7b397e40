"""Sweep settings of an attack, on a classifier or a detector.

CONFIG is an attack config. What is swept says a file with `sweeps` (see
configs/classify/ablations/) or --grid. Every cell is a run of its own, so a
sweep that was interrupted goes on; tables and plots grow in --work-dir.
"""
import argparse
from pathlib import Path

from mmengine.config import Config, DictAction

from mmadvrain.apis.ablate import ablate
from mmadvrain.structures.ablation_plan import (
    AblationPlan,
    Victim,
    grid_cells,
    sweep_cells,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Sweep settings of an attack and report them')
    parser.add_argument('config', help='attack config')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help="weights, a file or URL; default: the config's `load_from`")
    parser.add_argument('--sweeps', help='config file that holds `sweeps`')
    parser.add_argument(
        '--only', nargs='+', help='names of the sweeps to run; default: all')
    parser.add_argument(
        '--grid',
        nargs='+',
        action=DictAction,
        help='a full grid of settings, key="[a,b]" ...')
    parser.add_argument(
        '--transfer',
        nargs='+',
        action='append',
        default=[],
        metavar=('CONFIG', 'CHECKPOINT'),
        help='a further model that scores what was stored; repeatable')
    parser.add_argument(
        '--match',
        nargs='+',
        default=[],
        choices=['l2', 'brightness'],
        help='random rain matched by these, beside that of equal area')
    parser.add_argument(
        '--work-dir', required=True, help='folder of cells and tables')
    parser.add_argument(
        '--jobs', type=int, default=1, help='cells run at once')
    parser.add_argument(
        '--gpus', nargs='+', default=[], help='devices the jobs share out')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='unpickle checkpoints, or run TorchScript files; both can run '
        'any code')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='settings of all cells, key=value')
    args = parser.parse_args()
    if bool(args.sweeps) == bool(args.grid):
        parser.error('give either --sweeps or --grid')
    if any(len(pair) > 2 for pair in args.transfer):
        parser.error('--transfer takes a config and at most one checkpoint')
    return args


def main() -> None:
    args = parse_args()
    if args.grid:
        sweeps = dict(grid=grid_cells(args.grid))
    else:
        entries = Config.fromfile(args.sweeps).sweeps.to_dict()
        unknown = set(args.only or ()) - set(entries)
        if unknown:
            raise ValueError(f'{args.sweeps} has no sweeps {sorted(unknown)},'
                             f' but {sorted(entries)}')
        sweeps = {
            name: sweep_cells(cells,
                              Path(args.sweeps).parent)
            for name, cells in entries.items()
            if not args.only or name in args.only
        }
    plan = AblationPlan(
        Victim(args.config, args.checkpoint), sweeps,
        [Victim(*pair) for pair in args.transfer], tuple(args.match))
    ablate(
        plan,
        Path(args.work_dir),
        cfg_options=args.cfg_options,
        jobs=args.jobs,
        gpus=args.gpus,
        trust=args.trust_checkpoint)


if __name__ == '__main__':
    main()
