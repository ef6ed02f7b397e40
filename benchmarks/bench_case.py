"""A detector, its attack and some images, made ready once."""
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmadvrain.apis.attack import prepare_config
from mmadvrain.utils.checkpoint import allow_openmmlab_globals, load_victim


class BenchCase:
    """What every section of the benchmark works on.

    Args:
        config: Attack config or detector config.
        checkpoint: File or address of the weights.
        work_dir: Scratch folder.
        num_images: How many images are attacked.
        device: ``'cpu'`` or ``'cuda'``.
        cfg_options: Settings to override.

    Raises:
        ValueError: If ``num_images`` is not positive, or the data set has
            fewer images that can be read.
    """

    def __init__(self,
                 config: str | Path | Config,
                 checkpoint: str,
                 work_dir: str | Path,
                 num_images: int,
                 device: str = 'cpu',
                 cfg_options: dict[str, Any] | None = None) -> None:
        if num_images < 1:
            raise ValueError(f'`num_images` must be positive: {num_images}')
        prepared = prepare_config(config, cfg_options)
        prepared.update(
            work_dir=str(work_dir), load_from=None, log_level='ERROR')
        prepared.test_dataloader.dataset.indices = num_images
        allow_openmmlab_globals()
        # a name of its own, or MMEngine hands out the runner before
        prepared.experiment_name = f'benchmark_{id(self)}'
        self.runner = Runner.from_cfg(prepared)
        model = self.runner.model
        self.model = model.module if is_model_wrapper(model) else model
        load_victim(self.model, checkpoint)
        self.model.to(device).eval()
        self.device = device
        self.loop = self.runner.build_test_loop(prepared.test_cfg)
        self.runner._test_loop = self.loop
        self.attack = self.loop.attack
        self.victim = self.loop.victim
        images = self.loop.images
        found = [images[i] for i in range(len(images))]
        self.samples: list[Any] = [
            sample for sample in found if sample.image is not None
        ]
        if len(self.samples) < num_images:
            raise ValueError(f'wanted {num_images} images, but the data set '
                             f'has {len(self.samples)} that can be read')
