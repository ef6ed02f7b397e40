import os
from pathlib import Path

from mmengine.dataset import BaseDataset
from mmengine.runner import Runner

from mmadvrain.datasets.output_names import dataset_names, output_names

from .rain_epoch_hook import unwrap


class ImageNames:
    """Names for files about images of a run, as an attack would give them.

    The data of a run are listed when the first name is asked for.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def of(self, runner: Runner, mode: str, img_path: str) -> str:
        """Name of an image.

        Args:
            runner: The run.
            mode: ``'train'``, ``'val'`` or ``'test'``.
            img_path: As the data set says it.

        Returns:
            Relative, without suffix. The file's own name where the data of
            the run do not list it.
        """
        if mode not in self._known:
            loader = getattr(runner, f'{mode}_dataloader', None)
            self._known[mode] = _names(getattr(loader, 'dataset', None))
        return self._known[mode].get(
            os.path.abspath(img_path),
            Path(img_path).stem)


def _names(dataset: object) -> dict[str, str]:
    parts = [
        part for part in unwrap(dataset)  # type: ignore[arg-type]
        if isinstance(part, BaseDataset)
    ]
    paths = [
        os.path.abspath(info['img_path']) for part in parts
        for info in map(part.get_data_info, range(len(part)))
    ]
    names = dataset_names(parts[0]) if len(parts) == 1 else output_names(paths)
    return dict(zip(paths, names))
