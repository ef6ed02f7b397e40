# The worst rain of five rates beside random rain of the same rate: AP(rate).
sources = {
    'Faster R-CNN': dict(config='../detectors/faster-rcnn_r50_fpn_1x_coco.py')
}
_attack = '../attacks/advrain_physical_'
sweeps = dict(
    rate_mm_h={
        '2.5': f'{_attack}2p5mmh.py',
        '10': f'{_attack}10mmh.py',
        '25': f'{_attack}25mmh.py',
        '50': f'{_attack}50mmh.py',
        '100': f'{_attack}100mmh.py'
    })
# whichever of them the data are scored by; the first one is drawn
metrics = [
    'coco/bbox_mAP_50', 'coco/bbox_mAP', 'pascal/mAP_0.5_area',
    'kitti/mAP_moderate_R40'
]
