from collections.abc import Sequence

from mmengine.dataset import BaseDataset

from mmadvrain.typing import PathLike


class ListedImages(BaseDataset):
    """Image files and the objects on them, without an annotation file.

    Args:
        paths: Of the images; they may be none.
        objects: Of each image, as MMDetection's data sets give
            ``instances``: ``bbox`` (x1, y1, x2, y2) in pixels, ``bbox_label``
            and ``ignore_flag``.
        classes: Names of the labels.
        pipeline: Steps of the test pipeline.

    Raises:
        ValueError: If images and objects are not as many.
    """

    def __init__(self, paths: Sequence[PathLike],
                 objects: Sequence[list[dict]], classes: Sequence[str],
                 pipeline: Sequence[dict]) -> None:
        if len(paths) != len(objects):
            raise ValueError(f'wanted the objects of {len(paths)} images, got '
                             f'those of {len(objects)}')
        self._infos = [
            dict(img_id=i, img_path=str(path), instances=list(instances))
            for i, (path, instances) in enumerate(zip(paths, objects))
        ]
        super().__init__(
            metainfo=dict(classes=tuple(classes)),
            pipeline=list(pipeline),
            test_mode=True,
            serialize_data=False)

    def load_data_list(self) -> list[dict]:
        """What was given."""
        return self._infos
