"""Where a KITTI metric takes its ground truth from."""
import json
from collections.abc import Mapping, Sequence
from logging import Logger
from pathlib import Path

from mmadvrain.datasets.coco_to_kitti import coco_to_kitti


class KittiTruth:
    """Labels of images in their original pixels.

    Args:
        ann_file: COCO annotation file.
        class_map: From COCO's category names to KITTI's, for annotations that
            were not converted from KITTI.

    Raises:
        FileNotFoundError: The file is not there.
    """

    def __init__(self, ann_file: str | None,
                 class_map: Mapping[str, str] | None) -> None:
        self.labels: dict[str, dict] | None = None
        if ann_file is not None:
            with open(ann_file, encoding='utf-8') as file:
                self.labels = coco_to_kitti(json.load(file), class_map)

    def of(self, sample: Mapping) -> dict:
        """Labels of one image.

        Args:
            sample: A data sample as a dict.

        Returns:
            As :func:`~mmadvrain.datasets.kitti_format.read_kitti_file` gives
            them.

        Raises:
            KeyError: No source of truth was given and the sample has none, or
                the annotation file lacks the image.
        """
        stem = Path(sample['img_path']).stem
        if self.labels is not None:
            if stem not in self.labels:
                raise KeyError(f'wanted image {stem} in the annotation file, '
                               f'found {len(self.labels)} others')
            return self.labels[stem]
        if 'kitti_annotations' not in sample:
            raise KeyError(
                "wanted ground truth: give ann_file, or list "
                "'kitti_annotations' among the meta_keys of PackDetInputs "
                '(KittiDataset provides it)')
        return sample['kitti_annotations']

    def report_unseen(self, stems: Sequence[str], logger: Logger) -> None:
        """Warn where labelled images were not evaluated.

        Args:
            stems: Names of the images that were.
            logger: Where to warn.
        """
        known = set() if self.labels is None else set(self.labels)
        unseen = known - set(stems)
        if unseen:
            logger.warning(f'evaluated {len(known) - len(unseen)} of '
                           f'{len(known)} labelled images')
