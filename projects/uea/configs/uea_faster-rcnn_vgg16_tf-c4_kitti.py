# UEA against Faster R-CNN VGG16 on KITTI's validation half, with the generator
# that projects/uea/configs/uea_1xb1-14e_faster-rcnn_vgg16_tf-c4_kitti.py
# trains.
_base_ = [
    '../../../configs/kitti/faster-rcnn_vgg16_tf-c4_70k_kitti.py',
    './_base_/attack.py'
]
test_cfg = _base_.attack_loop
test_cfg.attack.perturbation.checkpoint = (
    'work_dirs/uea_1xb1-14e_faster-rcnn_vgg16_tf-c4_kitti/epoch_14.pth')
