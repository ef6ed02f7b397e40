from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import torch
from mmengine.dataset import pseudo_collate
from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement
from torch.utils.data import DataLoader

from mmadvrain.datasets.class_names import check_categories
from mmadvrain.datasets.native_images import NativeImages, StoredView
from mmadvrain.evaluation.metrics import FastCocoMetric
from mmadvrain.evaluation.unrounded import unrounded
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.typing import ComparesWithClean, Scores
from mmadvrain.utils.files import write_json
from mmadvrain.utils.log_file import only_in_log_file
from mmadvrain.utils.progress import Progress
from mmadvrain.victims.base_victim import BaseVictim
from mmadvrain.victims.detector_victim import DetectorVictim

from .batches import load_batches
from .metric_files import files_of_view

Batch: TypeAlias = tuple[dict | None, list[BaseDataElement]]
"""What a model was given, if it was given anything, and its predictions."""


class ViewScorer:
    """Score every view with the same model, data and evaluators.

    Images share a batch only where they are of one size, as they do in an
    attack: padding beside a larger image changes what a detector finds, so
    that views would differ by more than their rain.

    Args:
        model: The victim.
        evaluator: The metrics.
        images: The data set.
        store: Where stored views are.
        indices: Images of this process.
        dataloader: Gives batch size and number of workers.
        kind: Kind of the victim. Defaults to :class:`DetectorVictim`.
        folder: Where results go. None is the store's, which then also keeps
            the prediction on each image.

    Raises:
        ValueError: If the annotation file of a metric does not know the
            images, or has other classes.
    """

    def __init__(self,
                 model: BaseModel,
                 evaluator: Evaluator,
                 images: NativeImages,
                 store: AttackStore,
                 indices: Sequence[int],
                 dataloader: DataLoader,
                 kind: type[BaseVictim] = DetectorVictim,
                 folder: Path | None = None) -> None:
        self.folder = folder or store.root
        self.of_run = folder is None
        self.kind = kind
        self.model = model
        self.evaluator = evaluator
        self.images = images
        self.store = store
        self.indices = indices
        self.dataloader = dataloader
        evaluator.dataset_meta = images.dataset.metainfo
        self._match_annotations()

    def _match_annotations(self) -> None:
        """Score the images of the data set, not all the annotation file."""
        for metric in self.evaluator.metrics:
            known = getattr(metric, '_coco_api', None)
            if known is None:
                continue
            classes = self.images.dataset.metainfo.get('classes')
            if classes is not None:
                check_categories(
                    classes,
                    known.dataset['categories'],
                    "the evaluator's annotation file",
                    ascending=getattr(metric, 'classwise', False)
                    and not isinstance(metric, FastCocoMetric))
            ids = set(known.get_img_ids())
            missing = [key for key in self.images.keys if key not in ids]
            if missing:
                raise ValueError(
                    "the evaluator's annotation file does not match the "
                    f'images: it knows {len(ids)} images, but not '
                    f'{len(missing)} of the {len(self.images)} of the test '
                    f'data, the first has id {missing[0]}')
            metric.img_ids = list(self.images.keys)

    def score_files(self, view: str) -> Scores:
        """Score the image files of a view through the ordinary pipeline.

        Raises:
            FileNotFoundError: If the run lacks images of the view: they would
                count as images in which nothing is detected.
        """

        def path_of(index: int) -> Path:
            if view == 'clean':
                return self.images.paths[index]
            name = self.images.names[index]
            if self._failed(index):
                return self.images.paths[index]
            return self.store.image(view, name)

        lacking = [] if view == 'clean' else [
            path_of(i) for i in self.indices
            if not self._failed(i) and not path_of(i).is_file()
        ]
        if lacking:
            raise FileNotFoundError(
                f'{len(lacking)} of {len(self.indices)} images of the view '
                f'{view!r} are not there, the first is {lacking[0]}: run the '
                'attack again, which makes them')

        def predictions() -> Iterator[Batch]:
            with Progress(f'score {view}', len(self.indices)) as progress:
                for batch in self._predict_files(path_of, self.indices):
                    yield batch
                    progress.advance(len(batch[1]))

        return self._evaluate(view, predictions())

    def score_memory(self) -> Scores:
        """Score the predictions made before the images were rounded."""
        failed = [i for i in self.indices if self._failed(i)]

        def predictions() -> Iterator[Batch]:
            for index in sorted(set(self.indices) - set(failed)):
                record = self.store.written(self.images.names[index])
                packed = (record or {}).get('adversarial_float')
                yield None, [self.kind.restore(self.images, index, packed)]
            yield from self._predict_files(self.images.paths.__getitem__,
                                           failed)

        return self._evaluate('adversarial_float', predictions())

    def _failed(self, index: int) -> bool:
        """Whether an image counts as clean in every view.

        Where an attack failed the detector saw no rain, and empty detections
        would credit the attack with them.
        """
        return 'error' in (self.store.written(self.images.names[index]) or {})

    def _predict_files(self, path_of: Callable[[int], Path],
                       indices: Sequence[int]) -> Iterator[Batch]:
        """What the model says of image files, in the order they are read."""
        loader = load_batches(
            StoredView(self.images, path_of, indices),
            self.dataloader.batch_size or 1, self.dataloader.num_workers)
        for items in loader:
            for item in items:
                if 'error' in item:
                    yield None, [
                        self.kind.restore(self.images, item['index'], None)
                    ]
            for same in _of_one_size(
                [item for item in items if 'error' not in item]):
                data = pseudo_collate(same)
                with torch.no_grad():
                    yield data, self.model.test_step(data)

    def _evaluate(self, view: str, predictions: Iterator[Batch]) -> Scores:
        if self.of_run and view != 'adversarial_float':  # records hold those
            predictions = self._kept(view, predictions)
        with files_of_view(self.evaluator.metrics, view):
            scores = self._scores(predictions)
        self._keep_predictions(view)
        return scores

    def _kept(self, view: str,
              predictions: Iterator[Batch]) -> Iterator[Batch]:
        """Store each prediction on its way to the metrics."""
        names = dict(zip(self.images.keys, self.images.names))
        for data, samples in predictions:
            for sample in samples:
                name = names.get(sample.get('img_id'))
                if name is not None:
                    write_json(
                        self.store.prediction(view, name),
                        self.kind.pack(sample), self.store.part)
            yield data, samples

    def _scores(self, predictions: Iterator[Batch]) -> Scores:
        all_empty, first = True, None
        for data, samples in predictions:
            all_empty = all_empty and all(map(self.kind.is_empty, samples))
            if first is None:
                first = data, samples
            else:
                self.evaluator.process(data_samples=samples, data_batch=data)
        if first is not None:
            data, samples = first
            if all_empty:
                self.kind.fill(samples[0])
            self.evaluator.process(data_samples=samples, data_batch=data)
        with unrounded(self.evaluator.metrics), only_in_log_file():
            return self.evaluator.evaluate(len(self.images))

    def _keep_predictions(self, view: str) -> None:
        """Keep predictions; those on clean images tell the metrics more."""
        for metric in self.evaluator.metrics:
            if not isinstance(metric, ComparesWithClean):
                continue
            if view == 'clean':
                metric.reference = metric.last
            if is_main_process():
                write_json(self.folder / 'predictions' / f'{view}.json',
                           metric.last)


def _of_one_size(items: Sequence[dict]) -> list[list[dict]]:
    """Items of a batch whose network inputs have one shape."""
    by_shape: dict[tuple[int, ...], list[dict]] = defaultdict(list)
    for item in items:
        by_shape[tuple(item['inputs'].shape)].append(item)
    return list(by_shape.values())
