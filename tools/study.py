"""Attack models in several ways, and score every victim on what came out.

PLAN is a config with sources, victims, and attacks or sweeps of settings; see
docs/studies.md and configs/studies. What was interrupted goes on, what is
finished is reused.

    mmadvrain study configs/studies/table5_coco.py --jobs 2
    mmadvrain study --source CONFIG CHECKPOINT \\
        --grid test_cfg.attack.steps="[5,10,20]" --work-dir work_dirs/steps
"""
import argparse
from pathlib import Path

from mmengine.config import Config, DictAction

from mmadvrain.cli import quiet, run_tool, tool_parser


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('plan', nargs='?', help='config of the study')
    for kind, what in (('source', 'model under attack'),
                       ('victim', 'model that is scored')):
        parser.add_argument(
            f'--{kind}',
            nargs='+',
            action='append',
            default=[],
            metavar=('CONFIG', 'CHECKPOINT'),
            help=f"{what}, in place of the plan's; repeatable")
    parser.add_argument(
        '--grid',
        nargs='+',
        action=DictAction,
        help='a sweep over a full grid of settings, key="[a,b]" ...')
    parser.add_argument(
        '--only', nargs='+', help='sweeps of the plan to run; default: all')
    parser.add_argument(
        '--work-dir',
        help="folder of the results; default: the plan's, or "
        'work_dirs/PLAN_NAME')
    parser.add_argument(
        '--jobs', type=int, default=1, help='sets made or scored at once')
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
        help='override entries of the plan, key=value: test_cfg.attack.steps='
        '10 is a setting of all attacks; a list is key="[a,b]" or key=a,b')
    args = parser.parse_args()
    if not args.plan and not (args.source and args.grid):
        parser.error('give a PLAN, or --source and --grid')
    for kind in ('source', 'victim'):
        if any(len(pair) > 2 for pair in getattr(args, kind)):
            parser.error(f'--{kind} takes a config and at most one checkpoint')
    return args


def plan_of(args: argparse.Namespace) -> Config:
    """The plan of the command line.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the plan lacks a sweep.
    """
    if args.plan and not Path(args.plan).is_file():
        raise FileNotFoundError(f'no plan at {args.plan}')
    plan = Config.fromfile(args.plan) if args.plan else Config()
    for kind in ('source', 'victim'):
        models = {
            Path(config).stem:
            dict(config=config, checkpoint=weights[0] if weights else None)
            for config, *weights in getattr(args, kind)
        }
        if models:
            plan[f'{kind}s'] = models
    if args.source and not args.victim:
        plan.victims = {**plan.sources}
    sweeps = dict(plan.get('sweeps') or {})
    if args.grid:
        sweeps['grid'] = args.grid
    if args.only:
        known = {*sweeps, *(['attacks'] if plan.get('attacks') else [])}
        unknown = sorted(set(args.only) - known)
        if unknown:
            raise ValueError(f'{args.plan} has no sweeps {unknown}, but '
                             f'{sorted(known)}')
        sweeps = {k: v for k, v in sweeps.items() if k in args.only}
        if 'attacks' not in args.only:
            plan.attacks = {}
    plan.sweeps = sweeps
    return plan


def main() -> None:
    """Parse, run."""
    args = parse_args()
    with quiet():
        from mmadvrain.apis.study import run_study
    run_study(
        plan_of(args),
        work_dir=args.work_dir,
        cfg_options=args.cfg_options,
        jobs=args.jobs,
        gpus=args.gpus,
        trust=args.trust_checkpoint)


if __name__ == '__main__':
    run_tool(main)
