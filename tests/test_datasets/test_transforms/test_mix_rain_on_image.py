import numpy as np
import pytest

from mmadvrain.datasets.transforms.mix_adversarial_rain import MixRainOnImage
from mmadvrain.registry import TASK_UTILS, TRANSFORMS

# red, green and blue of the layers
RAIN = np.float32([.1, .2, .4])


@TASK_UTILS.register_module()
class _ColouredLayers:
    """The same layer each time; keeps the clean image that it is shown."""
    needs_clean = True

    def draw_layer(self, size_hw, generator, clean):
        self.clean = clean
        return clean.new_tensor(RAIN)[:, None, None].expand(3, *size_hw)


LAYERS = dict(type='mmadvrain._ColouredLayers')


def image(dtype=np.uint8):
    levels = np.random.default_rng(0).integers(0, 200, (6, 9, 3))
    return (levels + (.25 if dtype == np.float32 else 0)).astype(dtype)


@pytest.mark.parametrize('compose', ['additive', 'screen'])
@pytest.mark.parametrize('dtype, tolerance', [(np.uint8, .501),
                                              (np.float32, 1e-4)])
def test_rain_is_added_to_bgr(dtype, tolerance, compose):
    mix = TRANSFORMS.build(
        dict(type='mmadvrain.MixRainOnImage', layers=LAYERS, compose=compose))
    before = image(dtype)
    results = dict(img=before.copy(), gt_bboxes=1)
    out = mix(results)
    base = before / 255.
    wanted = base + RAIN[::-1]
    if compose == 'screen':
        wanted = wanted - base * RAIN[::-1]
    assert out['img'].dtype == dtype and out['gt_bboxes'] == 1
    assert out['img'].flags.c_contiguous
    assert np.abs(out['img'] -
                  np.clip(wanted * 255, 0, 255)).max() <= tolerance
    # what attacks the image sees RGB in [0, 1]
    seen = mix.layers.clean.permute(1, 2, 0).flip(2).numpy() * 255
    assert np.abs(seen - before).max() <= .251


def test_seed_share_and_no_writing_to_what_came_in():
    mix = MixRainOnImage(prob=.5)
    before = np.full((30, 40, 3), 50, np.uint8)
    outs = []
    for seed in (*range(20), *range(20)):
        np.random.seed(seed)
        outs.append(mix(dict(img=before))['img'])
    assert (before == 50).all()
    assert all(map(np.array_equal, outs[:20], outs[20:]))
    rainy = [out for out in outs[:20] if not np.array_equal(out, before)]
    assert 5 <= len(rainy) <= 15
    assert all((out >= before).all() for out in rainy)
    assert not np.array_equal(*rainy[:2])


@pytest.mark.parametrize('results, error, match', [
    (dict(inputs=1), KeyError, r"MixRainOnImage wants .* among \['inputs'\]"),
    (dict(img=image(np.float64)), TypeError, 'but got float64'),
    (dict(img=image()[..., 0]), ValueError, r'but got \(6, 9\)'),
])
def test_images_that_do_not_work(results, error, match):
    with pytest.raises(error, match=match):
        MixRainOnImage(LAYERS)(results)


def test_arguments_and_repr():
    with pytest.raises(ValueError, match='num_layers must be'):
        MixRainOnImage(num_layers=0)
    assert repr(MixRainOnImage(prob=.25)) == (
        'MixRainOnImage(layers=UniformRain, num_layers=3, alpha=1.0, '
        "prob=0.25, compose='additive')")
