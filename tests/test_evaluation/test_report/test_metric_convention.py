"""Names of metrics in words."""
import pytest

from mmadvrain.evaluation.report import metric_convention


@pytest.mark.parametrize('metric, text, scale', [
    ('coco/bbox_mAP', 'COCO AP, IoU 0.50:0.95, 101 points, boxes', 100),
    ('coco/bbox_mAP_50', 'COCO AP, IoU 0.50, 101 points, boxes', 100),
    ('coco/bbox_mAP_s',
     'COCO AP, IoU 0.50:0.95, 101 points, boxes, small objects', 100),
    ('kitti/Car_moderate_R40', 'KITTI 2D AP, Car, moderate, 40 points', 1),
    ('kitti/mAP_easy_R11', 'KITTI 2D AP, mean of classes, easy, 11 points', 1),
    ('pascal/mAP_0.7_11point_plus1',
     'PASCAL AP, mean of classes, IoU >= 0.7, 11 points, +1 pixel', 100),
    ('pascal/Car_AP_0.5_area_strict',
     'PASCAL AP, Car, IoU > 0.5, area under the curve', 100),
    ('kitti/nan_points', 'kitti/nan_points', 1),
    ('voc/mAP', 'voc/mAP', 100),
    ('images', 'images', 1),
])
def test_convention(metric, text, scale):
    assert metric_convention(metric) == (text, scale)
