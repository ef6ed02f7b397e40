import numpy as np
import pytest

from mmadvrain.datasets.transforms.paired import PairedRandomCrop


def pair(height, width):
    rainy = np.arange(height * width * 3).reshape(height, width, 3)
    return dict(rainy=rainy, clean=-rainy, img_shape=(height, width))


def test_cuts_the_same_part_out_of_both():
    np.random.seed(0)
    crop = PairedRandomCrop((4, 3))
    corners = set()
    for _ in range(200):
        out = crop(pair(5, 7))
        assert out['rainy'].shape == (3, 4, 3)
        assert out['img_shape'] == (3, 4)
        assert np.array_equal(out['clean'], -out['rainy'])
        top, left = divmod(int(out['rainy'][0, 0, 0]) // 3, 7)
        assert np.array_equal(out['rainy'],
                              pair(5, 7)['rainy'][top:top + 3, left:left + 4])
        corners.add((top, left))
    # every part comes, the last one too
    assert corners == {(y, x) for y in range(3) for x in range(4)}


def test_small_images_are_continued_by_reflection():
    out = PairedRandomCrop(5)(pair(3, 5))
    expected = pair(3, 5)['rainy'][[0, 1, 2, 1, 0]]
    assert np.array_equal(out['rainy'], expected)
    assert PairedRandomCrop(9)(pair(2, 1))['clean'].shape == (9, 9, 3)


def test_keys_and_the_seed():
    results = dict(pair(6, 6), layer=np.arange(36).reshape(6, 6, 1))
    results.pop('clean')
    crop = PairedRandomCrop(2, keys=('rainy', 'clean', 'layer'))
    np.random.seed(3)
    out = crop(dict(results))
    assert np.array_equal(out['rainy'][..., :1] // 3, out['layer'])
    np.random.seed(3)
    assert np.array_equal(crop(dict(results))['layer'], out['layer'])
    assert 'crop_size=(2, 2)' in repr(crop)


@pytest.mark.parametrize('size', [0, (3, 0), (1, 2, 3)])
def test_arguments(size):
    with pytest.raises(ValueError, match='positive width and height'):
        PairedRandomCrop(size)
