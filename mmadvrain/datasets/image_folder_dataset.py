"""A folder of images for each class."""
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from mmengine.dataset import BaseDataset

from mmadvrain.registry import DATASETS
from .csv_image_dataset import CLASS_PIPELINE


@DATASETS.register_module()
class ImageFolderDataset(BaseDataset):
    """Classification data set with one folder a class, as ImageNet has it.

    Classes count from 0 in the order of their folders' names, which for
    ImageNet's 1,000 WordNet ids is the order all its classifiers use. With
    some of the folders only, name all of them in order in ``classes``.

    Args:
        data_prefix (dict): Folder that holds the folders, relative to
            ``data_root``. Defaults to ``dict(img_path='')``.
        classes (sequence[str] | str, optional): Folder names in the order of
            the classes, or a text file with one a line. None takes the
            folders there are, sorted. Defaults to None.
        suffixes (sequence[str]): Of image files, in lower case. Defaults to
            ``('.jpeg', '.jpg', '.png')``.
        pipeline (sequence[dict], optional): None loads the image and packs it
            at its own size. Defaults to None.
        **kwargs: Of :class:`mmengine.dataset.BaseDataset`.

    Raises:
        FileNotFoundError: The folder or the file of classes is missing.
        ValueError: A folder is no class, or there is no image.
    """

    METAINFO = dict(dataset_type='classification')

    def __init__(self,
                 data_prefix: Optional[Dict[str, str]] = None,
                 classes: Optional[Any] = None,
                 suffixes: Sequence[str] = ('.jpeg', '.jpg', '.png'),
                 pipeline: Optional[Sequence[dict]] = None,
                 **kwargs: Any) -> None:
        if isinstance(classes, str):
            if not Path(classes).is_file():
                raise FileNotFoundError(
                    f'wanted a text file of classes, found none at {classes}')
            classes = Path(classes).read_text().split()
        self.folders = None if classes is None else list(classes)
        self.suffixes = tuple(suffixes)
        super().__init__(
            data_prefix=dict(data_prefix or dict(img_path='')),
            pipeline=list(CLASS_PIPELINE if pipeline is None else pipeline),
            test_mode=kwargs.pop('test_mode', True),
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images.

        Returns:
            list[dict]: Per image ``img_path``, ``img_id`` (its path below the
            folder) and ``gt_label``.
        """
        root = Path(self.data_prefix['img_path'] or '.')
        if not root.is_dir():
            raise FileNotFoundError(
                f'wanted a folder with one folder a class, found none at '
                f'{root}')
        there = sorted(f.name for f in os.scandir(root) if f.is_dir())
        classes = self.folders or there
        unknown = [name for name in there if name not in classes]
        if unknown:
            raise ValueError(f'{root}: wanted folders named in `classes`, '
                             f'found {len(unknown)} others such as '
                             f'{unknown[0]!r}')
        images = [
            dict(
                img_path=str(path),
                img_id=path.relative_to(root).as_posix(),
                gt_label=classes.index(name)) for name in there
            for path in sorted((root / name).iterdir())
            if path.suffix.lower() in self.suffixes
        ]
        if not images:
            raise ValueError(f'{root}: wanted at least one image in a folder '
                             f'of its class, found none in {len(there)} '
                             'folders')
        return images
