"""Metrics write one set of files a view."""
import json
import pickle
from pathlib import Path
from types import SimpleNamespace

from mmadvrain.engine.runner.metric_files import files_of_view
from tests.test_engine.test_runner.test_attack_loop import (
    config_of,
    runner_of,
)
from tests.toys.toy_data import write_toy_coco

VIEWS = ('clean', 'random', 'adversarial', 'adversarial_float')


def test_each_view_has_its_own_files(tmp_path):
    write_toy_coco(tmp_path, num_images=2)
    config = config_of(tmp_path)
    config.test_evaluator = [
        dict(config.test_evaluator, outfile_prefix=f'{tmp_path}/out/coco'),
        dict(type='DumpDetResults', out_file_path=f'{tmp_path}/dump.pkl')
    ]
    runner_of(config).test()
    found = {
        view: (tmp_path / f'out/{view}/coco.bbox.json').read_text()
        for view in VIEWS
    }
    assert len(set(found.values())) == 4
    for view in VIEWS:
        dumped = pickle.loads((tmp_path / view / 'dump.pkl').read_bytes())
        count = sum(len(entry['pred_instances']['scores']) for entry in dumped)
        assert count == len(json.loads(found[view])) > 0
    assert not list(tmp_path.glob('out/coco*'))


def test_folders_are_made_and_places_restored(tmp_path):
    folder = tmp_path / 'results'
    folder.mkdir()
    metric = SimpleNamespace(
        result_dir=folder, outfile_prefix='s3://bucket/x', output_dir=None)
    with files_of_view([metric], 'clean'):
        assert metric.result_dir == tmp_path / 'clean/results'
        assert metric.result_dir.is_dir()
        assert metric.outfile_prefix == 's3://bucket/clean/x'
        assert metric.output_dir is None
    assert metric.result_dir == folder and isinstance(folder, Path)
    assert metric.outfile_prefix == 's3://bucket/x'
