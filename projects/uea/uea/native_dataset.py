from typing import Any

from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch.utils.data import Dataset

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.registry import DATASETS


@DATASETS.register_module()
class NativeDataset(Dataset):
    """Images at native resolution, for training against a detector.

    Args:
        config: Config file of the detector. Its test data set, with the
            pipeline that tells how the detector sees an image, is what is not
            said by ``dataset``.
        dataset: Entries of the data set to replace, such as ``ann_file``.
            Defaults to None.
        with_objects: Leave out images without objects. Defaults to True.

    Raises:
        FileNotFoundError: If config or annotations are not there.
        ValueError: If no image is left.
    """

    def __init__(self,
                 config: str,
                 dataset: dict | None = None,
                 with_objects: bool = True) -> None:
        parsed = Config.fromfile(config)
        merged = Config(dict(dataset=parsed.test_dataloader.dataset))
        merged.merge_from_dict(dict(dataset=dataset or {}))
        scope = parsed.get('default_scope', 'mmdet')
        with DefaultScope.overwrite_default_scope(scope):
            built = DATASETS.build(dict(merged.dataset, _scope_=scope))
        self.images = NativeImages(built)
        self.indices = [
            i for i in range(len(self.images)) if not with_objects or any(
                not instance.get('ignore_flag', 0)
                for instance in built.get_data_info(i).get('instances', []))
        ]
        if not self.indices:
            raise ValueError('the training data are empty: wanted at least '
                             f'one image with objects in {built.ann_file!r}')

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """One image, RGB in [0, 1], and its objects in the network's input.

        Raises:
            ValueError: If the image cannot be read.
        """
        sample = self.images[self.indices[index]]
        if sample.image is None:
            raise ValueError(f'{self.images.paths[self.indices[index]]}: '
                             f'{sample.problems[-1]}')
        return dict(inputs=sample.image, data_samples=sample.target)
