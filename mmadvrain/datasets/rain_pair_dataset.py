"""Pairs of a rainy and a clean image."""
import logging
from dataclasses import replace
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.fileio import (
    exists,
    isdir,
    join_path,
    list_dir_or_file,
    list_from_file,
)
from mmengine.logging import print_log

from mmadvrain.registry import DATASETS
from mmadvrain.utils.images import IMAGE_SUFFIXES

from .foreign_files import is_foreign
from .rain_layouts import LAYOUTS, match_pairs


@DATASETS.register_module()
class RainPairDataset(BaseDataset):
    r"""Rainy images and their clean partners, in the layouts people have.

    =====================  =================================================
    layout                 files below ``data_root``
    =====================  =================================================
    ``'folders'``          ``rainy/NAME.*`` and ``clean/NAME.*``
    ``'rain100_old'``      Rain100H/L, RainTrainH/L as PReNet has them:
                           ``rain-1.png`` and ``norain-1.png`` in one folder,
                           or ``rainy/rain-001.png`` and ``norain-001.png``
    ``'rain100_new'``      Rain100H/L, Rain200H/L as now distributed:
                           ``rain/norain-1.png`` or ``rain/X2/norain-1x2.png``
                           and ``norain/norain-1.png``
    ``'rain800'``          side by side, clean left, rainy right
    ``'rain1200'``         side by side, rainy left, clean right, in
                           subfolders
    ``'rain1400'``         ``rainy_image/1_1.jpg`` to ``rainy_image/1_14.jpg``
                           and ``ground_truth/1.jpg``
    ``'spa_data'``         ``ann_file`` with one pair of paths per line, rainy
                           first
    ``'rain_cityscapes'``  ``leftImg8bit_rain/CITY/NAME_rain_*.png`` and
                           ``leftImg8bit/CITY/NAME.png``
    =====================  =================================================

    The folders can be set by ``data_prefix``, and are searched with their
    subfolders. Suffixes of partners may differ. A sample has ``img_path``
    (rainy), ``clean_path`` and, for images side by side, ``rainy_side``.

    Source: the naming is that of the sets' own releases, except Rain800,
    whose halves are as its authors' script names them; other copies have
    them the other way round, see ``rainy_side``.

    Args:
        layout: One of the above. Defaults to ``'folders'``.
        rainy_side: ``'left'`` or ``'right'``, for a layout with images side by
            side, if it is not as above. Defaults to None.
        allow_missing: Whether images without partner are left out with a
            warning, as PReNet's RainTrainH needs, from which 546 rainy images
            are removed. Defaults to False, which raises.
        data_prefix: Folders ``rainy`` and ``clean`` below ``data_root``. What
            is absent is as above. Defaults to None.
        backend_args: File backend. Defaults to None.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ValueError: If there is no such layout, an argument does not fit it,
            images lack partners, or there are no images.
    """

    METAINFO = dict(dataset_type='rain_pair', task_name='deraining')

    def __init__(self,
                 layout: str = 'folders',
                 rainy_side: str | None = None,
                 allow_missing: bool = False,
                 data_prefix: dict | None = None,
                 backend_args: dict | None = None,
                 **kwargs: Any) -> None:
        if layout not in LAYOUTS:
            raise ValueError(f'layout must be one of {sorted(LAYOUTS)}, but '
                             f'got {layout!r}')
        self.layout = LAYOUTS[layout]
        if rainy_side is not None:
            if rainy_side not in ('left', 'right'):
                raise ValueError("rainy_side must be 'left' or 'right', but "
                                 f'got {rainy_side!r}')
            if self.layout.rainy_side is None:
                raise ValueError(f'images of layout {layout!r} are not side '
                                 'by side, but rainy_side is set')
            self.layout = replace(self.layout, rainy_side=rainy_side)
        if self.layout.paired_by_list and not kwargs.get('ann_file'):
            raise ValueError(f'layout {layout!r} needs ann_file, a text file '
                             'with one pair of paths per line')
        self.allow_missing = allow_missing
        self.backend_args = backend_args
        prefix = dict(rainy=self.layout.rainy_dir, clean=self.layout.clean_dir)
        prefix.update(data_prefix or {})
        if set(prefix) != {'rainy', 'clean'}:
            raise ValueError("data_prefix may have 'rainy' and 'clean', but "
                             f'got {sorted(prefix)}')
        super().__init__(data_prefix=prefix, **kwargs)

    def load_data_list(self) -> list[dict]:
        """List the pairs.

        Returns:
            ``img_path``, ``clean_path`` and perhaps ``rainy_side`` of each
            pair.
        """
        if self.layout.paired_by_list:
            pairs, complaints = self._pairs_of_list()
        elif self.layout.rainy_side is not None:
            folder = self.data_prefix['rainy']
            paths = [join_path(folder, file) for file in self._files('rainy')]
            pairs, complaints = [(path, path) for path in paths], []
        else:
            names, complaints = match_pairs(
                self._files('rainy'), self._files('clean'), self.layout)
            pairs = [(join_path(self.data_prefix['rainy'], rainy),
                      join_path(self.data_prefix['clean'], clean))
                     for rainy, clean in names]
        self._report(pairs, complaints)
        extra = {}
        if self.layout.rainy_side is not None:
            extra['rainy_side'] = self.layout.rainy_side
        return [
            dict(img_path=rainy, clean_path=clean, **extra)
            for rainy, clean in pairs
        ]

    def _files(self, kind: str) -> list[str]:
        """List the images in a folder, sorted."""
        folder = self.data_prefix[kind] or '.'
        check_folder(folder, kind, self.backend_args)
        return list_images(folder, self.backend_args)

    def _pairs_of_list(self) -> tuple[list[tuple[str, str]], list[str]]:
        """Read the pairs from the text file."""
        pairs, complaints = [], []
        if not exists(self.ann_file, self.backend_args):
            raise ValueError('ann_file must list the pairs, but there is no '
                             f'{self.ann_file}')
        try:
            lines = list_from_file(
                self.ann_file,
                encoding='utf-8-sig',
                backend_args=self.backend_args)
        except UnicodeDecodeError as error:
            raise ValueError(f'{self.ann_file}: wanted UTF-8 text, found bytes'
                             f' that are none ({error})') from error
        for number, line in enumerate(lines, 1):
            names = line.split()
            if len(names) not in (0, 2):
                raise ValueError(f'line {number} of {self.ann_file} must have '
                                 f'two paths, but is {line!r}')
            paths = tuple(
                join_path(self.data_root or '.', name.lstrip('/'))
                for name in names)
            missing = [
                path for path in paths if not exists(path, self.backend_args)
            ]
            complaints += [f'{path} does not exist' for path in missing]
            if paths and not missing:
                pairs.append(paths)
        return pairs, complaints

    def _report(self, pairs: list, complaints: list[str]) -> None:
        """Raise or warn if images lack partners."""
        if complaints:
            shown = '; '.join(complaints[:5])
            more = f'; {len(complaints) - 5} more' if (len(complaints)
                                                       > 5) else ''
            message = (f'{len(complaints)} images lack partners in '
                       f'{self._places()}: {shown}{more}')
            if not self.allow_missing:
                raise ValueError(f'{message}; allow_missing=True leaves them '
                                 'out')
            print_log(f'left out: {message}', 'current', level=logging.WARNING)
        if not pairs:
            raise ValueError(f'no pairs of images found in {self._places()}')

    def _places(self) -> str:
        """Name where the images are looked for."""
        if self.layout.paired_by_list:
            return self.ann_file
        rainy, clean = (
            self.data_prefix[kind] or '.' for kind in ('rainy', 'clean'))
        if self.layout.rainy_side is not None:
            return rainy
        return f'{rainy} (rainy) and {clean} (clean)'


def list_images(folder: str, backend_args: dict | None) -> list[str]:
    """List the images below a folder, without what disks and editors add.

    Args:
        folder: Its path.
        backend_args: File backend.

    Returns:
        Paths relative to the folder, with slashes, sorted.
    """
    files = list_dir_or_file(
        folder, list_dir=False, recursive=True, backend_args=backend_args)
    names = (file.replace('\\', '/') for file in files)
    return sorted(
        name for name in names
        if name.lower().endswith(IMAGE_SUFFIXES) and not is_foreign(name))


def check_folder(folder: str, kind: str, backend_args: dict | None) -> None:
    """Check that images can be looked for in a folder.

    Args:
        folder: Its path.
        kind: Of the images, for the message.
        backend_args: File backend.

    Raises:
        ValueError: If there is none.
    """
    if not exists(folder, backend_args):
        raise ValueError(f'folder of {kind} images does not exist: {folder}')
    if not isdir(folder, backend_args):
        raise ValueError(f'{kind} images must be in a folder, but {folder} is '
                         'a file')
