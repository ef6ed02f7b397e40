from collections.abc import Iterator

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import Dataset

from mmadvrain.registry import HOOKS


@HOOKS.register_module()
class RainEpochHook(Hook):
    """Tell the training data which epoch it is, so that rain differs.

    For data sets with ``set_epoch``, such as :class:`RainOnClean`, also below
    wrappers (repeated, concatenated). Loops that count iterations have no
    epochs, and leave the rain as it is.
    """
    priority = 'NORMAL'

    def before_train_epoch(self, runner: Runner) -> None:
        """Pass the epoch on.

        Args:
            runner: Its training data are told.

        Raises:
            ValueError: If no training data listen.
        """
        listening = [
            dataset for dataset in unwrap(runner.train_dataloader.dataset)
            if hasattr(dataset, 'set_epoch')
        ]
        if not listening:
            raise ValueError(
                'RainEpochHook needs training data with set_epoch, such as '
                'RainOnClean, but got '
                f'{type(runner.train_dataloader.dataset).__name__}')
        for dataset in listening:
            dataset.set_epoch(runner.epoch)


def unwrap(dataset: Dataset) -> Iterator:
    """All data sets in one, itself included.

    Args:
        dataset: A data set or a wrapper around some.

    Yields:
        Data sets.
    """
    yield dataset
    inner = [dataset.dataset] if hasattr(dataset, 'dataset') else getattr(
        dataset, 'datasets', [])
    for part in inner:
        yield from unwrap(part)
