"""A bank of rain layers, read by memory mapping, of many factor files."""
import argparse
import logging
import sys

from mmadvrain.rain.bank import find_factor_files, pack_rain_bank

logger = logging.getLogger('pack_rain_bank')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'sources',
        nargs='+',
        help='folders of factor files, such as WORK_DIR/factors/adversarial, '
        'or single .safetensors files')
    parser.add_argument('out_dir', help='folder of the bank, to be made')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Return 0, or 1 where something was wrong with the input."""
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        files = find_factor_files(args.sources)
        bank = pack_rain_bank(files, args.out_dir)
    except (OSError, ValueError) as error:
        logger.error('error: %s', error)
        return 1
    logger.info('%d layers: %s', len(bank), args.out_dir)
    return 0


if __name__ == '__main__':
    sys.exit(main())
