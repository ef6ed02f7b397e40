"""Take the rain out of images or a video."""
import argparse
from typing import Optional, Sequence

import torch
from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger

from mmadvrain.apis.derain import init_derainer
from mmadvrain.apis.derain_files import (derain_image_files, derain_video_file,
                                         is_video)


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'source', help='an image, a folder of images, or a video')
    parser.add_argument('config', help='config of the derainer')
    parser.add_argument(
        'checkpoint', help='its weights, from training or as published')
    parser.add_argument('out_dir', help='folder of the results')
    parser.add_argument(
        '--suffix',
        help='format of derained images, such as .png, which loses nothing; '
        "each image's own by default")
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
        default='cuda' if torch.cuda.is_available() else 'cpu',
        help='where the network runs')
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


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Derain what the command line names."""
    args = parse_args(argv)
    config = Config.fromfile(args.config)
    if args.cfg_options:
        config.merge_from_dict(args.cfg_options)
    model = init_derainer(config, args.checkpoint, args.device,
                          args.trust_checkpoint)
    model.derainer.set_tiles(args.tile_size or None, args.tile_overlap)
    options = dict(batch_size=args.batch_size, amp=args.amp)
    if is_video(args.source):
        results = [
            derain_video_file(model, args.source, args.out_dir, **options)
        ]
    else:
        results = derain_image_files(
            model, args.source, args.out_dir, suffix=args.suffix, **options)
    logger = MMLogger.get_instance('mmadvrain')
    logger.info(f'{len(results)} derained, in {args.out_dir}')


if __name__ == '__main__':
    main()
