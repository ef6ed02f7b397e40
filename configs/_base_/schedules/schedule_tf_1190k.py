# The long schedule of tf-faster-rcnn, with the runtime for iterations: 1190k
# of one image, the rate divided by ten after 900k, no warm-up, biases not
# decayed. Its MobileNetV1 and ResNets were trained so.
_base_ = 'mmdet::_base_/default_runtime.py'
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=1190000, val_interval=70000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=False, milestones=[900000], gamma=0.1)
]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.001, momentum=0.9, weight_decay=0.0001),
    paramwise_cfg=dict(bias_decay_mult=0.))
auto_scale_lr = dict(enable=False, base_batch_size=1)
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=10000, max_keep_ckpts=3))
log_processor = dict(by_epoch=False)
