# Table 8's shape for a detector: a bare and a defended detector, attacked one
# by one and each scored on what hit the other. `bare: AdvRain` on `defended`
# is the old attack, `defended: AdvRain` on `defended` the adaptive one.
bare = dict(config='../detectors/faster-rcnn_r50_fpn_1x_coco.py')
defended = dict(config='../defend/prenet_faster-rcnn_r50_fpn_coco.py')
sources = dict(bare=bare, defended=defended)
victims = dict(bare=bare, defended=defended)
attacks = dict(AdvRain='../attacks/advrain.py')
metrics = ['coco/bbox_mAP', 'coco/bbox_mAP_50']
