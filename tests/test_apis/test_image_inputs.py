"""Whatever holds an image becomes a file that can be read."""
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import cv2
import numpy as np
import pytest

from mmadvrain.apis.image_inputs import gather_images


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / 'street.png'
    levels = np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8)
    cv2.imwrite(str(path), levels)
    return path


@pytest.fixture
def scratch(tmp_path):
    (tmp_path / 'scratch').mkdir()
    return tmp_path / 'scratch'


class Quiet(SimpleHTTPRequestHandler):

    def log_message(self, *args):
        pass


@pytest.fixture
def address(tmp_path):
    server = HTTPServer(('127.0.0.1', 0),
                        partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{server.server_port}'
    server.shutdown()
    server.server_close()


def test_files_and_folders_stay_where_they_are(picture, scratch):
    assert gather_images(picture, scratch) == [picture]
    assert gather_images(str(picture.parent), scratch) == [picture]
    assert gather_images([picture, picture.parent], scratch) == [picture] * 2
    assert not list(scratch.iterdir())


def test_an_array_is_stored_without_loss(picture, scratch):
    levels = cv2.imread(str(picture))
    path, = gather_images(levels, scratch)
    np.testing.assert_array_equal(cv2.imread(str(path)), levels)
    first, second = gather_images([levels, levels[:4]], scratch)
    assert cv2.imread(str(second)).shape == (4, 9, 3)


def test_an_address_is_fetched(picture, scratch, address):
    path, = gather_images(f'{address}/street.png?size=1', scratch)
    assert path.parent == scratch and path.name.endswith('street.png')
    assert path.read_bytes() == picture.read_bytes()
    with pytest.raises(ConnectionError, match='none.png could not be fetched'):
        gather_images(f'{address}/none.png', scratch)


def test_what_is_refused(tmp_path, scratch):
    for wrong in (np.zeros((4, 4, 3)), np.zeros(
        (4, 4), np.uint8), np.zeros((1, 4, 4, 3), np.uint8)):
        with pytest.raises(ValueError, match='BGR arrays of uint8'):
            gather_images(wrong, scratch)
    with pytest.raises(FileNotFoundError, match='no image or folder at'):
        gather_images(tmp_path / 'none.png', scratch)
    with pytest.raises(ValueError, match='found none in'):
        gather_images(scratch, scratch)
    with pytest.raises(ValueError, match='got an empty list'):
        gather_images([], scratch)
    with pytest.raises(TypeError, match='but got a int'):
        gather_images([3], scratch)
    (tmp_path / 'text.jpg').write_text('no image')
    with pytest.raises(ValueError, match='text.jpg must be an image'):
        gather_images(tmp_path / 'text.jpg', scratch)
