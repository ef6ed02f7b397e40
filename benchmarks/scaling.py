"""Measure what several processes lose against one, per core.

Without CONFIG the embedded demo detector attacks street scenes.
"""
import argparse
import tempfile
from pathlib import Path

from benchmarks.scale_bench import scaling_efficiency
from benchmarks.timing import describe_machine
from mmadvrain.utils.files import write_json

ROOT = Path(__file__).resolve().parents[1]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Measure several processes against one')
    parser.add_argument(
        'config', nargs='?', help='default: the embedded demo detector')
    parser.add_argument('checkpoint', nargs='?', help='weights of the config')
    parser.add_argument('--out', required=True, help='JSON file to write')
    parser.add_argument('--processes', type=int, default=2)
    parser.add_argument(
        '--images',
        type=int,
        nargs=2,
        default=(2, 10),
        metavar=('FEW', 'MANY'),
        help='of each process; the difference of both is measured')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='override settings of the config, key=value')
    args = parser.parse_args()
    if args.config and not args.checkpoint:
        parser.error('a CONFIG wants a CHECKPOINT')
    return args


def main() -> None:
    args = parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, options = Path(scratch), list(args.cfg_options)
        config, checkpoint = args.config, args.checkpoint
        if config is None:
            config = ROOT / 'configs/demo/advrain_street-scenes.py'
            checkpoint = (
                ROOT / 'demo/weights/faster-rcnn_r18-slim_fpn_'
                'street-scenes.pth')
            count = args.processes * args.images[1]
            options = [
                f'test_dataloader.dataset.data_root={ROOT}/demo/',
                f'test_dataloader.dataset.indices={count}',
                f'test_evaluator.ann_file={ROOT}/demo/annotations.json',
                *options
            ]
        command = [str(ROOT / 'tools/attack.py'), str(config), str(checkpoint)]
        found = scaling_efficiency(command, folder, args.processes,
                                   tuple(args.images), options)
    write_json(args.out, dict(machine=describe_machine('cpu'), **found))


if __name__ == '__main__':
    main()
