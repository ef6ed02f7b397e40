# UEA against Faster R-CNN VGG16 on COCO minival, with the generator that
# projects/uea/configs/uea_1xb1-14e_faster-rcnn_vgg16_tf-c4_coco.py trains.
_base_ = [
    '../../../configs/detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py',
    './_base_/attack.py'
]
test_cfg = _base_.attack_loop
test_cfg.attack.perturbation.checkpoint = (
    'work_dirs/uea_1xb1-14e_faster-rcnn_vgg16_tf-c4_coco/epoch_14.pth')
