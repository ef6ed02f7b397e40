# Detectors, data and numbers of the paper's Table 6.
_base_ = './paper_attacks.py'
attacks = dict(
    UEA=dict(attack='../../projects/uea/configs/'
             'uea_faster-rcnn_vgg16_tf-c4_kitti.py'))
parts = {
    'FR-v16': 'vgg16',
    'FR-mn': 'mobilenet-v1',
    'FR-rn50': 'r50',
    'FR-rn101': 'r101',
    'FR-rn152': 'r152'
}
victims = {
    name:
    dict(
        config=f'../kitti/faster-rcnn_{part}_tf-c4_70k_kitti.py',
        checkpoint=f'work_dirs/faster-rcnn_{part}_tf-c4_70k_kitti/'
        'iter_70000.pth')
    for name, part in parts.items()
}
sources = {'FR-v16': victims['FR-v16']}
metrics = _base_.metrics + ['kitti/mAP_moderate_R40']
names = list(parts)
paper = dict(
    table='Table 6',
    metric=metrics[0],
    values=dict(
        clean=dict(zip(names, [74.6, 72.3, 75.8, 78.1, 78.4])),
        attacks=dict(
            RAP=dict(zip(names, [8.7, 17.5, 20.4, 23.1, 23.9])),
            UEA=dict(zip(names, [10.3, 21.6, 23.2, 25.0, 26.3])),
            AdvRain=dict(zip(names, [5.6, 11.8, 15.4, 17.8, 18.2])))))
