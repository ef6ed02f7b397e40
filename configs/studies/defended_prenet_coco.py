# A detector with and without PReNet on clean images, in random rain, under
# the attack on the bare detector and under the adaptive one.
#   python tools/study.py configs/studies/defended_prenet_coco.py
_base_ = '../_base_/studies/defended.py'
title = 'Faster R-CNN R-50-FPN with and without PReNet, COCO val2017'
