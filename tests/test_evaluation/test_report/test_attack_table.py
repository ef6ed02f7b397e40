from mmadvrain.evaluation.report.attack_table import attack_table

METRICS = {
    'adversarial/coco/bbox_mAP': 0.0123456,
    'clean/coco/bbox_mAP': 0.3456789,
    'clean/coco/bbox_mAP_s': 0.1,
    'random/coco/bbox_mAP': 0.25,
    'random/coco/bbox_mAP_50': -1.0,
}


def test_rows_are_views_in_their_order_and_columns_metrics():
    assert attack_table(METRICS).splitlines() == [
        '| view | coco/bbox_mAP | coco/bbox_mAP_50 |',
        '| --- | ---: | ---: |',
        '| clean | 0.3457 |  |',
        '| random | 0.2500 | -1.0000 |',
        '| adversarial | 0.0123 |  |',
    ]


def test_columns_can_be_chosen():
    lines = attack_table(METRICS, ['coco/bbox_mAP_s']).splitlines()
    assert lines[0] == '| view | coco/bbox_mAP_s |'
    assert lines[2:] == ['| clean | 0.1000 |']


def test_no_metrics():
    assert attack_table({}).splitlines()[0] == '| view |'
