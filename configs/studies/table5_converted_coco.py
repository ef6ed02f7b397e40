# The paper's Table 5 on the weights that its detectors' authors publish. Five
# commands convert them (docs/detectors.md); tools/train.py trains UEA's
# generator by uea_1xb1-14e_faster-rcnn_vgg16_tf-c4-converted_coco.py first.
#   python tools/study.py configs/studies/table5_converted_coco.py
_base_ = '../_base_/studies/table5_converted.py'
title = 'Table 5: COCO minival, published weights'
