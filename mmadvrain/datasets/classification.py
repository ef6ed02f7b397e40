"""Images and their classes, listed in a CSV file."""
import logging
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from mmadvrain.registry import DATASETS
from mmadvrain.utils.files import read_text

from .csv_rows import read_rows
from .foreign_files import is_foreign
from .placeholders import contradictions

CLASS_PIPELINE = (dict(type='LoadImageFromFile'),
                  dict(type='mmadvrain.PackClassInputs'))


@DATASETS.register_module()
class CSVImageDataset(BaseDataset):
    """Classification data set listed in a CSV file with a header.

    See :func:`read_rows` for the forms that spreadsheets give it.

    Args:
        ann_file: The CSV file, relative to ``data_root``.
        data_prefix: Folder of the images, relative to ``data_root``. Defaults
            to ``dict(img_path='')``.
        file_column: Column of the file names, also the images' ids. Defaults
            to ``'file'``.
        label_column: Column of the classes. Defaults to ``'label'``.
        suffix: Added to every file name. Defaults to ''.
        first_label: What the file calls the first class: 0 or 1. Labels of the
            data set always count from 0. Defaults to 0.
        num_classes: Labels outside are an error. Defaults to 1000.
        missing_ok: Whether rows without an image file are left out, for a part
            of a published set, and those with one and the same image under
            several labels, a placeholder; else these are named. Defaults to
            False.
        pipeline: None loads the image and packs it at its own size. Defaults
            to None.
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
                 data_prefix: dict[str, str] | None = None,
                 file_column: str = 'file',
                 label_column: str = 'label',
                 suffix: str = '',
                 first_label: int = 0,
                 num_classes: int = 1000,
                 missing_ok: bool = False,
                 pipeline: Sequence[dict] | None = None,
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

    def load_data_list(self) -> list[dict]:
        """Read the file.

        Returns:
            Per image ``img_path``, ``img_id`` and ``gt_label``.
        """
        folder = Path(self.data_prefix['img_path'] or '.')
        path = Path(self.ann_file)
        if not path.is_file():
            raise FileNotFoundError(f'wanted a CSV file, found none at {path}')
        if not folder.is_dir():
            raise FileNotFoundError(
                f'wanted a folder of images, found none at {folder}')
        table = read_rows(path, (self.file_column, self.label_column))
        rows = [self._read(row, path, folder) for row in table]
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
        there = self._without_placeholders(there)
        if not there:
            raise ValueError(f'{path}: wanted at least one image in {folder}, '
                             'found none')
        return there

    def _without_placeholders(self, rows: list[dict]) -> list[dict]:
        """Name images that stand for several classes, as none can.

        Servers give one picture in place of each that is gone.
        """
        placeholders = contradictions(rows)
        if not placeholders:
            return rows
        print_log(
            f'{len(placeholders)} of {len(rows)} images are one and the same '
            'under several labels, as a placeholder of what is gone: '
            f'{", ".join(row["img_id"] for row in placeholders[:5])}'
            f'{", ..." if len(placeholders) > 5 else ""}'
            f'{": left out" if self.missing_ok else ""}',
            logger='current',
            level=logging.WARNING)
        if not self.missing_ok:
            return rows
        gone = {id(row) for row in placeholders}
        return [row for row in rows if id(row) not in gone]

    def _read(self, row: dict[str, str], path: Path, folder: Path) -> dict:
        name, text = row[self.file_column], row[self.label_column]
        last = self.first_label + self.num_classes - 1
        # spreadsheets save whole numbers with decimals
        whole = re.fullmatch(r'(\d{1,9})(\.0*)?', text, re.ASCII)
        label = int(whole[1]) if whole else self.first_label - 1
        if not name or not self.first_label <= label <= last:
            raise ValueError(
                f'{path}: wanted a file name and a class from '
                f'{self.first_label} to {last}, got {name!r} and {text!r}')
        return dict(
            img_path=str(folder / f'{name}{self.suffix}'),
            img_id=name,
            gt_label=label - self.first_label)


@DATASETS.register_module()
class ImageFolderDataset(BaseDataset):
    """Classification data set with one folder a class, as ImageNet has it.

    Classes count from 0 in the order of their folders' names, which for
    ImageNet's 1,000 WordNet ids is the order all its classifiers use. With
    some of the folders only, name all of them in order in ``classes``.

    Args:
        data_prefix: Folder that holds the folders, relative to ``data_root``.
            Defaults to ``dict(img_path='')``.
        classes: Folder names in the order of the classes, or a text file with
            one a line. None takes the folders there are, sorted. Defaults to
            None.
        suffixes: Of image files, in lower case. Defaults to ``('.jpeg',
            '.jpg', '.png')``.
        pipeline: None loads the image and packs it at its own size. Defaults
            to None.
        **kwargs: Of :class:`mmengine.dataset.BaseDataset`.

    Raises:
        FileNotFoundError: The folder or the file of classes is missing.
        ValueError: A folder is no class, or there is no image.
    """

    METAINFO = dict(dataset_type='classification')

    def __init__(self,
                 data_prefix: dict[str, str] | None = None,
                 classes: Sequence[str] | str | None = None,
                 suffixes: Sequence[str] = ('.jpeg', '.jpg', '.png'),
                 pipeline: Sequence[dict] | None = None,
                 **kwargs: Any) -> None:
        if isinstance(classes, str):
            if not Path(classes).is_file():
                raise FileNotFoundError(
                    f'wanted a text file of classes, found none at {classes}')
            lines = read_text(classes).splitlines()
            classes = [line.strip() for line in lines if line.strip()]
        self.folders = None if classes is None else list(classes)
        if self.folders and len(set(self.folders)) < len(self.folders):
            again = [n for n, c in Counter(self.folders).items() if c > 1]
            raise ValueError('wanted each folder once in `classes`, found '
                             f'{again[0]!r} again')
        self.suffixes = tuple(suffixes)
        super().__init__(
            data_prefix=dict(data_prefix or dict(img_path='')),
            pipeline=list(CLASS_PIPELINE if pipeline is None else pipeline),
            test_mode=kwargs.pop('test_mode', True),
            **kwargs)

    def load_data_list(self) -> list[dict]:
        """List the images.

        Returns:
            Per image ``img_path``, ``img_id`` (its path below the folder) and
            ``gt_label``.
        """
        root = Path(self.data_prefix['img_path'] or '.')
        if not root.is_dir():
            raise FileNotFoundError(
                f'wanted a folder with one folder a class, found none at '
                f'{root}')
        there = sorted(
            f.name for f in os.scandir(root)
            if f.is_dir() and not is_foreign(f.name))
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
            for path in sorted((root / name).iterdir()) if
            path.suffix.lower() in self.suffixes and not is_foreign(path.name)
        ]
        self._report_others(root, there, images)
        if not images:
            raise ValueError(f'{root}: wanted at least one image in a folder '
                             f'of its class, found none in {len(there)} '
                             'folders')
        return images

    def _report_others(self, root: Path, folders: Sequence[str],
                       images: Sequence[dict]) -> None:
        """Say which files and folders of the classes count for nothing."""
        taken = {info['img_path'] for info in images}
        others = [
            path for name in folders
            for path in sorted((root / name).iterdir())
            if str(path) not in taken and not is_foreign(path.name)
        ]
        if others:
            print_log(
                f'{root}: passed over {len(others)} files and folders that '
                f'are no images with suffix {", ".join(self.suffixes)}, such '
                f'as {others[0].relative_to(root)}',
                logger='current',
                level=logging.WARNING)
        empty = sorted({*folders} -
                       {Path(info['img_id']).parts[0]
                        for info in images})
        if empty and images:
            print_log(
                f'{root}: {len(empty)} folders of classes hold no image, such '
                f'as {empty[0]!r}',
                logger='current',
                level=logging.WARNING)


@DATASETS.register_module()
class NeurIPS17DevDataset(CSVImageDataset):
    """The DEV set of the NeurIPS 2017 adversarial competition.

    1,000 images of 299x299 pixels with ImageNet's 1,000 classes, the set of
    the paper's Tables 1 to 4. Its file counts classes from 1 (0 is the
    background of the competition's models); the labels here count from 0, as
    those of ImageNet classifiers do.

    Args:
        ann_file: Defaults to ``'dev_dataset.csv'``.
        data_prefix: Defaults to ``dict(img_path='images')``, with
            ``ImageId.png`` in it.
        missing_ok: Whether images that are not there are left out. Defaults to
            True, since the images are downloaded one by one and some are gone.
        **kwargs: Of :class:`CSVImageDataset`.
    """

    def __init__(self,
                 ann_file: str = 'dev_dataset.csv',
                 data_prefix: dict[str, str] | None = None,
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
