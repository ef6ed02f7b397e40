"""Tiny files of the form of ACDC's and BDD100K's labels."""
import json

import pytest
from pycocotools.coco import COCO

from tests.test_tools.run_tool import load_tool

TOOL = load_tool('dataset_converters/weather2coco.py')


def image(key, weather, split='train'):
    return dict(
        id=key,
        file_name=f'rgb_anon/{weather}/{split}/GP01/{key}_rgb_anon.png',
        width=1920,
        height=1080)


def acdc():
    box = dict(bbox=[1., 2., 30., 40.], area=900., iscrowd=0)
    return dict(
        images=[image(1, 'rain'), image(2, 'fog')],
        annotations=[
            dict(box, id=7, image_id=1, category_id=26),
            dict(box, id=8, image_id=2, category_id=24)
        ],
        categories=[dict(id=24, name='person'),
                    dict(id=26, name='car')])


def frame(name, weather, time, *labels):
    return dict(
        name=name,
        attributes=dict(weather=weather, scene='street', timeofday=time),
        timestamp=10000,
        labels=list(labels) or None)


def bdd():
    box = dict(x1=10., y1=20., x2=40., y2=80.)
    return [
        frame('a.jpg', 'rainy', 'daytime',
              dict(id='0', category='pedestrian', box2d=box),
              dict(id='1', category='lane', poly2d=[])),
        frame('b.jpg', 'rainy', 'night'),
        frame('c.jpg', 'clear', 'daytime',
              dict(id='2', category='car', box2d=box))
    ]


def convert(content, tmp_path, monkeypatch, *args):
    (tmp_path / 'in.json').write_text(json.dumps(content))
    monkeypatch.setattr('sys.argv', [
        'weather2coco.py',
        str(tmp_path / 'in.json'),
        str(tmp_path / 'out.json'), *args
    ])
    TOOL.main()
    return COCO(str(tmp_path / 'out.json'))


def test_rain_is_found_by_its_folder_among_all_weathers(tmp_path, monkeypatch):
    coco = convert(acdc(), tmp_path, monkeypatch)
    (_, found), = coco.imgs.items()
    assert found['file_name'].startswith('rgb_anon/rain/')
    (_, ann), = coco.anns.items()
    assert ann['bbox'] == [1, 2, 30, 40]
    assert coco.cats[ann['category_id']]['name'] == 'car'


def test_clear_reference_images_have_boxes_of_their_panoptic_labels(
        tmp_path, monkeypatch):
    part = dict(id=9, bbox=[5, 6, 7, 8], area=40, iscrowd=1)
    content = dict(
        images=[image(1, 'rain', 'val_ref')],
        annotations=[
            dict(
                image_id=1,
                file_name='1.png',
                segments_info=[
                    dict(part, category_id=26),
                    dict(part, category_id=7)
                ])
        ],
        categories=[
            dict(id=7, name='road', isthing=0),
            dict(id=26, name='car', isthing=1)
        ])
    coco = convert(content, tmp_path, monkeypatch)
    (_, ann), = coco.anns.items()
    assert ann['bbox'] == [5, 6, 7, 8] and ann['area'] == 40
    assert ann['iscrowd'] == 1 and list(coco.cats) == [26]


def test_frames_are_chosen_by_weather_and_time(tmp_path, monkeypatch):
    coco = convert(bdd(), tmp_path, monkeypatch, '--weather', 'rainy')
    assert [i['file_name'] for i in coco.imgs.values()] == ['a.jpg', 'b.jpg']
    (_, ann), = coco.anns.items()
    assert ann['bbox'] == [10, 20, 30, 60] and ann['area'] == 1800
    assert coco.cats[ann['category_id']]['name'] == 'person'
    coco = convert(bdd(), tmp_path, monkeypatch, '--weather', 'rainy',
                   '--time', 'night')
    assert [i['file_name'] for i in coco.imgs.values()] == ['b.jpg']


@pytest.mark.parametrize('content, message', [
    (bdd(), "no images of weather 'hail'"),
    ([1], 'must be labels of ACDC'),
    (dict(images=[]), 'must be labels of ACDC'),
])
def test_what_has_no_such_weather_is_refused(content, message, tmp_path,
                                             monkeypatch):
    with pytest.raises(SystemExit, match=message):
        convert(content, tmp_path, monkeypatch, '--weather', 'hail')
