# Detectors, data and numbers of the paper's Table 5.
_base_ = './paper_attacks.py'
attacks = dict(
    UEA=dict(attack='../../projects/uea/configs/'
             'uea_faster-rcnn_vgg16_tf-c4_coco.py'))
white_box = dict(
    config='../detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py',
    checkpoint='work_dirs/faster-rcnn_vgg16_tf-c4_490k_coco/iter_490000.pth')
sources = {'FR-v16': white_box}
victims = {
    'FR-v16':
    white_box,
    'FR-mn':
    dict(
        config='../detectors/faster-rcnn_mobilenet-v1_tf-c4_1190k_coco.py',
        checkpoint='work_dirs/faster-rcnn_mobilenet-v1_tf-c4_1190k_coco/'
        'iter_1190000.pth'),
    'FR-rn50':
    dict(
        config='../detectors/faster-rcnn_r50_tf-c4_1190k_coco.py',
        checkpoint='work_dirs/faster-rcnn_r50_tf-c4_1190k_coco/'
        'iter_1190000.pth'),
    'FR-rn101':
    dict(
        config='../detectors/faster-rcnn_r101_tf-c4_1190k_coco.py',
        checkpoint='work_dirs/faster-rcnn_r101_tf-c4_1190k_coco/'
        'iter_1190000.pth'),
    'FR-rn152':
    dict(
        config='../detectors/faster-rcnn_r152_tf-c4_1190k_coco.py',
        checkpoint='work_dirs/faster-rcnn_r152_tf-c4_1190k_coco/'
        'iter_1190000.pth')
}
ann_file = 'data/coco/annotations/instances_val2017.json'
test_evaluator = [
    dict(type='mmadvrain.PascalMetric', ann_file=ann_file),
    dict(type='mmadvrain.FastCocoMetric', ann_file=ann_file, metric='bbox')
]
metrics = _base_.metrics + ['coco/bbox_mAP']
names = ['FR-v16', 'FR-mn', 'FR-rn50', 'FR-rn101', 'FR-rn152']
paper = dict(
    table='Table 5',
    metric=metrics[0],
    values=dict(
        clean=dict(zip(names, [43.8, 41.1, 52.4, 55.0, 56.8])),
        attacks=dict(
            RAP=dict(zip(names, [3.3, 9.8, 24.6, 29.8, 22.3])),
            UEA=dict(zip(names, [5.7, 11.5, 25.8, 31.3, 24.1])),
            AdvRain=dict(zip(names, [2.2, 8.3, 21.5, 27.5, 19.7])))))
