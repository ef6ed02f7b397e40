"""A detector by config file, config, or its name in MMDetection's zoo."""
import difflib
from pathlib import Path

from mmengine.config import Config
from mmengine.fileio import load

from mmadvrain.typing import PathLike


def find_detector(model: PathLike | Config,
                  weights: str | None = None) -> tuple[Config, str | None]:
    """Find a detector's config and weights.

    Args:
        model: Config, its file, or a name of MMDetection's zoo such as
            ``'faster-rcnn_r50_fpn_1x_coco'`` or ``'rtmdet-s'``.
        weights: File or URL; None takes the config's ``load_from``, or those
            that the zoo names.

    Returns:
        The config, and the weights where any are known.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the zoo has no such name.
    """
    if isinstance(model, Config):
        return model, weights
    path = Path(model)
    if path.is_file():
        return Config.fromfile(path), weights
    if path.suffix == '.py' or len(path.parts) > 1:
        raise FileNotFoundError(f'no config file at {path}')
    known = _zoo()
    entry = known.get(str(model).lower())
    if entry is None:
        near = difflib.get_close_matches(str(model).lower(), known, 3, 0.5)
        hint = f'; close are {", ".join(near)}' if near else ''
        raise ValueError("wanted a config file or a name of MMDetection's "
                         f'zoo, but {model} is neither{hint}')
    return Config.fromfile(entry['config']), weights or entry['weights']


def _zoo() -> dict[str, dict]:
    """Config and weights by all names that MMDetection's metafiles give."""
    import mmdet  # imported here: it takes seconds
    package = Path(mmdet.__file__).parent
    root = package / '.mim'
    if not (root / 'model-index.yml').is_file():  # a checkout
        root = package.parent
    names: dict[str, dict] = {}
    for part in load(root / 'model-index.yml')['Import']:
        for model in load(root / part).get('Models', []):
            alias = model.get('Alias') or []
            config, weights = root / model['Config'], model.get('Weights')
            entry = dict(
                config=config,
                weights=weights[0] if isinstance(weights, list) else weights)
            own = [
                model['Name'], *([alias] if isinstance(alias, str) else alias),
                config.stem
            ]
            for name in own:
                names.setdefault(str(name).lower(), entry)
    return names
