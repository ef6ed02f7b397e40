import numpy as np
import torch

from mmadvrain.datasets.transforms.pack import PackDerainInputs
from mmadvrain.datasets.transforms.paired import PairedFlipRotate


def test_packs():
    rainy = np.random.default_rng(0).integers(0, 256, (2, 3, 3), np.uint8)
    results = dict(
        rainy=rainy, clean=rainy / 255, img_path='a', ori_shape=(9, 9), n=1)
    out = PackDerainInputs()(results)
    assert out['inputs'].dtype == torch.uint8
    assert np.array_equal(out['inputs'].permute(1, 2, 0), rainy)
    sample = out['data_samples']
    assert np.array_equal(sample.clean.permute(1, 2, 0), rainy / 255)
    assert sample.metainfo == dict(img_path='a', ori_shape=(9, 9))


def test_takes_views_and_images_without_partner():
    results = PairedFlipRotate(flip_prob=1)(
        dict(rainy=np.zeros((4, 5, 3), np.uint8)))
    out = PackDerainInputs(meta_keys=())(results)
    assert out['inputs'].is_contiguous()
    assert 'clean' not in out['data_samples']
