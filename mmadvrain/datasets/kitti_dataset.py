"""Names, ids and files of KITTI's images."""
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import (
    Any,
    NamedTuple,
)

from mmdet.datasets import BaseDetDataset
from PIL import Image

from mmadvrain.registry import DATASETS
from mmadvrain.typing import PathLike

from .foreign_files import is_foreign, is_list
from .kitti_format import (
    KITTI_NEIGHBOURS,
    KITTI_TYPES,
    check_types,
    read_kitti_file,
    read_split_file,
    type_of_name,
)

#: Tried in this order: PNG, as KITTI has it, then JPEG.
IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg')


def find_image(image_dir: PathLike,
               stem: str,
               suffixes: Sequence[str] = IMAGE_SUFFIXES) -> Path:
    """The image of a name, whatever its suffix.

    Args:
        image_dir: Where to look.
        stem: File name without suffix.
        suffixes: Tried in this order, also in upper case. Defaults to
            :data:`IMAGE_SUFFIXES`.

    Returns:
        The first that is there.

    Raises:
        FileNotFoundError: None is.
    """
    spellings = (
        s for suffix in suffixes
        for s in (suffix, suffix.upper(), suffix.title()))
    for suffix in spellings:
        path = Path(image_dir) / f'{stem}{suffix}'
        if path.is_file():
            return path
    raise FileNotFoundError(f'wanted an image {stem} with suffix '
                            f'{", ".join(suffixes)} in {image_dir}, found '
                            'none')


def image_size_hw(path: PathLike) -> tuple[int, int]:
    """Height and width of an image from its header.

    Args:
        path: The image.

    Returns:
        Height and width in pixels.

    Raises:
        ValueError: The file is no image.
    """
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except OSError as error:
        raise ValueError(f'wanted an image at {path}, found something else '
                         f'({error})') from error


def list_stems(folder: PathLike, suffixes: Sequence[str]) -> list[str]:
    """Names without suffix of the files of a folder, hidden ones left out.

    Args:
        folder: The folder.
        suffixes: Of the files that are meant, in lower case.

    Returns:
        Sorted.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f'wanted a folder at {folder}, found none')
    return sorted(path.stem for path in folder.iterdir()
                  if path.suffix.lower() in suffixes and path.is_file()
                  and not is_foreign(path.name))


def image_id_of(stem: str) -> int | str:
    """Id of the image of a label file: ``000004`` is 4, other names stay.

    Args:
        stem: File name without suffix.

    Returns:
        The id.
    """
    return int(stem) if stem.isascii() and stem.isdigit() else stem


class _Target(NamedTuple):
    label: int
    ignored: bool = False
    region: bool = False


@DATASETS.register_module()
class KittiDataset(BaseDetDataset):
    """Images and label files of KITTI's 2D object benchmark.

    KITTI's nine types are kept as KITTI keeps them: those that are classes
    become instances; a neighbour class (Van for Car, Person_sitting for
    Pedestrian) becomes an ignored instance of that class; DontCare becomes an
    ignored instance of no class (label -1, ``ignore_region``); the rest
    (Truck, Tram, Misc) is background. The label file as read stays in
    ``data_info['kitti_annotations']``, which is what
    :class:`~mmadvrain.evaluation.metrics.kitti_metric.KittiMetric` takes its
    truth from, if the pipeline packs it (``meta_keys``) or else from the label
    folder. Boxes are in pixels of the original image.

    There are no public labels of the test images: name the split of the 7,481
    training images that a number is for. Lists of a split, such as the usual
    one of 3,712 and 3,769 images, are read from a file.

    Args:
        ann_file: Split file, one image name per line, such as
            ``ImageSets/val.txt``; relative to ``data_root``. Defaults to '':
            the whole set.
        data_prefix: Folders of images and labels, relative to ``data_root``.
            Defaults to None: ``training/image_2`` and ``training/label_2``.
        class_map: From KITTI types to the names in ``metainfo['classes']``,
            for a detector with classes of its own: with COCO's 80 classes, Car
            to car, Pedestrian to person and Cyclist to bicycle. Defaults to
            None: the classes are KITTI types.
        img_suffixes: Of image files, tried in this order. Defaults to
            ``('.png', '.jpg', '.jpeg')``.
        lazy_init: Whether to read nothing yet. Defaults to False.
        **kwargs: Of :class:`mmdet.datasets.BaseDetDataset`. ``filter_cfg`` may
            hold ``filter_empty_gt`` and ``min_size`` (training only).

    Raises:
        ValueError: A class that is unknown to KITTI and to ``class_map``, a
            label file with an unknown type, or images and labels that do not
            belong together.
        FileNotFoundError: A folder, a split file, an image or a label file
            is missing.
    """

    METAINFO = dict(
        classes=('Car', 'Pedestrian', 'Cyclist'),
        palette=[(0, 0, 142), (220, 20, 60), (119, 11, 32)],
        dataset_type='kitti')

    def __init__(self,
                 ann_file: str = '',
                 data_prefix: dict[str, str] | None = None,
                 class_map: Mapping[str, str] | None = None,
                 img_suffixes: Sequence[str] = IMAGE_SUFFIXES,
                 lazy_init: bool = False,
                 **kwargs: Any) -> None:
        if data_prefix is None:
            data_prefix = dict(
                img='training/image_2', label='training/label_2')
        missing = {'img', 'label'} - set(data_prefix)
        if missing:
            raise ValueError("wanted 'img' and 'label' in data_prefix, got "
                             f'{data_prefix}')
        if isinstance(img_suffixes, str) or not img_suffixes:
            raise TypeError('wanted a sequence of suffixes for img_suffixes, '
                            f'got {img_suffixes!r}')
        self.img_suffixes = tuple(img_suffixes)
        super().__init__(
            ann_file=ann_file,
            data_prefix=dict(data_prefix),
            lazy_init=True,
            **kwargs)
        self._targets = self._find_targets(class_map)
        if not lazy_init:
            self.full_init()

    def _find_targets(
            self, class_map: Mapping[str, str] | None) -> dict[str, _Target]:
        classes = tuple(self.metainfo['classes'])
        if class_map is None:
            class_map = {name: name for name in classes}
        types = KITTI_TYPES[:-1]
        for name, target in class_map.items():
            if name not in types or target not in classes:
                raise ValueError(
                    f'wanted KITTI types ({", ".join(types)}) and, with '
                    'class_map, classes of the metainfo to map them to; got '
                    f'unknown class {name!r} -> {target!r}')
        targets = {
            name: _Target(classes.index(target))
            for name, target in class_map.items()
        }
        for name, of in KITTI_NEIGHBOURS.items():
            if name not in targets and of in targets:
                targets[name] = _Target(targets[of].label, ignored=True)
        targets['DontCare'] = _Target(-1, ignored=True, region=True)
        return targets

    def load_data_list(self) -> list[dict]:
        """Read the label files of the split.

        Returns:
            Per image ``img_path``, ``img_id`` (the number in its name),
            ``height``, ``width``, ``instances`` and ``kitti_annotations``.
        """
        stems = self._stems()
        labels = {stem: self._labels(stem) for stem in stems}
        check_types(labels, self.data_prefix['label'])
        return [self._load_image(stem, labels[stem]) for stem in stems]

    def _labels(self, stem: str) -> dict:
        return read_kitti_file(
            find_image(self.data_prefix['label'], stem, ('.txt', )))

    def _stems(self) -> list[str]:
        images = set(list_stems(self.data_prefix['img'], self.img_suffixes))
        labels = set(list_stems(self.data_prefix['label'], ('.txt', )))
        # classes.txt and its like, as labelling tools leave them
        labels -= {stem for stem in labels - images if is_list(stem)}
        wanted = read_split_file(
            self.ann_file) if self.ann_file else sorted(images | labels)
        for kind, there in (('image', images), ('label', labels)):
            lacking = [stem for stem in wanted if stem not in there]
            if lacking:
                raise ValueError(
                    f'wanted an image and a label file for each of '
                    f'{len(wanted)} names; {len(lacking)} have no {kind} in '
                    f'{self.data_prefix["img" if kind == "image" else kind]}: '
                    f'{", ".join(lacking[:5])}')
        if not wanted:
            raise ValueError('wanted images, found none in '
                             f'{self.data_prefix["img"]}')
        return wanted

    def _load_image(self, stem: str, labels: dict) -> dict:
        img_path = find_image(self.data_prefix['img'], stem, self.img_suffixes)
        height, width = image_size_hw(img_path)
        instances = []
        for name, bbox in zip(labels['name'], labels['bbox'].tolist()):
            target = self._targets.get(type_of_name(name) or '')
            if target is None or bbox[2] <= bbox[0] or bbox[3] <= bbox[1]:
                continue
            instances.append(
                dict(
                    bbox=bbox,
                    bbox_label=target.label,
                    ignore_flag=int(target.ignored),
                    ignore_region=target.region))
        return dict(
            img_path=str(img_path),
            img_id=image_id_of(stem),
            height=height,
            width=width,
            instances=instances,
            kitti_annotations=labels)

    def filter_data(self) -> list[dict]:
        """Drop images as ``filter_cfg`` asks, in training only.

        Returns:
            What is left of the data list.

        Raises:
            ValueError: Nothing is left.
        """
        if self.test_mode or self.filter_cfg is None:
            return self.data_list
        empty = self.filter_cfg.get('filter_empty_gt', False)
        min_size = self.filter_cfg.get('min_size', 0)
        kept = [
            info for info in self.data_list
            if min(info['height'], info['width']) >= min_size and (
                not empty or any(not instance['ignore_flag']
                                 for instance in info['instances']))
        ]
        if not kept:
            raise ValueError(f'wanted images to train on, found none left of '
                             f'{len(self.data_list)} by {self.filter_cfg}')
        return kept

    def get_cat_ids(self, idx: int) -> list[int]:
        """Labels of an image's instances, ignored ones left out.

        Args:
            idx: Index of the image.

        Returns:
            One label per instance.
        """
        return [
            instance['bbox_label']
            for instance in self.get_data_info(idx)['instances']
            if not instance['ignore_flag']
        ]
