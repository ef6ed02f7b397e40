"""Sets of attacked images of a study, each made once."""
import copy
import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmadvrain.store.attack_store import AttackStore, stored_views
from mmadvrain.structures.run_results import RunResults
from mmadvrain.typing import PathLike, Scores
from mmadvrain.utils.checkpoint_file import resolve_source
from mmadvrain.utils.digest import digest_file, digest_files, digest_text
from mmadvrain.utils.files import write_json
from mmadvrain.victims.build import brings_weights

from .attack import run_attack
from .study_plan import Cell, StudyModel, StudyPlan

_MARK = 'set.json'
_DIGITS = 12


@dataclass(frozen=True)
class StudySet:
    """Images that one attack on one source makes.

    Attributes:
        source: The model under attack.
        cells: What is done to it; cells that come out alike share a set.
        config: Of the run.
        root: Folder of the run; its name ends in a sum of all that decides
            the images.
    """
    source: StudyModel
    cells: tuple[Cell, ...]
    config: Config
    root: Path

    def make(self, trust: bool = False) -> None:
        """Attack the source, unless that is done already.

        An attack that was interrupted goes on behind its last finished image.

        Args:
            trust: Unpickle a checkpoint that holds more than weights. Defaults
                to False.

        Raises:
            ValueError: See :func:`run_attack`.
        """
        digests = self.digests()
        if digests and digests == self._sums() and self.results() is not None:
            return  # images are as they were written
        (self.root / _MARK).unlink(missing_ok=True)
        config = copy.deepcopy(self.config)
        config.experiment_name = f'study_{self.root.name}'
        run_attack(
            config,
            self.source.checkpoint,
            work_dir=str(self.root),
            trust=trust)
        write_json(self.root / _MARK,
                   dict(images=self._sums(), scored=decisive(self.config)))

    def digests(self) -> dict[str, str]:
        """Sum of the images of each view, empty while the set is not done."""
        return dict(self._mark().get('images', {}))

    def shown(self) -> list[str]:
        """Finished views that are rows of some cell."""
        return [
            view for view in self.digests() if any(
                cell.shows(view) for cell in self.cells)
        ]

    def own_scores(self, config: Config) -> dict[str, Scores]:
        """Scores that the attack itself computed.

        Args:
            config: Of the victim that scores are wanted of.

        Returns:
            By view; none unless the attack scored with the same model, data
            and metrics.
        """
        results = self.results()
        if results is None or self._mark().get('scored') != decisive(config):
            return {}
        return results.views

    def _mark(self) -> dict:
        try:
            content = json.loads((self.root / _MARK).read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def results(self) -> RunResults | None:
        """Results of the attack, None while there are none."""
        try:
            return RunResults.load(self.root)
        except (FileNotFoundError, ValueError):
            return None

    def _sums(self) -> dict[str, str]:
        measures = self.config.test_cfg.get('random_views') or ()
        store = AttackStore(self.root, stored_views(measures))
        return {
            view:
            digest_files((path.relative_to(self.root / view).as_posix(), path)
                         for path in sorted((self.root / view).rglob('*.png')))
            for view in store.views
        }


def planned_sets(plan: StudyPlan, work_dir: PathLike) -> list[StudySet]:
    """Sets that a study needs, in the order of its sources and cells.

    Args:
        plan: The study.
        work_dir: Each set is in ``sets/SOURCE/LABEL-SUM`` below it, by the
            label that the first of its cells had when it was begun.

    Raises:
        FileNotFoundError: If weights of a source are not there.
        ValueError: If a source has none.
    """
    sets: dict[Path, StudySet] = {}
    for source, cell in _pairs(plan):
        config = plan.attack_config(source, cell)
        key = digest_text([
            weights_digest(source),
            *(plain_config(part)
              for part in (config.model, config.test_dataloader.dataset,
                           config.test_cfg)), *part_digests(config.model)
        ])[:_DIGITS]
        folder = Path(work_dir) / 'sets' / source.name
        known = [path for path in sets if path.name.endswith(f'-{key}')]
        known += sorted(folder.glob(f'*-{key}'))
        root = next((path for path in known if path.parent == folder),
                    folder / f'{_slug(cell.label)}-{key}')
        cells = sets[root].cells if root in sets else ()
        sets[root] = StudySet(source, (*cells, cell), config, root)
    return list(sets.values())


def _pairs(plan: StudyPlan) -> Iterator[tuple[StudyModel, Cell]]:
    for source in plan.sources:
        for cell in plan.cells:
            yield source, cell


def _slug(label: str) -> str:
    """Label as part of a file name."""
    return re.sub(r'[^\w.=]+', '_', label).strip('_.') or 'set'


def weights_digest(model: StudyModel) -> str:
    """SHA-256 sum of a model's checkpoint.

    Args:
        model: Its weights are fetched if they are not there.

    Returns:
        64 hexadecimal digits; of the network's config where that names
        published weights instead of a file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the plan and the config name none.
    """
    network = model.config.model.get('network') or {}
    source = model.checkpoint or network.get('file')
    if not source and brings_weights(copy.deepcopy(model.config.model)):
        return digest_text([plain_config(network)])
    if not source:
        raise ValueError(
            f'{model.name} has no weights: neither its entry names a '
            f'`checkpoint`, nor {model.path} a `load_from`')
    path = resolve_source(source)
    return _file_digest(path, Path(path).stat().st_mtime_ns)


@functools.lru_cache
def _file_digest(path: str, changed_ns: int) -> str:
    return digest_file(path)


def part_digests(model: Any) -> list[str]:
    """SHA-256 sums of the files that parts of a model name for weights.

    Args:
        model: Its config; a part, such as a derainer, may have a
            ``checkpoint``.
    """
    if isinstance(model, (list, tuple)):
        return [digest for part in model for digest in part_digests(part)]
    if not isinstance(model, Mapping):
        return []
    found = part_digests(list(model.values()))
    file = model.get('checkpoint')
    if isinstance(file, str) and Path(file).is_file():
        found.append(_file_digest(file, Path(file).stat().st_mtime_ns))
    return found


def decisive(config: Config) -> str:
    """Sum of all of a config that decides a score."""
    data = config.test_dataloader
    return digest_text([
        *(plain_config(part)
          for part in (config.model, data.dataset, data.get('batch_size', 1),
                       config.test_evaluator)), *part_digests(config.model)
    ])


def plain_config(value: Any) -> Any:
    """A config without its class, as :func:`digest_text` wants it."""
    return value.to_dict() if hasattr(value, 'to_dict') else value
