"""Folders by a hash of the name."""
import pytest

from mmadvrain.store.subfolders import in_subfolders

KEYS = [f'image {i}' for i in range(400)]


def test_subfolders():
    names = in_subfolders(KEYS, 2)
    assert [name.split('/', 1)[1] for name in names] == KEYS
    assert 150 < len({name.split('/')[0] for name in names}) <= 256
    assert all(len(name.split('/')[0]) == 2 for name in names)
    assert in_subfolders(KEYS[::-1], 2) == names[::-1]
    assert in_subfolders(KEYS, 0) == KEYS
    # echo -n 'image 0' | sha256sum
    assert names[0] == 'cc/image 0'


@pytest.mark.parametrize('digits', [-1, 5, 1.5])
def test_subfolders_out_of_range(digits):
    with pytest.raises(ValueError, match=r'must be in \[0, 4\]'):
        in_subfolders(KEYS, digits)
