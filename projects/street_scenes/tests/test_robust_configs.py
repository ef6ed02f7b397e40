"""The configs that train a detector in rain."""
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmadvrain.apis.load_plan import load_plan
from mmadvrain.rain.bank import pack_rain_bank
from tests.literal_rain import some_factors

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / 'projects/street_scenes/configs/robust'


def test_a_bank_rains_on_the_images_of_a_detector(tmp_path):
    """One iteration, on scenes that are made for it."""
    some_factors(dtype=torch.float32).save(tmp_path / 'f.safetensors')
    bank = pack_rain_bank([tmp_path / 'f.safetensors'], tmp_path / 'bank')
    cfg = Config.fromfile(
        CONFIGS / 'faster-rcnn_r18-slim_fpn_mix-advrain-2e_street-scenes.py')
    cfg.work_dir = str(tmp_path / 'work')
    cfg.load_from = str(ROOT / cfg.load_from)
    cfg.default_hooks.pop('visualization')
    dataset = cfg.train_dataloader.dataset
    dataset.update(data_root=f'{tmp_path}/scenes/', num_images=4)
    kinds = [step.type for step in dataset.pipeline]
    assert kinds[-2:] == ['mmadvrain.MixRainOnImage', 'PackDetInputs']
    assert kinds[0] == 'LoadImageFromFile'
    dataset.pipeline[-2].prob = 1.
    dataset.pipeline[-2].layers.bank = str(bank.path)
    for part in ('val_dataloader', 'val_cfg', 'val_evaluator',
                 'test_dataloader', 'test_cfg', 'test_evaluator'):
        cfg.pop(part)
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=1)
    cfg.param_scheduler = []
    runner = Runner.from_cfg(cfg)
    runner.train()
    # one small step from where the demonstration's detector is
    before = torch.load(cfg.load_from, 'cpu', weights_only=True)['state_dict']
    steps = [(value - before[name]).abs().max()
             for name, value in runner.model.named_parameters()]
    assert 0 < max(steps) < 0.01
    # it rained
    loaded = runner.train_dataloader.dataset
    pipeline = loaded.pipeline.transforms
    mixed = pipeline[-2](dict(img=pipeline[0](loaded.get_data_info(0))['img']))
    clean = pipeline[0](loaded.get_data_info(0))['img']
    assert (mixed['img'] >= clean).all() and (mixed['img'] > clean).any()


def test_trained_in_rain_and_not():
    plan = load_plan(CONFIGS / 'study.py')
    hooks = {
        s.name: [h.type for h in s.config.get('custom_hooks', [])]
        for s in plan.sources
    }
    assert hooks == dict(
        before=[],
        clean=[],
        random_rain=['mmadvrain.RainInjectionHook'],
        mix_advrain=[],
        advrain=['mmadvrain.AdversarialRainHook'])
    budgets = {s.config.train_cfg.max_epochs for s in plan.sources[1:]}
    assert budgets == {2}
    assert {s.config.randomness.seed for s in plan.sources} == {0}
