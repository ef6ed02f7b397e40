"""Convert a Faster R-CNN of pytorch-faster-rcnn to a tf-c4 detector.

SOURCE is a .pth of ruotianluo/pytorch-faster-rcnn (branches 0.4 and master):
VGG16, MobileNetV1, or a ResNet of 50, 101 or 152 layers, trained there or
converted there from tf-faster-rcnn. CONFIG is the tf-c4 config of the same
backbone and classes. Every entry of SOURCE has a place in the detector and
every weight of the detector comes from SOURCE, or nothing is written.

    mmadvrain tf_faster_rcnn \\
        configs/detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py \\
        vgg16_faster_rcnn_iter_1190000.pth faster-rcnn_vgg16_tf-c4_coco.pth
"""
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import Tensor

import mmadvrain
from mmadvrain.cli import quiet, run_tool, tool_parser
from mmadvrain.registry import DATASETS, MODELS, type_of
from mmadvrain.utils.checkpoint import load_weights
from mmadvrain.utils.checkpoint_file import resolve_source
from mmadvrain.utils.digest import digest_file

_TAIL = 'roi_head.shared_head'
# pattern of names there, and names here
_NAMES = (
    (r'vgg\.features\.(.+)', r'backbone.features.\1'),
    (r'vgg\.classifier\.0\.(.+)', rf'{_TAIL}.fc6.\1'),
    (r'vgg\.classifier\.3\.(.+)', rf'{_TAIL}.fc7.\1'),
    (r'resnet\.(layer4\..+)', rf'{_TAIL}.\1'),
    (r'resnet\.((?:conv1|bn1|layer[123])\..+)', r'backbone.\1'),
    (r'mobilenet\.Conv2d_0\.(.+)', r'backbone.conv0.\1'),
    (r'mobilenet\.Conv2d_(1[23])\.(.+)', rf'{_TAIL}.block\1.\2'),
    (r'mobilenet\.Conv2d_(\d+)\.(.+)', r'backbone.block\1.\2'),
    (r'rpn_net\.(.+)', r'rpn_head.rpn_conv.\1'),
    (r'rpn_cls_score_net\.(.+)', r'rpn_head.rpn_cls.\1'),
    (r'rpn_bbox_pred_net\.(.+)', r'rpn_head.rpn_reg.\1'),
    (r'cls_score_net\.(.+)', r'roi_head.bbox_head.fc_cls.\1'),
    (r'bbox_pred_net\.(.+)', r'roi_head.bbox_head.fc_reg.\1'),
)
# parts of MobileNetV1's blocks
_PARTS = {'0': 'conv', '1': 'norm'}
# ImageNet's last layer, which the oldest files still hold and no code reads
_NEVER_READ = re.compile(r'resnet\.fc\.(weight|bias)$')
_COUNTER = 'num_batches_tracked'


def new_name(name: str) -> str | None:
    """Name in our detectors of an entry.

    Args:
        name: In pytorch-faster-rcnn.

    Returns:
        None, where it has no place.
    """
    for pattern, ours in _NAMES:
        found = re.fullmatch(pattern, name)
        if found:
            ours = found.expand(ours)
            if name.startswith('mobilenet.'):
                *module, part, kind = ours.split('.')
                ours = '.'.join([*module, _PARTS.get(part, part), kind])
            return ours
    return None


def objects_first(weight: Tensor) -> Tensor:
    """Order outputs of the RPN's classifier as MMDetection does.

    Args:
        weight: First the background score of every anchor, then the scores of
            objects. Shape (2 * A, ...).

    Returns:
        Anchor by anchor, object and then background. Shape (2 * A, ...).
    """
    background, objects = weight.chunk(2)
    return torch.stack([objects, background], 1).flatten(0, 1)


def convert(state: Mapping[str, Tensor], model: torch.nn.Module,
            input_scale: float, rgb: bool) -> dict[str, Tensor]:
    """Name and order weights as our detectors do.

    Background is the first class there and the last here; its boxes, which
    nobody reads, are left out.

    Args:
        state: Of pytorch-faster-rcnn, for BGR in [0, 255] less the mean.
        model: The detector.
        input_scale: What the detector's input is divided by.
        rgb: Whether its input is RGB.

    Returns:
        State dict of the detector.

    Raises:
        ValueError: If an entry has no place, or a weight of the detector no
            entry of its shape.
    """
    own = model.state_dict()
    out, left = {}, []
    for name, value in state.items():
        ours = new_name(name)
        if ours is None:
            if not _NEVER_READ.match(name):
                left.append(name)
            continue
        if ours.startswith('rpn_head.rpn_cls.') and not len(value) % 2:
            value = objects_first(value)
        elif ours.startswith('roi_head.bbox_head.fc_cls.'):
            value = value.roll(-1, 0)
        elif ours.startswith('roi_head.bbox_head.fc_reg.'):
            value = value[4:]
        elif value.ndim == 4 and value.shape[1] == 3 and \
                ours.startswith('backbone.'):  # the first convolution
            value = (value.flip(1) if rgb else value) * input_scale
        out[ours] = value.float() if value.is_floating_point() else value
    left += [name for name in out if name not in own]
    lacking = [
        name for name, value in own.items()
        if not name.endswith(_COUNTER) and (
            name not in out or out[name].shape != value.shape)
    ]
    if left or lacking:
        raise ValueError(
            'wanted the weights of exactly this detector, but '
            f'{len(lacking)} of its {len(own)} are not there or of another '
            f'shape ({_some(lacking)}) and {len(left)} have no place '
            f'({_some(left)}); is the config of this backbone, with as many '
            'classes and anchors?')
    counters = {k: v for k, v in own.items() if k.endswith(_COUNTER)}
    return {name: {**counters, **out}[name].contiguous() for name in own}


def _some(names: list[str]) -> str:
    return ', '.join(names[:3]) or 'none'


def input_of(cfg: Config) -> tuple[float, bool]:
    """What the input of a tf-c4 detector is divided by, and whether it is RGB.

    Args:
        cfg: Config of the detector.

    Raises:
        ValueError: If it is no detector that such weights fit.
    """
    model = cfg.get('model', {})
    head = model.get('roi_head', {})
    kind = head.get('bbox_roi_extractor', {}).get('type')
    if kind != 'mmadvrain.CropAndResizeExtractor':
        raise ValueError('wanted a tf-c4 detector, whose regions are of '
                         'mmadvrain.CropAndResizeExtractor, but the config '
                         f'has {kind}')
    styles = {
        part.get('style', 'caffe')
        for part in (model.backbone, head.shared_head)
    }
    if styles != {'caffe'}:
        raise ValueError('wanted a ResNet with strides as in Caffe, which '
                         'these weights are for, but the config has style '
                         f'{sorted(styles)}')
    prepare = model.data_preprocessor
    rgb = bool(prepare.get('bgr_to_rgb'))
    mean = list(prepare.mean)[::-1 if rgb else 1]
    scales = set(prepare.std)
    if mean != [102.9801, 115.9465, 122.7717] or len(scales) != 1:
        raise ValueError('wanted an input less the mean (102.9801, 115.9465, '
                         '122.7717) in BGR, divided by one number, but the '
                         f'config has {mean} and {list(prepare.std)}')
    return scales.pop(), rgb


def classes_of(cfg: Config) -> tuple[str, ...]:
    """Names of the classes of a config's data.

    Args:
        cfg: Config of a detector.
    """
    dataset = cfg.test_dataloader.dataset
    given = (dataset.get('metainfo') or {}).get('classes')
    kind: Any = type_of(DATASETS, dataset, 'mmdet')
    return tuple(given or kind.METAINFO['classes'])


def main() -> None:
    """Parse, convert, write."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='of a tf-c4 detector')
    parser.add_argument('source', help='.pth of pytorch-faster-rcnn')
    parser.add_argument('out', help='checkpoint to write')
    args = parser.parse_args()
    cfg = Config.fromfile(args.config)
    input_scale, rgb = input_of(cfg)
    path = resolve_source(args.source)
    state = load_weights(path)
    with quiet(), DefaultScope.overwrite_default_scope('mmdet'):
        model = MODELS.build(cfg.model)
        classes = classes_of(cfg)
    meta = dict(
        config=Path(args.config).name,
        source=path.name,
        source_sha256=digest_file(path),
        mmadvrain_version=mmadvrain.__version__,
        dataset_meta=dict(classes=classes))
    weights = convert(state, model, input_scale, rgb)
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(meta=meta, state_dict=weights), args.out)


if __name__ == '__main__':
    run_tool(main)
