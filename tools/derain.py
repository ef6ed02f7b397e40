"""Take the rain out of images or a video.

SOURCE is an image, a video, or a folder, which is searched with its subfolders
for .png, .jpg, .bmp, .tif and .webp; other files, such as .gif, are left out.
Grey images stay grey, an alpha channel is kept, 16 bit become 8, and an image
without alpha is turned as its EXIF data say.

Exit codes: 0 all derained; 3 finished, but some images of a folder could not
be read and are named; 1 an error; 2 wrong arguments.

    mmadvrain derain RAINY_FOLDER configs/derain/CONFIG.py WEIGHTS.pth OUT
    mmadvrain derain clip.mp4 configs/derain/CONFIG.py WEIGHTS.pth dry.mp4
"""
import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from mmadvrain.cli import quiet, run_tool, tool_parser

FAILED_IMAGES = 3

logger = logging.getLogger('derain')


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    from mmengine.config import DictAction
    parser = tool_parser(__doc__)
    parser.add_argument(
        'source', help='an image, a folder of images, or a video')
    parser.add_argument('config', help='config of the derainer')
    parser.add_argument(
        'checkpoint', help='its weights, from training or as published')
    parser.add_argument(
        'out',
        help='folder of the results, or file of the result of a single image '
        'or video')
    parser.add_argument(
        '--suffix',
        help='format of derained images, such as .png, which loses nothing; '
        "each image's own by default")
    parser.add_argument(
        '--codec',
        help="FFmpeg's name of a derained video's codec, such as ffv1; by "
        'default H.264, or VP9 for WebM')
    parser.add_argument(
        '--batch-size',
        type=int,
        default=1,
        help='neighbouring images of one size, or frames, derained at once')
    parser.add_argument(
        '--tile-size',
        type=int,
        default=1024,
        help='images with a longer side are derained in overlapping tiles '
        'of this many pixels; 0 for none')
    parser.add_argument(
        '--tile-overlap',
        type=int,
        help='pixels that tiles share; by default as many as make the result '
        'that of the whole image')
    parser.add_argument(
        '--amp', action='store_true', help='compute in mixed precision')
    parser.add_argument(
        '--device',
        help='where the network runs; default: a GPU if there is one')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='unpickle a checkpoint that holds more than weights; it can run '
        'any code')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='entries of the config to override, as key=value')
    return parser.parse_args(argv)


def derain(args: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    """Derain what the command line names; what was written, what failed."""
    import torch
    from mmengine.config import Config
    with quiet():
        from mmadvrain.apis.derain import init_derainer
        from mmadvrain.apis.derain_files import derain_image_files
        from mmadvrain.apis.derain_video import derain_video_file, is_video
    device = args.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    config = Config.fromfile(args.config)
    if args.cfg_options:
        config.merge_from_dict(args.cfg_options)
    model = init_derainer(config, args.checkpoint, device,
                          args.trust_checkpoint)
    model.derainer.set_tiles(args.tile_size or None, args.tile_overlap)
    options = dict(batch_size=args.batch_size, amp=args.amp)
    if is_video(args.source):
        return [
            derain_video_file(
                model, args.source, args.out, codec=args.codec, **options)
        ], []
    return derain_image_files(
        model, args.source, args.out, suffix=args.suffix, **options)


def main(argv: Sequence[str] | None = None) -> int:
    """Derain, and say how it ended; see the exit codes above."""
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    written, failed = derain(args)
    logger.info('%d derained, in %s', len(written), args.out)
    if failed:
        logger.error('%d could not be read: %s', len(failed),
                     ', '.join(map(str, failed)))
        return FAILED_IMAGES
    return 0


if __name__ == '__main__':
    run_tool(main)
