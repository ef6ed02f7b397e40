"""Train several configs with several seeds; scores as mean and deviation."""
import argparse
import logging
import sys
from pathlib import Path

from mmengine.config import Config, DictAction

from projects.derain_comparison.compare_training import (
    compare_training,
    comparison_table,
)

logger = logging.getLogger('compare_training')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'configs', nargs='+', help='configs to compare, with test_sets')
    parser.add_argument(
        '--out-dir', required=True, help='folder of results.{json,md}')
    parser.add_argument(
        '--seeds', nargs='+', type=int, default=[0, 1, 2], help='seeds')
    parser.add_argument(
        '--overwrite', action='store_true', help='repeat runs that are done')
    parser.add_argument(
        '--bank', help='bank of adversarial rain, for configs that use one')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='settings that replace those of every config, as key=value')
    return parser.parse_args(argv)


def load_config(path: str, options: dict | None, bank: str | None) -> Config:
    """Read a config and put the settings in.

    Args:
        path: The config.
        options: Settings that replace its own.
        bank: Folder of the bank of rain.

    Returns:
        The config.
    """
    config = Config.fromfile(path)
    if options:
        config.merge_from_dict(options)
    if bank is not None:
        for step in config.train_dataloader.dataset.pipeline:
            if 'bank' in step.get('layers', {}):
                step.layers.bank = bank
    return config


def main(argv: list[str] | None = None) -> int:
    """Load and compare.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        0, or 1 where something was wrong with the input.
    """
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        configs = {
            Path(path).stem: load_config(path, args.cfg_options, args.bank)
            for path in args.configs
        }
        results = compare_training(configs, args.seeds, args.out_dir,
                                   args.overwrite)
    except (OSError, ValueError) as error:
        logger.error('error: %s', error)
        return 1
    logger.info('%s', comparison_table(results['summary']))
    return 0


if __name__ == '__main__':
    sys.exit(main())
