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
    with pytest.raises(ValueError, match=r'0 or in \[0.01, 1000\] mm/h'):
        run(monkeypatch, tmp_path / 'none.mp4', tmp_path, '--rate', -1)


def test_an_attack_wants_a_config_and_one_checkpoint(clip, tmp_path,
                                                     monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, clip, tmp_path, '--attack', 'a', 'b', 'c')
    assert 'at most one checkpoint' in capsys.readouterr().err
    with pytest.raises(FileNotFoundError, match='no config file at none.py'):
        run(monkeypatch, clip, tmp_path / 'out', '--attack', 'none.py')
    with pytest.raises(ValueError, match='steps must be at least 1'):
        run(monkeypatch, clip, tmp_path / 'out', '--attack', 'none.py',
            '--steps', 0)


def test_an_attack_says_what_is_lost(clip, tmp_path, monkeypatch, capsys):
    tool = load_tool('video_rain.py')
    asked = {}

    def attack(*args, **options):
        asked.update(options, args=args)
        return dict(
            frames=4,
            objects=8,
            lost_random=.125,
            lost_worst=.5,
            worst=dict(rate_mm_h=50.),
            flags=['no_progress'])

    monkeypatch.setattr('mmadvrain.apis.attack_video.attack_video_file',
                        attack)
    monkeypatch.setattr('sys.argv', [
        'video_rain.py', 'in.mp4', 'out.mp4', '--rate', '50', '--speed', '9',
        '--attack', 'a.py', 'a.pth', '--steps', '3', '--every', '2'
    ])
    assert tool.main() == 0
    assert asked['args'] == ('a.py', 'in.mp4', 'out.mp4', 'a.pth')
    assert asked['rain'].rate_mm_h == 50 and asked['rain'].camera.speed_m_s \
        == 9
    assert (asked['steps'], asked['every']) == (3, 2)
    assert capsys.readouterr().out == (
        'of 8 detections on 4 clean frames 12.5% are lost in random rain of '
        '50 mm/h and 50.0% in the worst; flags: no_progress\n')
