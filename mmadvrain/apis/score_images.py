import json
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from mmadvrain.typing import PathLike
from mmadvrain.utils.files import write_json

from .attack import prepare_config
from .victim_scorer import CLEAN, VictimScorer


def score_images(config: PathLike | Config,
                 run_dir: PathLike,
                 checkpoint: str | None = None,
                 views: Sequence[str] = (CLEAN, 'random', 'adversarial'),
                 out_dir: PathLike | None = None,
                 cfg_options: dict | None = None,
                 trust: bool = False,
                 resume: bool = False) -> dict[str, dict[str, float]]:
    """Score the stored images of a run on another classifier or detector.

    Args:
        config: The other victim's config; its data set names the images and
            what is on them.
        run_dir: Folder of the run that stored the images.
        checkpoint: Weights; None takes the config's.
        views: ``'clean'`` and folders of the run. Defaults to clean, random
            and adversarial.
        out_dir: Gets ``scores/VIEW.json``, and of a classifier
            ``predictions/VIEW.json``. None is
            ``RUN_DIR/transfer/CONFIG_NAME``.
        cfg_options: Settings to override.
        trust: See :func:`run_attack`.
        resume: Read views that were scored before, and do not score them
            again. Defaults to False.

    Returns:
        Metrics of each view, unrounded.

    Raises:
        FileNotFoundError: If the run has no images of a view.
    """
    config = prepare_config(config, cfg_options)
    run_dir = Path(run_dir)
    name = Path(config.filename or 'victim').stem
    out = Path(out_dir) if out_dir else run_dir / 'transfer' / name
    for view in views:
        if view != CLEAN and not (run_dir / view).is_dir():
            raise FileNotFoundError(
                f'wanted images of the view {view!r}, found no folder '
                f'{run_dir / view}')
    scorer: VictimScorer | None = None
    found = {}
    for view in views:
        path = out / 'scores' / f'{view}.json'
        if not (resume and path.is_file()):
            scorer = scorer or VictimScorer(config, checkpoint, trust)
            write_json(path, scorer.score(view, run_dir, out))
        found[view] = json.loads(path.read_text())
    return found
