from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmadvrain.apis.derain import derain_images, init_derainer

DERAINER = dict(type='mmadvrain.PReNet', stages=1, channels=4, blocks=1)
CONFIG = Config(
    dict(model=dict(type='mmadvrain.DerainModel', derainer=DERAINER)))
CONFIGS = Path(__file__).parents[2] / 'configs/derain'


def images(*sizes):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3), np.uint8) for size in sizes]


def test_images_come_back_derained_in_order():
    model = init_derainer(CONFIG)
    rainy = images((6, 5), (6, 5), (6, 5), (4, 7), (6, 5))
    sizes = []
    model.derainer.register_forward_hook(
        lambda module, args, out: sizes.append(args[0].shape))
    derained = list(derain_images(model, iter(rainy), batch_size=2))
    assert [tuple(s) for s in sizes] == [(2, 3, 6, 5), (1, 3, 6, 5),
                                         (1, 3, 4, 7), (1, 3, 6, 5)]
    for before, after in zip(rainy, derained):
        tensor = torch.tensor(before).permute(2, 0, 1)[None] / 255
        with torch.no_grad():
            expected = model(tensor)[0].permute(1, 2, 0).clamp(0, 1) * 255
        assert after.dtype == np.uint8
        assert np.abs(after - expected.numpy()).max() <= 0.501


def test_mixed_precision_is_near():
    model = init_derainer(CONFIG)
    rainy = images((8, 8))
    full, mixed = (
        next(derain_images(model, rainy, amp=amp)).astype(int)
        for amp in (False, True))
    assert np.abs(full - mixed).max() <= 4


def test_images_are_taken_as_they_are_needed():
    taken = []

    def source():
        for image in images(*[(4, 4)] * 5):
            taken.append(image)
            yield image

    results = derain_images(init_derainer(CONFIG), source(), batch_size=2)
    next(results)
    # a full batch does not wait for the image after it
    assert len(taken) == 2
    assert len(list(results)) == 4


def test_weights_of_the_network_alone(tmp_path):
    model = init_derainer(CONFIG)
    path = str(tmp_path / 'net.pth')
    torch.save(model.derainer.state_dict(), path)
    other = init_derainer(CONFIG, path)
    assert not other.training
    for ours, theirs in zip(model.parameters(), other.parameters()):
        assert torch.equal(ours, theirs)


def test_published_config_takes_published_weights(shared_data):
    model = init_derainer(CONFIGS / 'prenet_published_rain100h.py',
                          str(shared_data / 'weights/prenet6_rain100h.pth'))
    state = torch.load(
        shared_data / 'weights/prenet6_rain100h.pth', 'cpu', weights_only=True)
    assert torch.equal(model.derainer.conv[0].bias, state['conv.0.bias'])


def test_config_and_weights_of_another_network(tmp_path):
    path = tmp_path / 'detector.py'
    path.write_text("model = dict(type='FasterRCNN')\n")
    with pytest.raises(ValueError, match=r'detector\.py has not'):
        init_derainer(path)
    weights = str(tmp_path / 'other.pth')
    torch.save(dict(other=torch.ones(1)), weights)
    config = tmp_path / 'derainer.py'
    CONFIG.dump(config)
    with pytest.raises(
            ValueError, match=r'other\.pth must .* of \S*derainer\.py, but'):
        init_derainer(config, weights)


def test_batch_size():
    with pytest.raises(ValueError, match='at least 1, but got 0'):
        list(derain_images(init_derainer(CONFIG), [], 0))
