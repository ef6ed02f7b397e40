import cv2
import numpy as np
import pytest

from mmadvrain.apis.derain_files import (derain_image_files, derain_video_file,
                                         find_images, is_video)
from mmadvrain.models.derainers import DerainModel


@pytest.fixture
def model():
    """A derainer that returns its input, halved."""
    model = DerainModel(dict(type='mmadvrain.PReNet', stages=1, blocks=1))

    def halve(module, args, out):
        return args[0] / 2

    model.derainer.register_forward_hook(halve)
    return model.eval()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'rainy'
    for i, name in enumerate(['b.png', 'a.PNG', 'sub/ä c.jpg', 'd.bmp']):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        image = np.full((6 + i, 8, 3), (20, 100, 240), np.uint8)
        (folder / name).write_bytes(
            cv2.imencode(name[-4:].lower(), image)[1].tobytes())
    (folder / 'notes.txt').write_text('no image')
    return folder


def read(path):
    data = np.frombuffer(path.read_bytes(), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def test_names_and_sizes_are_kept(model, folder, tmp_path):
    out = tmp_path / 'out'
    results = derain_image_files(model, folder, out, batch_size=2)
    names = {'b.png': 6, 'a.PNG': 7, 'sub/ä c.jpg': 8, 'd.bmp': 9}
    assert set(results) == {out / name for name in names}
    for name, height in names.items():
        image = read(out / name)
        assert image.shape == (height, 8, 3)
        # the blue channel is still the blue one
        difference = np.abs(image.astype(int) - (10, 50, 120)).max()
        assert difference <= (4 if name.endswith('.jpg') else 0)


def test_suffix_and_single_image(model, folder, tmp_path):
    out = tmp_path / 'out'
    results = derain_image_files(
        model, folder / 'sub/ä c.jpg', out, suffix='.png')
    assert results == [out / 'ä c.png'] and results[0].is_file()


def test_nothing_is_overwritten(model, folder):
    with pytest.raises(ValueError, match='would be overwritten'):
        derain_image_files(model, folder, folder)
    (folder / 'b.jpg').write_bytes((folder / 'sub/ä c.jpg').read_bytes())
    with pytest.raises(ValueError, match='differ only in their suffix'):
        derain_image_files(model, folder, folder / 'out', suffix='.png')


def test_sources_that_do_not_work(model, folder, tmp_path):
    with pytest.raises(FileNotFoundError, match='folder of images, but there'):
        find_images(tmp_path / 'nowhere')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='source must have images'):
        find_images(tmp_path / 'empty')
    for content in (b'', b'no image'):
        (folder / 'b.png').write_bytes(content)
        with pytest.raises(ValueError, match=r'b\.png must be an image'):
            derain_image_files(model, folder / 'b.png', tmp_path)


def test_video(model, tmp_path):
    source = tmp_path / 'clip.avi'
    writer = cv2.VideoWriter(
        str(source), cv2.VideoWriter_fourcc(*'MJPG'), 12., (32, 16))
    for level in (200, 120, 40):
        writer.write(np.full((16, 32, 3), level, np.uint8))
    writer.release()
    assert is_video(source) and not is_video('a.png')
    out = derain_video_file(
        model, source, tmp_path / 'out', batch_size=2, fourcc='MJPG')
    assert out == tmp_path / 'out/clip.avi'
    video = cv2.VideoCapture(str(out))
    assert video.get(cv2.CAP_PROP_FPS) == 12
    means = []
    while True:
        ok, frame = video.read()
        if not ok:
            break
        assert frame.shape == (16, 32, 3)
        means.append(frame.mean())
    assert means == pytest.approx([100, 60, 20], abs=2)


def test_video_errors(model, tmp_path):
    path = tmp_path / 'a.avi'
    path.write_bytes(b'no video')
    with pytest.raises(ValueError, match='cannot be read as a video'):
        derain_video_file(model, path, tmp_path / 'out')
    with pytest.raises(ValueError, match='would be overwritten'):
        derain_video_file(model, path, tmp_path)
