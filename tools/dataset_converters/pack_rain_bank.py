"""A bank of rain layers, read by memory mapping, of many factor files.

    mmadvrain pack_rain_bank work_dirs/RUN/factors/adversarial data/bank
"""
import argparse
import logging

from mmadvrain.cli import run_tool, tool_parser
from mmadvrain.rain.bank import find_factor_files, pack_rain_bank

logger = logging.getLogger('pack_rain_bank')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument(
        'sources',
        nargs='+',
        help='folders of factor files, such as WORK_DIR/factors/adversarial, '
        'or single .safetensors files')
    parser.add_argument('out_dir', help='folder of the bank, to be made')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    files = find_factor_files(args.sources)
    bank = pack_rain_bank(files, args.out_dir)
    logger.info('%d layers: %s; docs/derain.md trains on them', len(bank),
                args.out_dir)


if __name__ == '__main__':
    run_tool(main)
