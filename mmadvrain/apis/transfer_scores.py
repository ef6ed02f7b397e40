"""Scores of a transfer table, each computed once."""
import copy
import functools
import json
from pathlib import Path
from typing import Any

from mmadvrain.store.attack_store import AttackStore
from mmadvrain.typing import PathLike
from mmadvrain.utils.digest import digest_files, digest_text
from mmadvrain.utils.files import write_json
from mmadvrain.victims.build import brings_weights

from .transfer_plan import PlannedDetector
from .transfer_sets import StoredSet, plain_config, weights_digest
from .victim_scorer import CLEAN, VictimScorer


class TransferScores:
    """Scores of one victim on clean images and on stored sets.

    A score is a file below ``WORK_DIR/scores/VICTIM``; its name ends in a sum
    of the images, the weights, and all of the config that decides it, so
    that a finished score is reused and a stale one never is. The model is
    built when the first score is missing.

    Args:
        victim: The detector.
        work_dir: Folder of the table.
        trust: Unpickle a checkpoint that holds more than weights. Defaults to
            False.

    Raises:
        FileNotFoundError: If its weights are not there.
        ValueError: If they are not named, or its data are of no use.
    """

    def __init__(self,
                 victim: PlannedDetector,
                 work_dir: PathLike,
                 trust: bool = False) -> None:
        self.victim = victim
        self.root = Path(work_dir) / 'scores' / victim.name
        self.weights = weights_digest(victim)
        self.scorer = VictimScorer(victim.config, victim.checkpoint, trust)
        if brings_weights(
                copy.deepcopy(victim.config.model), victim.checkpoint, trust):
            self.scorer.check_model()
        self.images = self.scorer.images
        self.clean_digest = _clean_digest(
            tuple(zip(self.images.names, map(str, self.images.paths))))

    def __len__(self) -> int:
        return len(self.images)

    def clean(self) -> dict[str, float]:
        """Metrics on the images as they are.

        Returns:
            Unrounded.
        """
        return self._score(self._path(CLEAN, self.clean_digest), None, CLEAN)

    def stored(self, made: StoredSet, view: str) -> dict[str, float]:
        """Metrics on the images of a set.

        Args:
            made: The set.
            view: ``'adversarial'`` or ``'random'``.

        Returns:
            Unrounded.

        Raises:
            ValueError: If the set lacks images of the victim's data.
        """
        name = f'{made.source.name}.{made.attack.name}.{view}'
        return self._score(
            self._path(name, made.digests[view]), made.root, view)

    def adopt(self, made: StoredSet) -> None:
        """Take over what the attack scored on this victim, its source.

        Args:
            made: A set whose source is this victim; of any other nothing is
                taken.
        """
        if self._decisive(made.source.config) != self._decisive(
                self.victim.config) or weights_digest(
                    made.source) != self.weights:
            return
        views = made.results.views
        name = f'{made.source.name}.{made.attack.name}'
        self._keep(self._path(CLEAN, self.clean_digest), views[CLEAN])
        for view, digest in made.digests.items():
            self._keep(self._path(f'{name}.{view}', digest), views[view])

    @staticmethod
    def _decisive(config: Any) -> tuple:
        """All of a config that decides a score."""
        data = config.test_dataloader
        return tuple(
            plain_config(part)
            for part in (config.model, data.dataset, data.get('batch_size', 1),
                         config.test_evaluator))

    def _path(self, name: str, images: str) -> Path:
        key = digest_text(
            [self._decisive(self.victim.config), self.weights, images])
        return self.root / f'{name}-{key[:16]}.json'

    def _keep(self, path: Path, metrics: dict[str, float]) -> None:
        if not path.is_file():
            write_json(path, dict(metrics=metrics, images=len(self)))

    def _score(self, path: Path, root: Path | None,
               view: str) -> dict[str, float]:
        if not path.is_file():
            if root is not None:
                self._check(AttackStore(root))
            self._keep(
                path,
                self.scorer.score(view, root or self.root,
                                  path.with_suffix('')))
        return json.loads(path.read_text())['metrics']

    def _check(self, store: AttackStore) -> None:
        lacking = [n for n in self.images.names if store.record(n) is None]
        if lacking:
            raise ValueError(
                f'{self.victim.name} is scored on {len(self)} images, but the '
                f'set in {store.root} lacks {len(lacking)} of them, the first '
                f'is {lacking[0]}: victims want the data of the source')


@functools.cache
def _clean_digest(files: tuple[tuple[str, str], ...]) -> str:
    return digest_files(files)
