"""What a metric's name stands for."""
import re

_COCO = re.compile(r'coco/(?:bbox_)?mAP(?:_(\d\d|[sml]))?$')
_SIZES = dict(s='small', m='medium', l='large')
_KITTI = re.compile(r'kitti/(\w+)_(easy|moderate|hard)_R(40|11)$')
_RATES = {
    'cls/top1':
    'top-1 accuracy',
    'cls/success_all':
    'success rate over all images',
    'cls/success_on_correct':
    'success rate over images that are right without an attack'
}
_PASCAL = re.compile(
    r'pascal/(?:(.+)_AP|mAP)_([\d.]+)_(area|11point)(_plus1)?(_strict)?$')


def metric_convention(metric: str) -> tuple[str, float]:
    """Name the convention of a metric, and its scale.

    Args:
        metric: Its key, as the evaluator returns it.

    Returns:
        The convention in words, the key itself where it is unknown; and by
        what the value is multiplied to be in percent.
    """
    found = _COCO.match(metric)
    if found:
        what = found.group(1) or ''
        iou = f'0.{what}' if what.isdigit() else '0.50:0.95'
        size = f', {_SIZES[what]} objects' if what in _SIZES else ''
        return f'COCO AP, IoU {iou}, 101 points, boxes{size}', 100.
    found = _KITTI.match(metric)
    if found:
        name, level, points = found.groups()
        name = 'mean of classes' if name == 'mAP' else name
        return f'KITTI 2D AP, {name}, {level}, {points} points', 1.
    found = _PASCAL.match(metric)
    if found:
        name, iou, kind, plus, strict = found.groups()
        kind = 'area under the curve' if kind == 'area' else '11 points'
        text = f'PASCAL AP, {name or "mean of classes"}, IoU '
        text += f'{">" if strict else ">="} {iou}, {kind}'
        return text + (', +1 pixel' if plus else ''), 100.
    if metric in _RATES:
        return _RATES[metric], 100.
    if metric.startswith('kitti/'):
        return metric, 1.
    return metric, 100. if 'AP' in metric else 1.
