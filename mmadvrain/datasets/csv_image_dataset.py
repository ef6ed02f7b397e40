"""Images and their classes, listed in a CSV file."""
import csv
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from mmadvrain.registry import DATASETS

CLASS_PIPELINE = (dict(type='LoadImageFromFile'),
                  dict(type='mmadvrain.PackClassInputs'))


@DATASETS.register_module()
class CSVImageDataset(BaseDataset):
    """Classification data set listed in a CSV file with a header.

    Args:
        ann_file (str): The CSV file, relative to ``data_root``.
        data_prefix (dict): Folder of the images, relative to ``data_root``.
            Defaults to ``dict(img_path='')``.
        file_column (str): Column of the file names, also the images' ids.
            Defaults to ``'file'``.
        label_column (str): Column of the classes. Defaults to ``'label'``.
        suffix (str): Added to every file name. Defaults to ''.
        first_label (int): What the file calls the first class: 0 or 1.
            Labels of the data set always count from 0. Defaults to 0.
        num_classes (int): Labels outside are an error. Defaults to 1000.
        missing_ok (bool): Whether rows without an image file are left out,
            for a part of a published set. Defaults to False.
        pipeline (sequence[dict], optional): None loads the image and packs it
            at its own size. Defaults to None.
        **kwargs: Of :class:`mmengine.dataset.BaseDataset`, such as
            ``data_root``, ``indices`` (the first that many images) and
            ``metainfo`` (with ``classes``).

    Raises:
        FileNotFoundError: The CSV file or the image folder is missing, or an
            image is and ``missing_ok`` is False.
        ValueError: A column is missing, a label is no class, or nothing is
            left.
    """

    METAINFO = dict(dataset_type='classification')

    def __init__(self,
                 ann_file: str,
                 data_prefix: Optional[Dict[str, str]] = None,
                 file_column: str = 'file',
                 label_column: str = 'label',
                 suffix: str = '',
                 first_label: int = 0,
                 num_classes: int = 1000,
                 missing_ok: bool = False,
                 pipeline: Optional[Sequence[dict]] = None,
                 **kwargs: Any) -> None:
        if not ann_file:
            raise ValueError('wanted the name of a CSV file for ann_file, got '
                             f'{ann_file!r}')
        self.file_column = file_column
        self.label_column = label_column
        self.suffix = suffix
        self.first_label = first_label
        self.num_classes = num_classes
        self.missing_ok = missing_ok
        super().__init__(
            ann_file=ann_file,
            data_prefix=dict(data_prefix or dict(img_path='')),
            pipeline=list(CLASS_PIPELINE if pipeline is None else pipeline),
            test_mode=kwargs.pop('test_mode', True),
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """Read the file.

        Returns:
            list[dict]: Per image ``img_path``, ``img_id`` and ``gt_label``.
        """
        folder = Path(self.data_prefix['img_path'] or '.')
        path = Path(self.ann_file)
        if not path.is_file():
            raise FileNotFoundError(f'wanted a CSV file, found none at {path}')
        if not folder.is_dir():
            raise FileNotFoundError(
                f'wanted a folder of images, found none at {folder}')
        with path.open(newline='', encoding='utf-8-sig') as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            for column in (self.file_column, self.label_column):
                if column not in columns:
                    raise ValueError(f'{path}: wanted a column {column!r}, '
                                     f'found {columns}')
            rows = [self._read(row, path, folder) for row in reader]
        there = [row for row in rows if Path(row['img_path']).is_file()]
        if len(there) < len(rows):
            lost = next(r for r in rows if not Path(r['img_path']).is_file())
            found = (f'{len(rows) - len(there)} of the {len(rows)} images of '
                     f'{path} are not there, the first is {lost["img_path"]}')
            if not self.missing_ok:
                raise FileNotFoundError(
                    f'{found}; missing_ok=True leaves them out')
            if there:
                print_log(f'{found}: left out', logger='current')
        if not there:
            raise ValueError(f'{path}: wanted at least one image in {folder}, '
                             'found none')
        return there

    def _read(self, row: Dict[str, str], path: Path,
              folder: Path) -> Dict[str, Any]:
        name, text = row[self.file_column], row[self.label_column]
        last = self.first_label + self.num_classes - 1
        try:
            label = int(text)
        except (TypeError, ValueError):
            label = self.first_label - 1
        if not name or not self.first_label <= label <= last:
            raise ValueError(
                f'{path}: wanted a file name and a class from '
                f'{self.first_label} to {last}, got {name!r} and {text!r}')
        return dict(
            img_path=str(folder / f'{name}{self.suffix}'),
            img_id=name,
            gt_label=label - self.first_label)
