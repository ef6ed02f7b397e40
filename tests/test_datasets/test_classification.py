"""NeurIPS'17 DEV, a plain CSV, and one folder a class."""
import csv

import cv2
import numpy as np
import pytest

from mmadvrain.datasets import classification as csv_image_dataset
from mmadvrain.datasets.classification import (
    CSVImageDataset,
    ImageFolderDataset,
    NeurIPS17DevDataset,
)
from tests.toys.toy_classes import write_toy_classes


@pytest.fixture
def root(tmp_path):
    write_toy_classes(tmp_path, 4)
    return tmp_path


def rewrite(root, rows, header=('ImageId', 'TrueLabel')):
    with (root / 'dev_dataset.csv').open('w', newline='') as file:
        csv.writer(file).writerows([header, *rows])


def test_labels_of_the_file_count_from_one(root):
    dataset = NeurIPS17DevDataset(data_root=str(root))
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [info['gt_label'] for info in infos] == [0, 1, 2, 0]
    assert [info['img_id'] for info in infos] == [f'{i:04x}' for i in range(4)]
    item = dataset[1]
    assert item['inputs'].shape == (3, 56, 40)
    assert int(item['data_samples'].gt_label) == 1
    assert item['data_samples'].img_id == '0001'


def test_the_real_set(shared_data):
    with (shared_data / 'neurips17_dev/dev_dataset.csv').open() as file:
        rows = {row['ImageId']: row for row in csv.DictReader(file)}
    dataset = NeurIPS17DevDataset(
        data_root=str(shared_data / 'neurips17_dev'), indices=20)
    assert len(dataset) == 20
    for i in range(20):
        info = dataset.get_data_info(i)
        assert info['gt_label'] == int(rows[info['img_id']]['TrueLabel']) - 1


def test_images_that_are_gone(root, monkeypatch):
    said = []
    monkeypatch.setattr(csv_image_dataset, 'print_log',
                        lambda text, **kwargs: said.append(text))
    assert len(NeurIPS17DevDataset(data_root=str(root))) == 4 and not said
    (root / 'images/0002.png').unlink()
    assert len(NeurIPS17DevDataset(data_root=str(root))) == 3
    assert len(said) == 1 and said[0].startswith('1 of the 4 images')
    with pytest.raises(FileNotFoundError, match='1 of the 4 images .*0002'):
        NeurIPS17DevDataset(data_root=str(root), missing_ok=False)
    for path in (root / 'images').iterdir():
        path.unlink()
    with pytest.raises(ValueError, match='at least one image'):
        NeurIPS17DevDataset(data_root=str(root))


@pytest.mark.parametrize('label', ('0', '1001', 'cat', ''))
def test_labels_that_are_no_class(root, label):
    rewrite(root, [('0000', label)])
    with pytest.raises(ValueError, match='a class from 1 to 1000'):
        NeurIPS17DevDataset(data_root=str(root))


def test_a_file_of_another_form(root):
    rewrite(root, [('0000', '1')], ('name', 'TrueLabel'))
    with pytest.raises(ValueError, match="column 'ImageId', found"):
        NeurIPS17DevDataset(data_root=str(root))
    (root / 'dev_dataset.csv').unlink()
    with pytest.raises(FileNotFoundError, match='a CSV file'):
        NeurIPS17DevDataset(data_root=str(root))
    with pytest.raises(FileNotFoundError, match='a folder of images'):
        write_toy_classes(root, 1)
        NeurIPS17DevDataset(
            data_root=str(root), data_prefix=dict(img_path='nowhere'))


def test_plain_csv_counts_from_zero(root):
    (root / 'list.csv').write_text('file,label\nimages/0003.png,999\n')
    dataset = CSVImageDataset('list.csv', data_root=str(root))
    assert dataset.get_data_info(0)['gt_label'] == 999
    with pytest.raises(ValueError, match='0 to 9, got .*999'):
        CSVImageDataset('list.csv', data_root=str(root), num_classes=10)
    with pytest.raises(ValueError, match='name of a CSV file'):
        CSVImageDataset('')


@pytest.fixture
def folders(tmp_path):
    for name in ('n02', 'n01'):
        (tmp_path / name).mkdir()
        for kind in ('JPEG', 'png'):
            cv2.imwrite(
                str(tmp_path / name / f'{name}_1.{kind}'),
                np.zeros((4, 5, 3), np.uint8))
        (tmp_path / name / 'notes.txt').write_text('no image')
    return tmp_path


def test_folders_are_classes_in_the_order_of_their_names(folders):
    dataset = ImageFolderDataset(data_root=str(folders))
    found = {
        dataset.get_data_info(i)['img_id']:
        dataset.get_data_info(i)['gt_label']
        for i in range(len(dataset))
    }
    assert found == {
        'n01/n01_1.JPEG': 0,
        'n01/n01_1.png': 0,
        'n02/n02_1.JPEG': 1,
        'n02/n02_1.png': 1
    }


def test_folders_may_be_a_part_of_the_classes(folders):
    names = ['n00', 'n01', 'n02']
    (folders / 'classes.txt').write_text('\n'.join(names))
    for classes in (names, str(folders / 'classes.txt')):
        dataset = ImageFolderDataset(data_root=str(folders), classes=classes)
        assert {
            dataset.get_data_info(i)['gt_label']
            for i in range(len(dataset))
        } == {1, 2}
    with pytest.raises(ValueError, match="1 others such as 'n02'"):
        ImageFolderDataset(data_root=str(folders), classes=['n01'])


def test_folders_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='one folder a class'):
        ImageFolderDataset(data_root=str(tmp_path / 'none'))
    with pytest.raises(ValueError, match='at least one image'):
        ImageFolderDataset(data_root=str(tmp_path))
    with pytest.raises(FileNotFoundError, match='text file of classes'):
        ImageFolderDataset(data_root=str(tmp_path), classes='none.txt')
