# UEA against MMDetection's Faster R-CNN R-50-FPN on COCO minival, with the
# generator that
#     projects/uea/configs/uea_1xb1-14e_faster-rcnn_r50_fpn_coco.py trains.
_base_ = [
    '../../../configs/detectors/faster-rcnn_r50_fpn_1x_coco.py',
    './_base_/attack.py'
]
test_cfg = _base_.attack_loop
test_cfg.attack.perturbation.checkpoint = (
    'work_dirs/uea_1xb1-14e_faster-rcnn_r50_fpn_coco/epoch_14.pth')
