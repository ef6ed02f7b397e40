"""Layers are picked, enlarged, cut and composed; a folder must be there."""
import cv2
import numpy as np
import pytest
import torch

from mmadvrain.perturbations.streak_database import StreakDatabase
from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.magnitude import rain_brightness
from mmadvrain.registry import TASK_UTILS


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def folder(tmp_path):
    """Ten layers of 40 x 60 pixels; the first column says which it is."""
    rng = np.random.default_rng(0)
    for index in range(10):
        image = rng.integers(0, 256, (40, 60, 3), np.uint8)
        write(tmp_path / 'streaks' / f'{index % 3}' / f'{index}.png', image)
    (tmp_path / 'streaks' / 'readme.txt').write_text('no image')
    return tmp_path / 'streaks'


def all_layers(folder):
    return [
        torch.from_numpy(
            np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])).permute(
                2, 0, 1) / 255 for path in sorted(folder.rglob('*.png'))
    ]


def test_a_layer_is_a_part_of_one_of_the_folder(folder):
    layer = StreakDatabase(folder)
    clean, whole = torch.rand(3, 32, 50), all_layers(folder)
    found = set()
    for seed in range(20):
        rain = layer.begin(clean, generator(seed)).values
        places = [(i, top, left) for i, image in enumerate(whole)
                  for top in range(9) for left in range(11)
                  if torch.allclose(image[:, top:top + 32,
                                          left:left + 50], rain)]
        assert len(places) == 1
        found.add(places[0])
    assert len({i for i, _, _ in found}) > 3
    assert len({place[1:] for place in found}) > 10


def test_same_size_is_taken_whole(folder):
    layer = StreakDatabase(folder, compose='screen', gain=0.5)
    clean = torch.rand(3, 40, 60)
    params = layer.begin(clean, generator())
    assert any(
        torch.allclose(params.values, image / 2)
        for image in all_layers(folder))
    assert torch.equal(
        layer.perturb(clean, params),
        compose_rain(clean, params.values, 'screen'))


@pytest.mark.parametrize('size_hw', [(80, 60), (40, 240), (300, 301)])
def test_small_layers_are_enlarged(folder, size_hw):
    clean = torch.zeros(3, *size_hw)
    params = StreakDatabase(folder).begin(clean, generator())
    assert params.values.shape == clean.shape
    # no border is left black
    for side in (params.values[:, :, 0], params.values[:, :, -1],
                 params.values[:, 0], params.values[:, -1]):
        assert side.mean() > 0.2


def test_layers_add_up(folder):
    clean = torch.zeros(3, 40, 60)
    one, two = (
        StreakDatabase(folder, n, gain=0.1).begin(clean, generator())
        for n in (1, 2))
    assert rain_brightness(two.values) == pytest.approx(
        2 * rain_brightness(one.values), rel=0.05)


@pytest.mark.parametrize('image', [
    np.full((4, 5), 0x8080, np.uint16),
    np.full((4, 5, 3), 0x8080, np.uint16),
    np.full((4, 5), 0x80, np.uint8),
    np.full((4, 5, 4), 0x80, np.uint8),
])
def test_depths_and_channels(tmp_path, image):
    write(tmp_path / 'a.PNG', image)
    params = StreakDatabase(tmp_path).begin(torch.zeros(3, 4, 5), generator())
    torch.testing.assert_close(params.values, torch.full((3, 4, 5),
                                                         0x80 / 255))


def test_generator_decides_and_nothing_is_optimised(folder):
    layer = TASK_UTILS.build(
        dict(type='mmadvrain.StreakDatabase', folder=str(folder)))
    clean = torch.rand(3, 20, 30)
    params = layer.begin(clean, generator(1))
    again = layer.begin(clean, generator(1))
    assert torch.equal(params.values, again.values)
    leaf = layer.require_grad(params)
    after = layer.descend(leaf, params, layer.perturb(clean, leaf),
                          torch.randn(3, 20, 30), 1, 5)
    assert torch.equal(after.values, params.values)
    other = layer.random_like(params, generator(2))
    assert other.values.shape == params.values.shape
    assert not torch.equal(other.values, params.values)
    assert set(
        layer.magnitude(params)) == {'area', 'brightness', 'chroma', 'l2'}


def test_no_folder_or_no_images(tmp_path):
    with pytest.raises(FileNotFoundError, match='no folder of streak images'):
        StreakDatabase(tmp_path / 'none')
    (tmp_path / 'a.txt').write_text('no image')
    with pytest.raises(FileNotFoundError, match=r"is empty: .*'.png'"):
        StreakDatabase(tmp_path)


@pytest.mark.parametrize('content', [b'', b'\x89PNG nothing'])
def test_broken_file(tmp_path, content):
    (tmp_path / 'a.png').write_bytes(content)
    layer = StreakDatabase(tmp_path)
    with pytest.raises(ValueError, match='a.png must be an image, but cannot'):
        layer.begin(torch.zeros(3, 4, 5), generator())


@pytest.mark.parametrize('options, match', [
    (dict(num_layers=0), '`num_layers` must be positive, but got 0'),
    (dict(gain=0.), '`gain` must be positive, but got 0.0'),
    (dict(compose='fog'), "must be one of .* but got 'fog'"),
])
def test_bad_options(folder, options, match):
    with pytest.raises(ValueError, match=match):
        StreakDatabase(folder, **options)
