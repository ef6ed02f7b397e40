from collections.abc import Sequence

import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.rain.factors import RainFactors
from mmadvrain.registry import TASK_UTILS
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import write_json, write_png
from mmadvrain.utils.random import private_generator

from .attack import prepare_config


def match_random(config: PathLike | Config,
                 run_dir: PathLike,
                 measures: Sequence[str] = ('l2', 'brightness'),
                 cfg_options: dict | None = None) -> list[str]:
    """Draw random rain that equals a run's adversarial rain, by any measure.

    Source: Table 2 of the paper, which matches the area of the binary rain
    map; the run's own view ``random`` does so as well. Area alone can hide a
    brighter layer, so L2 and mean brightness are offered beside it.

    Args:
        config: The run's config.
        run_dir: Its folder, with ``factors/adversarial``.
        measures: Of :class:`RainPerturbation`'s ``match``. Defaults to L2 and
            brightness.
        cfg_options: Settings to override.

    Returns:
        Names of the new views, ``random_MEASURE``: folders of images below
        ``run_dir``, each with the means of its measures in
        ``magnitudes/random_MEASURE.json``. Views there are left as they are.

    Raises:
        ValueError: If the run's perturbation is not rain.
        FileNotFoundError: If it has no factors.
    """
    config = prepare_config(config, cfg_options)
    init_default_scope(config.default_scope)
    attack = config.test_cfg.attack
    store = AttackStore(run_dir)
    views = []
    for measure in measures:
        view = f'random_{measure}'
        views.append(view)
        done = store.root / 'magnitudes' / f'{view}.json'
        if done.is_file():
            continue
        layer = TASK_UTILS.build(dict(attack.perturbation))
        if not isinstance(layer, RainPerturbation):
            raise ValueError('random rain can only be matched with rain, but '
                             f'{run_dir} holds {type(layer).__name__}')
        layer = TASK_UTILS.build(dict(attack.perturbation, match=measure))
        images = NativeImages(
            DATASETS.build(config.test_dataloader.dataset),
            lambda metainfo, info: None)
        found = [
            _draw(images, index, layer, store, view, attack.get('seed', 0))
            for index in range(len(images))
        ]
        found = [one for one in found if one]
        write_json(
            done, {
                name: sum(one[name] for one in found) / len(found)
                for name in (found[0] if found else ())
            })
    return views


@torch.no_grad()
def _draw(images: NativeImages, index: int, layer: RainPerturbation,
          store: AttackStore, view: str, seed: int) -> dict[str, float]:
    """Random rain on one image; empty where it could not be attacked."""
    key, name = images.keys[index], images.names[index]
    sample = images[index]
    if sample.image is None:
        return {}
    factors = RainFactors.load(store.factors('adversarial', name))
    drawn = layer.random_like(factors, private_generator(seed, key, 'random'))
    write_png(
        store.image(view, name),
        to_bgr_uint8(layer.perturb(sample.image, drawn)))
    return layer.magnitude(drawn)
