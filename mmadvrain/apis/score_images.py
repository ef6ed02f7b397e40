import json
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Union

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import DATASETS
from torch.utils.data import DataLoader

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.engine.runner import AttackStore, ClassificationTask
from mmadvrain.engine.runner.view_scorer import ViewScorer
from mmadvrain.models.build_victim_model import build_victim_model
from mmadvrain.registry import TASK_UTILS
from .run_attack import prepare_config


def score_images(config: Union[str, Path, Config],
                 run_dir: Union[str, Path],
                 checkpoint: Optional[str] = None,
                 views: Sequence[str] = ('clean', 'random', 'adversarial'),
                 out_dir: Optional[Union[str, Path]] = None,
                 cfg_options: Optional[Dict[str, Any]] = None,
                 trust: bool = False,
                 resume: bool = False) -> Dict[str, Dict[str, Any]]:
    """Score the stored images of a run on another classifier.

    Args:
        config (str | Path | Config): The other classifier's config; its data
            set names the images and their classes.
        run_dir (str | Path): Folder of the run that stored the images.
        checkpoint (str, optional): Weights; None takes the config's.
        views (sequence[str]): ``'clean'`` and folders of the run. Defaults
            to clean, random and adversarial.
        out_dir (str | Path, optional): Gets ``predictions/VIEW.json``. None
            is ``RUN_DIR/transfer/CONFIG_NAME``.
        cfg_options (dict, optional): Settings to override.
        trust (bool): See :func:`run_attack`.
        resume (bool): Read views that were scored before, and do not score
            them again. Defaults to False.

    Returns:
        dict[str, dict]: Predictions of each view by image id: ``gt``,
        ``pred`` and ``loss``.

    Raises:
        FileNotFoundError: If the run has no images of a view.
        ValueError: If the config is not one of a classifier.
    """
    config = prepare_config(config, cfg_options)
    run_dir = Path(run_dir)
    name = Path(config.filename or 'classifier').stem
    out = Path(out_dir) if out_dir else run_dir / 'transfer' / name
    paths = {view: out / 'predictions' / f'{view}.json' for view in views}
    for view in views:
        if view != 'clean' and not (run_dir / view).is_dir():
            raise FileNotFoundError(
                f'wanted images of the view {view!r}, found no folder '
                f'{run_dir / view}')
    if not (resume and all(path.is_file() for path in paths.values())):
        task = TASK_UTILS.build(
            config.test_cfg.get('task')
            or dict(type='mmadvrain.DetectionTask'))
        if not isinstance(task, ClassificationTask):
            raise ValueError(f'{config.filename} is no config of a classifier:'
                             ' its test_cfg wants the task '
                             "'mmadvrain.ClassificationTask'")
        model = build_victim_model(config, checkpoint, trust)
        loader = dict(config.test_dataloader)
        dataset = DATASETS.build(loader['dataset'])
        images = NativeImages(dataset, task.target)
        scorer = ViewScorer(
            model,
            Evaluator(config.test_evaluator),
            images,
            AttackStore(run_dir),
            range(len(images)),
            DataLoader(
                dataset,
                batch_size=loader.get('batch_size', 1),
                num_workers=loader.get('num_workers', 0)),
            task,
            folder=out)
        for view, path in paths.items():
            if not (resume and path.is_file()):
                scorer.score_files(view)
    return {view: json.loads(path.read_text()) for view, path in paths.items()}
