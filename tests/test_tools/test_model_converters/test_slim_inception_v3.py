"""TF-slim's Inception v3 as TorchScript."""
import numpy as np
import pytest
import torch

from mmadvrain.models.classifiers.networks import import_timm
from tests.test_tools.run_tool import load_tool

tool = load_tool('model_converters/slim_inception_v3.py')

# branches of TF-slim's inception_v3.py, whose names are not all alike
A = ['0/Conv2d_0a_1x1', '1/Conv2d_0a_1x1', '1/Conv2d_0b_5x5'] + [
    '2/Conv2d_0a_1x1', '2/Conv2d_0b_3x3', '2/Conv2d_0c_3x3'
] + ['3/Conv2d_0b_1x1']
ODD_A = [*A]
ODD_A[1:3] = ['1/Conv2d_0b_1x1', '1/Conv_1_0c_5x5']
C = [
    '0/Conv2d_0a_1x1', '1/Conv2d_0a_1x1', '1/Conv2d_0b_1x7', '1/Conv2d_0c_7x1',
    '2/Conv2d_0a_1x1', '2/Conv2d_0b_7x1', '2/Conv2d_0c_1x7', '2/Conv2d_0d_7x1',
    '2/Conv2d_0e_1x7', '3/Conv2d_0b_1x1'
]
E = [
    '0/Conv2d_0a_1x1', '1/Conv2d_0a_1x1', '1/Conv2d_0b_1x3', '1/Conv2d_0b_3x1',
    '2/Conv2d_0a_1x1', '2/Conv2d_0b_3x3', '2/Conv2d_0c_1x3', '2/Conv2d_0d_3x1',
    '3/Conv2d_0b_1x1'
]
ODD_E = [*E]
ODD_E[3] = '1/Conv2d_0c_3x1'
BLOCKS = {
    'Mixed_5b':
    A,
    'Mixed_5c':
    ODD_A,
    'Mixed_5d':
    A,
    'Mixed_6a': [
        '0/Conv2d_1a_1x1', '1/Conv2d_0a_1x1', '1/Conv2d_0b_3x3',
        '1/Conv2d_1a_1x1'
    ],
    'Mixed_6b':
    C,
    'Mixed_6c':
    C,
    'Mixed_6d':
    C,
    'Mixed_6e':
    C,
    'Mixed_7a': [
        '0/Conv2d_0a_1x1', '0/Conv2d_1a_3x3', '1/Conv2d_0a_1x1',
        '1/Conv2d_0b_1x7', '1/Conv2d_0c_7x1', '1/Conv2d_1a_3x3'
    ],
    'Mixed_7b':
    E,
    'Mixed_7c':
    ODD_E
}
STEM = ['1a_3x3', '2a_3x3', '2b_3x3', '3b_1x1', '4a_3x3']


@pytest.fixture(scope='module')
def network():
    try:
        timm = import_timm()
    except ImportError as error:
        pytest.skip(str(error))
    torch.manual_seed(0)
    return timm.create_model('inception_v3.tf_in1k', pretrained=False).eval()


def variables(network):
    """Variables as TF-slim has them, in any order, of the shapes of timm."""
    rng = np.random.default_rng(0)
    units = [f'Conv2d_{name}' for name in STEM] + [
        f'{block}/Branch_{name}' for block, names in BLOCKS.items()
        for name in names
    ]
    modules = [
        m for m in network.modules()
        if hasattr(m, 'conv') and hasattr(m, 'bn')
    ]
    found = {}
    for unit, module in zip(units, modules, strict=True):
        kernel = module.conv.weight.permute(2, 3, 1, 0)
        found[f'InceptionV3/{unit}/weights'] = rng.normal(
            size=tuple(kernel.shape)).astype(np.float32)
        for kind in ('beta', 'moving_mean', 'moving_variance'):
            found[f'InceptionV3/{unit}/BatchNorm/{kind}'] = rng.random(
                kernel.shape[-1], np.float32)
    for name, shape in (('Logits/Conv2d_1c_1x1', 2048),
                        ('AuxLogits/Conv2d_2b_1x1', 768)):
        found[f'InceptionV3/{name}/weights'] = rng.normal(
            size=(1, 1, shape, 1001)).astype(np.float32)
        found[f'InceptionV3/{name}/biases'] = rng.random(1001, np.float32)
    found['global_step'] = np.array(1)
    found['InceptionV3/Conv2d_1a_3x3/weights/RMSProp'] = np.zeros(1)
    return dict(sorted(found.items(), reverse=True))


@pytest.mark.parametrize('ours, slim', [
    ('Conv2d_2b_3x3', 'Conv2d_2b_3x3'),
    ('Mixed_5c.branch5x5_2', 'Mixed_5c/Branch_1/Conv_1_0c_5x5'),
    ('Mixed_6a.branch3x3', 'Mixed_6a/Branch_0/Conv2d_1a_1x1'),
    ('Mixed_6c.branch7x7dbl_4', 'Mixed_6c/Branch_2/Conv2d_0d_7x1'),
    ('Mixed_7a.branch7x7x3_4', 'Mixed_7a/Branch_1/Conv2d_1a_3x3'),
    ('Mixed_7b.branch3x3_2b', 'Mixed_7b/Branch_1/Conv2d_0b_3x1'),
    ('Mixed_7c.branch3x3dbl_3a', 'Mixed_7c/Branch_2/Conv2d_0c_1x3'),
    ('Mixed_7c.branch_pool', 'Mixed_7c/Branch_3/Conv2d_0b_1x1'),
])
def test_each_unit_finds_its_module(network, ours, slim):
    given = variables(network)
    state = tool.convert(given, network)
    kernel = given[f'InceptionV3/{slim}/weights'].transpose(3, 2, 0, 1)
    assert np.array_equal(state[f'{ours}.conv.weight'], kernel)
    assert np.array_equal(
        state[f'{ours}.bn.running_var'], given[f'InceptionV3/{slim}/BatchNorm/'
                                               'moving_variance'])
    assert (state[f'{ours}.bn.weight'] == 1).all()
    network.load_state_dict(state)


def test_the_background_class_is_dropped(network):
    given = variables(network)
    state = tool.convert(given, network)
    biases = given['InceptionV3/Logits/Conv2d_1c_1x1/biases']
    assert np.array_equal(state['fc.bias'], biases[1:])
    assert state['fc.weight'].shape == (1000, 2048)


def test_what_is_missing_or_left_is_named(network):
    given = variables(network)
    del given['InceptionV3/Mixed_7b/Branch_1/Conv2d_0b_3x1/weights']
    with pytest.raises(ValueError, match='1 are not there.*Mixed_7b'):
        tool.convert(given, network)
    given = variables(network)
    given['InceptionV3/Mixed_8a/Branch_0/Conv2d_0a_1x1/weights'] = np.zeros(1)
    with pytest.raises(ValueError, match='1 are left .Mixed_8a'):
        tool.convert(given, network)


def test_the_file_classifies_images_in_0_1(network, tmp_path, monkeypatch):
    given = variables(network)
    for name in given:
        if name.endswith('/weights'):
            given[name] /= np.prod(given[name].shape[:3])**0.5
    np.savez(tmp_path / 'slim.npz', **given)
    monkeypatch.setattr('sys.argv', [
        'convert',
        str(tmp_path / 'slim.npz'),
        str(tmp_path / 'new/net.ts.pt')
    ])
    tool.main()
    images = torch.rand(1, 3, 299, 299)
    network.load_state_dict(tool.convert(given, network))
    with torch.no_grad():
        found = torch.jit.load(str(tmp_path / 'new/net.ts.pt'))(images)
        torch.testing.assert_close(
            found, network(2 * images - 1), atol=1e-4, rtol=1e-4)


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='wanted an .npz'):
        tool.read_variables(str(tmp_path / 'a.ckpt'))
