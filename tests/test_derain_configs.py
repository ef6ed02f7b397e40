"""The derain configs build, train and test."""
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmadvrain.apis.derain import init_derainer
from mmadvrain.rain.bank import pack_rain_bank
from mmadvrain.registry import DATASETS, METRICS, MODELS, TRANSFORMS
from tests.literal_rain import some_factors

CONFIGS = Path(__file__).parents[1] / 'configs/derain'
TESTED_ONLY = ('drsformer', 'mprnet', 'nafnet', 'restormer')
FILES = sorted(
    path.name for path in CONFIGS.glob('*.py')
    if not path.name.startswith(TESTED_ONLY))

CELLS = ('plain', 'flip-rotate', 'augmix', 'advrain')
AUGMENTATIONS = {
    'plain': [],
    'flip-rotate': ['MixAdversarialRain', 'PairedFlipRotate'],
    'augmix': ['MixAdversarialRain'],
    'advrain': ['MixAdversarialRain'],
    'rainmix': ['RainMix'],
    'published': []
}


@pytest.fixture(scope='module')
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp('bank')
    some_factors(dtype=torch.float32).save(folder / 'f.safetensors')
    return pack_rain_bank([folder / 'f.safetensors'], folder / 'bank')


def load(name, bank):
    """Load a config, with a bank that exists."""
    config = Config.fromfile(CONFIGS / name)
    for step in config.train_dataloader.dataset.dataset.pipeline:
        if 'bank' in step.get('layers', {}):
            step.layers.bank = str(bank.path)
    return config


@pytest.mark.parametrize('derainer', ['prenet', 'efderain'])
@pytest.mark.parametrize('data', ['rain100h', 'rain1400'])
def test_table_7_has_a_config_a_cell(derainer, data, bank):
    base = None
    for cell in CELLS:
        name, = (
            f for f in FILES if f.startswith(f'{derainer}_{cell}_')
            and f.endswith(f'_{data}.py'))
        config = load(name, bank)
        steps = config.train_dataloader.dataset.dataset.pop('pipeline')
        mixes = [s for s in steps if s.type == 'mmadvrain.MixAdversarialRain']
        assert [(s.layers.type, s.get('num_layers', 3)) for s in mixes] == {
            'flip-rotate': [('mmadvrain.UniformRain', 1)],
            'augmix': [('mmadvrain.UniformRain', 3)],
            'advrain': [('mmadvrain.BankRain', 3)]
        }.get(cell, [])
        base = base or config.to_dict()
        assert config.to_dict() == base


@pytest.mark.parametrize('name', FILES)
def test_augmentation_is_what_the_name_says(name, bank):
    steps = load(name, bank).train_dataloader.dataset.dataset.pipeline
    assert [step.type.split('.')[1] for step in steps] == [
        'LoadRainPair', 'PairedRandomCrop', *AUGMENTATIONS[name.split('_')[1]],
        'PackDerainInputs'
    ]
    for step in steps:
        TRANSFORMS.build(step)


@pytest.mark.parametrize('name', [f for f in FILES if 'prenet' in f])
def test_everything_builds(name):
    config = Config.fromfile(CONFIGS / name)
    model = MODELS.build(config.model)
    assert model.loss_fn is not None
    train, test = config.train_dataloader, config.test_dataloader
    for step in test.dataset.pipeline:
        TRANSFORMS.build(step)
    METRICS.build(config.test_evaluator)
    assert test.dataset.test_mode and train.batch_size == 18
    # the folders are not there, which the data set says
    for dataset in (train.dataset.dataset, test.dataset):
        with pytest.raises((ValueError, FileNotFoundError)):
            DATASETS.build(dict(dataset, data_root='/nowhere'))


@pytest.mark.parametrize('name', [f for f in FILES if 'efderain' in f])
def test_efderain_configs(name):
    config = Config.fromfile(CONFIGS / name)
    config.model.derainer.channels = 2
    assert MODELS.build(config.model).derainer.dilations == (1, 2, 3, 4)
    schedule = config.param_scheduler[0]
    assert schedule.end == config.train_cfg.max_epochs


@pytest.mark.parametrize('name', TESTED_ONLY)
def test_configs_of_released_networks(name):
    config = Config.fromfile(CONFIGS / f'{name}_published_rain100h.py')
    with torch.device('meta'):
        derainer = MODELS.build(config.model).derainer
    kind = type(derainer)
    assert kind.__name__.lower() == name
    with torch.device('meta'):
        assert {
            k: v.shape
            for k, v in derainer.state_dict().items()
        } == {
            k: v.shape
            for k, v in kind().state_dict().items()
        }
    METRICS.build(config.test_evaluator)
    assert config.test_dataloader.dataset.test_mode
    assert config.train_dataloader is None and config.val_evaluator is None
    defended = Config.fromfile(CONFIGS.parent /
                               f'defend/{name}_faster-rcnn_r50_fpn_coco.py')
    front = dict(defended.model.data_preprocessor.derainer)
    assert front.pop('checkpoint').startswith(f'checkpoints/{kind.__name__}/')
    with torch.device('meta'):
        tiled = MODELS.build(front)
    assert type(tiled) is kind and tiled.tile_size == 512


@pytest.fixture
def pairs(tmp_path):
    rng = np.random.default_rng(0)
    for kind, folder in (('train', 'rain'), ('train', 'norain'),
                         ('test', 'rain'), ('test', 'norain')):
        path = tmp_path / 'data' / kind / folder
        path.mkdir(parents=True)
        for i in (1, 2):
            image = rng.integers(0, 256, (24, 20 + 4 * i, 3), np.uint8)
            cv2.imwrite(str(path / f'norain-{i}.png'), image)
    return tmp_path


@pytest.mark.parametrize('name, small', [
    ('prenet_flip-rotate_1xb18-100e_rain100h.py',
     dict(channels=4, stages=2, blocks=1)),
    ('prenet_advrain_1xb18-100e_rain100h.py',
     dict(channels=4, stages=2, blocks=1)),
    ('efderain_rainmix_1xb16-5000e_rain100h.py', dict(channels=2)),
    ('efderain_plain_1xb16-5000e_rain100h.py', dict(channels=2)),
])
def test_trains_and_tests(pairs, bank, name, small):
    config = load(name, bank)
    config.work_dir = str(pairs / 'work')
    config.model.derainer.update(small)
    config.train_cfg.update(max_epochs=1, val_interval=1)
    config.randomness = dict(seed=0)
    config.experiment_name = f'{name}_{pairs.name}'
    config.train_dataloader.dataset.times = 2
    for step in config.train_dataloader.dataset.dataset.pipeline:
        if 'crop_size' in step:
            step.crop_size = 16
    for loader in ('train', 'val', 'test'):
        part = config[f'{loader}_dataloader']
        part.update(num_workers=0, persistent_workers=False)
        part.get('dataset').get('dataset', part.dataset).data_root = str(
            pairs / 'data' / ('train' if loader == 'train' else 'test'))
    runner = Runner.from_cfg(config)
    before = [p.detach().clone() for p in runner.model.parameters()]
    runner.train()
    after = list(runner.model.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, after))
    assert all(p.isfinite().all() for p in after)
    scores = runner.test()
    assert set(scores) == {
        f'derained/{metric}_{space}'
        for metric in ('psnr', 'ssim')
        for space in ('y', 'rgb')
    }
    assert all(np.isfinite(value) for value in scores.values())
    best, = (pairs / 'work').glob('best_derained_psnr_y*.pth')
    for ours, theirs in zip(
            init_derainer(config, str(best)).parameters(), after):
        assert torch.equal(ours, theirs)
