import json
import os
from pathlib import Path

from PIL import Image

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.utils.files import write_json

from .attack_store import AttackStore


def write_view_annotations(images: NativeImages, store: AttackStore,
                           view: str) -> Path:
    """Annotation file in COCO form that names the stored images of a view.

    MMDetection's own ``tools/test.py`` scores the folder with it. Where the
    data set is in COCO form its own file is taken, with new file names and
    the images of the run; other data sets are written anew.

    Args:
        images: The data set.
        store: Where the view's images are.
        view: ``'adversarial'`` or ``'random'``.

    Returns:
        The file written.
    """
    names = {
        key: f'{name}.png'
        for key, name in zip(images.keys, images.names)
        if 'error' not in (store.record(name) or dict(error='none'))
    }
    ann_file = getattr(images.dataset, 'ann_file', '')
    content = _known(ann_file) or _anew(images)
    content = dict(
        content,
        images=[
            _as_stored(image, store.root / view, names[image['id']])
            for image in content['images'] if image['id'] in names
        ],
        annotations=[
            a for a in content['annotations'] if a['image_id'] in names
        ])
    path = store.root / 'annotations' / f'{view}.json'
    write_json(path, content, store.part)
    return path


def _as_stored(image: dict, folder: Path, name: str) -> dict:
    """An image's entry for its stored file, which a loader may have turned."""
    with Image.open(folder / name) as stored:
        width, height = stored.size
    return dict(image, file_name=name, height=height, width=width)


def _known(ann_file: str) -> dict:
    if not ann_file or not os.path.isfile(ann_file) or \
            not str(ann_file).endswith('.json'):
        return {}
    content = json.loads(Path(ann_file).read_text())
    fits = isinstance(content, dict) and {
        'images', 'annotations', 'categories'
    } <= set(content)
    return content if fits else {}


def _anew(images: NativeImages) -> dict:
    classes = images.dataset.metainfo['classes']
    content: dict[str, list] = dict(
        images=[],
        annotations=[],
        categories=[dict(id=i, name=name) for i, name in enumerate(classes)])
    for index, key in enumerate(images.keys):
        info = images.dataset.get_data_info(index)
        content['images'].append(
            dict(
                id=key,
                height=info.get('height', 0),
                width=info.get('width', 0),
                file_name=''))
        for instance in info.get('instances', []):
            if instance['bbox_label'] < 0:  # a region of no class
                continue
            x1, y1, x2, y2 = (float(v) for v in instance['bbox'])
            content['annotations'].append(
                dict(
                    id=len(content['annotations']) + 1,
                    image_id=key,
                    category_id=instance['bbox_label'],
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    area=(x2 - x1) * (y2 - y1),
                    iscrowd=int(bool(instance.get('ignore_flag', 0)))))
    return content
