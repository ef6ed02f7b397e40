import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from mmadvrain.utils.digest import digest_file
from mmadvrain.utils.files import PART, write_json

STORED = ('adversarial', 'random')


class AttackStore:
    """Where a run keeps what it found; every file is written whole.

    Layout below the work directory::

        adversarial/NAME.png  random/NAME.png      images, lossless
        factors/{adversarial,random}/NAME.npz      their rain
        records/NAME.json                          curves, flags, detections
        annotations/{adversarial,random}.json      COCO form, names the PNGs
        run.json  results.json

    A record is written last, so an image with a record is finished. It holds
    the SHA-256 of the image's files.

    Args:
        work_dir (str | Path): The run's folder.
    """

    def __init__(self, work_dir: Union[str, Path]) -> None:
        self.root = Path(work_dir)

    def image(self, view: str, name: str) -> Path:
        """Stored image of a view."""
        return self.root / view / f'{name}.png'

    def factors(self, view: str, name: str) -> Path:
        """Stored rain factors of a view."""
        return self.root / 'factors' / view / f'{name}.npz'

    def record_path(self, name: str) -> Path:
        """Record of one image."""
        return self.root / 'records' / f'{name}.json'

    def record(self, name: str) -> Optional[Dict[str, Any]]:
        """Record of a finished image, or None."""
        try:
            record = json.loads(self.record_path(name).read_text())
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(record, dict):
            return None
        if 'error' in record:
            return record
        whole = all(path.is_file() for path in self.files(name).values())
        return record if whole else None

    def files(self, name: str) -> Dict[str, Path]:
        """All files of one image but its record, by their place."""
        found = {}
        for view in STORED:
            found[view] = self.image(view, name)
            found[f'factors/{view}'] = self.factors(view, name)
        return found

    def seal(self, name: str, record: Dict[str, Any]) -> None:
        """Write the record of a finished image, with the sums of its files.

        Args:
            name (str): The image.
            record (dict): What is known of it.
        """
        sums = {
            what: digest_file(path)
            for what, path in self.files(name).items()
        }
        write_json(self.record_path(name), dict(record, sha256=sums))

    def finished(self, name: str) -> bool:
        """Whether an image is done and its files are as they were written.

        An image that failed is not: what was wrong may be mended by now.
        """
        record = self.record(name)
        if not record or 'error' in record:
            return False
        try:
            return all(record['sha256'][what] == digest_file(path)
                       for what, path in self.files(name).items())
        except (OSError, KeyError, TypeError):
            return False

    def clean_up(self) -> None:
        """Remove what processes left that were killed while they wrote."""
        for path in self.root.rglob(f'{PART}*'):
            path.unlink(missing_ok=True)

    def open(self, signature: Dict[str, Any], overwrite: bool) -> None:
        """Begin or continue a run.

        Args:
            signature (dict): What decides the results: attack, seed, weights
                and data.
            overwrite (bool): Continue even if the folder holds a run with
                another signature, whose records and results are then
                dropped.

        Raises:
            ValueError: If it does, and ``overwrite`` is False; names what
                differs.
        """
        path = self.root / 'run.json'
        signature = json.loads(json.dumps(signature))
        if path.is_file():
            try:
                known = json.loads(path.read_text())
            except (ValueError, RecursionError) as error:
                raise ValueError(f'{path} should say of which run the folder '
                                 f'is, but is damaged: {error}') from error
            if known == signature:
                return
            if not overwrite:
                raise ValueError(
                    f'{self.root} holds results of another run: '
                    f'{"; ".join(_differences(known, signature))}. Choose '
                    'another --work-dir, or pass --overwrite to replace them')
            for record in (self.root / 'records').rglob('*.json'):
                record.unlink()
            (self.root / 'results.json').unlink(missing_ok=True)
        write_json(path, signature)


def _differences(known: Any, wanted: Any, at: str = '') -> List[str]:
    if isinstance(known, dict) and isinstance(wanted, dict):
        found = []
        for key in sorted({*known, *wanted}):
            found += _differences(
                known.get(key), wanted.get(key), f'{at}.{key}' if at else key)
        return found
    if isinstance(known, list) and isinstance(wanted, list) and \
            len(known) == len(wanted):
        return [
            text for i, pair in enumerate(zip(known, wanted))
            for text in _differences(*pair, f'{at}[{i}]')
        ]
    return [] if known == wanted else [f'{at} was {known!r}, is {wanted!r}']


def pack_predictions(sample: DetDataSample) -> Dict[str, List]:
    """Detections as plain numbers; floats keep every bit."""
    found = sample.pred_instances
    return dict(
        img_shape=list(sample.img_shape),
        bboxes=found.bboxes.tolist(),
        scores=found.scores.tolist(),
        labels=found.labels.tolist())


def unpack_predictions(packed: Dict[str, List]) -> InstanceData:
    """The inverse of :func:`pack_predictions`.

    Raises:
        ValueError: If a record holds something else.
    """
    try:
        bboxes = torch.tensor(
            packed['bboxes'], dtype=torch.float32).reshape(-1, 4)
        scores = torch.tensor(packed['scores'], dtype=torch.float32)
        labels = torch.tensor(packed['labels'], dtype=torch.long)
        if not scores.shape == labels.shape == bboxes.shape[:1]:
            raise ValueError(f'{len(bboxes)} boxes have scores of shape '
                             f'{tuple(scores.shape)} and labels of shape '
                             f'{tuple(labels.shape)}')
        return InstanceData(bboxes=bboxes, scores=scores, labels=labels)
    except (LookupError, OverflowError, RuntimeError, TypeError,
            ValueError) as error:
        raise ValueError('a record should hold detections, but: '
                         f'{error}') from error
