"""A victim that scores images which an attack on another one stored."""
import copy
import functools
from pathlib import Path

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import nn

from mmadvrain.datasets.coco_format import check_annotations
from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.engine.runner.view_scorer import ViewScorer
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.victims.build import build_victim_model, victim_type

CLEAN = 'clean'


class VictimScorer:
    """A classifier or detector with its data and metrics.

    The model is built when the first view is scored.

    Args:
        config: Its config. Stays as it is. ``test_cfg.victim``
            says what kind of victim it is; none is a detector.
        checkpoint: Weights; None takes the config's.
        trust: See :func:`run_attack`. Defaults to False.

    Raises:
        ValueError: If the data are of no use.
    """

    def __init__(self,
                 config: Config,
                 checkpoint: str | None = None,
                 trust: bool = False) -> None:
        init_default_scope(config.get('default_scope', 'mmdet'))
        self.config, self.checkpoint = copy.deepcopy(config), checkpoint
        check_annotations(self.config)
        self.trust = trust
        self.kind = victim_type((config.get('test_cfg') or {}).get('victim'))
        self.dataloader = Runner.build_dataloader(
            copy.deepcopy(config.test_dataloader))
        self.images = NativeImages(self.dataloader.dataset, self.kind.target)

    @functools.cached_property
    def model(self) -> nn.Module:
        """The victim with its weights."""
        return build_victim_model(self.config, self.checkpoint, self.trust)

    def check_model(self) -> None:
        """Build the model and let go of it: a package may be missing."""
        _ = self.model
        self.release()

    def release(self) -> None:
        """Let go of the model; it is built again when it is needed."""
        self.__dict__.pop('model', None)

    @functools.cached_property
    def evaluator(self) -> Evaluator:
        """Its metrics, which may remember the clean images."""
        return Evaluator(copy.deepcopy(self.config.test_evaluator))

    def score(self, view: str, run_dir: Path, out: Path) -> dict[str, float]:
        """Metrics on the images of a view.

        Args:
            view: ``'clean'``, or a folder of the run.
            run_dir: The run's folder.
            out: Where predictions go, of victims that keep them.

        Returns:
            Unrounded.
        """
        if view != CLEAN and any(
                getattr(metric, 'reference', '') is None
                for metric in self.evaluator.metrics):
            self.score(CLEAN, run_dir, out)  # what it is compared with
        scorer = ViewScorer(self.model, self.evaluator, self.images,
                            AttackStore(run_dir), range(len(self.images)),
                            self.dataloader, self.kind, out)
        return scorer.score_files(view)
