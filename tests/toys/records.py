"""Records of a run, read and changed without the store."""
import json
from pathlib import Path

from mmadvrain.store.manifest import Manifest


def _lines(root):
    for path in sorted((Path(root) / 'records').glob('*.jsonl')):
        for line in path.read_text().splitlines(keepends=True):
            yield path, line


def read_records(root):
    """The last record of each image, by its name."""
    found = {}
    for _, line in _lines(root):
        record = json.loads(line)
        found[record.pop('name')] = record
    return dict(sorted(found.items()))


def drop_record(root, name):
    """Remove all that is written of an image."""
    kept, dropped = {}, 0
    for path, line in _lines(root):
        kept.setdefault(path, [])
        if json.loads(line)['name'] == name:
            dropped += 1
        else:
            kept[path].append(line)
    assert dropped
    for path, lines in kept.items():
        path.write_text(''.join(lines))


def put_record(store, name, record):
    """Write a record as it is, as another process does."""
    Manifest(store.root / 'records').append([(name, record)])
    store.refresh()
