"""What plans and projects find below work_dirs is made by their configs."""
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from mmadvrain.apis.load_plan import load_plan
from mmadvrain.engine.runner.attack_loop import AttackLoop
from mmadvrain.registry import DATASETS, LOOPS, type_of
from mmadvrain.store.attack_store import stored_views
from tests.test_datasets.kitti_folder import write_kitti

ROOT = Path(__file__).parents[1]
LEAVES = [
    path.relative_to(ROOT)
    for pattern in ('configs/**/*.py', 'projects/*/configs/**/*.py')
    for path in sorted(ROOT.glob(pattern)) if '_base_' not in path.parts
]
PLANS = [
    path for path in LEAVES
    if path.parent.name == 'studies' or path.name.startswith('study')
]


@functools.cache
def parsed(path: Path) -> Config:
    return Config.fromfile(ROOT / path)


def below_work_dirs(node: Any) -> Iterator[str]:
    """Every path below work_dirs in a config."""
    if isinstance(node, str) and node.startswith('work_dirs/'):
        yield node
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for child in node:
            yield from below_work_dirs(child)


@functools.cache
def products() -> frozenset[str]:
    """Last checkpoints of training, and views of attacks, of all configs."""
    made = set()
    for path in LEAVES:
        config, folder = parsed(path), f'work_dirs/{path.stem}'
        train = config.get('train_cfg') or {}
        if train and config.get('train_dataloader'):
            hook = (config.get('default_hooks') or {}).get('checkpoint', {})
            # of iterations a hook by epochs saves nothing
            unit = 'epoch' if hook.get('by_epoch', True) else 'iter'
            last = train.get(f'max_{unit}s')
            made |= {f'{folder}/{unit}_{last}.pth'} if last else set()
            if config.get('test_sets'):  # by compare.py, with three seeds
                made |= {
                    f'work_dirs/compare/{path.stem}/seed{seed}/{unit}_{last}'
                    '.pth'
                    for seed in range(3)
                }
        loop = config.get('test_cfg') or {}
        kind = type_of(LOOPS, loop)
        if kind is not None and issubclass(kind, AttackLoop):
            made |= {f'{folder}/{view}' for view in stored_views()}
    return frozenset(made)


def test_configs_train_and_attack():
    assert len(PLANS) > 9
    assert {
        'work_dirs/faster-rcnn_vgg16_tf-c4_490k_coco/iter_490000.pth',
        'work_dirs/prenet_plain_1xb18-100e_rain100h/epoch_100.pth',
        'work_dirs/advrain_faster-rcnn_r50_fpn_coco/adversarial'
    } < products()


@pytest.mark.parametrize('path', PLANS, ids=str)
def test_a_plan_finds_what_some_config_has_made(path):
    plan = load_plan(ROOT / path)
    named = [
        model.checkpoint for model in (*plan.sources, *plan.victims)
        if (model.checkpoint or '').startswith('work_dirs')
    ]
    for cell in plan.cells:
        named += below_work_dirs([cell.loop, cell.options])
    assert not set(named) - products()


@pytest.mark.parametrize('path', LEAVES, ids=str)
def test_a_config_finds_what_some_config_has_made(path):
    found = below_work_dirs(parsed(path).to_dict())
    assert not set(found) - products()


@pytest.mark.parametrize('name, attacked',
                         [('table5_coco.py', 'coco'),
                          ('table6_kitti.py', 'kitti'),
                          ('table5_converted_coco.py', 'coco'),
                          ('table6_converted_kitti.py', 'kitti')])
def test_the_generator_of_a_table_is_trained_against_its_source(
        name, attacked):
    plan = load_plan(ROOT / 'configs/studies' / name)
    source, = plan.sources
    uea, = [cell for cell in plan.cells if cell.label == 'UEA']
    stem = Path(uea.loop.attack.perturbation.checkpoint).parent.name
    assert stem.endswith(f'_{attacked}')
    training = parsed(Path(f'projects/uea/configs/{stem}.py'))
    victim = training.model.victim
    assert (ROOT / victim.config).samefile(source.path)
    assert victim.checkpoint == source.checkpoint
    assert training.train_dataloader.dataset.config == victim.config


def test_the_generator_of_kitti_sees_the_half_that_detectors_train_on(
        tmp_path, monkeypatch):
    stem = 'uea_1xb1-14e_faster-rcnn_vgg16_tf-c4_kitti'
    training = parsed(Path(f'projects/uea/configs/{stem}.py'))
    write_kitti(tmp_path)
    (tmp_path / 'ImageSets').mkdir()
    (tmp_path / 'ImageSets/train.txt').write_text('000002\n000010\n')
    (tmp_path / 'ImageSets/val.txt').write_text('000007\n')
    monkeypatch.chdir(ROOT)  # whose configs it names
    cfg = training.train_dataloader.dataset.to_dict()
    cfg['dataset']['data_root'] = str(tmp_path)
    dataset = DATASETS.build(cfg)
    # one of the two has no objects
    assert len(dataset) == 1
    item = dataset[0]
    assert item['inputs'].shape == (3, 100, 120)
    assert item['data_samples'].img_id == 2
    assert item['data_samples'].gt_instances.labels.tolist() == [0]
