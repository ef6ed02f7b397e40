"""Every documented option is set by a config and by the command line alike."""
import inspect
import re

import pytest
from mmengine.config import Config, ConfigDict, DictAction

from mmadvrain.apis.attack import prepare_config
from mmadvrain.attacks import IterativeAttack, MomentumRule
from mmadvrain.attacks.objectives import (
    DetectorLossObjective,
    MarginObjective,
)
from mmadvrain.engine.runner import AttackLoop
from mmadvrain.perturbations import RainPerturbation
from mmadvrain.rain import RainBounds, UniformFactors
from mmadvrain.registry import TASK_UTILS
from mmadvrain.victims import AttackedModel, BaseVictim, DetectorVictim
from tests.toys.made_once import trained_detector
from tests.toys.toy_detector import toy_config

ATTACK = 'test_cfg.attack'
RAIN = f'{ATTACK}.perturbation'
# of each class: where it stands in the default attack, what code hands over
# and configs nest, and another value of each option, as people type it
PLACES = {
    AttackLoop:
    ('test_cfg', ['runner', 'dataloader', 'evaluator', 'attack', 'victim'],
     dict(
         batch_size='auto',
         hooks='[]',
         overwrite='True',
         subfolders='1',
         random_views='[l2,brightness]')),
    DetectorVictim: ('test_cfg.victim', ['model', 'labels'],
                     dict(
                         batch_size='2',
                         autocast='bfloat16',
                         classes='[a,b,c]',
                         pad_value='(1,2,3)',
                         quick_operators='False')),
    IterativeAttack: (ATTACK, ['perturbation', 'objectives', 'rules'],
                      dict(
                          steps='3',
                          keep='last',
                          weights='[1.0,2.5]',
                          balance='False',
                          in_turn='True',
                          seed='7',
                          **{'stop.margin': '0.5'})),
    RainPerturbation: (RAIN, ['init', 'relocation'], {
        'step_sizes.theta': '0.02',
        'step_by': 'gradient',
        'step_decay': '0.5',
        'brightness_budget': 'None',
        'compose': 'screen',
        'match': 'l2',
        'camera': 'kitti'
    }),
    UniformFactors: (f'{RAIN}.init', ['bounds'],
                     dict(
                         density='0.01',
                         length='(0.12,0.15)',
                         tilt_deg='5',
                         brightness='(0.4,0.5)',
                         knots='None',
                         spread='0.2',
                         contrast='0.8',
                         steps='9')),
    RainBounds: (f'{RAIN}.init.bounds', [],
                 dict(
                     noise='(0.8,0.9)',
                     theta='0.25',
                     kernels='(0.05,0.2)',
                     tilt_deg='None',
                     theta_y_min='0.05')),
    DetectorLossObjective: (f'{ATTACK}.objectives.0', [],
                            dict(terms='[loss_cls]', num_rois='8',
                                 name='own')),
    MarginObjective: (f'{ATTACK}.objectives.1', [],
                      dict(
                          margin='2.5',
                          min_iou='0.4',
                          min_prob='0.1',
                          max_targets='None',
                          nms_iou='0.6',
                          max_proposals='50',
                          name='lead')),
    MomentumRule: (f'{ATTACK}.rules.0', [], dict(decay='0.25')),
}
CASES = [(kind, option, text) for kind, (_, _, values) in PLACES.items()
         for option, text in values.items()]


@pytest.fixture(scope='module')
def plain(tmp_path_factory):
    """A detector's own config, without an attack."""
    return toy_config(tmp_path_factory.mktemp('plain'))


def typed(option, text):
    """What the command line makes of an option."""
    name, value = f'{option}={text}'.split('=', 1)
    return {name: DictAction._parse_iterable(value)}


def at(config, path):
    for name in path.split('.'):
        config = config[int(name)] if name.isdigit() else config[name]
    return config


@pytest.mark.parametrize('kind', PLACES, ids=lambda kind: kind.__name__)
def test_no_documented_option_is_forgotten(kind):
    _, given, values = PLACES[kind]
    documented = arguments(kind)
    if issubclass(kind, BaseVictim):  # whose options it takes as well
        documented |= arguments(BaseVictim) | arguments(AttackedModel)
    assert documented - {*given, 'options'} == {
        option.split('.')[0]
        for option in values
    }


def arguments(kind):
    """Names below ``Args`` of a class."""
    text = inspect.getdoc(kind).split('Args:')[1].split('Raises:')[0]
    return set(re.findall(r'^    (\w+): ', text, re.M))


@pytest.mark.parametrize(
    'kind, option, text',
    CASES,
    ids=[f'{kind.__name__}-{option}' for kind, option, _ in CASES])
def test_an_option_is_set(plain, kind, option, text):
    place = PLACES[kind][0]
    setting = typed(f'{place}.{option}', text)
    by_command = prepare_config(plain, setting)
    # the same, written into the config that names the attack
    written = Config(prepare_config(plain).to_dict())
    *path, last = f'{place}.{option}'.split('.')
    inner = written
    for name in path:
        if name == 'victim':
            inner.setdefault('victim', ConfigDict())
        inner = inner[int(name)] if name.isdigit() else inner[name]
    inner[last] = at(by_command, f'{place}.{option}')
    assert written.test_cfg == by_command.test_cfg
    default = at(prepare_config(plain), 'test_cfg')
    assert by_command.test_cfg != default
    if kind is DetectorVictim:
        options = {
            k: v
            for k, v in by_command.test_cfg.victim.items() if k != 'type'
        }
        built = DetectorVictim(trained_detector(), **options)
    elif kind is AttackLoop:
        return  # its options are tried by whole runs
    else:
        attack = TASK_UTILS.build(by_command.test_cfg.attack)
        built = dict(
            (type(part), part)
            for part in (attack, attack.perturbation, attack.perturbation.init,
                         attack.perturbation.init.bounds, *attack.objectives,
                         *attack.rules))[kind]
    value = at(by_command, f'{place}.{option}')
    found = at(vars(built), option)
    if option == 'camera':
        found, value = found.width_px, 1242
    as_list = isinstance(found, (list, tuple))
    assert (list(found) == list(value)) if as_list else found == value
