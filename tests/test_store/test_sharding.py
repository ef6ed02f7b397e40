"""Parts by image id, folders by a hash of the name."""
import pytest

from mmadvrain.store.sharding import in_shard, in_subfolders, parse_shard

KEYS = [f'image {i}' for i in range(400)]


def test_parts_are_disjoint_complete_and_even():
    parts = [in_shard(KEYS, f'{i}/4') for i in range(1, 5)]
    assert sorted(sum(parts, [])) == list(range(400))
    assert all(60 < len(part) < 140 for part in parts)


def test_only_the_id_decides():
    turned = KEYS[::-1] + ['more']
    for part in ('1/3', '2/3', '3/3'):
        before = {KEYS[i] for i in in_shard(KEYS, part)}
        assert before == {turned[i] for i in in_shard(turned, part)} - {'more'}


def test_no_shard_is_all():
    assert in_shard([5, 3], None) == in_shard([5, 3], '1/1') == [0, 1]


@pytest.mark.parametrize(
    'text', ['0/2', '3/2', '1', 'a/b', '1/0', '-1/2', '1/2/3', '1/2x', ''])
def test_what_is_no_shard(text):
    with pytest.raises(ValueError, match="a shard is 'i/n'"):
        parse_shard(text)


def test_subfolders():
    names = in_subfolders(KEYS, 2)
    assert [name.split('/', 1)[1] for name in names] == KEYS
    assert 150 < len({name.split('/')[0] for name in names}) <= 256
    assert all(len(name.split('/')[0]) == 2 for name in names)
    assert in_subfolders(KEYS[::-1], 2) == names[::-1]
    assert in_subfolders(KEYS, 0) == KEYS


@pytest.mark.parametrize('digits', [-1, 5, 1.5])
def test_subfolders_out_of_range(digits):
    with pytest.raises(ValueError, match=r'must be in \[0, 4\]'):
        in_subfolders(KEYS, digits)
