import numpy as np
import pytest

from mmadvrain.datasets.coco_to_kitti import coco_to_kitti
from mmadvrain.datasets.kitti_format import read_kitti_file, write_kitti_file
from tests.test_datasets.kitti_folder import LABELS, write_kitti
from tests.test_tools.run_tool import load_tool

kitti_to_coco = load_tool('dataset_converters/kitti2coco.py').kitti_to_coco


def plain_coco():
    return dict(
        images=[
            dict(id=1, file_name='val/a.jpg'),
            dict(id=2, file_name='val/b.jpg')
        ],
        categories=[dict(id=3, name='car'),
                    dict(id=44, name='dog')],
        annotations=[
            dict(
                id=1,
                image_id=1,
                category_id=3,
                bbox=[10, 20, 30, 40],
                iscrowd=0),
            dict(id=2, image_id=1, category_id=44, bbox=[0, 0, 9, 9]),
            dict(
                id=3,
                image_id=1,
                category_id=3,
                bbox=[50, 0, 25.5, 10],
                iscrowd=1),
        ])


def assert_same(first, second):
    assert first.keys() == second.keys()
    for key, value in first.items():
        np.testing.assert_array_equal(value, second[key])


def test_there_and_back(tmp_path):
    root = write_kitti(tmp_path)
    labels = root / 'training/label_2'
    back = coco_to_kitti(kitti_to_coco(root / 'training/image_2', labels))
    assert list(back) == list(LABELS)
    for stem, arrays in back.items():
        assert_same(arrays, read_kitti_file(labels / f'{stem}.txt'))
        write_kitti_file(tmp_path / 'copy.txt', arrays)
        assert (tmp_path /
                'copy.txt').read_text() == (labels /
                                            f'{stem}.txt').read_text()


def test_there_and_back_on_real_labels(shared_data, tmp_path):
    folder = shared_data / 'kitti/training'
    back = coco_to_kitti(kitti_to_coco(folder / 'image_2', folder / 'label_2'))
    assert len(back) == 75
    for stem, arrays in back.items():
        write_kitti_file(tmp_path / 'copy.txt', arrays)
        assert (tmp_path /
                'copy.txt').read_text() == (folder /
                                            f'label_2/{stem}.txt').read_text()


def test_annotations_that_never_were_kittis():
    labels = coco_to_kitti(plain_coco(), dict(car='Car'))
    assert list(labels) == ['a', 'b']
    assert labels['a']['name'] == ['Car', 'DontCare']
    assert labels['a']['bbox'].tolist() == [[10, 20, 40, 60],
                                            [50, 0, 75.5, 10]]
    assert labels['a']['truncated'].tolist() == [0, -1]
    assert labels['a']['occluded'].tolist() == [0, -1]
    assert labels['b']['bbox'].shape == (0, 4)
    assert coco_to_kitti(
        plain_coco())['a']['name'] == ['car', 'dog', 'DontCare']


def test_errors():
    coco = plain_coco()
    coco['annotations'].append(
        dict(id=9, image_id=77, category_id=3, bbox=[0, 0, 1, 1]))
    with pytest.raises(ValueError, match='annotation 9: .* got image 77'):
        coco_to_kitti(coco)
    coco = plain_coco()
    coco['images'][1]['file_name'] = 'train/a.png'
    with pytest.raises(ValueError, match='without folder and suffix'):
        coco_to_kitti(coco)
