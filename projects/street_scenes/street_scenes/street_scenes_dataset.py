"""Street scenes as a data set that makes itself."""
from typing import Any

from mmdet.datasets import CocoDataset

from mmadvrain.registry import DATASETS

from .layout import CATEGORIES
from .writer import write_street_scenes


@DATASETS.register_module()
class StreetScenesDataset(CocoDataset):
    """Procedural street scenes with cars, vans, pedestrians and cyclists.

    The split is made below ``data_root`` when it is first used, which takes
    some tenths of a second per image, and found there afterwards. Everything
    else is a ``CocoDataset`` with the names of KITTI's classes. It is a
    demonstration that needs no data, and stands in for nobody's benchmark.

    Args:
        split: Name of the split: the images are in ``images/{split}/`` and the
            boxes in ``annotations/{split}.json`` (COCO) and
            ``label_2/{split}/`` (KITTI).
        num_images: Number of images of the split.
        seed: Seed of the split. Splits of different seeds have no scene in
            common.
        data_root: Where the splits are made. Defaults to
            ``'data/street_scenes/'``.
        ann_file: Another annotation file, for example of a part of the split.
            Defaults to None, that of the whole split.
        **kwargs: Arguments of ``CocoDataset``.

    Raises:
        ValueError: If split, number or seed is not usable.
        FileExistsError: If files are in the way that are no street scenes.
    """

    METAINFO = {
        'classes': CATEGORIES,
        'palette': [(31, 119, 180), (255, 127, 14), (44, 160, 44),
                    (214, 39, 40)]
    }

    def __init__(self,
                 split: str,
                 num_images: int,
                 seed: int,
                 data_root: str = 'data/street_scenes/',
                 ann_file: str | None = None,
                 **kwargs: Any) -> None:
        write_street_scenes(data_root, split, num_images, seed)
        kwargs.setdefault('data_prefix', dict(img=f'images/{split}/'))
        super().__init__(
            ann_file=ann_file or f'annotations/{split}.json',
            data_root=data_root,
            **kwargs)
