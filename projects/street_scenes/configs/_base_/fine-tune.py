# The demonstration's detector, two more epochs from where it is.
_base_ = '../faster-rcnn_r18-slim_fpn_street-scenes.py'
max_epochs = 2
optim_wrapper = dict(optimizer=dict(lr=0.0002))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=False, begin=0, end=50),
    dict(
        type='CosineAnnealingLR',
        T_max=max_epochs,
        eta_min_ratio=0.01,
        by_epoch=True,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
load_from = 'demo/weights/faster-rcnn_r18-slim_fpn_street-scenes.pth'
