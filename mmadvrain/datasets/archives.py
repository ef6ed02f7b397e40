"""Where the public data sets come from, and getting them ready."""
import logging
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from mmadvrain.typing import PathLike
from mmadvrain.utils.download import fetch
from mmadvrain.utils.extract import extract_archive

from .coco_minival import prepare_minival2014

logger = logging.getLogger(__name__)


class Archive(NamedTuple):
    """A file to download.

    Attributes:
        url: Its address.
        size: Bytes.
        checksum: ``{algorithm}:{hex digits}``.
    """

    url: str
    size: int | None = None
    checksum: str | None = None

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


def prepare_dataset(name: str,
                    folder: PathLike,
                    unpack: bool = True,
                    delete: bool = False,
                    mirror: str | None = None,
                    archives: Mapping[str, list[Archive]] | None = None,
                    wait_s: float = 2.) -> list[Path]:
    """Download the archives of a data set and unpack them.

    What is there already is checked and kept, so an interrupted call can be
    repeated.

    Args:
        name: ``coco-val2017``, ``coco-minival2014`` (the same images, offered
            under the names of 2014 too) or ``kitti``.
        folder: Where to; made if it is not there.
        unpack: Whether to unpack. Defaults to True.
        delete: Whether to delete each archive that has been unpacked. Defaults
            to False.
        mirror: Address of a folder that has the archives under their names.
            Defaults to None: where they come from.
        archives: Other data sets. Defaults to None: :data:`ARCHIVES`.
        wait_s: Seconds between attempts. Defaults to 2.

    Returns:
        The archives, whether deleted or not.

    Raises:
        ValueError: An unknown name, deletion without unpacking, a wrong size
            or checksum, or an archive that is not to be trusted.
        OSError: No room on the disk, or the server cannot be reached.
    """
    known = ARCHIVES if archives is None else archives
    if name not in known:
        raise ValueError(f'wanted a data set among {", ".join(known)}, got '
                         f'{name!r}')
    if delete and not unpack:
        raise ValueError('wanted archives to be deleted only after unpacking, '
                         'got delete without unpack')
    folder = Path(folder)
    paths = []
    for archive in known[name]:
        url = archive.url
        if mirror is not None:
            url = f'{mirror.rstrip("/")}/{archive.name}'
        path = folder / archive.name
        paths.append(path)
        done = folder / f'.{archive.name}.unpacked'
        if done.is_file() and not path.is_file():
            logger.info('%s: unpacked earlier', archive.name)
            continue
        logger.info('%s: fetching', url)
        fetch(url, path, archive.size, archive.checksum, wait_s=wait_s)
        if unpack:
            logger.info('%s: unpacking', path)
            files = extract_archive(path, folder)
            done.write_text(f'{len(files)} files\n', encoding='utf-8')
            if delete:
                path.unlink()
    if unpack and name == 'coco-minival2014':
        logger.info('%s: offered under the names of 2014',
                    prepare_minival2014(folder))
    return paths
