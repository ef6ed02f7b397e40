"""Weights of pytorch-faster-rcnn in our detectors."""
import copy
import functools
import sys

import pytest
import torch
from mmdet.datasets import CocoDataset
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmadvrain.registry import MODELS
from mmadvrain.utils.checkpoint import load_victim
from mmadvrain.utils.digest import digest_file
from tests.test_tools.run_tool import ROOT, load_tool

tool = load_tool('model_converters/tf_faster_rcnn.py')

CONFIGS = dict(
    vgg16='vgg16_tf-c4_490k',
    mobile='mobilenet-v1_tf-c4_1190k',
    res50='r50_tf-c4_1190k',
    res101='r101_tf-c4_1190k',
    res152='r152-caffe_tf-c4_1190k')
BLOCKS = dict(res50=(3, 4, 6, 3), res101=(3, 4, 23, 3), res152=(3, 8, 36, 3))
STATISTICS = ('weight', 'bias', 'running_mean', 'running_var')


def config(net):
    return ROOT / f'configs/detectors/faster-rcnn_{CONFIGS[net]}_coco.py'


parsed = functools.cache(Config.fromfile)


@functools.cache
def build(net, device='meta'):
    with DefaultScope.overwrite_default_scope('mmdet'), torch.device(device):
        return MODELS.build(parsed(config(net)).model)


def vgg16():
    channels = (64, 64, 128, 128, *(256, ) * 3, *(512, ) * 6)
    places = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    shapes, before = {}, 3
    for place, width in zip(places, channels):
        shapes[f'vgg.features.{place}.weight'] = (width, before, 3, 3)
        shapes[f'vgg.features.{place}.bias'] = (width, )
        before = width
    for place, inputs in ((0, 512 * 49), (3, 4096)):
        shapes[f'vgg.classifier.{place}.weight'] = (4096, inputs)
        shapes[f'vgg.classifier.{place}.bias'] = (4096, )
    return shapes, 512, 4096


def mobile():
    widths = (32, 64, 128, 128, 256, 256, *(512, ) * 6, 1024, 1024)
    shapes = {'mobilenet.Conv2d_0.0.weight': (32, 3, 3, 3)}
    shapes |= {f'mobilenet.Conv2d_0.1.{name}': (32, ) for name in STATISTICS}
    for i in range(1, 14):
        before, width, block = widths[i - 1], widths[i], f'Conv2d_{i}'
        for part, shape in (('depthwise', (before, 1, 3, 3)),
                            ('pointwise', (width, before, 1, 1))):
            name = f'mobilenet.{block}.{part}'
            shapes[f'{name}.0.weight'] = shape
            shapes |= {f'{name}.1.{s}': shape[:1] for s in STATISTICS}
    return shapes, 512, 1024


def resnet(blocks):
    shapes = {}

    def add(conv, norm, out, inputs, size):
        shapes[f'resnet.{conv}.weight'] = (out, inputs, size, size)
        for name in (*STATISTICS, 'num_batches_tracked'):
            shapes[f'resnet.{norm}.{name}'] = (() if name.startswith('num')
                                               else (out, ))

    add('conv1', 'bn1', 64, 3, 7)
    before = 64
    for stage, count in enumerate(blocks):
        width = 64 * 2**stage
        for block in range(count):
            name = f'layer{stage + 1}.{block}'
            add(f'{name}.conv1', f'{name}.bn1', width, before, 1)
            add(f'{name}.conv2', f'{name}.bn2', width, width, 3)
            add(f'{name}.conv3', f'{name}.bn3', 4 * width, width, 1)
            if not block:
                add(f'{name}.downsample.0', f'{name}.downsample.1', 4 * width,
                    before, 1)
            before = 4 * width
    return shapes, 1024, 2048


def shapes_of(net, classes=81, anchors=12):
    """Shape by name of a whole file."""
    own = dict(vgg16=vgg16, mobile=mobile)
    shapes, maps, features = own[net]() if net in own else resnet(BLOCKS[net])
    for name, shape in dict(
            rpn_net=(512, maps, 3, 3),
            rpn_cls_score_net=(2 * anchors, 512, 1, 1),
            rpn_bbox_pred_net=(4 * anchors, 512, 1, 1),
            cls_score_net=(classes, features),
            bbox_pred_net=(4 * classes, features)).items():
        shapes |= {f'{name}.weight': shape, f'{name}.bias': shape[:1]}
    return shapes


def convert(net, state, model=None):
    return tool.convert(state, model or build(net),
                        *tool.input_of(parsed(config(net))))


def meta_state(net, **kwargs):
    return {
        name: torch.empty(shape, device='meta')
        for name, shape in shapes_of(net, **kwargs).items()
    }


@pytest.mark.parametrize('net', CONFIGS)
def test_every_entry_has_a_place(net):
    model = build(net)
    converted = convert(net, meta_state(net), model)
    assert list(converted) == list(model.state_dict())


@pytest.mark.parametrize('leftover', ['resnet.fc.weight', 'resnet.fc.bias'])
def test_the_layer_that_no_code_reads_may_be_there(leftover):
    state = meta_state('res50')
    state[leftover] = torch.empty(1000, device='meta')
    assert convert('res50', state)


def test_other_entries_may_not():
    state = meta_state('res50')
    state['resnet.layer5.0.conv1.weight'] = torch.empty(1, device='meta')
    with pytest.raises(
            ValueError,
            match=r'0 of its .* \(none\) and 1 have no '
            r'place \(resnet.layer5.0.conv1.weight\)'):
        convert('res50', state)


def test_none_may_be_missing():
    state = meta_state('vgg16')
    del state['vgg.classifier.3.bias']
    with pytest.raises(
            ValueError,
            match=r'but 1 of its .* not there .*'
            r'\(roi_head.shared_head.fc7.bias\)'):
        convert('vgg16', state)


@pytest.mark.parametrize('wrong, lacking',
                         [(dict(classes=21), 'bbox_head.fc_cls.weight'),
                          (dict(anchors=9), 'rpn_head.rpn_cls.weight')])
def test_weights_for_pascal_are_refused(wrong, lacking):
    with pytest.raises(
            ValueError,
            match=rf'4 of its .*{lacking}.* as many '
            'classes and anchors'):
        convert('mobile', meta_state('mobile', **wrong))


@pytest.mark.parametrize('net, other',
                         [('res101', 'res50'), ('res50', 'res101'),
                          ('vgg16', 'mobile')])
def test_other_backbones_are_refused(net, other):
    with pytest.raises(ValueError, match='is the config of this backbone'):
        convert(net, meta_state(other))


@pytest.fixture(scope='module')
def mobile_state():
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.rand(shape, generator=generator)
        for name, shape in shapes_of('mobile').items()
    }


def test_order_of_classes_anchors_and_channels(mobile_state):
    got = convert('mobile', mobile_state, build('mobile', 'cpu'))
    there = mobile_state['rpn_cls_score_net.bias']
    here = got['rpn_head.rpn_cls.bias'].view(12, 2)
    # there: 12 scores of background, then 12 of objects
    assert torch.equal(here[:, 0], there[12:])
    assert torch.equal(here[:, 1], there[:12])
    there = mobile_state['cls_score_net.weight']
    here = got['roi_head.bbox_head.fc_cls.weight']
    assert torch.equal(here[:80], there[1:]) and torch.equal(
        here[80], there[0])
    assert torch.equal(got['roi_head.bbox_head.fc_reg.bias'],
                       mobile_state['bbox_pred_net.bias'][4:])
    # there BGR; here RGB divided by 127.5
    there = mobile_state['mobilenet.Conv2d_0.0.weight']
    here = got['backbone.conv0.conv.weight']
    torch.testing.assert_close(here[:, 2], there[:, 0] * 127.5)
    assert torch.equal(
        got['backbone.block11.depthwise.norm.running_var'],
        mobile_state['mobilenet.Conv2d_11.depthwise.1.'
                     'running_var'])
    assert torch.equal(
        got['roi_head.shared_head.block12.pointwise.conv.weight'],
        mobile_state['mobilenet.Conv2d_12.pointwise.0.weight'])


def test_tool(mobile_state, tmp_path, monkeypatch):
    source, out = tmp_path / 'mobile.pth', tmp_path / 'new/ours.pth'
    torch.save(mobile_state, source)
    monkeypatch.setattr(
        sys, 'argv',
        ['tool', str(config('mobile')),
         str(source), str(out)])
    tool.main()
    meta = torch.load(out, weights_only=True)['meta']
    assert meta['config'] == config('mobile').name
    assert meta['source'] == 'mobile.pth'
    assert meta['source_sha256'] == digest_file(source)
    model = copy.deepcopy(build('mobile', 'cpu'))
    assert load_victim(model, out) == ([], [])
    assert model.dataset_meta['classes'] == CocoDataset.METAINFO['classes']


@pytest.mark.parametrize('name, message', [
    ('r50_fpn_1x', 'wanted a tf-c4 detector, .* has SingleRoIExtractor'),
    ('r152_tf-c4_1190k', r"strides as in Caffe, .* style \['pytorch'\]"),
])
def test_configs_of_other_networks_are_refused(name, message):
    cfg = Config.fromfile(ROOT /
                          f'configs/detectors/faster-rcnn_{name}_coco.py')
    with pytest.raises(ValueError, match=message):
        tool.input_of(cfg)


def test_other_inputs_are_refused():
    cfg = copy.deepcopy(parsed(config('res50')))
    cfg.model.data_preprocessor.mean = [103.53, 116.28, 123.675]
    with pytest.raises(ValueError, match=r'less the mean .* has \[103.53'):
        tool.input_of(cfg)
