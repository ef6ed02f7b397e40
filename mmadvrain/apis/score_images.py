import json
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Union

from mmengine.config import Config

from mmadvrain.utils.files import write_json
from .run_attack import prepare_config
from .victim_scorer import CLEAN, VictimScorer


def score_images(config: Union[str, Path, Config],
                 run_dir: Union[str, Path],
                 checkpoint: Optional[str] = None,
                 views: Sequence[str] = (CLEAN, 'random', 'adversarial'),
                 out_dir: Optional[Union[str, Path]] = None,
                 cfg_options: Optional[Dict[str, Any]] = None,
                 trust: bool = False,
                 resume: bool = False) -> Dict[str, Dict[str, float]]:
    """Score the stored images of a run on another classifier or detector.

    Args:
        config (str | Path | Config): The other victim's config; its data set
            names the images and what is on them.
        run_dir (str | Path): Folder of the run that stored the images.
        checkpoint (str, optional): Weights; None takes the config's.
        views (sequence[str]): ``'clean'`` and folders of the run. Defaults
            to clean, random and adversarial.
        out_dir (str | Path, optional): Gets ``scores/VIEW.json``, and of a
            classifier ``predictions/VIEW.json``. None is
            ``RUN_DIR/transfer/CONFIG_NAME``.
        cfg_options (dict, optional): Settings to override.
        trust (bool): See :func:`run_attack`.
        resume (bool): Read views that were scored before, and do not score
            them again. Defaults to False.

    Returns:
        dict[str, dict[str, float]]: Metrics of each view, unrounded.

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
    scorer: Optional[VictimScorer] = None
    found = {}
    for view in views:
        path = out / 'scores' / f'{view}.json'
        if not (resume and path.is_file()):
            scorer = scorer or VictimScorer(config, checkpoint, trust)
            write_json(path, scorer.score(view, run_dir, out))
        found[view] = json.loads(path.read_text())
    return found
