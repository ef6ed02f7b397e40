import numpy as np
import pytest
from mmdet.datasets import CocoDataset
from mmengine.registry import DefaultScope

from mmadvrain.datasets.kitti_dataset import KittiDataset
from mmadvrain.datasets.kitti_format import KITTI_TYPES, read_kitti_file
from mmadvrain.registry import DATASETS
from tests.test_datasets.kitti_folder import SIZE_WH, label_line, write_kitti

COCO_MAP = dict(Car='car', Pedestrian='person', Cyclist='bicycle')


@pytest.fixture
def root(tmp_path):
    return write_kitti(tmp_path)


def instance(box, label, ignored=0, region=False):
    return dict(
        bbox=[float(side) for side in box],
        bbox_label=label,
        ignore_flag=ignored,
        ignore_region=region)


def test_types_become_what_kitti_makes_of_them(root):
    dataset = KittiDataset(data_root=str(root), test_mode=True)
    assert len(dataset) == 3
    assert dataset.metainfo['classes'] == ('Car', 'Pedestrian', 'Cyclist')
    first = dataset.get_data_info(0)
    assert first['img_id'] == 2
    assert first['img_path'].endswith('training/image_2/000002.png')
    assert (first['width'], first['height']) == SIZE_WH
    assert first['instances'] == [
        instance([10, 10, 60, 60], 0),
        instance([70, 10, 110, 60], 0, 1),
        instance([0, 0, 30, 20], -1, 1, True)
    ]
    assert dataset.get_data_info(1)['instances'] == [
        instance([5, 5, 25, 55], 1, 1),
        instance([30, 5, 50, 55.25], 1)
    ]
    assert dataset.get_data_info(2)['instances'] == []
    assert [dataset.get_cat_ids(i) for i in range(3)] == [[0], [1], []]


def test_the_label_file_is_kept_whole(root):
    info = KittiDataset(data_root=str(root)).get_data_info(0)
    raw = info['kitti_annotations']
    assert raw['name'] == ['Car', 'Van', 'DontCare', 'Truck']
    assert raw['occluded'].tolist() == [0, 0, -1, 1]
    assert raw['truncated'].tolist() == [.1, .1, -1, .1]
    wanted = read_kitti_file(root / 'training/label_2/000002.txt')
    np.testing.assert_array_equal(raw['bbox'], wanted['bbox'])


def test_raw_labels_survive_the_pipeline(root):
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations', with_bbox=True),
        dict(type='Resize', scale=(60, 50), keep_ratio=True),
        dict(
            type='PackDetInputs',
            meta_keys=('img_id', 'img_path', 'scale_factor', 'instances',
                       'kitti_annotations'))
    ]
    with DefaultScope.overwrite_default_scope('mmdet'):
        dataset = DATASETS.build(
            dict(
                type='mmadvrain.KittiDataset',
                data_root=str(root),
                test_mode=True,
                pipeline=pipeline))
    packed = dataset[0]
    assert packed['inputs'].shape == (3, 50, 60)
    sample = packed['data_samples']
    assert sample.gt_instances.bboxes.tensor.tolist() == [[5, 5, 30, 30]]
    assert len(sample.ignored_instances.bboxes) == 2
    assert sample.kitti_annotations['bbox'][0].tolist() == [10, 10, 60, 60]
    assert sample.instances[0]['bbox'] == [10, 10, 60, 60]


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.jpeg'])
def test_a_split_file_selects_and_orders(tmp_path, suffix):
    root = write_kitti(tmp_path, suffix)
    (root / 'ImageSets').mkdir()
    (root / 'ImageSets/val.txt').write_text('000010\n000002\n')
    dataset = KittiDataset(data_root=str(root), ann_file='ImageSets/val.txt')
    assert [dataset.get_data_info(i)['img_id'] for i in range(2)] == [10, 2]
    assert len(dataset) == 2
    assert dataset.get_data_info(0)['img_path'].endswith(suffix)


def test_classes_of_another_detector(root):
    classes = CocoDataset.METAINFO['classes']
    dataset = KittiDataset(
        data_root=str(root),
        metainfo=dict(classes=classes),
        class_map=COCO_MAP)
    labels = [
        entry['bbox_label'] for i in range(2)
        for entry in dataset.get_data_info(i)['instances']
    ]
    assert labels == [
        classes.index('car'),
        classes.index('car'), -1,
        classes.index('person'),
        classes.index('person')
    ]


def test_a_neighbour_or_a_truck_may_be_a_class(root):
    dataset = KittiDataset(
        data_root=str(root), metainfo=dict(classes=('Truck', 'Van', 'Car')))
    assert dataset.get_data_info(0)['instances'] == [
        instance([10, 10, 60, 60], 2),
        instance([70, 10, 110, 60], 1),
        instance([0, 0, 30, 20], -1, 1, True),
        instance([10, 60, 40, 90], 0)
    ]


def test_filter(root):
    only = dict(filter_empty_gt=True, min_size=32)
    kept = KittiDataset(data_root=str(root), filter_cfg=only)
    assert [kept.get_data_info(i)['img_id']
            for i in range(len(kept))] == [2, 7]
    with pytest.raises(ValueError, match='none left of 3 by .*101'):
        KittiDataset(data_root=str(root), filter_cfg=dict(min_size=101))
    # never when testing
    assert len(
        KittiDataset(data_root=str(root), filter_cfg=only,
                     test_mode=True)) == 3
    # an image with nothing but ignored instances is empty
    (root / 'training/label_2/000007.txt').write_text(
        label_line('Person_sitting', 0, [5, 5, 25, 55]))
    kept = KittiDataset(data_root=str(root), filter_cfg=only)
    assert [info['img_id'] for info in kept] == [2]


def test_lazy_init_reads_nothing(tmp_path):
    dataset = KittiDataset(data_root=str(tmp_path / 'none'), lazy_init=True)
    with pytest.raises(FileNotFoundError, match='wanted a folder at'):
        dataset.full_init()


def test_a_missing_folder(root, tmp_path):
    with pytest.raises(FileNotFoundError, match='folder at .*none'):
        KittiDataset(data_root=str(tmp_path / 'none'))
    with pytest.raises(FileNotFoundError, match='a split file at .*val.txt'):
        KittiDataset(data_root=str(root), ann_file='val.txt')
    with pytest.raises(ValueError, match="'img' and 'label' in data_prefix"):
        KittiDataset(data_root=str(root), data_prefix=dict(img='x'))


@pytest.mark.parametrize('gone, kind', [('image_2/000007.png', 'image'),
                                        ('label_2/000007.txt', 'label')])
def test_images_and_labels_must_belong_together(root, gone, kind):
    (root / 'training' / gone).unlink()
    with pytest.raises(ValueError, match=f'1 have no {kind} in .*: 000007'):
        KittiDataset(data_root=str(root))
    # another split does not care
    (root / 'rest.txt').write_text('000002\n000010\n')
    assert len(KittiDataset(data_root=str(root), ann_file='rest.txt')) == 2


def test_unknown_classes(root):
    with pytest.raises(ValueError, match="unknown class 'car' -> 'car'"):
        KittiDataset(data_root=str(root), metainfo=dict(classes=('car', )))
    with pytest.raises(ValueError, match="unknown class 'DontCare'"):
        KittiDataset(
            data_root=str(root), metainfo=dict(classes=('DontCare', )))
    with pytest.raises(ValueError, match="unknown class 'Car' -> 'lorry'"):
        KittiDataset(data_root=str(root), class_map=dict(Car='lorry'))
    (root / 'training/label_2/000010.txt').write_text(
        label_line('Bus', 0, [0, 0, 9, 9]))
    with pytest.raises(ValueError, match="000010.txt: .*unknown class 'Bus'"):
        KittiDataset(data_root=str(root))
    with pytest.raises(TypeError, match="suffixes for img_suffixes, got '.p"):
        KittiDataset(data_root=str(root), img_suffixes='.png')


def test_an_image_that_is_none(root):
    (root / 'training/image_2/000010.png').write_text('nothing')
    with pytest.raises(ValueError, match='wanted an image at .*000010.png'):
        KittiDataset(data_root=str(root))


def test_real_images(shared_data):
    dataset = KittiDataset(
        data_root=str(shared_data / 'kitti'), test_mode=True)
    assert len(dataset) == 75
    names, instances = [], []
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        names += info['kitti_annotations']['name']
        instances += info['instances']
        assert 1200 < info['width'] < 1250
    assert {
        name: names.count(name)
        for name in KITTI_TYPES
    } == dict(
        Car=209,
        Van=25,
        Truck=10,
        Pedestrian=36,
        Person_sitting=5,
        Cyclist=14,
        Tram=9,
        Misc=3,
        DontCare=188)
    counted = [
        entry['bbox_label'] for entry in instances if not entry['ignore_flag']
    ]
    assert [counted.count(label) for label in range(3)] == [209, 36, 14]
    ignored = [
        entry['bbox_label'] for entry in instances if entry['ignore_flag']
    ]
    assert [ignored.count(label) for label in (0, 1, -1)] == [25, 5, 188]


def test_what_disks_and_tools_leave_is_passed_over(tmp_path):
    root = write_kitti(tmp_path)
    images, labels = (
        tmp_path / 'training' / kind for kind in ('image_2', 'label_2'))
    for folder in (images, labels):
        (folder / '.DS_Store').write_bytes(b'')
        (folder / 'Thumbs.db').write_bytes(b'')
    (images / '._000002.png').write_bytes(b'')
    for name in ('._000002.txt', '000002.txt~', 'classes.txt', 'labels.txt'):
        (labels / name).write_text('Car')
    (images / '000007.png').rename(images / '000007.PNG')
    (labels / '000010.txt').rename(labels / '000010.TXT')
    dataset = KittiDataset(data_root=str(root))
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [info['img_id'] for info in infos] == [2, 7, 10]
    assert infos[1]['img_path'].endswith('000007.PNG')


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_label_and_split_files_as_editors_leave_them(tmp_path, encoding):
    root = write_kitti(tmp_path)
    wanted = KittiDataset(data_root=str(root)).get_data_info(0)['instances']
    path = root / 'training/label_2/000002.txt'
    text = path.read_text().replace(' ', '\t').replace('DontCare', 'dontcare')
    text = text.replace('\n', '\r\n').replace('10.00', '1e1') + '\r\n\r\n'
    path.write_bytes(text.encode(encoding))
    (root / 'val.txt').write_bytes('000002\r\n\r\n'.encode(encoding))
    dataset = KittiDataset(ann_file='val.txt', data_root=str(root))
    assert dataset.get_data_info(0)['instances'] == wanted
    assert wanted[-1]['ignore_region']


def test_all_unknown_types_are_listed_at_once(tmp_path):
    box = [0, 0, 9, 9]
    root = write_kitti(
        tmp_path,
        labels={
            '1': [('Car', 0, box), ('Bus', 0, box)],
            '2': [('Auto', 0, box), ('Bus', 0, box)]
        })
    with pytest.raises(
            ValueError,
            match=r"1.txt: .*in the 2 label files: unknown class 'Bus' \(2\), "
            r"unknown class 'Auto' \(1\)"):
        KittiDataset(data_root=str(root))
