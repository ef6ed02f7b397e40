"""Ground truth in original pixels, from a file or as the data set read it."""
import json
from collections.abc import Mapping, Sequence

import numpy as np

from mmadvrain.evaluation.functional.pascal_ap import ANY_CLASS
from mmadvrain.typing import ImageKey


class RawTruth:
    """Boxes of an image that no transform has touched.

    ``gt_instances`` of a data sample are in the scale of the network's input
    or of the image, depending on whether ``LoadAnnotations`` comes before or
    after ``Resize``, and nothing in the sample tells which; so they are never
    read. ``instances``, the list that every MMDetection data set provides,
    stays as it was read through the whole pipeline.

    Args:
        ann_file: COCO annotation file. Defaults to None: the sample's
            ``instances``, which the pipeline's last step must list among its
            ``meta_keys``.
        ignored_are_regions: What ignored annotations are where they do not say
            (``ignore_region``): regions, of which a detection may cover a
            part, such as COCO's crowds, or single objects, such as VOC's
            difficult ones.

    Raises:
        FileNotFoundError: ``ann_file`` is not there.
    """

    def __init__(self, ann_file: str | None,
                 ignored_are_regions: bool) -> None:
        self.ignored_are_regions = ignored_are_regions
        self.by_image: dict[ImageKey, list[dict]] | None = None
        self.names: dict[ImageKey, str] = {}
        if ann_file is not None:
            with open(ann_file, encoding='utf-8') as file:
                coco = json.load(file)
            self.names = {cat['id']: cat['name'] for cat in coco['categories']}
            self.by_image = {img['id']: [] for img in coco['images']}
            for ann in coco.get('annotations', ()):
                self.by_image[ann['image_id']].append(ann)

    def of(self, sample: Mapping, classes: Sequence[str]) -> dict:
        """Boxes of one image.

        Args:
            sample: A data sample as a dict.
            classes: Names in the order of the labels.

        Returns:
            As :func:`~mmadvrain.evaluation.functional.pascal_ap.pascal_ap.
            pascal_ap` wants it.

        Raises:
            KeyError: No source of truth, or the image is not in the file.
        """
        if self.by_image is None:
            if 'instances' not in sample:
                raise KeyError("wanted ground truth: give ann_file, or list "
                               "'instances' among the meta_keys of "
                               'PackDetInputs')
            return self._arrays(sample['instances'])
        if sample['img_id'] not in self.by_image:
            raise KeyError(f'wanted image {sample["img_id"]} in ann_file, '
                           f'found {len(self.by_image)} others')
        label = {name: i for i, name in enumerate(classes)}
        instances = []
        for ann in self.by_image[sample['img_id']]:
            name = self.names[ann['category_id']]
            if name not in label:
                continue
            left, top, width, height = ann['bbox']
            instance = dict(
                bbox=[left, top, left + width, top + height],
                bbox_label=label[name],
                ignore_flag=bool(
                    ann.get('iscrowd', 0) or ann.get('ignore', 0)))
            if 'ignore_region' in ann:
                instance['ignore_region'] = ann['ignore_region']
            instances.append(instance)
        return self._arrays(instances)

    def _arrays(self, instances: Sequence[Mapping]) -> dict:
        ignored = np.array(
            [bool(instance.get('ignore_flag', 0)) for instance in instances],
            bool)
        labels = np.array([instance['bbox_label'] for instance in instances],
                          np.int64)
        regions = np.array([
            bool(instance.get('ignore_region', self.ignored_are_regions))
            for instance in instances
        ], bool)
        boxes = np.array([instance['bbox'] for instance in instances],
                         np.float64)
        return dict(
            bboxes=boxes.reshape(-1, 4),
            labels=labels,
            ignored=ignored,
            regions=ignored & (regions | (labels == ANY_CLASS)))
