"""The runner of an attack, built alike by every process of a job."""
import copy
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmengine.utils import import_modules_from_strings

from mmadvrain.datasets.coco_format import check_annotations
from mmadvrain.utils.checkpoint import allow_openmmlab_globals, load_victim
from mmadvrain.utils.log_file import only_in_log_file


class BriefRunner(Runner):
    """Runner that shows no versions, config and hooks on the console."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        with ExitStack() as self._opening:
            super().__init__(*args, **kwargs)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger; what is logged next is for its file alone."""
        logger = super().build_logger(*args, **kwargs)
        self._opening.enter_context(only_in_log_file())
        return logger


@dataclass
class AttackJob:
    """What a process has to know to build the runner of an attack.

    Attributes:
        config: Of the attack, see :func:`prepare_config`.
        source: File or URL of the weights; None where the model brings them.
        trust: Unpickle a checkpoint that holds more than weights.
        folder: In which relative paths begin.
    """
    config: Config
    source: str | None
    trust: bool = False
    folder: str = field(default_factory=os.getcwd)

    def build(self, kind: type[Runner] = BriefRunner) -> Runner:
        """Build the runner, its model with its weights.

        Args:
            kind: Of the runner. Defaults to :class:`BriefRunner`.

        Raises:
            ValueError: If annotations, weights and config do not fit.
        """
        config = copy.deepcopy(self.config)
        if config.get('custom_imports'):
            import_modules_from_strings(**config.custom_imports)
        check_annotations(config)
        config.load_from = None
        config.resume = False
        allow_openmmlab_globals()
        runner = kind.from_cfg(config)
        if self.source is not None:
            model = runner.model
            load_victim(
                model.module if is_model_wrapper(model) else model,
                self.source,
                trust=self.trust)
        return runner
