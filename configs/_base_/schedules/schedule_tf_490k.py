# The short schedule of tf-faster-rcnn (350k/490k), in which the VGG16 that RAP
# attacks was trained.
_base_ = './schedule_tf_1190k.py'
train_cfg = dict(max_iters=490000)
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=False, milestones=[350000], gamma=0.1)
]
