"""Every config loads and builds, and the detectors pass a gradient."""
import copy
import functools
import inspect
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmdet.registry import MODELS, TASK_UTILS
from mmdet.structures import DetDataSample
from mmengine.config import Config, ConfigDict
from mmengine.optim import build_optim_wrapper
from mmengine.registry import Registry, init_default_scope
from mmengine.structures import InstanceData

import mmadvrain.registry
from mmadvrain.engine.hooks.attack_check_hook import AttackCheckHook
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.models.classifiers.networks import import_timm
from mmadvrain.utils.files import write_png
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import toy_images, trained_detector

CONFIGS = Path(__file__).parents[1] / 'configs'
FILES = sorted(p.relative_to(CONFIGS) for p in CONFIGS.rglob('*.py'))
ATTACKS = sorted((CONFIGS / 'attacks').glob('*.py'))
LEAVES = [f for f in FILES if f.parts[0] != '_base_']
WITH_MODEL = [f for f in LEAVES if f.parts[0] not in ('attacks', 'studies')]
DETECTORS = [f for f in LEAVES if f.parts[0] == 'detectors']
# one of each kind goes through a forward and a backward pass
RUN = [
    f for f in DETECTORS
    if '_fpn_' in f.stem or '_tf-' in f.stem and '_r1' not in f.stem
]
OFFICIAL = 'https://download.openmmlab.com/mmdetection/v2.0/faster_rcnn/'


@functools.cache
def parsed(path: Path) -> Config:
    return Config.fromfile(CONFIGS / path)


def load(path: Path) -> Config:
    """Return a config that the test may change."""
    return copy.deepcopy(parsed(path))


def dicts(node: Any) -> Iterator[dict]:
    """Yield every dict inside a config, itself included."""
    if isinstance(node, dict):
        yield node
        node = node.values()
    if isinstance(node, (list, tuple)) or hasattr(node, 'mapping'):
        for child in node:
            yield from dicts(child)


def without_downloads(model: ConfigDict) -> ConfigDict:
    """Take every initialisation out of a model, in place."""
    for node in list(dicts(model)):
        for key in ('init_cfg', 'checkpoint'):
            node.pop(key, None)
    return model


def build(model: ConfigDict) -> torch.nn.Module:
    init_default_scope('mmdet')
    return MODELS.build(without_downloads(model))


def find_own(name: str) -> Any:
    """Return what is registered under ``mmadvrain.{name}``."""
    registries = [
        r for r in vars(mmadvrain.registry).values()
        if isinstance(r, Registry) and r.scope == 'mmadvrain'
    ]
    for registry in registries:
        registry.import_from_location()
        if name in registry.module_dict:
            return registry.module_dict[name]
    return None


def test_there_are_configs():
    assert len(LEAVES) >= 8
    assert len(DETECTORS) >= 8
    assert len(RUN) == 6


@pytest.mark.parametrize('path', FILES, ids=str)
def test_loads(path):
    assert len(parsed(path)) > 0


def test_dumps_and_loads_again(tmp_path):
    """As the runner does with every config, into the work dir."""
    cfg = load(Path('advrain_frcnn_coco.py'))
    cfg.dump(tmp_path / 'config.py')
    assert Config.fromfile(tmp_path / 'config.py').to_dict() == cfg.to_dict()


@pytest.mark.parametrize('path', LEAVES, ids=str)
def test_leaf_is_short(path):
    assert len((CONFIGS / path).read_text().splitlines()) < 20


@pytest.mark.parametrize('path', WITH_MODEL, ids=str)
def test_model_builds(path):
    cfg = load(path)
    network = cfg.model.get('network', {}).get('type', '')
    if network.endswith('TorchScriptNetwork'):
        pytest.skip('its network is a file that the user names')
    if network.endswith('TimmNetwork'):
        cfg.model.network.pretrained = False
        try:
            import_timm()
        except ImportError as error:
            pytest.skip(str(error))
    with torch.device('meta'):  # neither memory nor time for the weights
        model = build(cfg.model)
    assert isinstance(model, torch.nn.Module)


@pytest.mark.parametrize('path', FILES, ids=str)
def test_own_types_exist_and_take_their_arguments(path):
    for node in dicts(load(path).to_dict()):
        kind = node.get('type')
        if not isinstance(kind, str) or not kind.startswith('mmadvrain.'):
            continue
        own = find_own(kind.partition('.')[2])
        assert own is not None, f'{kind} is not registered'
        kwargs = {
            k: v
            for k, v in node.items()
            if k not in ('type', '_scope_', '_delete_')
        }
        inspect.signature(own).bind_partial(**kwargs)


@pytest.mark.parametrize('path', DETECTORS, ids=str)
def test_detector_runs_alone(path):
    """A detector's config has all that testing and training ask for."""
    cfg = load(path)
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader',
                'train_cfg', 'val_cfg', 'test_cfg', 'val_evaluator',
                'test_evaluator', 'optim_wrapper', 'param_scheduler'):
        assert cfg[key], key
    assert cfg.default_scope == 'mmdet'
    assert cfg.test_evaluator.ann_file.endswith('instances_val2017.json')
    name = path.stem.replace('-', '_')
    if '_caffe_c4_' in name:
        assert cfg.load_from.startswith(f'{OFFICIAL}{name}/{name}_20220316_')
    elif '_r50_fpn_' in name or '_r101_fpn_' in name:
        assert cfg.load_from.startswith(f'{OFFICIAL}{name}/{name}_20200130-')
    else:
        assert cfg.load_from is None


def test_official_detectors_are_those_of_mmdet():
    for name, published in (('r50_fpn_1x', ) * 2, ('r101_fpn_1x', ) * 2,
                            ('r50_caffe-c4_1x', 'r50-caffe_c4-1x')):
        ours = load(Path(f'detectors/faster-rcnn_{name}_coco.py'))
        theirs = Config.fromfile(
            Path(inspect.getfile(DetDataSample)).parents[1] /
            '.mim/configs/faster_rcnn' / f'faster-rcnn_{published}_coco.py')
        for cfg in (ours, theirs):
            for node in dicts(cfg._cfg_dict):
                node.pop('_scope_', None)
        for key in ('model', 'test_dataloader', 'test_evaluator',
                    'optim_wrapper', 'param_scheduler'):
            assert ours[key] == theirs[key], key


def small(model: ConfigDict) -> ConfigDict:
    """Cut down what costs time: regions, and the outputs of fc6 and fc7."""
    model.train_cfg.rpn_proposal.max_per_img = 16
    model.train_cfg.rcnn.sampler.num = 8
    model.test_cfg.rpn.max_per_img = 16
    head = model.roi_head.get('shared_head')
    if head is not None and head.type == 'mmadvrain.VGGFCLayer':
        head.out_channels = model.roi_head.bbox_head.in_channels = 32
    return model


def sample(height: int, width: int) -> DetDataSample:
    """One annotated image, as the loader gives it."""
    return DetDataSample(
        metainfo=dict(
            img_id=0,
            img_shape=(height, width),
            ori_shape=(height, width),
            scale_factor=(1.0, 1.0)),
        gt_instances=InstanceData(
            bboxes=torch.tensor([[8., 16., 72., 80.], [40., 8., 110., 90.]]),
            labels=torch.tensor([0, 17])))


@pytest.fixture(scope='module', params=RUN, ids=str)
def detector(request) -> torch.nn.Module:
    """Detectors in turn, small, with random weights."""
    torch.manual_seed(0)
    model = build(small(load(request.param).model))
    model.init_weights()
    return model


def test_loss_reaches_the_image(detector):
    torch.manual_seed(0)
    image = (torch.rand(3, 96, 128) * 255).requires_grad_()
    data = detector.train().data_preprocessor(
        dict(inputs=[image], data_samples=[sample(96, 128)]), True)
    total, logs = detector.parse_losses(detector(**data, mode='loss'))
    assert {'loss_rpn_cls', 'loss_rpn_bbox', 'loss_cls',
            'loss_bbox'} < set(logs)
    total.backward()
    assert torch.isfinite(total) and total > 0
    assert torch.isfinite(image.grad).all()
    assert (image.grad.abs().sum((1, 2)) > 0).all()
    for name, param in detector.named_parameters():
        assert (param.grad is not None) == param.requires_grad, name


def test_detects_within_its_limits(detector):
    torch.manual_seed(0)
    data = dict(
        inputs=[torch.randint(256, (3, 96, 128), dtype=torch.uint8)],
        data_samples=[sample(96, 128)])
    result = detector.eval().test_step(data)[0].pred_instances
    boxes, scores = result.bboxes, result.scores
    assert boxes.shape == (len(scores), 4) and len(scores) <= 100
    assert (boxes[:, 0::2] <= 128).all() and (boxes[:, 1::2] <= 96).all()
    # without a threshold on the score the list is always full
    if detector.test_cfg.rcnn.score_thr == 0:
        assert len(scores) == 100


def test_one_attack_step(detector):
    """The default rain and objective, and the paper's."""
    init_default_scope('mmdet')
    config = load(Path('attacks/advrain.py')).attack_loop.attack
    config.steps = 2  # the second pass sees what the first one moved
    config.objectives.append(
        dict(type='mmadvrain.RAPObjective', min_score=0.1))
    torch.manual_seed(0)
    result = TASK_UTILS.build(config).run(
        DetectorVictim(detector), [torch.rand(3, 96, 128)], [sample(96, 128)],
        [0])[0]
    assert result.flags == []  # so the gradient was not zero
    assert len(result.losses) == len(config.objectives)
    for values in result.losses.values():
        assert len(values) == 2 and all(map(math.isfinite, values))


@pytest.fixture(scope='module')
def toy_victim():
    """A detector that knows the image it is attacked on."""
    return DetectorVictim(trained_detector()), toy_images()[0]


@pytest.mark.parametrize('path', ATTACKS, ids=lambda path: path.stem)
def test_attack_steps(path, toy_victim, tmp_path):
    """Two steps of every attack, or as many as it has if they are fewer."""
    victim, sample = toy_victim
    loop = load(path.relative_to(CONFIGS)).attack_loop
    assert loop.type == 'mmadvrain.AttackLoop'
    config = loop.attack
    config.steps = min(config.steps, 2)
    if 'checkpoint' in config.perturbation:
        pytest.skip('wants a generator that was trained on the detector')
    if 'folder' in config.perturbation:
        streaks = torch.rand(3, 64, 96)
        write_png(tmp_path / 'streaks.png', to_bgr_uint8(streaks))
        config.perturbation.folder = str(tmp_path)
    if 'rain' in config.perturbation:  # so small an image shows few drops
        config.perturbation.rain.min_width_px = 0.05
    attack = TASK_UTILS.build(config)
    found = attack.run(victim, [sample.image], [sample.target], [0])[0]
    flags = AttackCheckHook().check(sample, found, attack.perturbation)
    assert flags in ([], ['no_progress'])
    assert found.flags == []  # so the gradient was not zero
    assert found.best_step == config.steps or attack.keep == 'best'
    assert not torch.equal(found.image, sample.image)
    other = attack.perturbation.random_like(found.params,
                                            torch.Generator().manual_seed(0))
    rainy = attack.perturbation.perturb(sample.image, other)
    assert rainy.shape == sample.image.shape


EPSILON, GAUSS = 16 / 255, ('GaussianSmoothingRule', 15, 3.)


@pytest.mark.parametrize('name, steps, step_size, rules', [
    ('fgsm', 1, EPSILON, []),
    ('ifgsm', 10, EPSILON / 10, []),
    ('mifgsm', 10, EPSILON / 10, [('MomentumRule', 1.)]),
    ('dim', 10, EPSILON / 10, [('DiverseInputRule', 0.5, 330 / 299),
                               ('MomentumRule', 1.)]),
    ('tifgsm', 1, EPSILON, [GAUSS]),
    ('timifgsm', 10, EPSILON / 10, [GAUSS, ('MomentumRule', 1.)]),
    ('tidim', 10, EPSILON / 10, [('DiverseInputRule', 0.7, 330 / 299), GAUSS,
                                 ('MomentumRule', 1.)]),
])
def test_settings_of_the_fgsm_family(name, steps, step_size, rules):
    """Those of the released codes, for images in [0, 1]."""
    attack = load(Path(f'attacks/{name}.py')).attack_loop.attack
    assert (attack.steps, attack.keep) == (steps, 'last')
    assert attack.perturbation == dict(
        type='mmadvrain.NoisePerturbation',
        epsilon=EPSILON,
        step_size=pytest.approx(step_size))
    assert [tuple(rule.values()) for rule in attack.rules
            ] == [(f'mmadvrain.{kind}', *rest) for kind, *rest in rules]


def test_settings_of_rap_and_dag():

    def settings(name):
        attack = load(Path(f'attacks/{name}.py')).attack_loop.attack
        assert attack.keep == 'last' and not attack.rules
        noise = attack.perturbation
        return (attack.steps, noise.epsilon, noise.step_size * 255, noise.norm,
                noise.get('min_psnr'), attack.objectives)

    rap = dict(type='mmadvrain.RAPObjective')
    assert settings('rap_code') == (200, None, 20., 'l2', 40.,
                                    [dict(rap, variant='code')])
    assert settings('rap') == (210, None, 30., 'l2', 40.,
                               [dict(rap, variant='paper')])
    dag = dict(type='mmadvrain.DAGObjective')
    assert settings('dag') == (150, None, 0.5, 'max', None, [dag])
    assert settings('dag_code') == (150, None, 0.5, 'max', None,
                                    [dict(dag, strong_prob=0.8)])


@pytest.mark.parametrize(
    'path', [p for p in DETECTORS if '_tf-' in p.stem], ids=str)
def test_settings_of_tf_faster_rcnn(path):
    cfg = load(path)
    model = cfg.model
    assert cfg.train_dataloader.batch_size == 1
    resizes = [
        t.scale for loader in ('train', 'val', 'test')
        for t in cfg[f'{loader}_dataloader'].dataset.pipeline
        if t.type == 'Resize'
    ]
    assert resizes == [(1000, 600)] * 3
    with torch.device('meta'):
        detector = build(model)
    assert detector.rpn_head.num_base_priors == 12
    assert detector.rpn_head.cls_out_channels == 2
    assert detector.rpn_head.rpn_conv.out_channels == 512
    assert detector.roi_head.bbox_head.fc_cls.out_features == 81
    assert model.test_cfg.rpn.max_per_img == 300
    assert model.test_cfg.rcnn.nms.iou_threshold == 0.3


def test_anchors_of_tf_faster_rcnn():
    """The anchors py-faster-rcnn prints for scales 8, 16 and 32."""
    init_default_scope('mmdet')
    cfg = load(Path('detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py'))
    generator = TASK_UTILS.build(cfg.model.rpn_head.anchor_generator)
    anchors = {tuple(a.tolist()) for a in generator.base_anchors[0]}
    assert len(anchors) == 12
    # by edges: the last pixels, which it prints, and one
    some = {(-56, -56, 72, 72), (-120, -120, 136, 136), (-84, -40, 100, 56),
            (-248, -248, 264, 264), (-168, -344, 184, 360)}
    assert some <= anchors


@pytest.mark.parametrize('name, wanted', [
    ('vgg16_tf-c4_490k', {
        'backbone.features.10.weight': (0.001, 1e-4),
        'backbone.features.10.bias': (0.002, 0.),
        'rpn_head.rpn_cls.bias': (0.002, 0.),
        'roi_head.shared_head.fc6.weight': (0.001, 1e-4),
    }),
    ('mobilenet-v1_tf-c4_1190k', {
        'backbone.block5.pointwise.conv.weight': (0.001, 4e-5),
        'backbone.block5.depthwise.conv.weight': (0.001, 0.),
        'roi_head.shared_head.block12.pointwise.conv.weight': (0.001, 4e-5),
        'roi_head.shared_head.block12.depthwise.conv.weight': (0.001, 0.),
        'rpn_head.rpn_conv.weight': (0.001, 1e-4),
        'rpn_head.rpn_conv.bias': (0.001, 0.),
    }),
])
def test_rate_and_decay_of_each_weight(name, wanted):
    cfg = load(Path(f'detectors/faster-rcnn_{name}_coco.py'))
    model = build(small(cfg.model))
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    names = {p: n for n, p in model.named_parameters()}
    got = {
        names[g['params'][0]]: (g['lr'], g['weight_decay'])
        for g in optimizer.param_groups
    }
    for key, (rate, decay) in wanted.items():
        assert got[key] == pytest.approx((rate, decay)), key
