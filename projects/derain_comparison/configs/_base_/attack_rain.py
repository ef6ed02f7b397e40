# The small comparison with the rain that attacks begin with, new in every
# epoch, on larger patches, for 400 batches. What differs between its configs
# is what an attack adds to that rain.
_base_ = ['./comparison.py', '../../../../configs/attacks/advrain_3s.py']
crop = dict(type='mmadvrain.PairedRandomCrop', crop_size=128)
train_dataloader = dict(
    dataset=dict(
        factors=dict(_base_.rain_perturbation.init, _delete_=True),
        fresh_each_epoch=True,
        pipeline=[_base_.load_clean, crop, _base_.pack]))
train_cfg = dict(max_iters=400)
param_scheduler = [
    dict(type='PolyLR', by_epoch=False, begin=200, end=400, eta_min=1e-4)
]
default_hooks = dict(checkpoint=dict(interval=400))
custom_hooks = [dict(type='mmadvrain.RainEpochHook')]
