"""COCO minival 2014 and val 2017: the same 5,000 images, other file names."""
import json
import os
import shutil
from pathlib import Path


def minival2014_name(image_id: int) -> str:
    """File name of an image in COCO val 2014, of which minival is a part.

    Args:
        image_id: The image's id, the same in both years.

    Returns:
        Such as ``COCO_val2014_000000000139.jpg``.
    """
    return f'COCO_val2014_{image_id:012d}.jpg'


def minival2014_names(coco: dict) -> dict[str, str]:
    """From file names of minival 2014 to those of val 2017.

    Args:
        coco: ``instances_val2017.json`` as read, or a part of it.

    Returns:
        One entry per image.

    Raises:
        ValueError: An image of the file is not named as those of val 2017.
    """
    names = {}
    for image in coco['images']:
        wanted = f'{image["id"]:012d}.jpg'
        if image['file_name'] != wanted:
            raise ValueError(f'image {image["id"]}: wanted the val 2017 name '
                             f'{wanted}, found {image["file_name"]!r}')
        names[minival2014_name(image['id'])] = wanted
    return names


def as_minival2014(coco: dict) -> dict:
    """The annotation file with the file names of 2014.

    Args:
        coco: ``instances_val2017.json`` as read. Not changed.

    Returns:
        The same, other ``file_name``.
    """
    minival2014_names(coco)
    images = [
        dict(image, file_name=minival2014_name(image['id']))
        for image in coco['images']
    ]
    return dict(coco, images=images)


def prepare_minival2014(root: Path) -> Path:
    """Offer val 2017 below ``root`` under the names of minival 2014 too.

    Writes ``minival2014_names.json``, ``annotations/instances_minival2014.
    json`` and ``minival2014/``, whose images are hard links where the file
    system has them and copies where not.

    Args:
        root: Folder with ``val2017/`` and
            ``annotations/instances_val2017.json``.

    Returns:
        The new annotation file.

    Raises:
        FileNotFoundError: An image or the annotation file is missing.
    """
    source = root / 'annotations' / 'instances_val2017.json'
    coco = json.loads(source.read_text(encoding='utf-8'))
    names = minival2014_names(coco)
    (root / 'minival2014').mkdir(exist_ok=True)
    for name, old in names.items():
        target = root / 'minival2014' / name
        if not target.is_file():
            _link_or_copy(root / 'val2017' / old, target)
    (root / 'minival2014_names.json').write_text(
        json.dumps(names, indent=1) + '\n', encoding='utf-8')
    out = source.with_name('instances_minival2014.json')
    out.write_text(json.dumps(as_minival2014(coco)), encoding='utf-8')
    return out


def _link_or_copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise FileNotFoundError(f'wanted an image at {source}, found none')
    try:
        os.link(source, target)
    except OSError:
        part = target.with_name(target.name + '.part')
        shutil.copyfile(source, part)
        part.replace(target)
