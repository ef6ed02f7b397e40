"""Adversarial sets of a transfer table, each made once."""
import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmadvrain.store.attack_store import STORED
from mmadvrain.structures.run_results import RunResults
from mmadvrain.typing import PathLike
from mmadvrain.utils.checkpoint_file import resolve_source
from mmadvrain.utils.digest import digest_file, digest_files, digest_text
from mmadvrain.utils.files import write_json
from mmadvrain.victims.build import brings_weights

from .attack import run_attack
from .transfer_plan import PlannedAttack, PlannedDetector

_MARK = 'set.json'


@dataclass(frozen=True)
class StoredSet:
    """What one attack on one source left.

    Attributes:
        source: The detector under attack.
        attack: The attack.
        root: Folder, as :class:`AttackStore` lays it out.
        digests: Sum of the images of each view.
        results: Of the attack.
    """
    source: PlannedDetector
    attack: PlannedAttack
    root: Path
    digests: dict[str, str]
    results: RunResults


def weights_digest(detector: PlannedDetector) -> str:
    """SHA-256 sum of a victim's checkpoint.

    Args:
        detector: Its weights are fetched if they are not there.

    Returns:
        64 hexadecimal digits; of the network's config where that names
        published weights instead of a file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the plan and the config name none.
    """
    network = detector.config.model.get('network') or {}
    source = detector.checkpoint or network.get('file')
    if not source and brings_weights(copy.deepcopy(detector.config.model)):
        return digest_text([plain_config(network)])
    if not source:
        raise ValueError(
            f'{detector.name} has no weights: neither its entry names a '
            f'`checkpoint`, nor {detector.path} a `load_from`')
    return digest_file(resolve_source(source))


def plain_config(value: Any) -> Any:
    """A config without its class, as :func:`digest_text` wants it."""
    return value.to_dict() if hasattr(value, 'to_dict') else value


def make_set(source: PlannedDetector,
             attack: PlannedAttack,
             work_dir: PathLike,
             overwrite: bool = False,
             trust: bool = False) -> StoredSet:
    """Attack a source, unless that is done already.

    An attack that was interrupted goes on behind its last finished image.

    Args:
        source: The detector under attack.
        attack: The attack.
        work_dir: The set is in ``SOURCE/ATTACK`` below it.
        overwrite: Replace a set that was made with other settings. Defaults to
            False.
        trust: Unpickle a checkpoint that holds more than weights. Defaults to
            False.

    Returns:
        The finished set.

    Raises:
        ValueError: If the folder holds a set made with other settings and
            ``overwrite`` is False. The errors of :func:`run_attack` besides.
    """
    root = Path(work_dir) / source.name / attack.name
    config = copy.deepcopy(source.config)
    config.test_cfg = copy.deepcopy(attack.loop)
    key = digest_text([
        weights_digest(source), *(plain_config(config[part])
                                  for part in ('model', 'test_dataloader',
                                               'test_evaluator', 'test_cfg'))
    ])
    known, results = _read(root / _MARK), _results(root)
    if known.get('key') != key or results is None or \
            known.get('digests') != _digests(root):
        (root / _MARK).unlink(missing_ok=True)
        run_attack(
            config,
            source.checkpoint,
            work_dir=str(root),
            overwrite=overwrite,
            trust=trust)
        known = dict(key=key, digests=_digests(root))
        write_json(root / _MARK, known)
        results = RunResults.load(root)
    return StoredSet(source, attack, root, known['digests'], results)


def _results(root: Path) -> RunResults | None:
    try:
        return RunResults.load(root)
    except (FileNotFoundError, ValueError):
        return None


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _digests(root: Path) -> dict[str, str]:
    return {
        view:
        digest_files((path.relative_to(root / view).as_posix(), path)
                     for path in sorted((root / view).rglob('*.png')))
        for view in STORED
    }
