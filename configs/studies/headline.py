# What the README says: the default attack over three seeds, beside its two
# objectives in turn and the paper's attack as it is written; of any detector
# by adding --source CONFIG CHECKPOINT to
#   python tools/study.py configs/studies/headline.py
title = 'Random and adversarial rain, three seeds'
sources = dict(faster_rcnn=dict(config='../advrain_frcnn_coco.py'))
attacks = {
    'default': dict(),
    'in turn': dict(options={'test_cfg.attack.in_turn': True}),
    'as written': '../attacks/advrain_paper.py'
}
seeds = [0, 1, 2]
metrics = ['coco/bbox_mAP_50', 'coco/bbox_mAP']
