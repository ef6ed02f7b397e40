# The schedule of tf-faster-rcnn for some thousand images (50k/70k, PASCAL VOC
# 2007).
_base_ = './schedule_tf_1190k.py'
train_cfg = dict(max_iters=70000, val_interval=10000)
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=False, milestones=[50000], gamma=0.1)
]
