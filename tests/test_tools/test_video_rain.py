"""A small video in the rain."""
import numpy as np
import pytest

from tests.test_tools.run_tool import load_tool

av = pytest.importorskip('av')


def frames_of(path):
    with av.open(str(path)) as video:
        return [f.to_ndarray(format='rgb24') for f in video.decode(video=0)]


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / 'clip.mp4'
    still = np.full((64, 96, 3), 60, np.uint8)
    still[:24] = 210
    with av.open(str(path), 'w') as video:
        stream = video.add_stream('libx264', rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, 'yuv420p'
        for _ in range(4):
            frame = av.VideoFrame.from_ndarray(still, format='rgb24')
            video.mux(stream.encode(frame))
        video.mux(stream.encode(None))
    return path


def run(monkeypatch, *args):
    monkeypatch.setattr('sys.argv', ['video_rain.py', *map(str, args)])
    return load_tool('video_rain.py').main()


def test_every_frame_gets_the_rain_of_its_time(clip, tmp_path, monkeypatch):
    for rate in (0, 900):
        out = tmp_path / f'{rate}.mp4'
        assert run(monkeypatch, clip, out, '--rate', rate, '--speed', 10) == 0
    dry, wet = (frames_of(tmp_path / f'{rate}.mp4') for rate in (0, 900))
    assert len(dry) == len(wet) == 4 and wet[0].shape == (64, 96, 3)
    layers = [w[30:].astype(int) - d[30:] for d, w in zip(dry, wet)]
    for layer in layers:
        assert layer.max() > 10
    assert np.abs(layers[0] - layers[1]).max() > 10


def test_a_rate_that_cannot_be_is_refused_before_the_video(
        tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r'must be in \[0, 1000\] mm/h'):
        run(monkeypatch, tmp_path / 'none.mp4', tmp_path, '--rate', -1)
