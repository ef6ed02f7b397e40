"""Pairs made of clean images and the project's rain."""
from functools import partial
from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.fileio import join_path

from mmadvrain.functional.pixel_space import as_image, as_tensor
from mmadvrain.rain.compose import check_compose_model, compose_rain
from mmadvrain.rain.streaks import render_streaks, render_window
from mmadvrain.registry import DATASETS, TASK_UTILS
from mmadvrain.typing import SizeHW
from mmadvrain.utils.random import private_generator

from .rain_pair_dataset import check_folder, list_images


@DATASETS.register_module()
class RainOnClean(BaseDataset):
    r"""Rainy and clean images out of any folder of clean ones.

    Rain is drawn for the whole image, from random numbers that depend on the
    seed, the image's path below ``data_root``, the variant and the epoch
    alone; order, number of workers and other images change nothing. Nothing
    is kept in memory or written: an image gets its rain when it is loaded,
    rounded to 8 bit as in a file. A sample is one of
    :class:`RainPairDataset`, ``img_path`` and ``clean_path`` both naming the
    clean file, with ``add_rain`` beside them, which :class:`LoadRainPair`
    applies.

    Args:
        data_root: Folder of clean images, searched with its subfolders.
        factors: Config of what draws the factors. None means
            :class:`UniformFactors`. Defaults to None.
        compose: Rain synthesis model, see
            :func:`mmadvrain.rain.compose.compose_rain`. Defaults to
            ``'additive'``.
        seed: Seed of all rain. Defaults to 0.
        rainy_per_clean: How many rainy images each clean one has. Defaults to
            1.
        fresh_each_epoch: Whether rain differs from epoch to epoch. The epoch
            comes by :meth:`set_epoch`, which :class:`RainEpochHook` calls.
            Defaults to False.
        backend_args: File backend. Defaults to None.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ValueError: If the folder does not exist or has no images, or an
            argument is outside the values above.
    """

    METAINFO = dict(dataset_type='rain_on_clean', task_name='deraining')

    def __init__(self,
                 data_root: str,
                 factors: dict | None = None,
                 compose: str = 'additive',
                 seed: int = 0,
                 rainy_per_clean: int = 1,
                 fresh_each_epoch: bool = False,
                 backend_args: dict | None = None,
                 **kwargs: Any) -> None:
        if rainy_per_clean < 1:
            raise ValueError('rainy_per_clean must be at least 1, but got '
                             f'{rainy_per_clean}')
        self.factors = TASK_UTILS.build(
            factors or dict(type='mmadvrain.UniformFactors'))
        self.compose = check_compose_model(compose)
        self.seed = seed
        self.rainy_per_clean = rainy_per_clean
        self.fresh_each_epoch = fresh_each_epoch
        self.backend_args = backend_args
        # shared, so that workers that live on see the next epoch
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        super().__init__(data_root=data_root, **kwargs)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch, in all processes that work on this data set.

        Args:
            epoch: Counted from 0.

        Raises:
            ValueError: If it is negative.
        """
        if epoch < 0:
            raise ValueError(f'epoch must not be negative, but got {epoch}')
        self._epoch.fill_(epoch)

    def load_data_list(self) -> list[dict]:
        """List the clean images, each as often as it gets rain.

        Returns:
            ``img_path``, ``clean_path``, and ``rain_key`` of each pair.
        """
        folder = self.data_root
        check_folder(folder, 'clean', self.backend_args)
        names = list_images(folder, self.backend_args)
        if not names:
            raise ValueError(f'no images found in {folder}')
        samples = []
        for name in names:
            path = join_path(folder, name)
            samples += [
                dict(img_path=path, clean_path=path, rain_key=f'{name}#{i}')
                for i in range(self.rainy_per_clean)
            ]
        return samples

    def get_data_info(self, idx: int) -> dict:
        """Describe one pair.

        Args:
            idx: Which one.

        Returns:
            See :meth:`load_data_list`, with ``add_rain``, which maps the clean
            to the rainy image, RGB, uint8, shape (H, W, 3).
        """
        info = super().get_data_info(idx)
        epoch = int(self._epoch) if self.fresh_each_epoch else 0
        info['add_rain'] = partial(self.add_rain, info['rain_key'], epoch)
        return info

    def add_rain(self,
                 key: str,
                 epoch: int,
                 clean: np.ndarray,
                 corner: tuple[int, int] = (0, 0),
                 size_hw: SizeHW | None = None) -> np.ndarray:
        """Lay the rain of one pair over its clean image, or a part of it.

        Args:
            key: ``rain_key`` of the pair.
            epoch: Counted from 0.
            clean: RGB, uint8. Shape (H, W, 3).
            corner: Row and column of the part's first pixel. Defaults to (0,
                0).
            size_hw: Height and width of the whole image, whose rain it is.
                None means that this is it. Defaults to None.

        Returns:
            Rainy image, RGB, uint8. Shape (H, W, 3).
        """
        part_hw = clean.shape[0], clean.shape[1]
        generator = private_generator(self.seed, key, f'clean rain {epoch}')
        factors = self.factors.draw(size_hw or part_hw, generator)
        rain = render_streaks(factors) if size_hw is None else render_window(
            factors, corner, part_hw, repeat=False)
        rainy = compose_rain(as_tensor(clean), rain, self.compose)
        return as_image(rainy)
