import numpy as np
import pytest

from mmadvrain.datasets.transforms.paired import PairedFlipRotate


def pair():
    rainy = np.arange(18).reshape(2, 3, 3)
    return dict(rainy=rainy, clean=-rainy, img_shape=(2, 3))


def test_moves_both_alike_in_all_eight_ways():
    np.random.seed(0)
    seen = set()
    for _ in range(150):
        out = PairedFlipRotate()(pair())
        assert np.array_equal(out['clean'], -out['rainy'])
        assert out['img_shape'] == out['rainy'].shape[:2]
        seen.add((out['img_shape'], out['rainy'].tobytes()))
    rainy = pair()['rainy']
    expected = set()
    for turns in range(4):
        image = np.rot90(rainy, turns)
        for moved in (image, np.flipud(image)):
            expected.add((moved.shape[:2], moved.tobytes()))
    assert seen == expected and len(seen) == 8


def test_options():
    for flip, image in ((0, pair()['rainy']), (1, pair()['rainy'][::-1])):
        out = PairedFlipRotate(rotate=False, flip_prob=flip)(pair())
        assert np.array_equal(out['rainy'], image)
    with pytest.raises(ValueError, match=r'in \[0, 1\], but got 2'):
        PairedFlipRotate(flip_prob=2)
