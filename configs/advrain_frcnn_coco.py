# Adversarial rain against MMDetection's Faster R-CNN R-50-FPN on COCO minival.
#   python tools/attack.py configs/advrain_frcnn_coco.py
# The checkpoint is downloaded; the images are looked for in data/coco.
_base_ = './detect/advrain_faster-rcnn_r50_fpn_coco.py'
