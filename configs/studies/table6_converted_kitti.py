# The paper's Table 6 on detectors that start from the weights that the paper's
# detectors' authors publish for COCO. After their conversion the five
# configs of configs/kitti with coco-70k are trained, then UEA's generator:
#   python tools/train.py \
#     projects/uea/configs/uea_1xb1-14e_faster-rcnn_vgg16_tf-c4-coco_kitti.py
#   python tools/study.py configs/studies/table6_converted_kitti.py
_base_ = '../_base_/studies/table6_converted.py'
title = 'Table 6: KITTI val, fine-tuned from COCO'
