"""Results of a run: there and back, and explained on their page."""
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from mmadvrain.structures.run_results import RunResults

DOCS = Path(__file__).parents[2] / 'docs' / 'results.md'


@pytest.fixture
def results():
    return RunResults(
        views=dict(clean={'coco/bbox_mAP': 0.1234567}),
        magnitude=dict(adversarial=dict(area=0.2, psnr=None)),
        num_images=3,
        seconds_per_image=1.5,
        flags=dict(no_objects=['a']),
        failed=dict(b='broken'),
        problems=dict(c=['odd']),
        seconds=9.,
        run=dict(attack=dict(steps=2)))


def test_there_and_back(results, tmp_path):
    results.save(tmp_path)
    assert RunResults.load(tmp_path) == results
    content = json.loads((tmp_path / 'results.json').read_text())
    assert content['views']['clean']['coco/bbox_mAP'] == 0.1234567
    assert content['gpu_memory_bytes'] is None


def test_no_results(tmp_path):
    with pytest.raises(FileNotFoundError, match='it has not ended'):
        RunResults.load(tmp_path)


@pytest.mark.parametrize('text, match', [
    ('{', 'does not hold the results'),
    ('[]', 'but got list'),
    ('{"views": {}}', r"wanted \['failed', .* but got \['views'\]"),
    ('[' * 10**5, 'does not hold the results'),
])
def test_other_files(text, match, tmp_path):
    (tmp_path / 'results.json').write_text(text)
    with pytest.raises(ValueError, match=match):
        RunResults.load(tmp_path)


def test_the_page_explains_every_entry_and_no_other():
    table = DOCS.read_text().partition('## results.json')[2]
    table = table.partition('\n## ')[0]
    rows = re.findall(r'^\| `(\w+)` \|', table, re.M)
    assert rows == [entry.name for entry in fields(RunResults)]
