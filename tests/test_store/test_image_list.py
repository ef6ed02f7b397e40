"""The list of a run's images says what the data set says."""
import json
from pathlib import Path

from mmengine.registry import DATASETS

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.image_list import write_image_list
from mmadvrain.victims import ClassifierVictim
from tests.toys import toy_images, write_toy_classes


def listed(images, folder):
    return json.loads(
        write_image_list(images, AttackStore(folder)).read_text())


def test_objects_of_a_detector(tmp_path):
    images = toy_images()
    content = listed(images, tmp_path)
    assert tuple(content['classes']) == images.dataset.metainfo['classes']
    assert [x['name'] for x in content['images']] == images.names
    for index, entry in enumerate(content['images']):
        known = images.dataset.get_data_info(index)['instances']
        assert entry['boxes'] == [list(one['bbox']) for one in known]
        assert entry['labels'] == [one['bbox_label'] for one in known]
        assert entry['ignored'] == [bool(x['ignore_flag']) for x in known]
        assert Path(entry['path']).is_file() and 'label' not in entry


def test_regions_of_no_class_do_not_count(tmp_path):
    images = toy_images()
    info = dict(
        instances=[dict(bbox=[0, 0, 9, 9], bbox_label=-1, ignore_flag=0)])
    images.dataset.get_data_info = lambda index: info
    assert listed(images, tmp_path)['images'][0]['ignored'] == [True]


def test_class_of_a_classifiers_image(tmp_path):
    write_toy_classes(tmp_path, num_images=4)
    images = NativeImages(
        DATASETS.build(
            dict(
                type='mmadvrain.NeurIPS17DevDataset',
                data_root=str(tmp_path))), ClassifierVictim.target)
    content = listed(images, tmp_path)
    assert [x['label'] for x in content['images']] == [0, 1, 2, 0]
    assert 'boxes' not in content['images'][0]
