# UEA against Faster R-CNN VGG16 on COCO minival, with the generator that
# uea_1xb1-14e_faster-rcnn_vgg16_tf-c4-converted_coco.py trains against
# converted weights.
_base_ = './uea_faster-rcnn_vgg16_tf-c4_coco.py'
test_cfg = dict(
    attack=dict(
        perturbation=dict(
            checkpoint='work_dirs/uea_1xb1-14e_faster-rcnn_vgg16_tf-c4-'
            'converted_coco/epoch_14.pth')))
