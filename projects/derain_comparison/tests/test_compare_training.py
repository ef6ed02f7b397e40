"""A whole comparison, with networks of a few numbers."""
import json
from copy import deepcopy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmadvrain.rain.bank import pack_rain_bank
from projects.derain_comparison.compare_training import (
    compare_training,
    comparison_table,
    train_and_score,
)
from tests.literal_rain import some_factors
from tests.markdown import cells
from tests.test_tools.run_tool import load_tool

CONFIGS = Path(__file__).parents[1] / 'configs'
ARMS = ('plain', 'flip-rotate', 'augmix', 'advrain')
FILES = [CONFIGS / f'prenet-small_{a}_4b150i_clean-folder.py' for a in ARMS]
TOOL = '../projects/derain_comparison/compare.py'


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    for folder in ('clean', 'rain100h/rain', 'rain100h/norain', 'adv'):
        path = tmp_path / folder
        path.mkdir(parents=True)
        for i in (1, 2):
            image = rng.integers(0, 256, (24, 28, 3), np.uint8)
            name = f'norain-{i}' if 'rain100h' in folder else i
            cv2.imwrite(str(path / f'{name}.png'), image)
    some_factors((24, 28),
                 dtype=torch.float32).save(tmp_path / 'f.safetensors')
    pack_rain_bank([tmp_path / 'f.safetensors'], tmp_path / 'bank')
    return tmp_path


def options(data):
    return {
        'model.derainer.channels': 2,
        'train_cfg.max_iters': 2,
        'default_hooks.checkpoint.interval': 2,
        'train_dataloader.batch_size': 2,
        'train_dataloader.dataset.data_root': str(data / 'clean'),
        'test_sets.rain100h.data_root': str(data / 'rain100h'),
        'test_sets.adversarial.data_prefix.rainy': str(data / 'adv'),
        'test_sets.adversarial.data_prefix.clean': str(data / 'clean'),
    }


def load(data, path):
    config = load_tool(TOOL).load_config(
        str(path), options(data), str(data / 'bank'))
    config.train_dataloader.dataset.pipeline[1].crop_size = 16
    return config


def test_the_configs_differ_in_the_augmentation_only(data):
    configs = [load(data, path) for path in FILES]
    steps = []
    for config in configs:
        pipeline = config.train_dataloader.dataset.pop('pipeline')
        steps.append([step.type.split('.')[1] for step in pipeline])
    assert all(c.to_dict() == configs[0].to_dict() for c in configs)
    assert [s[2:-1] for s in steps] == [[], ['PairedFlipRotate'],
                                        ['MixAdversarialRain'],
                                        ['MixAdversarialRain']]


def test_the_rain_of_attacks_is_the_same_but_for_what_an_attack_adds(data):
    paths = sorted(CONFIGS.glob('*_attack-rain.py'))
    steps, hooks, rest = {}, {}, []
    for path in paths:
        config, arm = load(data, path), path.stem.split('_')[1]
        pipeline = config.train_dataloader.dataset.pop('pipeline')
        steps[arm] = [step.type.split('.')[1] for step in pipeline][2:-1]
        hooks[arm] = [hook.type for hook in config.pop('custom_hooks')]
        config.pop('one_layer', None)
        rest.append(config.to_dict())
    assert all(config == rest[0] for config in rest) and len(rest) == 4
    mixed = ['MixAdversarialRain']
    assert steps == dict(advrain=mixed, augmix=mixed, loop=[], random=[])
    fresh = ['mmadvrain.RainEpochHook']
    assert hooks == dict(
        advrain=fresh,
        augmix=fresh,
        loop=[*fresh, 'mmadvrain.AdversarialDerainHook'],
        random=fresh)


def test_a_loop_of_attack_and_training(data):
    name = 'prenet-small_loop_4b400i_attack-rain.py'
    config = load(data, CONFIGS / name)
    config.custom_hooks[1].probability = 1.  # else chance may choose none
    scores = train_and_score(config, 0, data / 'loop')
    config.custom_hooks = config.custom_hooks[:1]
    assert scores != train_and_score(config, 0, data / 'random')


def test_comparison(data):
    configs = {name: load(data, f) for name, f in zip(ARMS, FILES)}
    del configs['flip-rotate'], configs['augmix']
    before = deepcopy(configs)
    out = data / 'out'
    results = compare_training(configs, [0, 1], out)
    assert all(configs[n].to_dict() == before[n].to_dict() for n in configs)
    assert results == json.loads((out / 'results.json').read_text())
    keys = {
        f'{test}/{image}/{metric}_y'
        for test in ('rain100h', 'adversarial')
        for image in ('derained', 'rainy')
        for metric in ('psnr', 'ssim')
    }
    for name, entry in results['summary'].items():
        assert set(entry) == keys
        scores = [results['runs'][name][s]['scores'] for s in ('0', '1')]
        psnr = [s['rain100h/derained/psnr_y'] for s in scores]
        assert psnr[0] != psnr[1]
        assert entry['rain100h/derained/psnr_y']['mean'] == pytest.approx(
            np.mean(psnr))
    table = (out / 'results.md').read_text()
    assert table == comparison_table(results['summary']) + '\n'
    assert [line[:2] for line in cells(table)[1:]] == [['rainy input', '0'],
                                                       ['plain', '2'],
                                                       ['advrain', '2']]

    # the same seed, the same scores
    assert train_and_score(configs['advrain'], 1, data / 'again') == \
        results['runs']['advrain']['1']['scores']

    # what is done is not done again, and not mixed with other settings
    logs = sorted(out.rglob('*.log'))
    assert compare_training(configs, [0, 1], out) == results
    assert sorted(out.rglob('*.log')) == logs
    configs['plain'].train_cfg.max_iters = 1
    with pytest.raises(ValueError, match="run of 'plain' with seed 0 and "):
        compare_training(configs, [0], out)


def test_tool(data, monkeypatch, caplog):
    tool = load_tool(TOOL)
    plain = Config.fromfile(FILES[0])
    assert tool.load_config(str(FILES[0]), None, None).to_dict() == \
        plain.to_dict()
    calls = []

    def compare(*args):
        calls.append(args)
        return dict(summary={})

    monkeypatch.setattr(tool, 'compare_training', compare)
    args = [str(FILES[3]), '--out-dir', 'x', '--seeds', '4', '5']
    assert tool.main([*args, '--bank', 'b', '--cfg-options', 'seen=1']) == 0
    (configs, seeds, out, overwrite), = calls
    config, = configs.values()
    assert config.seen == 1 and (seeds, out, overwrite) == ([4, 5], 'x', False)
    assert config.train_dataloader.dataset.pipeline[2].layers.bank == 'b'
    assert tool.main([str(data / 'nothing.py'), '--out-dir', 'x']) == 1


def test_without_test_sets(data):
    config = load(data, FILES[0])
    config.pop('test_sets')
    with pytest.raises(ValueError, match='needs test_sets'):
        train_and_score(config, 0, data / 'x')
