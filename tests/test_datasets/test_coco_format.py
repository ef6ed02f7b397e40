"""Annotation files of others: what is refused, and how it is said."""
import copy
import json

import pytest

from mmadvrain.datasets.coco_format import read_coco

GOOD = dict(
    images=[
        dict(id=1, file_name='a.png', height=4, width=5),
        dict(id=2, file_name='b.png', height=4, width=5)
    ],
    categories=[dict(id=3, name='car')],
    annotations=[
        dict(
            id=1,
            image_id=1,
            category_id=3,
            bbox=[0, 0, 2, 2.5],
            area=5,
            iscrowd=0)
    ])


@pytest.fixture
def check(tmp_path):

    def run(content):
        path = tmp_path / 'ann.json'
        path.write_text(
            content if isinstance(content, str) else json.dumps(content))
        return read_coco(path)[0]

    return run


def changed(part, **fields):
    content = copy.deepcopy(GOOD)
    content[part][-1].update(fields)
    return content


def lacking(part, name):
    content = copy.deepcopy(GOOD)
    del content[part][-1][name]
    return content


def test_a_good_file(check):
    assert check(GOOD) == GOOD
    assert check(dict(GOOD, annotations=[]))


def test_fields_that_have_one_reading_are_filled_in(check):
    assert check(lacking('annotations', 'iscrowd')) == GOOD
    assert check(lacking('annotations', 'area')) == GOOD
    assert check(changed('annotations', iscrowd=None, area=None)) == GOOD
    assert check(changed('annotations', iscrowd=False)) == GOOD
    without = copy.deepcopy(GOOD)
    del without['annotations']
    assert check(without)['annotations'] == []


def test_folders_may_be_written_as_on_windows(check):
    content = changed('images', file_name='..\\night\\b.png')
    assert check(content)['images'][1]['file_name'] == '../night/b.png'


def test_whole_numbers_may_be_floats(check):
    content = changed('images', id=2.0, height=4.0, width=5.0)
    content['annotations'][0].update(
        id=1.0, image_id=1.0, category_id=3.0, iscrowd=0.0)
    found = check(content)
    assert found == GOOD
    assert type(found['images'][1]['height']) is int
    assert type(found['annotations'][0]['image_id']) is int


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16', 'utf-32'])
def test_a_byte_order_mark(tmp_path, encoding):
    path = tmp_path / 'ann.json'
    path.write_bytes(json.dumps(GOOD, indent=1).encode(encoding))
    assert read_coco(path) == (GOOD, [])


def several(*changes):
    """The good file with further annotations."""
    content = copy.deepcopy(GOOD)
    for i, fields in enumerate(changes, 2):
        content['annotations'].append(
            dict(content['annotations'][0], id=i, **fields))
    return content


def test_annotations_that_belong_to_nothing_are_left_out(tmp_path):
    path = tmp_path / 'ann.json'
    path.write_text(
        json.dumps(
            several(
                dict(image_id=7), dict(image_id=8), dict(category_id=0),
                dict(bbox=[0, 0, -3, 2]), dict(bbox=[0, 0, 3, 0.0]))))
    assert read_coco(path) == (GOOD, [
        '2 annotations of images that are not listed, the first of image 7',
        '1 annotations of categories that are not listed, the first of '
        'category 0', '2 annotations of boxes without area, the first with '
        'width and height -3 and 2'
    ])


@pytest.mark.parametrize('first', [0, -1, 'a1'])
def test_annotations_are_numbered_where_pycocotools_cannot_count(check, first):
    content = several(dict(bbox=[1, 1, 2, 2]))
    content['annotations'][0]['id'] = first
    content['annotations'][1]['id'] = 5 if first != 'a1' else 'b7'
    assert [a['id'] for a in check(content)['annotations']] == [1, 2]


@pytest.mark.parametrize('content, words', [
    ('{', 'it is no JSON'),
    ('[' * 100000, 'it is no JSON'),
    ('3', 'wanted a COCO file with images and categories, found int'),
    (dict(images=[]), 'wanted a list `categories`, found NoneType'),
    (dict(GOOD, images={}), 'wanted a list `images`, found dict'),
    (dict(GOOD, annotations=[7]), r'annotations\[0\]: wanted fields, found'),
    (changed('images', file_name=['a']), r"images\[1\]: wanted 'file_name' of "
     r"str, found \['a'\]"),
    (changed('images', id=None), r"images\[1\]: wanted 'id' of int or str"),
    (changed('images', height=0), r"images\[1\]: wanted 'height' in pixels"),
    (lacking('images', 'width'), r"images\[1\]: wanted 'width' of int"),
    (changed('images', id=1), r'images\[1\] has the id 1 of images\[0\]'),
    (lacking('annotations', 'id'), r"annotations\[0\]: wanted 'id'"),
    (changed('annotations', area='5'), r"annotations\[0\]: wanted 'area'"),
    (changed('annotations', area=float('nan')), "wanted a finite 'area'"),
    (changed('annotations', iscrowd='0'), r"wanted 'iscrowd' of int"),
    (changed('images', height=4.5), r"images\[1\]: wanted 'height' of int"),
    (changed('images', width='5'), r"images\[1\]: wanted 'width' of int"),
    (changed('images', id='2'), 'ids of images that are all numbers or all '
     r"text, found 1 of 3 that are text: images\[1\] has id '2'"),
    (changed('annotations', image_id='1'), 'ids of images that are all .* '
     r"found 1 of 3 that are text: annotations\[0\] has image_id '1'"),
    (changed('annotations', category_id='3'), 'ids of categories that are '
     r"all .*: annotations\[0\] has category_id '3'"),
    (dict(GOOD, categories=GOOD['categories'] * 2),
     r'categories\[1\] has the id 3 of categories\[0\]'),
    (changed('annotations', bbox=[1, 2, 3]), r'wanted \(x, y, width, height'),
    (changed('annotations', bbox=[1, 2, 3, float('nan')]), 'found .*nan'),
    (changed('annotations', bbox=[1, 2, 3, 1e30]), r'found \[1, 2, 3, 1e'),
    (changed('annotations', bbox=[1, 2, 3, '4']), "found .*'4'"),
])
def test_what_is_refused(check, content, words):
    with pytest.raises(ValueError, match=f'ann.json: .*{words}'):
        check(content)
