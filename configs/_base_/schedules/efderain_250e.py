# The schedule of EfDeRain on Rain1400: 250 epochs, falling from epoch 50 on.
_base_ = './efderain_5000e.py'
train_cfg = dict(max_epochs=250, val_interval=10)
param_scheduler = [
    dict(
        type='PolyLR',
        by_epoch=True,
        begin=50,
        end=250,
        power=1.0,
        eta_min=0.0)
]
