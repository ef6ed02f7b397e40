# A detector with and without PReNet on clean images, in random rain, under
# the attack on the bare detector and under the adaptive one.
#   python tools/transfer.py configs/transfer/defended_prenet_coco.py
_base_ = '../_base_/transfer/defended.py'
title = 'Faster R-CNN R-50-FPN with and without PReNet, COCO val2017'
