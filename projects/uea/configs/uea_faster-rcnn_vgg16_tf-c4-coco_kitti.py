# UEA against Faster R-CNN VGG16 on KITTI's validation half, with the generator
# that uea_1xb1-14e_faster-rcnn_vgg16_tf-c4-coco_kitti.py trains.
_base_ = [
    '../../../configs/kitti/faster-rcnn_vgg16_tf-c4_coco-70k_kitti.py',
    './_base_/attack.py'
]
test_cfg = _base_.attack_loop
test_cfg.attack.perturbation.checkpoint = (
    'work_dirs/uea_1xb1-14e_faster-rcnn_vgg16_tf-c4-coco_kitti/epoch_14.pth')
