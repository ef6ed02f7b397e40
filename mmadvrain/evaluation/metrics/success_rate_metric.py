"""Top-1 accuracy and success rates of an attack on a classifier."""
import json
from collections.abc import Sequence
from pathlib import Path

from mmengine.evaluator import BaseMetric

from mmadvrain.evaluation.functional.success_rate import success_rates
from mmadvrain.registry import METRICS
from mmadvrain.typing import Predictions


@METRICS.register_module()
class SuccessRateMetric(BaseMetric):
    """Top-1 accuracy and success rates of an attack on a classifier.

    Keys are ``top1``, ``success_all`` (the share of all images that are
    classified wrongly) and ``success_on_correct`` (of those that the same
    classifier gets right without an attack; needs to know them). Values are
    in [0, 1], unrounded. An image that could not be read counts as wrong.

    Args:
        clean: File of the predictions on the clean images, as the attack loop
            writes it, ``predictions/clean.json``. None: the attack loop says
            so itself, otherwise ``success_on_correct`` is left out. Defaults
            to None.
        bootstrap: Samples of images for 95 percent confidence intervals, as
            ``success_all_low``, ``success_all_high`` and so on. 0 gives none.
            Defaults to 0.
        collect_device: Of the base class. Defaults to 'cpu'.
        prefix: Of the keys. Defaults to None: ``cls``.

    Attributes:
        last: Predictions of the last evaluation by image id: ``gt``, ``pred``
            and ``loss``. Of the main process.
        reference: Those on the clean images.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: A negative ``bootstrap``.
    """

    default_prefix = 'cls'

    def __init__(self,
                 clean: str | None = None,
                 bootstrap: int = 0,
                 collect_device: str = 'cpu',
                 prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if bootstrap < 0:
            raise ValueError('wanted a number of bootstrap samples or 0, got '
                             f'{bootstrap}')
        self.bootstrap = bootstrap
        self.last: Predictions = {}
        self.reference: Predictions | None = None
        if clean is not None:
            if not Path(clean).is_file():
                raise FileNotFoundError(
                    f'wanted a file of predictions, found none at {clean}')
            self.reference = json.loads(Path(clean).read_text())

    def process(self, data_batch: object,
                data_samples: Sequence[dict]) -> None:
        """Keep the predictions of a batch.

        Args:
            data_batch: Not used.
            data_samples: With ``img_id``, ``gt_label`` and ``pred_label``.
        """
        for sample in data_samples:
            found: dict = dict(
                gt=int(sample['gt_label']), pred=int(sample['pred_label']))
            if 'pred_loss' in sample:
                found['loss'] = float(sample['pred_loss'])
            self.results.append((str(sample['img_id']), found))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Rates of all images.

        Args:
            results: What :meth:`process` kept.

        Returns:
            See the class.

        Raises:
            ValueError: If the clean predictions lack an image.
        """
        self.last = dict(results)
        right = [one['pred'] == one['gt'] for one in self.last.values()]
        if self.reference is None:
            return success_rates(right, draws=self.bootstrap)
        missing = [key for key in self.last if key not in self.reference]
        if missing:
            raise ValueError('wanted a prediction on the clean image of each '
                             f'of {len(self.last)} images, found none of '
                             f'{len(missing)}, the first is {missing[0]}')
        clean = [self.reference[key] for key in self.last]
        return success_rates(
            right, [one['pred'] == one['gt'] for one in clean],
            draws=self.bootstrap)
