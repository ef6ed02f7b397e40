from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.perturbations.base_perturbation import BasePerturbation
from mmadvrain.registry import HOOKS
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.structures.injected_rain import InjectedRain
from mmadvrain.utils.files import part_folder, write_png
from mmadvrain.victims.base_victim import BaseVictim


@HOOKS.register_module()
class DumpRainHook(Hook):
    """Write images without drawings: clean, rain alone and rainy.

    In an attack run the files are at native resolution; together with
    :class:`RainInjectionHook` in any train or test run they are what the
    model was given. Beside them lie the parameters of the rain.

    Args:
        out_dir: Folder below the work directory. Defaults to ``'rain'``.
        interval: Write every n-th batch. Defaults to 1.
        gain: Factor on the brightness of the rain alone, which is dark.
            Defaults to 1.

    Raises:
        ValueError: If ``interval`` or ``gain`` is not positive.
    """
    priority = 'VERY_LOW'

    def __init__(self,
                 out_dir: str = 'rain',
                 interval: int = 1,
                 gain: float = 1.) -> None:
        if interval < 1:
            raise ValueError(f'`interval` must be positive, got {interval}')
        if not gain > 0:
            raise ValueError(f'`gain` must be positive, but got {gain}')
        self.out_dir = out_dir
        self.interval = interval
        self.gain = gain

    def after_attack_iter(self, runner: Runner, batch_idx: int,
                          samples: Sequence[NativeSample],
                          results: Sequence[AttackResult], victim: BaseVictim,
                          perturbation: BasePerturbation) -> None:
        """Write one batch of an attack; called by the attack loop."""
        if batch_idx % self.interval:
            return
        for sample, result in zip(samples, results):
            clean = sample.clean.to(result.image.device)
            picture = partial(perturbation.picture, result.params,
                              result.image, clean)
            self._write(
                runner, sample.name,
                InjectedRain(sample.name, clean, result.params, picture,
                             result.image))

    def _after_iter(self,
                    runner: Runner,
                    batch_idx: int,
                    data_batch: dict | None = None,
                    outputs: object = None,
                    mode: str = 'train') -> None:
        if batch_idx % self.interval:
            return
        found = (data_batch or {}).get('injected_rain', ())
        # a list for each view of test-time augmentation
        views = found if found and isinstance(found[0], list) else [found]
        for rain in chain.from_iterable(views):
            self._write(runner, f'{mode}/{rain.name}', rain)

    def _write(self, runner: Runner, name: str, rain: InjectedRain) -> None:
        folder = Path(runner.work_dir) / self.out_dir
        pictures = dict(
            clean=rain.clean, rain=rain.picture(self.gain), rainy=rain.rainy)
        for kind, picture in pictures.items():
            write_png(folder / kind / f'{name}.png', to_bgr_uint8(picture),
                      part_folder(runner.work_dir))
        path = folder / 'factors' / f'{name}{rain.params.suffix}'
        path.parent.mkdir(parents=True, exist_ok=True)
        rain.params.save(path)
