# Scores Restormer's published weights on Rain100H:
#   python tools/test.py configs/derain/restormer_published_rain100h.py \
#       deraining.pth
_base_ = [
    '../_base_/models/restormer.py', '../_base_/datasets/rain100h.py',
    '../_base_/derain_runtime.py'
]
train_dataloader = None
val_dataloader = None
val_evaluator = None
test_cfg = dict(type='TestLoop')
