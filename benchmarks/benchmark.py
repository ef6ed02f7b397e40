"""Measure how fast the attack is, and how far from its floor.

Everything is measured side by side in one process and given as ratios of
medians; ``docs/speed.md`` explains them. Needs no data: without CONFIG the
embedded demo detector attacks street scenes.
"""
import argparse
import logging
import tempfile
from pathlib import Path
from typing import Any

import torch
from mmengine.config import DictAction

from benchmarks.bench_case import BenchCase
from benchmarks.damage_bench import time_to_damage
from benchmarks.drop_bench import physical_rain
from benchmarks.job_bench import (
    evaluation_cost,
    images_per_second,
    peer_speedup,
)
from benchmarks.render_bench import cost_curve, render_speedup
from benchmarks.step_bench import attack_overhead
from benchmarks.timing import describe_machine
from mmadvrain.utils.files import write_json

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = ('render_speedup', 'physical_rain', 'attack_overhead',
            'images_per_second', 'eval', 'ares_speedup', 'time_to_damage')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Measure the attack')
    parser.add_argument(
        'config', nargs='?', help='default: the embedded demo detector')
    parser.add_argument('checkpoint', nargs='?', help='weights of the config')
    parser.add_argument('--out', required=True, help='JSON file to write')
    parser.add_argument(
        '--quick', action='store_true', help='smaller, in about a minute')
    parser.add_argument(
        '--sections', nargs='+', choices=SECTIONS, default=SECTIONS)
    parser.add_argument(
        '--images', type=int, help='default: 4, with --quick 2')
    parser.add_argument(
        '--repeats', type=int, help='rounds; default: 7, with --quick 3')
    parser.add_argument(
        '--threads', type=int, default=1, help='of PyTorch on the CPU')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config, key=value')
    args = parser.parse_args()
    if args.threads < 1:
        parser.error(f'--threads must be positive, got {args.threads}')
    if args.config and not args.checkpoint:
        parser.error('a CONFIG wants a CHECKPOINT: speed on random weights '
                     'is that of other proposals')
    return args


def demo_options(num_images: int) -> dict[str, object]:
    """The demo's own paths are relative to the repository."""
    return {
        'test_dataloader.dataset.data_root': f'{ROOT}/demo/',
        'test_dataloader.dataset.indices': num_images,
        'test_evaluator.ann_file': f'{ROOT}/demo/annotations.json'
    }


def measure(args: argparse.Namespace, device: str) -> dict[str, Any]:
    """All sections on one device."""
    repeats, images, steps = (3, 2, 2) if args.quick else (7, 4, 4)
    repeats, images = args.repeats or repeats, args.images or images
    found: dict[str, Any] = dict(machine=describe_machine(device))
    if 'render_speedup' in args.sections:
        sizes = [(480, 640)] if args.quick else [(480, 640), (800, 1333)]
        found['render_speedup'] = render_speedup(sizes, repeats, device)
        found['render_cost'] = cost_curve(repeats, device)
    if 'physical_rain' in args.sections:
        found['physical_rain'] = physical_rain(repeats, device)
    with tempfile.TemporaryDirectory() as scratch:
        folder, options = Path(scratch), dict(args.cfg_options or {})
        config, checkpoint = args.config, args.checkpoint
        if config is None:
            config = ROOT / 'configs/demo/advrain_street-scenes.py'
            checkpoint = str(ROOT / 'demo/weights' /
                             'faster-rcnn_r18-slim_fpn_street-scenes.pth')
            options = {**demo_options(images), **options}
        options.setdefault('test_cfg.attack.steps', steps)
        case = BenchCase(config, checkpoint, folder / 'run', images, device,
                         options)
        sections: list[Any] = [
            ('attack_overhead',
             lambda: attack_overhead(case, repeats, 4 if args.quick else 8)),
            ('images_per_second', lambda: images_per_second(
                case,
                steps,
                repeats, (1, 2) if args.quick else (1, 2, 4),
                compiled=not args.quick)),
            ('eval', lambda: evaluation_cost(case)),
            ('ares_speedup', lambda: peer_speedup(case, steps, repeats)),
            ('time_to_damage', lambda: time_to_damage(case, 4
                                                      if args.quick else 20)),
        ]
        for name, section in sections:
            if name in args.sections:
                found[name] = section()
    return found


def main() -> None:
    args = parse_args()
    torch.set_num_threads(args.threads)
    logging.disable(logging.WARNING)
    results = dict(quick=args.quick, cpu=measure(args, 'cpu'), cuda=None)
    if torch.cuda.is_available():
        results['cuda'] = measure(args, 'cuda')
    write_json(args.out, results)


if __name__ == '__main__':
    main()
