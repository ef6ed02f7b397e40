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


def test_hidden_folders_and_files_are_no_classes_and_no_images(folders):
    """A first class `.ipynb_checkpoints` would shift all labels by one."""
    for name in ('.ipynb_checkpoints', '__MACOSX', '@eaDir'):
        (folders / name).mkdir()
        (folders / name / 'a.png').write_bytes(b'')
    for name in ('._n01_1.png', '.DS_Store', 'Thumbs.db', 'desktop.ini'):
        (folders / 'n01' / name).write_bytes(b'')
    dataset = ImageFolderDataset(data_root=str(folders))
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [(i['img_id'], i['gt_label'])
            for i in infos] == [('n01/n01_1.JPEG', 0), ('n01/n01_1.png', 0),
                                ('n02/n02_1.JPEG', 1), ('n02/n02_1.png', 1)]


def test_other_files_and_empty_classes_are_named(folders, monkeypatch):
    said = []
    monkeypatch.setattr(csv_image_dataset, 'print_log',
                        lambda text, **kwargs: said.append(text))
    (folders / 'n01/2.webp').write_bytes(b'')
    (folders / 'n03').mkdir()
    ImageFolderDataset(data_root=str(folders))
    assert len(said) == 2
    assert 'passed over 3 files' in said[0] and 'n01/2.webp' in said[0]
    assert "1 folders of classes hold no image, such as 'n03'" in said[1]


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_a_list_of_classes_as_editors_leave_it(tmp_path, encoding):
    for name in ('golden retriever', 'n01'):
        (tmp_path / name).mkdir()
        cv2.imwrite(
            str(tmp_path / name / '1.png'), np.zeros((4, 5, 3), np.uint8))
    path = tmp_path / 'classes.txt'
    path.write_bytes('golden retriever\r\nn01\t\r\n\r\n'.encode(encoding))
    dataset = ImageFolderDataset(data_root=str(tmp_path), classes=str(path))
    assert [dataset.get_data_info(i)['gt_label'] for i in range(2)] == [0, 1]
    path.write_text('n01\ngolden retriever\nn01')
    with pytest.raises(ValueError, match="once in .*'n01' again"):
        ImageFolderDataset(data_root=str(tmp_path), classes=str(path))


@pytest.mark.parametrize('text', [
    'ImageId,TrueLabel\n0000,1\n0001,2\n',
    'ImageId;TrueLabel\r\n0000;1\r\n0001;2\r\n\r\n',
    'sep=;\nImageId;TrueLabel\n0000;1\n0001;2\n',
    'ImageId\tTrueLabel\n0000\t1\n0001\t2\n\t\n',
    ' ImageId , "TrueLabel",note\n "0000", 1.0\n0001 ,2.,"a, b",more\n,,\n',
    '"ImageId","TrueLabel"\n"0000","1"\n"0001","2"',
])
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_tables_as_spreadsheets_save_them(root, text, encoding):
    if ' "0000"' in text:
        text = text.replace(' "0000"', '"0000"').replace(' "True', '"True')
    (root / 'dev_dataset.csv').write_bytes(text.encode(encoding))
    dataset = NeurIPS17DevDataset(data_root=str(root))
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [(i['img_id'], i['gt_label']) for i in infos] == [('0000', 0),
                                                             ('0001', 1)]


@pytest.mark.parametrize('data, words', [
    ('ImageId,TrueLabel\nKäse,1\n'.encode('cp1252'), 'wanted UTF-8 text'),
    (b'', "wanted a column 'ImageId', found \\[\\]"),
    (b'ImageId,TrueLabel,TrueLabel\n0000,1,2\n', 'one column .*, found 2'),
    (b'ImageId,TrueLabel\n0000,1_0\n', "class from 1 to 1000, got .*'1_0'"),
    (b'ImageId,TrueLabel\n0000\n', "class from 1 to 1000, got '0000' and ''"),
    (b'ImageId,TrueLabel\n0000,1.5\n', "got '0000' and '1.5'"),
])
def test_tables_that_say_something_else(root, data, words):
    (root / 'dev_dataset.csv').write_bytes(data)
    with pytest.raises(ValueError, match=words):
        NeurIPS17DevDataset(data_root=str(root))


def test_one_placeholder_under_several_labels_is_named(root, monkeypatch):
    said = []
    monkeypatch.setattr(csv_image_dataset, 'print_log',
                        lambda text, **kwargs: said.append(text))
    images = root / 'images'
    (images / '0001.png').write_bytes((images / '0002.png').read_bytes())
    dataset = NeurIPS17DevDataset(data_root=str(root))
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [i['img_id'] for i in infos] == ['0000', '0003']
    assert len(said) == 1 and '2 of 4 images are one and the same' in said[0]
    assert '0001, 0002: left out' in said[0]
    assert len(NeurIPS17DevDataset(data_root=str(root), missing_ok=False)) == 4
    assert 'left out' not in said[1]


def test_one_image_twice_of_one_label_is_no_placeholder(root):
    images = root / 'images'
    (images / '0003.png').write_bytes((images / '0000.png').read_bytes())
    assert len(NeurIPS17DevDataset(data_root=str(root))) == 4
