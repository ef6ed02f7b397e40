# Detection behind each of the derainers that compare.py has trained: AP on
# clean images, in random rain, and in rain made against the bare detector.
#   python tools/study.py projects/derain_comparison/configs/study.py
# Another detector wants a config for each of the two variables.
_base_ = './_base_/trained.py'
bare = '../../../configs/detectors/faster-rcnn_r50_fpn_1x_coco.py'
defended = '../../../configs/defend/prenet_faster-rcnn_r50_fpn_coco.py'
sources = dict(bare=dict(config=bare))
victims = dict(
    bare=dict(config=bare),
    **{
        name:
        dict(
            config=defended,
            model=dict(data_preprocessor=dict(derainer=derainer)))
        for name, derainer in _base_.derainers.items()
    })
attacks = dict(AdvRain='../../../configs/attacks/advrain_margin.py')
metrics = ['coco/bbox_mAP_50', 'coco/bbox_mAP']
