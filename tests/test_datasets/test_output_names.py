"""Files are kept apart by the names of their results."""
import os

import pytest

from mmadvrain.datasets.output_names import output_names


@pytest.mark.parametrize('folder', [
    'data/images', 'data/images/', './data//images', 'data/x/../images',
    os.path.abspath('data/images')
])
def test_any_spelling_of_the_folder(folder):
    paths = ['data/images/a/1.png', './data/images/b/1.png', 'data//images/2']
    assert output_names(paths, folder) == ['a/1', 'b/1', '2']


def test_files_outside_of_the_folder_are_named_from_what_they_share():
    paths = ['data/images2/1.png', 'data/more/1.png']
    assert output_names(paths, 'data/images') == ['images2/1', 'more/1']
    assert output_names(paths) == ['images2/1', 'more/1']
    assert output_names(['a/../../up/1.png']) == ['1']
    assert output_names([]) == []


@pytest.mark.parametrize('files, names', [
    (['1.png', '1.jpg', '2.png'], ['1.png', '1.jpg', '2']),
    (['1.png', '1.jpg', '1.png.png'], ['1.png', '1.jpg', '1.png.png']),
    (['1.png', '1.PNG'], ['1.png', '1.PNG']),
    (['a.v1.png', 'a.v2.png'], ['a.v1', 'a.v2']),
    (['1', '1.png'], ['1', '1.png']),
])
def test_suffixes_stay_where_nothing_else_differs(files, names):
    assert output_names(files) == names
    assert output_names(files[::-1]) == names[::-1]


def test_one_file_twice_has_one_name():
    assert output_names(['a/1.png', 'a/./1.png',
                         'b/1.png']) == ['a/1', 'a/1', 'b/1']


@pytest.mark.parametrize('name', ['x' * 300, 'é' * 121, 'a\0b'])
def test_names_that_no_file_can_have(name):
    with pytest.raises(ValueError, match='at most 240 bytes'):
        output_names([f'{name}.png', '1.png'])
