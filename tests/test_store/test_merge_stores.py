"""Shards that belong together, and shards that do not."""
import pytest

from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.sharding import merge_stores


def shard(folder, name, seed=0):
    """A shard with one finished image."""
    store = AttackStore(folder)
    store.root.mkdir()
    store.open(dict(seed=seed), overwrite=False)
    for path in store.files(name).values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{name} {seed}')
    store.seal(name, dict(key=name))
    return folder


def test_images_of_all_shards(tmp_path):
    parts = [shard(tmp_path / name, name) for name in 'ab']
    assert merge_stores(parts, tmp_path / 'whole') == 2
    whole = AttackStore(tmp_path / 'whole')
    assert whole.finished('a') and whole.finished('b')
    assert merge_stores(parts, tmp_path / 'whole') == 2


def test_nothing_is_written_of_shards_that_differ(tmp_path):
    parts = [shard(tmp_path / n, n, seed) for seed, n in enumerate('ab')]
    with pytest.raises(
            ValueError,
            match='b is a shard of another run than .*a: seed was 0, is 1'):
        merge_stores(parts, tmp_path / 'whole')
    assert not (tmp_path / 'whole').exists()


def test_another_run_is_replaced_when_told_so(tmp_path):
    old, new = (shard(tmp_path / n, n, seed) for seed, n in enumerate('ab'))
    whole = AttackStore(tmp_path / 'whole')
    merge_stores([old], whole.root)
    with pytest.raises(ValueError, match='seed was 0, is 1'):
        merge_stores([new], whole.root)
    assert merge_stores([new], whole.root, overwrite=True) == 1
    assert whole.finished('b') and not whole.image('random', 'a').exists()
    assert AttackStore(old).finished('a'), 'links of it are gone, not its own'


@pytest.mark.parametrize('content', [None, '{', '[]'])
def test_what_is_no_shard(tmp_path, content):
    folder = shard(tmp_path / 'a', 'a')
    (folder / 'run.json').unlink()
    if content:
        (folder / 'run.json').write_text(content)
    with pytest.raises((FileNotFoundError, ValueError),
                       match='a(/run.json is '
                       'damaged| holds no run)'):
        merge_stores([folder], tmp_path / 'whole')
