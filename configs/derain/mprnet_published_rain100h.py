# Scores MPRNet's published weights on Rain100H:
#   python tools/test.py configs/derain/mprnet_published_rain100h.py \
#       model_deraining.pth
_base_ = [
    '../_base_/models/mprnet.py', '../_base_/datasets/rain100h.py',
    '../_base_/derain_runtime.py'
]
train_dataloader = None
val_dataloader = None
val_evaluator = None
test_cfg = dict(type='TestLoop')
