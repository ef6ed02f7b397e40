"""Measure whether training waits for its data, by number of workers."""
import argparse
import logging
import sys
from pathlib import Path

import torch
from mmengine.config import Config, DictAction

from benchmarks.loading_bench import loading_cost, loading_table
from benchmarks.timing import describe_machine
from mmadvrain.utils.files import write_json

logger = logging.getLogger('benchmark_loading')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('configs', nargs='+', help='configs of trainings')
    parser.add_argument('--out', required=True, help='JSON file to write')
    parser.add_argument('--workers', nargs='+', type=int, default=[0, 1, 2])
    parser.add_argument('--iterations', type=int, default=20)
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument(
        '--threads', type=int, default=1, help='of PyTorch on the CPU')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='settings that replace those of every config, as key=value')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Measure and write.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        0, or 1 where something was wrong with the input.
    """
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    torch.set_num_threads(args.threads)
    costs = {}
    try:
        for path in args.configs:
            config = Config.fromfile(path)
            config.merge_from_dict(args.cfg_options or {})
            costs[Path(path).stem] = loading_cost(config, args.workers,
                                                  args.iterations, args.device)
    except (OSError, ValueError) as error:
        logger.error('error: %s', error)
        return 1
    machine = describe_machine(args.device)
    write_json(Path(args.out), dict(machine=machine, costs=costs))
    logger.info('%s', loading_table(costs))
    return 0


if __name__ == '__main__':
    sys.exit(main())
