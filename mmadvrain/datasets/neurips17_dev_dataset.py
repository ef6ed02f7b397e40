"""The DEV set of the NeurIPS 2017 adversarial competition."""
from typing import Any, Dict, Optional

from mmadvrain.registry import DATASETS
from .csv_image_dataset import CSVImageDataset


@DATASETS.register_module()
class NeurIPS17DevDataset(CSVImageDataset):
    """The DEV set of the NeurIPS 2017 adversarial competition.

    1,000 images of 299x299 pixels with ImageNet's 1,000 classes, the set of
    the paper's Tables 1 to 4. Its file counts classes from 1 (0 is the
    background of the competition's models); the labels here count from 0, as
    those of ImageNet classifiers do.

    Args:
        ann_file (str): Defaults to ``'dev_dataset.csv'``.
        data_prefix (dict, optional): Defaults to
            ``dict(img_path='images')``, with ``ImageId.png`` in it.
        missing_ok (bool): Whether images that are not there are left out.
            Defaults to True, since the images are downloaded one by one and
            some are gone.
        **kwargs: Of :class:`CSVImageDataset`.
    """

    def __init__(self,
                 ann_file: str = 'dev_dataset.csv',
                 data_prefix: Optional[Dict[str, str]] = None,
                 missing_ok: bool = True,
                 **kwargs: Any) -> None:
        super().__init__(
            ann_file=ann_file,
            data_prefix=data_prefix or dict(img_path='images'),
            missing_ok=missing_ok,
            **dict(
                dict(
                    file_column='ImageId',
                    label_column='TrueLabel',
                    suffix='.png',
                    first_label=1), **kwargs))
