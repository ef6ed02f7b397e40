"""The READMEs of the configs, and the compositions that they show."""
import re
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[1] / 'configs'
PAGES = sorted(CONFIGS.rglob('README.md'))
ATTACKS = sorted((CONFIGS / 'attacks').glob('*.py'))
COMPONENTS = sorted(
    path for kind in ('perturbations', 'objectives', 'rules')
    for path in (CONFIGS / '_base_' / kind).glob('*.py'))
DETECTOR = CONFIGS / 'demo/faster-rcnn_r18-slim_fpn_street-scenes.py'


def folder_of(path):
    """The folder whose README has a config: components share one."""
    is_base = path.is_relative_to(CONFIGS / '_base_')
    return CONFIGS / '_base_' if is_base else path.parent


def example(page, tmp_path):
    """Load the only config that a page shows."""
    code, = re.findall(r'^```python\n(.*?)^```', (CONFIGS / page).read_text(),
                       re.M | re.S)
    code = code.replace('YOUR_MMDET_CONFIG.py', str(DETECTOR))
    code = code.replace('PATH_TO/configs', str(CONFIGS))
    code = code.replace("'../", f"'{CONFIGS}/")
    path = tmp_path / 'example.py'
    path.write_text(code)
    return Config.fromfile(path)


def test_each_config_is_in_the_readme_of_its_folder_and_the_other_way_round():
    configs = sorted(CONFIGS.rglob('*.py'))
    assert {folder_of(path) for path in configs} == {p.parent for p in PAGES}
    for page in PAGES:
        rows = re.findall(r'^\| `(\S+\.py)` \|', page.read_text(), re.M)
        assert sorted(rows) == [
            str(path.relative_to(page.parent)) for path in configs
            if folder_of(path) == page.parent
        ], page


def test_each_folder_is_in_the_readme_of_all():
    rows = re.findall(r'^\| \[\w+\]\((\w+)/README\.md\)',
                      (CONFIGS / 'README.md').read_text(), re.M)
    assert sorted(rows) == sorted(path.parent.name for path in PAGES
                                  if path.parent != CONFIGS)


@pytest.mark.parametrize('path', COMPONENTS, ids=lambda path: path.stem)
def test_a_component_is_one_name_which_the_readme_tells(path):
    kind = path.parent.name.removesuffix('s')
    name, = Config.fromfile(path)
    assert name == f'{path.stem}_{kind}'
    row = f'| `{path.parent.name}/{path.name}` | `{name}` |'
    assert row in (CONFIGS / '_base_/README.md').read_text()


@pytest.mark.parametrize('path', ATTACKS, ids=lambda path: path.stem)
def test_a_detector_takes_over_any_attack(path, tmp_path):
    leaf = tmp_path / 'leaf.py'
    leaf.write_text(f'_base_ = [{str(DETECTOR)!r}, {str(path)!r}]\n'
                    'test_cfg = _base_.attack_loop\n')
    config, detector = Config.fromfile(leaf), Config.fromfile(DETECTOR)
    assert config.test_cfg == Config.fromfile(path).attack_loop
    assert config.model == detector.model
    assert config.test_dataloader == detector.test_dataloader


def test_the_entry_of_the_project_is_the_attack_on_the_zoo_detector():
    entry = Config.fromfile(CONFIGS / 'advrain_frcnn_coco.py')
    margin = Config.fromfile(CONFIGS / 'attacks/advrain_margin.py')
    detector = Config.fromfile(CONFIGS /
                               'detectors/faster-rcnn_r50_fpn_1x_coco.py')
    # MMDetection's own test loop, which it takes the place of, has left this
    assert entry.test_cfg.pop('_scope_') == 'mmdet'
    assert entry.test_cfg == margin.attack_loop
    assert entry.model == detector.model
    assert entry.load_from == detector.load_from


def test_the_first_example_changes_one_setting(tmp_path):
    config = example('README.md', tmp_path)
    rap = Config.fromfile(CONFIGS / 'attacks/advrain_rap.py').attack_loop
    rap.attack.steps = 10
    assert config.test_cfg == rap


def test_the_example_of_attacks_joins_rap_and_dag(tmp_path):
    config = example('attacks/README.md', tmp_path)
    assert config.test_cfg.attack.objectives == [
        dict(type='mmadvrain.RAPObjective', min_score=0.1),
        dict(type='mmadvrain.DAGObjective', max_targets=64)
    ]
    assert config.test_cfg.attack.perturbation.type == \
        'mmadvrain.RainPerturbation'


def test_the_example_of_classifiers_is_an_attack_on_cross_entropy(tmp_path):
    config = example('classify/README.md', tmp_path)
    noise = Config.fromfile(CONFIGS / 'attacks/tidim.py').attack_loop
    assert config.test_cfg.victim == dict(type='mmadvrain.ClassifierVictim')
    assert config.test_cfg.attack.objectives == [
        dict(type='mmadvrain.CrossEntropyObjective')
    ]
    assert config.test_cfg.attack.rules == noise.attack.rules
    assert config.model.network.name == 'inc-v4'


@pytest.mark.parametrize(
    'path',
    sorted((CONFIGS / 'classify').glob('advrain_*.py')),
    ids=lambda path: path.stem)
def test_rain_on_a_classifier_is_algorithm_1(path):
    """One momentum, then the sign, on the cross-entropy."""
    config = Config.fromfile(path)
    attack = config.test_cfg.attack
    assert config.test_cfg.victim.type == 'mmadvrain.ClassifierVictim'
    assert [rule.type for rule in attack.rules
            ] == ['mmadvrain.MomentumRule', 'mmadvrain.SignRule']
    assert [objective.type for objective in attack.objectives
            ] == ['mmadvrain.CrossEntropyObjective']
    network = config.model.network
    if network.type == 'mmadvrain.TimmNetwork':
        assert network.name == path.stem.split('_')[1]
    else:
        sizes = {'mobilenet-v1': 192, 'mobilenet-v2': 224}
        assert config.model.input_size == sizes[path.stem.split('_')[1]]
