"""Test a detector of MMDetection from its config and checkpoint."""
import argparse
import os
from copy import deepcopy
from pathlib import Path

from mmdet.engine.hooks.utils import trigger_visualization_hook
from mmdet.evaluation import DumpDetResults
from mmdet.registry import RUNNERS
from mmdet.utils import setup_cache_size_limit_of_dynamo
from mmengine.config import Config, ConfigDict, DictAction
from mmengine.runner import Runner

from mmadvrain.utils.checkpoint import allow_openmmlab_globals

META_KEYS = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor',
             'flip', 'flip_direction')


def parse_args() -> argparse.Namespace:
    """Read the command line, the same as that of MMDetection's tool."""
    parser = argparse.ArgumentParser(description='Test a detector')
    parser.add_argument('config', help='path of the test config')
    parser.add_argument('checkpoint', help='checkpoint, a file or an address')
    parser.add_argument('--work-dir', help='folder for logs and metrics')
    parser.add_argument(
        '--out', help='dump the predictions to this pickle file')
    parser.add_argument(
        '--show', action='store_true', help='show the predictions')
    parser.add_argument(
        '--show-dir',
        help='save painted pictures in this folder below the work folder')
    parser.add_argument(
        '--wait-time',
        type=float,
        default=2,
        help='seconds between pictures that are shown')
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
    parser.add_argument(
        '--tta', action='store_true', help='average over flipped pictures')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if args.out is not None and not args.out.endswith(('.pkl', '.pickle')):
        parser.error(f'--out wants a .pkl or .pickle file, got {args.out}')
    return args


def use_flips(cfg: Config) -> None:
    """Test each picture as it is and flipped, in place."""
    if 'tta_model' not in cfg:
        cfg.tta_model = dict(
            type='DetTTAModel',
            tta_cfg=dict(
                nms=dict(type='nms', iou_threshold=0.5), max_per_img=100))
    data = cfg.test_dataloader.dataset
    while 'dataset' in data:
        data = data['dataset']
    if 'tta_pipeline' not in cfg:
        flips = [dict(type='RandomFlip', prob=prob) for prob in (1.0, 0.0)]
        pack = dict(type='PackDetInputs', meta_keys=META_KEYS)
        cfg.tta_pipeline = deepcopy(data.pipeline)
        cfg.tta_pipeline[-1] = dict(
            type='TestTimeAug', transforms=[flips, [pack]])
    cfg.model = ConfigDict(**cfg.tta_model, module=cfg.model)
    data.pipeline = cfg.tta_pipeline


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
    cfg.load_from = args.checkpoint
    if args.show or args.show_dir:
        cfg = trigger_visualization_hook(cfg, args)
    if args.tta:
        use_flips(cfg)
    return cfg


def main() -> None:
    """Parse, build, test."""
    args = parse_args()
    setup_cache_size_limit_of_dynamo()
    allow_openmmlab_globals()
    cfg = build_config(args)
    if 'runner_type' in cfg:
        runner = RUNNERS.build(cfg)
    else:
        runner = Runner.from_cfg(cfg)
    if args.out is not None:
        runner.test_evaluator.metrics.append(
            DumpDetResults(out_file_path=args.out))
    runner.test()


if __name__ == '__main__':
    main()
