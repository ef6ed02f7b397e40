from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.registry import HOOKS
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.utils.files import write_png


@HOOKS.register_module()
class DumpRainHook(Hook):
    """Write images without drawings: clean, rain layer and rainy.

    In an attack run the files are at native resolution; together with
    :class:`RainInjectionHook` in any train or test run they are what the
    model was given. Beside them lie the factors of the rain.

    Args:
        out_dir: Folder below the work directory. Defaults to ``'rain'``.
        interval: Every how manieth batch is written. Defaults to 1.
        gain: The rain layer is brightened by this factor, since it is dark on
            its own. Defaults to 1.

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

    def after_attack_iter(self, runner: Any, batch_idx: int,
                          samples: Sequence[NativeSample],
                          results: Sequence[AttackResult]) -> None:
        """Write one batch of an attack; called by the attack loop."""
        if batch_idx % self.interval:
            return
        for sample, result in zip(samples, results):
            self._write(runner, sample.name, sample.image, result.params,
                        result.image)

    def _after_iter(self,
                    runner: Any,
                    batch_idx: int,
                    data_batch: dict | None = None,
                    outputs: Any = None,
                    mode: str = 'train') -> None:
        injected = (data_batch or {}).get('injected_rain', ())
        if batch_idx % self.interval:
            return
        for name, clean, factors, rainy in injected:
            self._write(runner, f'{mode}/{name}', clean, factors, rainy)

    def _write(self, runner: Any, name: str, clean: Any,
               factors: RainFactors | None, rainy: Any) -> None:
        folder = Path(runner.work_dir) / self.out_dir
        pictures = dict(clean=clean, rainy=rainy)
        if isinstance(factors, RainFactors):
            layer = render_streaks(factors)
            pictures['rain'] = (self.gain * layer).clamp(0, 1)
        for kind, picture in pictures.items():
            write_png(folder / kind / f'{name}.png', to_bgr_uint8(picture))
        if isinstance(factors, RainFactors):
            path = folder / 'factors' / f'{name}.npz'
            path.parent.mkdir(parents=True, exist_ok=True)
            factors.save(path)
