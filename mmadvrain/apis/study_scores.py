"""Scores of a study, each computed once."""
import copy
import functools
import json
from collections.abc import Sequence
from pathlib import Path

from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import nn

from mmadvrain.datasets.coco_format import check_annotations
from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.engine.runner.view_scorer import ViewScorer
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.subfolders import in_subfolders
from mmadvrain.typing import ComparesWithClean, PathLike, Scores
from mmadvrain.utils.digest import digest_files, digest_text
from mmadvrain.utils.files import write_json
from mmadvrain.victims.build import build_victim_model, victim_type

from .study_plan import StudyModel
from .study_sets import StudySet, decisive, weights_digest

CLEAN = 'clean'


class VictimScores:
    """Scores of one victim on clean images and on sets.

    A score is a file below ``WORK_DIR/scores/VICTIM``; its name ends in a sum
    of the images, the weights, and all of the config that decides it, so
    that a finished score is reused and a stale one never is. The model is
    built when the first score is missing.

    Args:
        victim: The model.
        work_dir: Folder of the study.
        trust: Unpickle a checkpoint that holds more than weights. Defaults to
            False.

    Raises:
        FileNotFoundError: If its weights are not there.
        ValueError: If they are not named, or its data are of no use.
    """

    def __init__(self,
                 victim: StudyModel,
                 work_dir: PathLike,
                 trust: bool = False) -> None:
        self.victim, self.trust = victim, trust
        self.root = Path(work_dir) / 'scores' / victim.name
        self.weights = weights_digest(victim)
        self.config = config = copy.deepcopy(victim.config)
        check_annotations(config)  # may name a mended copy of the file
        init_default_scope(config.get('default_scope', 'mmdet'))
        self.kind = victim_type((config.get('test_cfg') or {}).get('victim'))
        self.dataloader = Runner.build_dataloader(
            copy.deepcopy(config.test_dataloader))
        self.images = NativeImages(self.dataloader.dataset, self.kind.target)
        self.clean_digest = _clean_digest(
            tuple(zip(self.images.names, map(str, self.images.paths))))

    def __len__(self) -> int:
        return len(self.images)

    @functools.cached_property
    def model(self) -> nn.Module:
        """The victim with its weights."""
        return build_victim_model(self.config, self.victim.checkpoint,
                                  self.trust)

    @functools.cached_property
    def evaluator(self) -> Evaluator:
        """Its metrics, which may remember the clean images."""
        return Evaluator(copy.deepcopy(self.config.test_evaluator))

    def release(self) -> None:
        """Let go of the model; it is built again when it is needed."""
        self.__dict__.pop('model', None)

    def known(self, made: StudySet | None, view: str) -> Scores | None:
        """Metrics that are there.

        Args:
            made: The set; None for the images as they are.
            view: Of the set, or ``'clean'``.

        Returns:
            Unrounded; None where they are not there.
        """
        path = self._path(made, view)
        if path is None or not path.is_file():
            return None
        metrics: Scores = json.loads(path.read_text())['metrics']
        return metrics

    def score(self, made: StudySet | None, view: str) -> None:
        """Score a view of a finished set, unless that is done.

        Args:
            made: The set; None for the images as they are.
            view: Of the set, or ``'clean'``.

        Raises:
            ValueError: If the set is not finished, or lacks images of the
                victim's data.
        """
        path = self._path(made, view)
        if path is None or made is None and view != CLEAN:
            raise ValueError(f'wanted a finished set with the view {view!r}, '
                             f'got {made and made.root}')
        if path.is_file():
            return
        images, root = self.images, self.root
        if made:
            # names are those of the run
            images, root = copy.copy(images), made.root
            images.names = in_subfolders(
                images.names,
                made.config.test_cfg.get('subfolders') or 0)
            self._check(images.names, AttackStore(root))
        self._keep(path, self._measure(view, images, root,
                                       path.with_suffix('')))

    def _measure(self, view: str, images: NativeImages, root: Path,
                 out: Path) -> Scores:
        if view != CLEAN and any(
                isinstance(metric, ComparesWithClean)
                and metric.reference is None
                for metric in self.evaluator.metrics):
            # what it is compared with
            self._measure(CLEAN, images, root,
                          out.with_name(f'{out.name}-clean'))
        scorer = ViewScorer(self.model, self.evaluator, images,
                            AttackStore(root), range(len(images)),
                            self.dataloader, self.kind, out)
        return scorer.score_files(view)

    def adopt(self, made: StudySet) -> None:
        """Take over what the attack scored on this victim, its source.

        Args:
            made: A set; nothing is taken of one that is not finished, or whose
                source is another model.
        """
        if weights_digest(made.source) != self.weights:
            return
        for view, metrics in made.own_scores(self.victim.config).items():
            path = self._path(None if view == CLEAN else made, view)
            if path and not path.is_file():
                self._keep(path, metrics)

    def _path(self, made: StudySet | None, view: str) -> Path | None:
        """File of a score; None while the set is not finished."""
        if made is None:
            name, images = CLEAN, self.clean_digest
        elif view in made.digests():
            name = f'{made.source.name}.{made.root.name}.{view}'
            images = made.digests()[view]
        else:
            return None
        key = digest_text([decisive(self.victim.config), self.weights, images])
        return self.root / f'{name}-{key[:16]}.json'

    def _keep(self, path: Path, metrics: Scores) -> None:
        write_json(path, dict(metrics=metrics, images=len(self)))

    def _check(self, names: Sequence[str], store: AttackStore) -> None:
        lacking = [name for name in names if store.record(name) is None]
        if lacking:
            raise ValueError(
                f'{self.victim.name} is scored on {len(self)} images, but the '
                f'set in {store.root} lacks {len(lacking)} of them, the first '
                f'is {lacking[0]}: victims want the data of the source')


@functools.cache
def _clean_digest(files: tuple[tuple[str, str], ...]) -> str:
    return digest_files(files)
