import json

import pytest

from tests.test_datasets.kitti_folder import SIZE_WH, write_kitti
from tests.test_tools.run_tool import load_tool, run_tool

TOOL = 'dataset_converters/kitti2coco.py'
kitti_to_coco = load_tool(TOOL).kitti_to_coco


def convert(root, **kwargs):
    return kitti_to_coco(root / 'training/image_2', root / 'training/label_2',
                         **kwargs)


def test_by_hand(tmp_path):
    coco = convert(write_kitti(tmp_path))
    assert coco['images'][0] == dict(
        id=2, file_name='000002.png', width=SIZE_WH[0], height=SIZE_WH[1])
    assert [image['id'] for image in coco['images']] == [2, 7, 10]
    names = {cat['id']: cat['name'] for cat in coco['categories']}
    assert list(names.values()) == [
        'Car', 'Pedestrian', 'Cyclist', 'Truck', 'Tram', 'Misc'
    ]
    rows = [(ann['image_id'], names[ann['category_id']], ann['iscrowd'],
             ann['ignore_region'], ann['kitti']['name'])
            for ann in coco['annotations']]
    assert rows == [
        (2, 'Car', 0, False, 'Car'),
        (2, 'Car', 1, False, 'Van'),
        (2, 'Car', 1, True, 'DontCare'),
        (2, 'Pedestrian', 1, True, 'DontCare'),
        (2, 'Cyclist', 1, True, 'DontCare'),
        (2, 'Truck', 0, False, 'Truck'),
        (7, 'Pedestrian', 1, False, 'Person_sitting'),
        (7, 'Pedestrian', 0, False, 'Pedestrian'),
        (7, 'Misc', 0, False, 'Misc'),
        (7, 'Tram', 0, False, 'Tram'),
    ]
    walker = coco['annotations'][7]
    assert walker['bbox'] == [30, 5, 20, 50.25]
    assert walker['area'] == 1005
    assert walker['kitti'] == dict(
        line=1,
        name='Pedestrian',
        truncated=.1,
        occluded=1,
        alpha=.5,
        bbox=[30, 5, 50, 55.25],
        dimensions=[1.5, 1.6, 3.9],
        location=[1, 2, 30],
        rotation_y=.25)
    ids = [ann['id'] for ann in coco['annotations']]
    assert ids == list(range(1, 11))
    json.dumps(coco)


def test_classes_and_split(tmp_path):
    root = write_kitti(tmp_path)
    coco = convert(root, stems=['000007'], classes=['Person_sitting', 'Van'])
    assert [cat['name']
            for cat in coco['categories']][:2] == ['Person_sitting', 'Van']
    first = coco['annotations'][0]
    assert (first['category_id'], first['iscrowd']) == (1, 0)
    assert [image['id'] for image in coco['images']] == [7]


def test_names_that_are_no_numbers_are_counted(tmp_path):
    root = write_kitti(tmp_path, labels={'a': [], '000005': []})
    assert [image['id'] for image in convert(root)['images']] == [0, 1]


def test_errors(tmp_path):
    root = write_kitti(tmp_path)
    with pytest.raises(ValueError, match='wanted classes among'):
        convert(root, classes=['DontCare'])
    with pytest.raises(ValueError, match=r"got \('Bus',\)"):
        convert(root, classes=['Bus'])
    with pytest.raises(FileNotFoundError, match='image 000099'):
        convert(root, stems=['000099'])
    path = root / 'training/label_2/000002.txt'
    path.write_text(path.read_text().replace('Truck', 'Lorry'))
    with pytest.raises(ValueError, match="000002.txt: .*found 'Lorry'"):
        convert(root)


def test_from_the_command_line(tmp_path):
    folder = write_kitti(tmp_path) / 'training'
    out = tmp_path / 'out.json'
    done = run_tool(TOOL, folder / 'image_2', folder / 'label_2', out)
    assert done.returncode == 0, done.stderr
    assert '3 images, 10 annotations' in done.stderr
    assert json.loads(out.read_text()) == kitti_to_coco(
        folder / 'image_2', folder / 'label_2')


def test_options(tmp_path):
    main = load_tool(TOOL).main
    folder = write_kitti(tmp_path) / 'training'
    split, out = tmp_path / 'val.txt', tmp_path / 'out.json'
    split.write_text('000007\n')
    args = [str(folder / 'image_2'), str(folder / 'label_2'), str(out)]
    main([*args, '--split', str(split), '--classes', 'Tram'])
    coco = json.loads(out.read_text())
    assert [image['id'] for image in coco['images']] == [7]
    assert coco['categories'][0]['name'] == 'Tram'
    with pytest.raises(ValueError, match='wanted classes among'):
        main([*args, '--classes', 'Bus'])
    split.write_text('000099\n')
    with pytest.raises(FileNotFoundError, match='000099'):
        main([*args, '--split', str(split)])
