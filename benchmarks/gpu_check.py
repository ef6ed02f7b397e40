"""All that a first machine with a GPU has to tell, in one go.

    python benchmarks/gpu_check.py --out gpu.json

takes at most eight minutes on one GPU, from a bare checkout, without data and
without compiled operators of MMCV. A section that fails is named, its error
kept in the file, and the next one begun. ``--device cpu --quick`` rehearses it
where there is no GPU.
"""
import argparse
import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # a bare checkout, not installed

import torch  # noqa: E402
from tabulate import tabulate  # noqa: E402

from benchmarks.gpu_sections import SECTIONS  # noqa: E402
from benchmarks.timing import describe_machine  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True, help='JSON file')
    parser.add_argument('--device', default='cuda', choices=['cuda', 'cpu'])
    parser.add_argument(
        '--quick', action='store_true', help='small images and few steps')
    parser.add_argument(
        '--sections', nargs='+', choices=list(SECTIONS), default=SECTIONS)
    parser.add_argument(
        '--limit-s',
        type=float,
        default=460,
        help='seconds behind which no section begins')
    return parser.parse_args()


def main() -> None:
    """Run the sections; write the file behind each of them."""
    args = parse_args()
    warnings.simplefilter('ignore')
    began = time.time()
    torch.set_num_threads(min(16, os.cpu_count() or 1))
    torch.backends.cudnn.benchmark = True
    found: dict = dict(machine=describe_machine(args.device), sections={})
    for name in args.sections:
        entry: dict = dict(rows=[])
        found['sections'][name] = entry
        started = time.time()
        if started - began > args.limit_s:
            entry['error'] = 'no time was left'
        else:
            try:
                for row in SECTIONS[name](args.device, args.quick):
                    entry['rows'].append(row)
            except Exception as error:
                entry['error'] = f'{type(error).__name__}: {error}'
                entry['traceback'] = traceback.format_exc()
        entry['seconds'] = time.time() - started
        Path(args.out).write_text(json.dumps(found, indent=1, default=str))
        print(f'\n== {name} ({entry["seconds"]:.0f} s)')
        print(tabulate(entry['rows'], 'keys', floatfmt='.4g'))
        if 'error' in entry:
            print('FAILED:', entry['error'][:2000])
            print(entry.get('traceback', '')[-1500:])
        sys.stdout.flush()


if __name__ == '__main__':
    main()
