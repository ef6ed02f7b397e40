"""A video whose frames lose what a detector saw."""
import json

import numpy as np
import pytest
from safetensors import safe_open

from mmadvrain.apis import attack_video_file
from mmadvrain.rain import Camera, ParticleRain
from mmadvrain.utils.images import read_image
from tests.toys.made_once import toy_root, trained_weights
from tests.toys.toy_detector import toy_attack, toy_config

av = pytest.importorskip('av')

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]
CAMERA = Camera(96, 64, 200., exposure_s=.002)


def config_of():
    return toy_config(
        toy_root(),
        attack=toy_attack(2, LOSS),
        load_from=str(trained_weights()))


def write_clip(path, frames):
    height, width = frames[0].shape[:2]
    with av.open(str(path), 'w') as video:
        stream = video.add_stream('ffv1', rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, 'bgr0'
        for frame in frames:
            made = av.VideoFrame.from_ndarray(frame, format='rgb24')
            video.mux(stream.encode(made))
        video.mux(stream.encode(None))
    return path


def frames_of(path):
    with av.open(str(path)) as video:
        return [f.to_ndarray(format='rgb24') for f in video.decode(video=0)]


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    image = next(
        read_image(p)[..., ::-1] for p in sorted(toy_root().rglob('*.png'))
        if read_image(p).shape == (64, 96, 3))
    frames = [np.roll(image, 2 * i, 1) for i in range(2)]
    return write_clip(tmp_path_factory.mktemp('clip') / 'clip.mkv', frames)


def run(clip, out, **options):
    # before a lamp, where a toy of any certainty loses something
    rain = ParticleRain(1000., CAMERA, min_width_px=.3, daylight=.4, lamp=.4)
    return attack_video_file(
        config_of(),
        clip,
        out,
        rain=rain,
        codec='ffv1',
        **{
            **dict(steps=6),
            **options
        })


def test_the_worst_rain_loses_more_than_random_rain(clip, tmp_path):
    found = run(clip, tmp_path)
    assert found['objects'] == sum(f['objects'] for f in found['by_frame']) > 0
    for name in ('random', 'worst'):
        lost = sum(f[f'lost_{name}'] for f in found['by_frame'])
        assert found[f'lost_{name}'] == lost / found['objects']
    assert found['lost_worst'] > found['lost_random']
    assert 'out_of_bounds' not in found['flags']
    assert json.loads((tmp_path / 'clip.json').read_text()) == found
    clean, worst, random = (
        frames_of(p)
        for p in (clip, tmp_path / 'clip.mkv', tmp_path / 'clip_random.mkv'))
    assert len(clean) == len(worst) == len(random) == 2
    for a, b, c in zip(clean, worst, random):
        assert (a != b).any() and (a != c).any() and (b != c).any()
    with safe_open(tmp_path / 'clip.safetensors', 'pt') as file:
        assert float(file.metadata()['rate_mm_h']) == 1000


def test_frames_between_those_looked_at_get_the_same_rain(clip, tmp_path):
    found = run(clip, tmp_path / 'every', every=2, steps=1)
    assert found['frames'] == len(found['by_frame']) == 2
    assert len(frames_of(tmp_path / 'every' / 'clip.mkv')) == 2


def test_wrong_options_are_refused_before_the_video_is_read(clip, tmp_path):
    nowhere = tmp_path / 'none.mkv'
    for options, message in ((dict(steps=0), 'steps must be at least 1'),
                             (dict(every=0), 'every must be at least 1'),
                             (dict(perturbation=dict(candidates=-1)),
                              'must not be negative')):
        with pytest.raises(ValueError, match=message):
            run(nowhere, tmp_path / 'out', **options)
    with pytest.raises(ValueError, match='no depth maps'):
        attack_video_file(
            config_of(),
            nowhere,
            tmp_path / 'out',
            rain=ParticleRain(veil='depth'))
    with pytest.raises(ValueError, match='sees nothing of score 1'):
        run(clip, tmp_path / 'out', min_score=1.)
    assert not list(tmp_path.iterdir())
