"""Objects that a person gives, in two forms."""
import json
from pathlib import Path

import pytest

from mmadvrain.apis.given_truth import given_objects

CLASSES = ['Car', 'Van']


@pytest.fixture
def coco(tmp_path):
    path = tmp_path / 'true.json'
    path.write_text(
        json.dumps(
            dict(
                images=[
                    dict(id=7, file_name='a/1.png'),
                    dict(id=8, file_name='b/1.png')
                ],
                categories=[dict(id=3, name='van')],
                annotations=[
                    dict(image_id=7, category_id=3, bbox=[1, 2, 3, 4]),
                    dict(
                        image_id=7,
                        category_id=3,
                        bbox=[0, 0, 9, 9],
                        iscrowd=1)
                ])))
    return path


def test_a_file_names_images_by_the_ends_of_paths(coco):
    first, second = given_objects(
        coco, [Path('/x/b/1.png'), Path('/x/a/1.png')], CLASSES)
    assert first == []
    assert second == [
        dict(bbox=[1, 2, 4, 6], bbox_label=1, ignore_flag=0),
        dict(bbox=[0, 0, 9, 9], bbox_label=1, ignore_flag=1)
    ]
    with pytest.raises(ValueError, match='has no entry for /x/1.png'):
        given_objects(coco, [Path('/x/1.png')], CLASSES)


def test_lists_take_names_and_places():
    entry = dict(bboxes=[[0, 1, 2, 3], [4, 5, 6, 7]], labels=['VAN', 0])
    found, empty = given_objects([entry, dict(bboxes=[], labels=[])],
                                 [Path('1'), Path('2')], CLASSES)
    assert [one['bbox_label'] for one in found] == [1, 0]
    assert found[1]['bbox'] == [4, 5, 6, 7] and empty == []


@pytest.mark.parametrize('entry, message', [
    (dict(bboxes=[[0, 0, 1, 1]], labels=[]), 'a label for each of 1 boxes'),
    (dict(bboxes=[[0, 0, 1, 1]], labels=['cow']), "but got 'cow'"),
    (dict(bboxes=[[0, 0, 1, 1]], labels=[2]), 'but got 2'),
    (dict(bboxes=[[5, 0, 1, 1]], labels=[0]), 'with x1 < x2'),
    (dict(boxes=[]), r'wanted of each image dict\(bboxes='),
])
def test_wrong_lists(entry, message):
    with pytest.raises(ValueError, match=message):
        given_objects([entry], [Path('1')], CLASSES)


def test_wrong_files_and_numbers(tmp_path):
    with pytest.raises(ValueError, match='of 2 images, got those of 1'):
        given_objects([{}], [Path('1'), Path('2')], CLASSES)
    with pytest.raises(FileNotFoundError, match='no annotation file at'):
        given_objects(tmp_path / 'none', [], CLASSES)
    (tmp_path / 'list.json').write_text('[]')
    with pytest.raises(ValueError, match='in the form of COCO'):
        given_objects(tmp_path / 'list.json', [], CLASSES)
