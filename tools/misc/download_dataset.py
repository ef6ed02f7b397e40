"""Get COCO val 2017 (also as minival 2014) or KITTI ready.

The free room of the disk and the checksums are checked; archives cannot write
outside their folder. A download that was interrupted begins anew: continue a
large one by `curl -C - -O` or the like in --save-dir, and call this again.

    mmadvrain download_dataset --dataset-name coco-val2017 \\
        --save-dir data/coco --unzip
"""
import argparse
import logging
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from coco_minival import prepare_minival2014
from unzip import require_room, unzip

from mmadvrain.cli import run_tool, tool_parser
from mmadvrain.utils.progress import Progress

logger = logging.getLogger('download_dataset')


class Archive(NamedTuple):
    """A file to download.

    Attributes:
        url: Its address.
        size: Bytes.
        checksum: ``{algorithm}:{hex digits}``.
    """

    url: str
    size: int
    checksum: str

    @property
    def name(self) -> str:
        """File name: the last part of the address."""
        return PurePosixPath(urlsplit(self.url).path).name


_COCO = 'http://images.cocodataset.org'
_KITTI = 'https://s3.eu-central-1.amazonaws.com/avg-kitti'
_COCO_VAL2017 = [
    Archive(f'{_COCO}/zips/val2017.zip', 815585330,
            'md5:442b8da7639aecaf257c1dceb8ba8c80'),
    Archive(f'{_COCO}/annotations/annotations_trainval2017.zip', 252907541,
            'md5:f4bbac642086de4f52a3fdda2de5fa2c'),
]
#: Archives of each data set. Sizes and checksums are those given by projects
#: that use these files.
ARCHIVES: dict[str, list[Archive]] = {
    'coco-val2017':
    _COCO_VAL2017,
    'coco-minival2014':
    _COCO_VAL2017,
    'kitti': [
        Archive(
            f'{_KITTI}/data_object_image_2.zip', 12569945557,
            'sha256:351c5a2aa0cd9238b50174a3a62b846b'
            'c5855da256b82a196431d60ff8d43617'),
        Archive(
            f'{_KITTI}/data_object_label_2.zip', 5601213,
            'sha256:4efc76220d867e1c31bb980bbf8cbc02'
            '599f02a9cb4350effa98dbb04aaed880'),
    ],
}


def fetch(archive: Archive, folder: Path, mirror: str | None = None) -> Path:
    """Download an archive, or check the one that is there.

    Args:
        archive: What to fetch.
        folder: Where to. It must exist.
        mirror: Address of a folder that has the archive under its name.
            Defaults to None: where it comes from.

    Returns:
        The file.

    Raises:
        ImportError: pooch is not installed.
        ValueError: The file has another checksum. One that was there is kept.
        OSError: No room on the disk, or the server cannot be reached.
    """
    try:
        import pooch
    except ImportError as error:
        raise ImportError('wanted the package pooch for downloads, found '
                          'none: pip install pooch') from error
    path = folder / archive.name
    if path.is_file():
        algorithm, digits = archive.checksum.split(':')
        if pooch.file_hash(str(path), algorithm) != digits:
            raise ValueError(f'{path}: wanted {archive.checksum}, found '
                             'another: continue its download or delete it')
        return path
    require_room(folder, archive.size)
    files = pooch.create(
        folder,
        mirror or '',
        registry={archive.name: archive.checksum},
        urls=None if mirror else {archive.name: archive.url},
        retry_if_failed=2)
    with Progress(archive.name, archive.size, unit='B') as progress:
        fetch_by_http = pooch.HTTPDownloader(progressbar=progress)
        return Path(files.fetch(archive.name, downloader=fetch_by_http))


def prepare_dataset(name: str,
                    folder: Path,
                    unpack: bool = True,
                    delete: bool = False,
                    mirror: str | None = None) -> None:
    """Download the archives of a data set and unpack them.

    What is there already is checked and kept, so an interrupted call can be
    repeated.

    Args:
        name: A key of :data:`ARCHIVES`; ``coco-minival2014`` has the images of
            ``coco-val2017``, offered under the names of 2014 too.
        folder: Where to; made if it is not there.
        unpack: Whether to unpack. Defaults to True.
        delete: Whether to delete each archive that has been unpacked. Defaults
            to False.
        mirror: See :func:`fetch`.

    Raises:
        ValueError: Deletion without unpacking, an archive that is not to be
            trusted, and the errors of :func:`fetch`.
    """
    if delete and not unpack:
        raise ValueError('wanted archives to be deleted only after unpacking, '
                         'got --delete without --unzip')
    folder.mkdir(parents=True, exist_ok=True)
    for archive in ARCHIVES[name]:
        done = folder / f'.{archive.name}.unpacked'
        if done.is_file() and not (folder / archive.name).is_file():
            logger.info('%s: unpacked earlier', archive.name)
            continue
        logger.info('%s: fetching', archive.name)
        path = fetch(archive, folder, mirror)
        if unpack:
            logger.info('%s: unpacking', path)
            done.write_text(f'{len(unzip(path, folder))} files\n')
            if delete:
                path.unlink()
    if unpack and name == 'coco-minival2014':
        logger.info('%s: offered under the names of 2014',
                    prepare_minival2014(folder))


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument(
        '--dataset-name', required=True, choices=sorted(ARCHIVES))
    parser.add_argument(
        '--save-dir',
        required=True,
        type=Path,
        help='such as data/coco or data/kitti')
    parser.add_argument(
        '--unzip', action='store_true', help='unpack what was downloaded')
    parser.add_argument(
        '--delete', action='store_true', help='delete unpacked archives')
    parser.add_argument(
        '--mirror', help='address of a folder with the same archives')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    prepare_dataset(args.dataset_name, args.save_dir, args.unzip, args.delete,
                    args.mirror)
    logger.info('%s is ready in %s', args.dataset_name, args.save_dir)


if __name__ == '__main__':
    run_tool(main)
