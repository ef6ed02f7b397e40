from mmadvrain.evaluation.report.attack_table import attack_table
from tests.markdown import cells

METRICS = {
    'adversarial/coco/bbox_mAP': 0.0123456,
    'clean/coco/bbox_mAP': 0.3456789,
    'clean/coco/bbox_mAP_s': 0.1,
    'random/coco/bbox_mAP': 0.25,
    'random_l2/coco/bbox_mAP': 0.24,
    'clean/coco/bbox_mAP_low': 0.3,
    'run/failed_images': 0,
    'random/coco/bbox_mAP_50': -1.0,
}


def test_rows_are_views_in_their_order_and_columns_metrics():
    assert cells(attack_table(METRICS)) == [
        ['view', 'coco/bbox_mAP', 'coco/bbox_mAP_50'],
        ['clean', '0.3457', ''],
        ['random', '0.2500', '-1.0000'],
        ['random_l2', '0.2400', ''],
        ['adversarial', '0.0123', ''],
    ]


def test_magnitudes_are_columns_beside_them():
    table = attack_table({
        'clean/ap': 0.5,
        'adversarial/ap': 0.25
    },
                         magnitude=dict(
                             adversarial=dict(psnr=21.26, area=0.125, odd=1.),
                             other=dict(area=0.5)))
    assert cells(table) == [['view', 'ap', 'area', 'psnr'],
                            ['clean', '0.5000', '', ''],
                            ['adversarial', '0.2500', '0.125', '21.3']]


def test_columns_can_be_chosen():
    table = attack_table(METRICS, ['coco/bbox_mAP_s'])
    assert cells(table) == [['view', 'coco/bbox_mAP_s'], ['clean', '0.1000']]


def test_no_metrics():
    assert cells(attack_table({})) == [['view']]
