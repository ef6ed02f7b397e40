"""Annotation files of others: what is refused, and how it is said."""
import copy
import json

import pytest

from mmadvrain.datasets.coco_format import check_coco_file

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

    def run(content, scored=True):
        path = tmp_path / 'ann.json'
        path.write_text(
            content if isinstance(content, str) else json.dumps(content))
        return check_coco_file(path, scored)

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
    assert check(lacking('annotations', 'iscrowd'), scored=False)
    assert check(dict(GOOD, annotations=[]))


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
    (lacking('annotations', 'area'), r"annotations\[0\]: wanted 'area'"),
    (lacking('annotations', 'iscrowd'), r"wanted 'iscrowd' of int"),
    (changed('annotations', category_id=9), 'wants category 9, which is not'),
    (changed('annotations', bbox=[1, 2, 3]), r'wanted \(x, y, width, height'),
    (changed('annotations', bbox=[1, 2, 3, float('nan')]), 'found .*nan'),
    (changed('annotations', bbox=[1, 2, 3, 1e30]), r'found \[1, 2, 3, 1e'),
    (changed('annotations', bbox=[1, 2, 3, '4']), "found .*'4'"),
])
def test_what_is_refused(check, content, words):
    with pytest.raises(ValueError, match=f'ann.json: .*{words}'):
        check(content)
