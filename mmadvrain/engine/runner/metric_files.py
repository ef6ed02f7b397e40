import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mmengine.evaluator import BaseMetric

# where metrics of MMEngine, MMDetection and this project write to
_PLACES = ('outfile_prefix', 'out_file_path', 'output_dir', 'proposals_file',
           'seg_out_dir', 'pred_dir', 'result_dir')


@contextmanager
def files_of_view(metrics: Sequence[BaseMetric], view: str) -> Iterator[None]:
    """Let metrics write the files of a view beside those of the others.

    Inside this context what a metric was told to write as ``results/coco``
    goes to ``results/VIEW/coco``.

    Args:
        metrics: The metrics of an evaluator.
        view: Name of the view.
    """
    told = [(metric, name, value) for metric in metrics for name in _PLACES
            if (value := getattr(metric, name, None))]
    for metric, name, value in told:
        folder, last = os.path.split(os.fspath(value).rstrip('/'))
        new = os.path.join(folder, view, last)
        if '://' not in new:
            is_folder = os.path.isdir(value)
            os.makedirs(
                new if is_folder else os.path.dirname(new), exist_ok=True)
        setattr(metric, name, type(value)(new))
    try:
        yield
    finally:
        for metric, name, value in told:
            setattr(metric, name, value)
