import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mmadvrain.apis.derain import derain_images, init_derainer

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/derain/prenet_plain_1xb18-100e_rain100h.py')
SMALL = [
    'model.derainer.channels=4', 'model.derainer.stages=1',
    'model.derainer.blocks=1'
]


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location('derain',
                                                  ROOT / 'tools/derain.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_derains_a_folder(tool, tmp_path):
    from mmengine.config import Config
    config = Config.fromfile(CONFIG)
    config.model.derainer.update(channels=4, stages=1, blocks=1)
    model = init_derainer(config)
    checkpoint = str(tmp_path / 'net.pth')
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    (tmp_path / 'rainy').mkdir()
    rainy = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    for name in ('a.png', 'b.png'):
        cv2.imwrite(str(tmp_path / 'rainy' / name), rainy)
    out = tmp_path / 'out'
    tool.main([
        str(tmp_path / 'rainy'), CONFIG, checkpoint,
        str(out), '--batch-size', '2', '--tile-size', '24', '--device', 'cpu',
        '--cfg-options', *SMALL
    ])
    expected = next(derain_images(model, [rainy[..., ::-1]]))[..., ::-1]
    assert sorted(p.name for p in out.iterdir()) == ['a.png', 'b.png']
    for path in out.iterdir():
        difference = cv2.imread(str(path)).astype(int) - expected
        assert np.abs(difference).max() <= 1


@pytest.fixture
def av():
    """What reads and writes videos."""
    return pytest.importorskip('av', reason='av is not installed')


def test_derains_a_video(tool, av, tmp_path):
    source = str(tmp_path / 'clip.mp4')
    writer = cv2.VideoWriter(source, cv2.VideoWriter_fourcc(*'mp4v'), 25.,
                             (32, 32))
    for _ in range(3):
        writer.write(np.full((32, 32, 3), 99, np.uint8))
    writer.release()
    config = tmp_path / 'config.py'
    config.write_text("model = dict(type='mmadvrain.DerainModel', derainer="
                      "dict(type='mmadvrain.PReNet', channels=2))\n")
    checkpoint = str(tmp_path / 'net.pth')
    torch.save(init_derainer(str(config)).state_dict(), checkpoint)
    tool.main([
        source,
        str(config), checkpoint,
        str(tmp_path / 'out'), '--device', 'cpu', '--tile-size', '0'
    ])
    video = cv2.VideoCapture(str(tmp_path / 'out/clip.mp4'))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 3


@pytest.fixture
def small(tmp_path):
    """A config and weights of a small derainer."""
    config = tmp_path / 'config.py'
    config.write_text("model = dict(type='mmadvrain.DerainModel', derainer="
                      "dict(type='mmadvrain.PReNet', channels=2, stages=1))\n")
    torch.save(
        init_derainer(str(config)).state_dict(), str(tmp_path / 'net.pth'))
    (tmp_path / 'rainy').mkdir()
    cv2.imwrite(
        str(tmp_path / 'rainy/a.png'), np.full((8, 9, 3), 99, np.uint8))
    return [str(config), str(tmp_path / 'net.pth')]


def test_exit_codes(tool, small, tmp_path, caplog):
    args = [str(tmp_path / 'rainy'), *small, str(tmp_path / 'out')]
    args += ['--device', 'cpu', '--suffix', 'jpg']
    assert tool.main(args) == 0
    (tmp_path / 'rainy/b.png').write_bytes(b'no image')
    assert tool.main(args) == 3
    assert '1 could not be read: ' in caplog.text and 'b.png' in caplog.text
    assert [p.name for p in (tmp_path / 'out').iterdir()] == ['a.jpg']


@pytest.mark.parametrize('place, value, message', [
    (0, 'nowhere', 'there is no'),
    (1, 'nowhere.py', 'nowhere.py'),
    (2, 'nowhere.pth', 'A file of weights is wanted'),
    (3, 'config.py', 'config.py is a file'),
])
def test_errors_of_the_user(tool, small, tmp_path, place, value, message):
    args = [str(tmp_path / 'rainy'), *small, str(tmp_path / 'out')]
    args[place] = str(tmp_path / value)
    with pytest.raises((OSError, ValueError), match=message):
        tool.main([*args, '--device', 'cpu'])


def test_codec(tool, av, small, tmp_path):
    source = str(tmp_path / 'clip.avi')
    writer = cv2.VideoWriter(source, cv2.VideoWriter_fourcc(*'MJPG'), 25.,
                             (32, 32))
    for _ in range(2):
        writer.write(np.full((32, 32, 3), 99, np.uint8))
    writer.release()
    args = [source, *small, str(tmp_path / 'out'), '--device', 'cpu']
    assert tool.main([*args, '--codec', 'ffv1']) == 0
    video = cv2.VideoCapture(str(tmp_path / 'out/clip.avi'))
    codec = int(video.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, 'little')
    assert codec.lower() == b'ffv1'
    with pytest.raises(ValueError, match="codec 'what'"):
        tool.main([*args, '--codec', 'what'])
