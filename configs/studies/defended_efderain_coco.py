# As defended_prenet_coco.py, with EfDeRain.
_base_ = '../_base_/studies/defended.py'
title = 'Faster R-CNN R-50-FPN with and without EfDeRain, COCO val2017'
defended = dict(config='../defend/efderain_faster-rcnn_r50_fpn_coco.py')
sources = dict(defended=defended)
victims = dict(defended=defended)
