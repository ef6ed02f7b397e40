import pickle

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import ConcatDataset
from torch.utils.data import DataLoader

from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.registry import DATASETS
from mmadvrain.utils.random import private_generator

LOAD = dict(type='mmadvrain.LoadRainPair')


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name in ('a.png', 'sub/b.jpg', 'sub/a.png'):
        path = tmp_path / 'clean' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 200, (40, 30, 3), np.uint8))
    (tmp_path / 'clean/notes.txt').write_text('no image')
    return tmp_path / 'clean'


def build(folder, pipeline=(LOAD, ), **options):
    return DATASETS.build(
        dict(
            type='mmadvrain.RainOnClean',
            data_root=str(folder),
            pipeline=list(pipeline),
            **options))


def test_pairs_are_clean_images_and_their_rain(folder):
    dataset = build(folder, seed=3, compose='screen')
    assert len(dataset) == 3
    for sample, name in zip(dataset, ('a.png', 'sub/a.png', 'sub/b.jpg')):
        assert sample['img_path'] == sample['clean_path'] == str(folder / name)
        clean = cv2.imread(str(folder / name))[..., ::-1]
        assert np.array_equal(sample['clean'], clean)
        assert sample['img_shape'] == sample['ori_shape'] == (40, 30)
        # drawn as the project draws rain for a whole image
        factors = UniformFactors().draw(
            (40, 30), private_generator(3, f'{name}#0', 'clean rain 0'))
        pixels = np.moveaxis(clean, 2, 0) / np.float32(255)
        rain = render_streaks(factors)
        rainy = compose_rain(rain.new_tensor(pixels), rain, 'screen')
        wanted = np.rint(np.moveaxis(rainy.numpy() * 255, 0, 2))
        assert sample['rainy'].dtype == np.uint8
        assert np.array_equal(sample['rainy'], wanted)
        assert (sample['rainy'] > clean).any()


def test_order_and_company_change_nothing(folder):
    wanted = {s['img_path']: s['rainy'] for s in build(folder)}
    one = build(folder, indices=[2])
    assert np.array_equal(one[0]['rainy'], wanted[one[0]['img_path']])
    part = build(folder)
    for index in (2, 0, 0):
        sample = part[index]
        assert np.array_equal(sample['rainy'], wanted[sample['img_path']])
    other = build(folder, seed=1)
    assert all(not np.array_equal(s['rainy'], wanted[s['img_path']])
               for s in other)


def test_several_rains_for_a_clean_image(folder):
    dataset = build(folder, rainy_per_clean=3)
    assert len(dataset) == 9
    samples = [dataset[i] for i in range(3)]
    assert len({s['img_path'] for s in samples}) == 1
    assert len({s['rainy'].tobytes() for s in samples}) == 3
    # the first rain is the only one of other settings
    assert np.array_equal(samples[0]['rainy'], build(folder)[0]['rainy'])


def test_epochs(folder):
    fresh = build(folder, fresh_each_epoch=True)
    steady = build(folder)
    seen = []
    for epoch in (0, 1, 2, 1):
        for dataset in (fresh, steady):
            dataset.set_epoch(epoch)
        seen.append(fresh[0]['rainy'].tobytes())
        assert steady[0]['rainy'].tobytes() == seen[0]
    assert len(set(seen)) == 3 and seen[1] == seen[3]
    with pytest.raises(ValueError, match='must not be negative'):
        fresh.set_epoch(-1)


def test_workers_that_live_on_hear_of_the_epoch(folder):
    pack = dict(type='mmadvrain.PackDerainInputs')
    dataset = build(folder, [LOAD, pack], fresh_each_epoch=True)
    loader = DataLoader(
        dataset,
        batch_size=1,
        collate_fn=lambda samples: samples[0]['inputs'],
        num_workers=1,
        persistent_workers=True,
        multiprocessing_context='fork')
    seen = []
    for epoch in (0, 1):
        dataset.set_epoch(epoch)
        for index, rainy in enumerate(loader):
            assert torch.equal(rainy, dataset[index]['inputs'])
            seen.append(rainy)
    assert len(seen) == 6 and not torch.equal(seen[0], seen[3])


def test_goes_through_the_pipeline_of_pairs(folder):
    dataset = build(
        folder,
        pipeline=[
            LOAD,
            dict(type='mmadvrain.PairedRandomCrop', crop_size=16),
            dict(type='mmadvrain.PairedFlipRotate'),
            dict(type='mmadvrain.PackDerainInputs')
        ])
    sample = ConcatDataset([dataset, dataset])[4]
    assert sample['inputs'].shape == (3, 16, 16)
    assert sample['data_samples'].clean.shape == (3, 16, 16)
    assert sample['data_samples'].clean_path.endswith('a.png')
    # what workers send holds no function
    pickle.dumps(sample)


def test_arguments(folder, tmp_path):
    with pytest.raises(ValueError, match='folder of clean images does not'):
        build(tmp_path / 'nothing')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match=r'but .*notes\.txt is a file'):
        build(folder / 'notes.txt')
    with pytest.raises(ValueError, match='no images found'):
        build(tmp_path / 'empty')
    with pytest.raises(ValueError, match='rainy_per_clean must be at least'):
        build(folder, rainy_per_clean=0)
    with pytest.raises(ValueError, match='rain synthesis model must be'):
        build(folder, compose='soft')


@pytest.mark.parametrize('crop_size', [(11, 13), (30, 40), (34, 45)])
def test_rain_for_the_patch_alone_is_that_of_the_image(folder, crop_size):
    crop = dict(type='mmadvrain.PairedRandomCrop', crop_size=crop_size)
    whole = build(folder, [LOAD, crop], seed=3)
    patch = build(folder, [dict(LOAD, defer_rain=True), crop], seed=3)
    rained = 0
    for seed in range(12):
        samples = []
        for dataset in (whole, patch):
            np.random.seed(seed)
            samples.append(dataset[seed % 3])
        assert samples[0].keys() == samples[1].keys()
        for key in ('rainy', 'clean'):
            # rounding may fall to the other side
            apart = samples[0][key].astype(int) - samples[1][key]
            assert np.abs(apart).max() <= 1 and (apart != 0).mean() < 0.001
        rained += int((samples[1]['rainy'] > samples[1]['clean']).any())
    assert rained > 6


def test_deferred_rain_is_not_forgotten(folder):
    pack = dict(type='mmadvrain.PackDerainInputs')
    dataset = build(folder, [dict(LOAD, defer_rain=True), pack])
    with pytest.raises(ValueError, match='wants PairedRandomCrop'):
        dataset[0]
