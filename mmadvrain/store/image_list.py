"""Which images a run is over, and what is true of them."""
from pathlib import Path

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.utils.files import write_json

from .attack_store import AttackStore

IMAGES_FILE = 'images.json'


def write_image_list(images: NativeImages, store: AttackStore) -> Path:
    """Write what is known of the images before an attack.

    Whatever the data set's form, a reader of the finished run finds here
    where the clean images are and what is on them.

    Args:
        images: The data set.
        store: Of the run.

    Returns:
        The file: ``classes`` by label, and of each image ``name``, ``key``,
        ``path`` of the clean file, and either ``label`` or ``boxes`` (x1, y1,
        x2, y2 in pixels), ``labels`` and ``ignored``.
    """
    classes = images.dataset.metainfo.get('classes') or ()
    content = dict(
        classes=[str(name) for name in classes],
        images=[
            dict(
                name=name,
                key=key,
                path=str(path.absolute()),
                **_truth(images.dataset.get_data_info(index)))
            for index, (name, key, path) in enumerate(
                zip(images.names, images.keys, images.paths))
        ])
    path = store.root / IMAGES_FILE
    write_json(path, content)
    return path


def _truth(info: dict) -> dict:
    if 'gt_label' in info:
        return dict(label=int(info['gt_label']))
    instances = info.get('instances', [])
    return dict(
        boxes=[[float(v) for v in one['bbox']] for one in instances],
        labels=[int(one['bbox_label']) for one in instances],
        ignored=[
            bool(one.get('ignore_flag', 0)) or one['bbox_label'] < 0
            for one in instances
        ])
