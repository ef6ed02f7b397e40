"""Train a detector of MMDetection from its config."""
import argparse
import os
from pathlib import Path

from mmdet.registry import RUNNERS
from mmdet.utils import setup_cache_size_limit_of_dynamo
from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from mmadvrain.utils.checkpoint import allow_openmmlab_globals


def parse_args() -> argparse.Namespace:
    """Read the command line, the same as that of MMDetection's tool."""
    parser = argparse.ArgumentParser(description='Train a detector')
    parser.add_argument('config', help='path of the training config')
    parser.add_argument('--work-dir', help='folder for logs and models')
    parser.add_argument(
        '--amp', action='store_true', help='train with mixed precision')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate to the batch size')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='resume from this checkpoint, or from the latest one in the '
        'work folder if none is named')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='settings that replace those of the config, as key=value; a '
        'list as key="[a,b]" or key=a,b, without white space')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def build_config(args: argparse.Namespace) -> Config:
    """Merge the command line into the config."""
    cfg = Config.fromfile(args.config)
    cfg.launcher = args.launcher
    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = f'./work_dirs/{Path(args.config).stem}'
    if args.amp:
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.loss_scale = 'dynamic'
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError('--auto-scale-lr wants auto_scale_lr with '
                             f'base_batch_size in {args.config}, got '
                             f'{cfg.get("auto_scale_lr")}')
        cfg.auto_scale_lr.enable = True
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    return cfg


def main() -> None:
    """Parse, build, train."""
    args = parse_args()
    setup_cache_size_limit_of_dynamo()
    allow_openmmlab_globals()
    cfg = build_config(args)
    if 'runner_type' in cfg:
        runner = RUNNERS.build(cfg)
    else:
        runner = Runner.from_cfg(cfg)
    runner.train()


if __name__ == '__main__':
    main()
