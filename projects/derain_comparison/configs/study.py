# Detection behind each of the derainers that compare.py has trained: AP on
# clean images, in random rain, and in rain made against the bare detector.
#   python tools/study.py projects/derain_comparison/configs/study.py
# Another detector wants a config for each of the two variables.
bare = '../../../configs/detectors/faster-rcnn_r50_fpn_1x_coco.py'
defended = '../../../configs/defend/prenet_faster-rcnn_r50_fpn_coco.py'
sources = dict(bare=dict(config=bare))
victims = dict(
    bare=dict(config=bare),
    **{
        f'{arm}, seed {seed}':
        dict(
            config=defended,
            model=dict(
                data_preprocessor=dict(
                    derainer=dict(
                        _delete_=True,
                        type='mmadvrain.PReNet',
                        stages=2,
                        recurrent=None,
                        channels=16,
                        blocks=2,
                        checkpoint='work_dirs/compare/prenet-small_'
                        f'{arm}_4b400i_attack-rain/seed{seed}/iter_400.pth'))))
        for arm in ('random', 'augmix', 'advrain', 'loop')
        for seed in (0, 1, 2)
    })
attacks = dict(AdvRain='../../../configs/attacks/advrain_margin.py')
metrics = ['coco/bbox_mAP_50', 'coco/bbox_mAP']
