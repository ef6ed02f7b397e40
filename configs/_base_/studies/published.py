# Detectors whose weights MMDetection publishes.
attacks = {
    'RAP': dict(attack='../attacks/rap.py', views=['adversarial']),
    'AdvRain': '../attacks/advrain_rap.py',
    'AdvRain as written': '../attacks/advrain_paper.py'
}
victims = {
    'R50-C4': dict(config='../detectors/faster-rcnn_r50_caffe-c4_1x_coco.py'),
    'R50-FPN': dict(config='../detectors/faster-rcnn_r50_fpn_1x_coco.py'),
    'R101-FPN': dict(config='../detectors/faster-rcnn_r101_fpn_1x_coco.py')
}
sources = {'R50-C4': victims['R50-C4']}
ann_file = 'data/coco/annotations/instances_val2017.json'
test_evaluator = [
    dict(type='mmadvrain.PascalMetric', ann_file=ann_file),
    dict(type='mmadvrain.FastCocoMetric', ann_file=ann_file, metric='bbox')
]
metrics = ['pascal/mAP_0.7_11point_plus1', 'coco/bbox_mAP', 'coco/bbox_mAP_50']
