"""A run as a grouped dataset of FiftyOne, a slice a view."""
from typing import Any

from mmadvrain.evaluation.page.run_folder import Boxes

from .exported_run import ExportedImage, ExportedRun


def make_fiftyone(run: ExportedRun, name: str, overwrite: bool = False) -> Any:
    """Make a dataset in FiftyOne's database, which stays there.

    Args:
        run: The run; its files stay where they are.
        name: Of the dataset.
        overwrite: Replace one of that name. Defaults to False.

    Returns:
        A ``fiftyone.Dataset``, grouped by ``view`` with the slices ``clean``,
        ``random`` and ``adversarial``, each with ``ground_truth`` and
        ``detections``; flags are tags, measures of the rain are fields.

    Raises:
        ImportError: If FiftyOne is not installed.
        ValueError: If there is a dataset of that name.
    """
    try:
        import fiftyone
    except ImportError as error:
        raise ImportError('wanted FiftyOne for this export: pip install '
                          'fiftyone') from error
    if fiftyone.dataset_exists(name) and not overwrite:
        raise ValueError(f'FiftyOne has a dataset {name}: choose another name '
                         'or replace it')
    dataset = fiftyone.Dataset(name, persistent=True, overwrite=overwrite)
    dataset.default_classes = list(run.run.classes)
    dataset.info = dict(
        work_dir=str(run.run.root.absolute()), scores=run.run.results.views)
    dataset.add_group_field('view', default='adversarial')
    samples = []
    for one in run.images:
        group = fiftyone.Group()
        samples += [
            _sample(fiftyone, run, one, view, group.element(view))
            for view in run.views
        ]
    dataset.add_samples(samples)
    return dataset


def _sample(fiftyone: Any, run: ExportedRun, one: ExportedImage, view: str,
            element: Any) -> Any:
    sample = fiftyone.Sample(
        filepath=str(one.files[view].absolute()),
        view=element,
        image_name=one.image.name,
        tags=one.flags if view == 'adversarial' else [])
    assert one.image.truth is not None  # of a detector
    sample['ground_truth'] = _labels(fiftyone, run, one, one.image.truth, True)
    if view in one.image.found:
        sample['detections'] = _labels(fiftyone, run, one,
                                       one.image.found[view], False)
    for measure, value in (one.image.record.get(view) or {}).items():
        sample[measure] = value
    return sample


def _labels(fiftyone: Any, run: ExportedRun, one: ExportedImage, boxes: Boxes,
            are_true: bool) -> Any:
    height, width = one.size_hw
    return fiftyone.Detections(detections=[
        fiftyone.Detection(
            label=run.run.classes[label],
            bounding_box=[
                x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height
            ],
            **(dict(iscrowd=not score) if are_true else dict(
                confidence=float(score)))) for (x1, y1, x2, y2), label, score
        in zip(boxes.boxes.tolist(), boxes.labels, boxes.scores)
    ])
