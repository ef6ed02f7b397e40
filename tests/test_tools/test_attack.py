"""The attack as a user runs it, on a plain detector config."""
import json

import pytest

from mmadvrain.apis.ray_cluster import RayCluster
from tests.markdown import cells
from tests.test_tools.run_tool import load_tool, run_tool
from tests.toys.made_once import trained_weights
from tests.toys.records import read_records
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_config

OPTIONS = ('--cfg-options', 'test_cfg.attack.steps=2', 'log_level=INFO',
           'test_dataloader.dataset.indices=2')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('attack')
    write_toy_coco(folder)
    toy_config(folder).dump(folder / 'toy.py')
    return folder


@pytest.fixture(scope='module')
def done(folder):
    return run_tool('attack.py', folder / 'toy.py', trained_weights(),
                    '--work-dir', folder / 'out', *OPTIONS)


def test_ends_in_a_table_and_the_place_of_its_pictures(done, folder):
    assert done.returncode == 0, done.stderr[-3000:]
    printed = done.stdout + done.stderr
    table = [x for x in printed.splitlines() if x.startswith('|')]
    assert [line[0] for line in cells('\n'.join(table))] == [
        'view', 'clean', 'random', 'random_l2', 'adversarial',
        'adversarial_float'
    ]
    assert str(folder / 'out') in printed


def test_leaves_results_images_factors_and_pictures(done, folder):
    results = json.loads((folder / 'out/results.json').read_text())
    assert results['num_images'] == 2
    for place in ('adversarial/{}.png', 'random/{}.png', 'pictures/{}.png',
                  'factors/adversarial/{}.safetensors',
                  'factors/random/{}.safetensors'):
        names = sorted(
            p.stem for p in (folder / 'out' / place).parent.glob('*.*'))
        assert names == ['000005', '000011'], place
    record = read_records(folder / 'out')['000011']
    assert len(record['losses']['detector_loss']) == 2


def main(monkeypatch, *args):
    """The tool in this process, where only its errors matter."""
    monkeypatch.setattr('sys.argv', ['attack.py', *map(str, args)])
    load_tool('attack.py').main()


def test_other_settings_in_the_same_folder(done, folder, monkeypatch):
    args = (folder / 'toy.py', trained_weights(), '--work-dir', folder / 'out',
            '--cfg-options', 'test_cfg.attack.steps=1',
            'test_dataloader.dataset.indices=2')
    with pytest.raises(ValueError, match='attack.steps was .* --overwrite'):
        main(monkeypatch, *args)
    main(monkeypatch, *args, '--overwrite')
    record = read_records(folder / 'out')['000011']
    assert len(record['losses']['detector_loss']) == 1


def test_no_weights(folder, monkeypatch, tmp_path):
    with pytest.raises(FileNotFoundError, match='file of weights is wanted'):
        main(monkeypatch, folder / 'toy.py', tmp_path / 'none.pth')
    with pytest.raises(ValueError, match='names no weights in `load_from`'):
        main(monkeypatch, folder / 'toy.py')


def test_arguments_are_passed_on(monkeypatch):
    tool, seen = load_tool('attack.py'), {}

    def run_attack(*args, **kwargs):
        seen.update(args=args, **kwargs)
        return {'run/failed_images': 2}

    monkeypatch.setattr('mmadvrain.apis.attack.run_attack', run_attack)
    monkeypatch.setattr('sys.argv', [
        'attack.py', 'a.py', 'b.pth', '--work-dir', 'w', '--overwrite',
        '--trust-checkpoint', '--launcher', 'slurm', '--cfg-options',
        'x.y=[1,2]', '--num-actors', '3', '--images', 'folder'
    ])
    assert tool.main() == 3
    assert seen == dict(
        args=('a.py', 'b.pth'),
        work_dir='w',
        cfg_options={'x.y': [1, 2]},
        launcher='slurm',
        overwrite=True,
        trust=True,
        images='folder',
        cluster=RayCluster(num_actors=3))
