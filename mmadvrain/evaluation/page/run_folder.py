"""What a finished run left, as a page reads it."""
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmadvrain.store.attack_store import AttackStore, stored_views
from mmadvrain.store.image_list import IMAGES_FILE
from mmadvrain.structures.run_results import RunResults
from mmadvrain.typing import PathLike
from mmadvrain.utils.provenance import PROVENANCE_FILE


class Boxes(NamedTuple):
    """Boxes of one image: detections, or the truth.

    Attributes:
        boxes: (x1, y1, x2, y2) in pixels. Shape (n, 4).
        labels: Their classes. Shape (n,).
        scores: In [0, 1]; of the truth 1, of what does not count 0. Shape
            (n,).
    """
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray

    def at_least(self, score: float) -> 'Boxes':
        """Those of such a score."""
        kept = self.scores >= score
        return Boxes(self.boxes[kept], self.labels[kept], self.scores[kept])


@dataclass
class RunImage:
    """One image of a run.

    Attributes:
        name: The image.
        source: The clean file, which need not be there any more.
        truth: Objects; None of a classifier.
        label: True class; None of a detector.
        found: Detections by view; of a classifier none.
        guesses: ``pred`` and ``loss`` by view; of a detector none.
        record: See ``docs/results.md``; ``error`` of one that failed.
    """
    name: str
    source: Path
    truth: Boxes | None
    label: int | None
    record: dict
    found: dict[str, Boxes] = field(default_factory=dict)
    guesses: dict[str, dict] = field(default_factory=dict)

    @property
    def error(self) -> str | None:
        """Why it could not be attacked; None where it was."""
        return self.record.get('error')


@dataclass
class RunFolder:
    """A finished run.

    Attributes:
        root: Its folder.
        results: Its results.
        classes: Names of the classes by label.
        images: Its images.
        provenance: Command, versions and weights; empty where the run was not
            started by :func:`run_attack`.
    """
    root: Path
    results: RunResults
    classes: list[str]
    images: list[RunImage]
    provenance: dict

    @property
    def views(self) -> list[str]:
        """Views that come from files: clean first, adversarial last."""
        known = [v for v in self.results.views if v != 'adversarial_float']
        return sorted(
            known, key=lambda view: (view != 'clean', view == 'adversarial'))

    @cached_property
    def store(self) -> AttackStore:
        """Its files."""
        measures = self.results.run.get('random_views') or ()
        return AttackStore(self.root, stored_views(measures))

    @property
    def seen(self) -> bool:
        """Whether the truth is what the detector saw on clean images."""
        return (self.root / 'annotations' / 'seen.json').is_file()

    def config_text(self) -> str:
        """The config as the run wrote it; empty where it is not there."""
        name = Path(self.provenance.get('config') or '').name
        path = self.root / name
        if not name or not path.is_file():
            paths = sorted(
                self.root.glob('*.py'), key=lambda path: path.stat().st_mtime)
            if not paths:
                return ''
            path = paths[-1]
        return path.read_text(encoding='utf-8', errors='replace')

    @classmethod
    def load(cls, work_dir: PathLike) -> 'RunFolder':
        """Read a finished run.

        Args:
            work_dir: Its folder.

        Raises:
            FileNotFoundError: If the run has not ended, or lacks the list of
                its images.
        """
        root = Path(work_dir)
        results = RunResults.load(root)
        path = root / IMAGES_FILE
        if not path.is_file():
            raise FileNotFoundError(
                f'wanted the images of the run at {path}, found none: run '
                'the attack again, which writes it and attacks nothing anew')
        content = json.loads(path.read_text())
        run = cls(root, results, content['classes'], [],
                  read_json(root / PROVENANCE_FILE) or {})
        run.images = [run._image(entry) for entry in content['images']]
        return run

    def _image(self, entry: dict) -> RunImage:
        name = entry['name']
        record = self.store.written(name) or dict(error='no record')
        # of which the metrics have made their numbers
        record.pop('adversarial_float', None)
        image = RunImage(name, Path(entry['path']), None, entry.get('label'),
                         record)
        if 'boxes' in entry:
            counts = 1. - np.array(entry['ignored'], dtype=float)
            image.truth = _boxes(entry['boxes'], entry['labels'], counts)
        for view in self.views:
            packed = read_json(self.store.prediction(view, name)) or {}
            if 'bboxes' in packed:
                image.found[view] = _boxes(packed['bboxes'], packed['labels'],
                                           packed['scores'])
            elif 'pred' in packed:
                image.guesses[view] = packed
        return image


def _boxes(boxes: list, labels: list, scores: list | np.ndarray) -> Boxes:
    return Boxes(
        np.array(boxes, dtype=float).reshape(-1, 4),
        np.array(labels, dtype=int), np.array(scores, dtype=float))


def read_json(path: Path) -> dict | None:
    """Entries of a JSON file; None where there are none to be read."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
