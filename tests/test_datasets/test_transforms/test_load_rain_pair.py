import cv2
import numpy as np
import pytest

from mmadvrain.datasets.transforms.load_rain_pair import LoadRainPair


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    images = {}
    for name in ('rainy', 'clean'):
        images[name] = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'{name}.png'), images[name][..., ::-1])
    return tmp_path, images


def test_loads_rgb(paths):
    folder, images = paths
    out = LoadRainPair()(
        dict(
            img_path=str(folder / 'rainy.png'),
            clean_path=str(folder / 'clean.png')))
    assert np.array_equal(out['rainy'], images['rainy'])
    assert np.array_equal(out['clean'], images['clean'])
    assert out['ori_shape'] == out['img_shape'] == (4, 6)


def test_without_partner(paths):
    out = LoadRainPair()(dict(img_path=str(paths[0] / 'rainy.png')))
    assert 'clean' not in out and out['rainy'].shape == (4, 6, 3)


@pytest.mark.parametrize('side, rainy, clean', [
    ('left', slice(0, 3), slice(3, 6)),
    ('right', slice(3, 6), slice(0, 3)),
])
def test_side_by_side(paths, side, rainy, clean):
    folder, images = paths
    path = str(folder / 'rainy.png')
    out = LoadRainPair()(dict(img_path=path, clean_path=path, rainy_side=side))
    assert np.array_equal(out['rainy'], images['rainy'][:, rainy])
    assert np.array_equal(out['clean'], images['rainy'][:, clean])
    assert out['img_shape'] == (4, 3)


def test_errors(tmp_path):
    path = tmp_path / 'a.png'
    path.write_text('no image')
    with pytest.raises(ValueError, match=r'a\.png must be an image'):
        LoadRainPair()(dict(img_path=str(path)))
    cv2.imwrite(str(path), np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(ValueError, match='even width.*but it is 5'):
        LoadRainPair()(dict(img_path=str(path), rainy_side='left'))
    with pytest.raises(FileNotFoundError):
        LoadRainPair()(dict(img_path=str(tmp_path / 'b.png')))
