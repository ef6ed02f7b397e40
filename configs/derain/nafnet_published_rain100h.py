# Scores weights of NAFNet's published code on Rain100H:
#   python tools/test.py configs/derain/nafnet_published_rain100h.py \
#       net_g_latest.pth
_base_ = [
    '../_base_/models/nafnet.py', '../_base_/datasets/rain100h.py',
    '../_base_/derain_runtime.py'
]
train_dataloader = None
val_dataloader = None
val_evaluator = None
test_cfg = dict(type='TestLoop')
