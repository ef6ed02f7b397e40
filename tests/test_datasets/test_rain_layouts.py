import pytest

from mmadvrain.datasets.rain_layouts import LAYOUTS, match_pairs


@pytest.mark.parametrize('layout, rainy, clean', [
    ('folders', 'a/x.y.jpg', 'a/x.y.png'),
    ('rain100_old', 'rain-001.png', 'norain-001.png'),
    ('rain100_old', 'rainy/rain-7.png', 'norain-7.png'),
    ('rain100_new', 'norain-1.png', 'norain-1.png'),
    ('rain100_new', 'rain-012.png', 'norain-012.png'),
    ('rain100_new', 'X2/norain-12x2.png', 'norain-12.png'),
    ('rain100_new', 'norain-2x2.png', 'norain-2.png'),
    ('rain_cityscapes', 'ulm/ulm_000004_000019_leftImg8bit_rain_alpha_0.01_'
     'beta_0.005_dropsize_0.01_pattern_1.png',
     'ulm/ulm_000004_000019_leftImg8bit.png'),
])
def test_names_that_belong_together(layout, rainy, clean):
    pairs, complaints = match_pairs([rainy], [clean], LAYOUTS[layout])
    assert pairs == [(rainy, clean)] and complaints == []


def test_14_rainy_images_per_clean_one():
    rainy = [f'{i}_{j}.jpg' for i in (1, 12) for j in range(1, 15)]
    pairs, complaints = match_pairs(rainy, ['1.jpg', '12.jpg'],
                                    LAYOUTS['rain1400'])
    assert pairs == [(x, f'{x.split("_")[0]}.jpg') for x in rainy]
    assert complaints == []
    pairs, complaints = match_pairs(rainy[1:], ['1.jpg', '12.jpg'],
                                    LAYOUTS['rain1400'])
    assert len(pairs) == 27
    assert complaints == [
        'clean image 1.jpg has 13 rainy images instead of 14'
    ]


def test_missing_partners_are_named():
    pairs, complaints = match_pairs(['rain-1.png', 'rain-2.png'],
                                    ['norain-2.png', 'norain-3.png'],
                                    LAYOUTS['rain100_old'])
    assert pairs == [('rain-2.png', 'norain-2.png')]
    assert complaints == [
        'rainy image rain-1.png has no clean norain-1.*',
        'clean image norain-3.png has 0 rainy images instead of one or more'
    ]


def test_files_that_are_neither_are_left_alone():
    files = [
        'norain-1.png', 'rain-1.png', 'rainregion-1.png', 'rainstreak-1.png'
    ]
    pairs, complaints = match_pairs(files, files, LAYOUTS['rain100_old'])
    assert pairs == [('rain-1.png', 'norain-1.png')] and complaints == []


def test_one_name_twice():
    _, complaints = match_pairs(['a.png'], ['a.png', 'a.jpg'],
                                LAYOUTS['folders'])
    assert complaints == ['clean image a.jpg has the name of a.png']


def test_clean_cityscapes_without_rain_are_normal():
    pairs, complaints = match_pairs([], ['a/a_leftImg8bit.png'],
                                    LAYOUTS['rain_cityscapes'])
    assert pairs == [] and complaints == []
