import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from mmadvrain.utils.files import write_json

STORED = ('adversarial', 'random')


class AttackStore:
    """Where a run keeps what it found; every file is written whole.

    Layout below the work directory::

        adversarial/NAME.png  random/NAME.png      images, lossless
        factors/{adversarial,random}/NAME.npz      their rain
        records/NAME.json                          curves, flags, detections
        annotations/{adversarial,random}.json      COCO form, names the PNGs
        run.json  results.json

    A record is written last, so an image with a record is finished.

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
        except (OSError, ValueError):
            return None
        if 'error' in record:
            return record
        files = [self.image(view, name) for view in STORED]
        files += [self.factors(view, name) for view in STORED]
        return record if all(file.is_file() for file in files) else None

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
            known = json.loads(path.read_text())
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
    """The inverse of :func:`pack_predictions`."""
    return InstanceData(
        bboxes=torch.tensor(packed['bboxes'],
                            dtype=torch.float32).reshape(-1, 4),
        scores=torch.tensor(packed['scores'], dtype=torch.float32),
        labels=torch.tensor(packed['labels'], dtype=torch.long))
