import cv2
import numpy as np
import pytest

from mmadvrain.apis.derain_video import (
    derain_video_file,
    is_video,
)
from mmadvrain.models.derainers.derain_model import DerainModel

pytest.importorskip('av', reason='av is not installed')
LEVELS = (200, 120, 40)


@pytest.fixture
def model():
    """A derainer that returns its input, halved."""
    model = DerainModel(dict(type='mmadvrain.PReNet', stages=1, blocks=1))

    def halve(module, args, out):
        return args[0] / 2

    model.derainer.register_forward_hook(halve)
    return model.eval()


def write(path, codec='MJPG', size=(32, 16), backend=cv2.CAP_ANY, fps=12.):
    writer = cv2.VideoWriter(
        str(path), backend, cv2.VideoWriter_fourcc(*codec), fps, size)
    for level in LEVELS:
        writer.write(np.full((*size[::-1], 3), level, np.uint8))
    writer.release()
    return path


def means_of(path, size=(32, 16)):
    """Mean of each frame, of that size."""
    video = cv2.VideoCapture(str(path))
    assert video.get(cv2.CAP_PROP_FPS) == 12
    means = []
    while True:
        ok, frame = video.read()
        if not ok:
            return means
        assert frame.shape == (*size[::-1], 3)
        means.append(frame.mean())


@pytest.mark.parametrize('codec, suffix, fourcc', [
    ('mpeg4', '.avi', 'MJPG'),
    (None, '.avi', 'mp4v'),
    (None, '.mp4', 'mp4v'),
    (None, '.webm', 'VP80'),
])
def test_size_and_rate_are_kept(model, tmp_path, codec, suffix, fourcc):
    source = write(tmp_path / f'clip{suffix}', fourcc)
    out = derain_video_file(
        model, source, tmp_path / 'out', batch_size=2, codec=codec)
    assert out == tmp_path / f'out/clip{suffix}'
    assert means_of(out) == pytest.approx([100, 60, 20], abs=5)


def test_odd_sizes_are_kept(model, tmp_path):
    source = write(
        tmp_path / 'clip.avi', size=(51, 41), backend=cv2.CAP_OPENCV_MJPEG)
    out = derain_video_file(model, source, tmp_path / 'out')
    assert means_of(out, (51, 41)) == pytest.approx([100, 60, 20], abs=5)


def test_the_result_may_be_named(model, tmp_path):
    source = write(tmp_path / 'clip.mp4', 'mp4v')
    out = derain_video_file(model, source, tmp_path / 'dry.avi')
    assert out == tmp_path / 'dry.avi'
    assert means_of(out) == pytest.approx([100, 60, 20], abs=5)


def test_a_codec_that_cannot_keep_the_size_leaves_no_result(model, tmp_path):
    source = write(
        tmp_path / 'clip.avi', size=(51, 41), backend=cv2.CAP_OPENCV_MJPEG)
    for codec in ('mjpeg', 'no_codec'):
        with pytest.raises(ValueError, match=f"codec '{codec}' and 51x41"):
            derain_video_file(model, source, tmp_path / 'out', codec=codec)
        assert not (tmp_path / 'out/clip.avi').exists()


def test_errors(model, tmp_path):
    path = tmp_path / 'a.avi'
    path.write_bytes(b'no video')
    with pytest.raises(ValueError, match='cannot be read as a video'):
        derain_video_file(model, path, tmp_path / 'out')
    with pytest.raises(ValueError, match='would be overwritten'):
        derain_video_file(model, path, tmp_path)
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(ValueError, match='file is another file'):
        derain_video_file(model, path, tmp_path / 'file')


def test_is_video(tmp_path):
    assert is_video('a.avi') and is_video('a.WEBM') and not is_video('a.png')
    (tmp_path / 'frames.mp4').mkdir()
    assert not is_video(tmp_path / 'frames.mp4')
