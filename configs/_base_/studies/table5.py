# Detectors, data and numbers of the paper's Table 5.
_base_ = './paper_attacks.py'
attacks = dict(
    UEA=dict(attack='../../projects/uea/configs/'
             'uea_faster-rcnn_vgg16_tf-c4_coco.py'))
parts = {
    'FR-v16': ('vgg16', '490'),
    'FR-mn': ('mobilenet-v1', '1190'),
    'FR-rn50': ('r50', '1190'),
    'FR-rn101': ('r101', '1190'),
    'FR-rn152': ('r152', '1190')
}
victims = {
    name:
    dict(
        config=f'../detectors/faster-rcnn_{part}_tf-c4_{steps}k_coco.py',
        checkpoint=f'work_dirs/faster-rcnn_{part}_tf-c4_{steps}k_coco/'
        f'iter_{steps}000.pth')
    for name, (part, steps) in parts.items()
}
sources = {'FR-v16': victims['FR-v16']}
ann_file = 'data/coco/annotations/instances_val2017.json'
test_evaluator = [
    dict(type='mmadvrain.PascalMetric', ann_file=ann_file),
    dict(type='mmadvrain.FastCocoMetric', ann_file=ann_file, metric='bbox')
]
metrics = _base_.metrics + ['coco/bbox_mAP']
names = list(parts)
paper = dict(
    table='Table 5',
    metric=metrics[0],
    values=dict(
        clean=dict(zip(names, [43.8, 41.1, 52.4, 55.0, 56.8])),
        attacks=dict(
            RAP=dict(zip(names, [3.3, 9.8, 24.6, 29.8, 22.3])),
            UEA=dict(zip(names, [5.7, 11.5, 25.8, 31.3, 24.1])),
            AdvRain=dict(zip(names, [2.2, 8.3, 21.5, 27.5, 19.7])))))
