import pytest

from mmadvrain.datasets.kitti_dataset import (
    find_image,
    image_id_of,
    image_size_hw,
    list_stems,
)
from tests.test_datasets.kitti_folder import SIZE_WH, write_kitti


def test_ids():
    assert image_id_of('000123') == 123
    assert image_id_of('scene_1') == 'scene_1'
    assert image_id_of('²') == '²'


def test_images_are_found_whatever_their_suffix(tmp_path):
    folder = write_kitti(tmp_path, '.jpg') / 'training/image_2'
    assert find_image(folder, '000002').name == '000002.jpg'
    (folder / '000002.png').touch()
    assert find_image(folder, '000002').name == '000002.png'
    assert image_size_hw(folder / '000002.jpg') == SIZE_WH[::-1]
    assert list_stems(folder, ['.jpg']) == ['000002', '000007', '000010']
    with pytest.raises(FileNotFoundError, match='image 9 with suffix .png'):
        find_image(folder, '9')
    with pytest.raises(ValueError, match='found something else'):
        image_size_hw(folder / '000002.png')
    with pytest.raises(FileNotFoundError, match='wanted a folder'):
        list_stems(tmp_path / 'none', ['.jpg'])
