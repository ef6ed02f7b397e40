"""Strip a checkpoint to its weights, small and safe to read."""
import argparse

from mmengine.logging import MMLogger

from mmadvrain.utils.publish import publish_weights


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Strip a checkpoint to its weights')
    parser.add_argument('checkpoint', help='checkpoint of a training run')
    parser.add_argument('out', help='file to write')
    parser.add_argument(
        '--full',
        action='store_true',
        help='keep float32; the default is float16, half the size')
    return parser.parse_args()


def main() -> None:
    """Parse, convert, name the sum."""
    args = parse_args()
    digest = publish_weights(args.checkpoint, args.out, half=not args.full)
    MMLogger.get_instance('mmadvrain').info('%s: sha256 %s', args.out, digest)


if __name__ == '__main__':
    main()
