import logging

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmadvrain.apis.derain_files import derain_image_files, find_images
from mmadvrain.models.derainers.derain_model import DerainModel


@pytest.fixture
def log(caplog, monkeypatch):
    """What was logged by ``print_log``."""
    monkeypatch.setattr(MMLogger, 'get_current_instance',
                        lambda: logging.getLogger())
    return caplog


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
    assert set(results.written) == {out / name for name in names}
    assert not results.failed
    for name, height in names.items():
        image = read(out / name)
        assert image.shape == (height, 8, 3)
        # the blue channel is still the blue one
        difference = np.abs(image.astype(int) - (10, 50, 120)).max()
        assert difference <= (4 if name.endswith('.jpg') else 0)


@pytest.mark.parametrize('suffix', ['.png', 'png'])
def test_suffix_and_single_image(model, folder, tmp_path, suffix):
    out = tmp_path / 'out'
    written, _ = derain_image_files(
        model, folder / 'sub/ä c.jpg', out, suffix=suffix)
    assert written == [out / 'ä c.png']
    assert written[0].read_bytes().startswith(b'\x89PNG')


def test_a_single_result_has_the_name_that_is_asked_for(model, folder):
    for _ in range(2):  # the second one replaces the first
        written, _ = derain_image_files(model, folder / 'b.png',
                                        folder / 'new/res.png')
        assert written == [folder / 'new/res.png'] and written[0].is_file()
    with pytest.raises(ValueError, match=r'res\.png must not have another'):
        derain_image_files(
            model, folder / 'b.png', folder / 'new/res.png', suffix='.jpg')
    (folder / 'e.png').mkdir()
    written, _ = derain_image_files(model, folder / 'b.png', folder / 'e.png')
    assert written == [folder / 'e.png/b.png']


def test_results_below_the_images_are_not_derained_again(model, folder):
    out = folder / 'out'
    first = derain_image_files(model, folder, out)
    again = derain_image_files(model, folder, out)
    assert len(first.written) == 4 and again == first
    assert not (out / 'out').exists()
    # around the images they are no results
    assert len(find_images(folder, folder.parent)) == 8


def test_one_bad_image_costs_itself_only(model, folder, tmp_path, log):
    (folder / 'c.png').write_bytes(b'no image')
    (folder / 'folder.png').mkdir()
    written, failed = derain_image_files(
        model, folder, tmp_path / 'out', batch_size=3)
    assert failed == [folder / 'c.png'] and len(written) == 4
    # each result is that of its own image
    assert read(tmp_path / 'out/d.bmp').shape == (9, 8, 3)
    assert 'left out: ' in log.text and 'c.png must be an image' in log.text


def test_progress_goes_to_the_log_until_all_are_done(model, folder, tmp_path,
                                                     log):
    log.set_level(logging.INFO)
    derain_image_files(model, folder, tmp_path / 'out')
    assert 'derain: 4/4' in log.text


def test_results_that_cannot_be_are_refused_first(model, folder, tmp_path):
    calls = []
    model.derainer.register_forward_pre_hook(lambda *_: calls.append(1))
    (tmp_path / 'file.png').write_bytes(b'')
    with pytest.raises(ValueError, match=r'need a folder, but .*file\.png'):
        derain_image_files(model, folder, tmp_path / 'file.png')
    with pytest.raises(ValueError, match=r'must be one of .*\.xyz'):
        derain_image_files(model, folder, tmp_path / 'out', suffix='xyz')
    assert not calls


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
