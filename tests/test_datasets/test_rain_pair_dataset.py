import logging

import cv2
import numpy as np
import pytest

from mmadvrain.datasets.rain_pair_dataset import RainPairDataset
from mmadvrain.registry import DATASETS

FILES = {
    'folders':
    ['rainy/a.png', 'rainy/b/c.png', 'clean/a.png', 'clean/b/c.png'],
    'rain100_old':
    ['rain-1.png', 'rain-2.png', 'norain-1.png', 'norain-2.png'],
    'rain100_new': [
        'rain/X2/norain-1x2.png', 'rain/X2/norain-2x2.png',
        'norain/norain-1.png', 'norain/norain-2.png'
    ],
    'rain1400':
    [f'rainy_image/{i}_{j}.jpg' for i in (1, 2)
     for j in range(1, 15)] + ['ground_truth/1.jpg', 'ground_truth/2.jpg'],
    'rain_cityscapes': [
        'leftImg8bit_rain/ulm/ulm_0_leftImg8bit_rain_alpha_0.01_pattern_1.png',
        'leftImg8bit_rain/ulm/ulm_0_leftImg8bit_rain_alpha_0.01_pattern_2.png',
        'leftImg8bit/ulm/ulm_0_leftImg8bit.png',
        'leftImg8bit/ulm/ulm_1_leftImg8bit.png'
    ],
}
PAIRS = dict(
    folders=2, rain100_old=2, rain100_new=2, rain1400=28, rain_cityscapes=2)
PIPELINE = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PackDerainInputs')
]


def write(folder, names, width=6):
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = np.full((4, width, 3), i, np.uint8)
        image[:, width // 2:] += 100
        cv2.imwrite(str(path), image)


def build(folder, layout, **options):
    return DATASETS.build(
        dict(
            type='mmadvrain.RainPairDataset',
            data_root=str(folder),
            layout=layout,
            pipeline=PIPELINE,
            **options))


@pytest.mark.parametrize('layout', list(FILES))
def test_pairs_of_each_layout(tmp_path, layout):
    write(tmp_path, FILES[layout])
    dataset = build(tmp_path, layout)
    assert len(dataset) == PAIRS[layout]
    infos = {
        dataset.get_data_info(i)['img_path']:
        dataset.get_data_info(i)['clean_path']
        for i in range(len(dataset))
    }
    clean = {'rain1400': -2, 'rain_cityscapes': 2}.get(layout, 2)
    assert infos[str(tmp_path / FILES[layout][0])] == str(tmp_path /
                                                          FILES[layout][clean])
    item = dataset[1]
    assert item['inputs'].shape == item['data_samples'].clean.shape == (3, 4,
                                                                        6)


@pytest.mark.parametrize('layout, rainy_is_left', [('rain800', False),
                                                   ('rain1200', True)])
def test_images_side_by_side(tmp_path, layout, rainy_is_left):
    write(tmp_path, ['Rain_Heavy/train2018new/0.png', 'Rain_Light/1.png'])
    dataset = build(tmp_path, layout)
    assert len(dataset) == 2
    item = dataset[0]
    left, right = item['inputs'], item['data_samples'].clean
    if not rainy_is_left:
        left, right = right, left
    assert left.shape == (3, 4, 3)
    assert (left == 0).all() and (right == 100).all()
    other = build(
        tmp_path, layout, rainy_side='right' if rainy_is_left else 'left')
    assert (other[0]['inputs'] == item['data_samples'].clean).all()


def test_pairs_of_a_list(tmp_path):
    write(tmp_path, ['real_world/1/a.png', 'real_world/1/gt.png'])
    (tmp_path / 'real_world.txt'
     ).write_text('/real_world/1/a.png /real_world/1/gt.png\n\n')
    dataset = build(tmp_path, 'spa_data', ann_file='real_world.txt')
    assert len(dataset) == 1
    assert dataset[0]['data_samples'].clean_path == str(tmp_path /
                                                        'real_world/1/gt.png')


@pytest.mark.parametrize('text, match', [
    ('a.png\n', 'line 1 of .*must have two paths'),
    ('x.png y.png\n',
     r'2 images lack partners in .*list\.txt: .*x\.png does not exist'),
])
def test_lists_that_do_not_work(tmp_path, text, match):
    (tmp_path / 'list.txt').write_text(text)
    with pytest.raises(ValueError, match=match):
        build(tmp_path, 'spa_data', ann_file='list.txt')


def test_folders_of_ones_own(tmp_path):
    write(tmp_path, ['wet/a.png', 'dry/a.jpg'])
    dataset = build(
        tmp_path, 'folders', data_prefix=dict(rainy='wet', clean='dry'))
    assert dataset.get_data_info(0)['clean_path'] == str(tmp_path /
                                                         'dry/a.jpg')


def test_missing_partners_raise_or_are_left_out(tmp_path, caplog):
    write(tmp_path, [f'rainy/{i}.png' for i in range(8)])
    write(tmp_path, ['clean/7.png'])
    with pytest.raises(
            ValueError,
            match=r'7 images lack partners in \S*rainy \(rainy\) and '
            r'\S*clean \(clean\): rainy image 0\.png has no clean '
            r'0\.\*.*4\.\*; 2 more; allow_missing=True leaves them out'):
        build(tmp_path, 'folders')
    with caplog.at_level(logging.WARNING):
        dataset = build(tmp_path, 'folders', allow_missing=True)
    assert len(dataset) == 1
    assert dataset.get_data_info(0)['img_path'].endswith('7.png')


def test_sizes_that_differ_are_named(tmp_path):
    write(tmp_path, ['rainy/a.png'])
    write(tmp_path, ['clean/a.png'], width=8)
    with pytest.raises(
            ValueError,
            match=r'a\.png must be of one size, but '
            r'are \(4, 6\) and \(4, 8\)'):
        build(tmp_path, 'folders')[0]


@pytest.mark.parametrize('options, match', [
    (dict(layout='rain99'), "must be one of .*'spa_data'.*'rain99'"),
    (dict(rainy_side='left'), "layout 'folders' are not side by side"),
    (dict(layout='rain800', rainy_side='top'), "'left' or 'right', but got"),
    (dict(layout='spa_data'), "layout 'spa_data' needs ann_file"),
    (dict(data_prefix=dict(img='x')), "'rainy' and 'clean', but got"),
    (dict(data_root='/nowhere'), 'folder of rainy images does not exist'),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        RainPairDataset(**options)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r'there is no \S*missing\.txt'):
        build(tmp_path, 'spa_data', ann_file='missing.txt')


def test_a_file_in_place_of_a_folder(tmp_path):
    write(tmp_path, ['rainy/a.png'])
    (tmp_path / 'clean').write_text('')
    with pytest.raises(ValueError, match='clean images must be in a folder'):
        build(tmp_path, 'folders')


def test_no_images(tmp_path):
    (tmp_path / 'rainy').mkdir()
    (tmp_path / 'clean').mkdir()
    with pytest.raises(ValueError, match=r'found in \S*rainy \(rainy\) and'):
        build(tmp_path, 'folders')


def test_shared_rain100h(shared_data):
    dataset = build(shared_data / 'rain100h/test', 'rain100_new')
    assert len(dataset) == 60
    assert dataset[0]['inputs'].shape in ((3, 321, 481), (3, 481, 321))


def test_what_disks_and_editors_leave_is_passed_over(tmp_path):
    """Copies in hidden folders would lack partners, or count twice."""
    write(tmp_path, FILES['folders'])
    write(tmp_path, [
        'rainy/.ipynb_checkpoints/a-checkpoint.png', 'rainy/__MACOSX/a.png',
        'clean/._a.png', 'clean/@eaDir/a.png'
    ])
    (tmp_path / 'rainy/Thumbs.db').write_bytes(b'')
    assert len(RainPairDataset(data_root=str(tmp_path))) == 2


def test_a_list_of_pairs_as_editors_leave_it(tmp_path):
    write(tmp_path, ['a.png', 'b.png'])
    path = tmp_path / 'pairs.txt'
    path.write_bytes('a.png\tb.png\r\n\r\n'.encode('utf-8-sig'))

    def pairs():
        return RainPairDataset(
            layout='spa_data', ann_file='pairs.txt', data_root=str(tmp_path))

    assert len(pairs()) == 1
    path.write_bytes('a.png b.png'.encode('utf-16'))
    with pytest.raises(ValueError, match='pairs.txt: wanted UTF-8 text'):
        pairs()
