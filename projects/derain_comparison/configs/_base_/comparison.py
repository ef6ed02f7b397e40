# A small comparison of augmentations, see docs/derain.md: two stages without
# LSTM, 150 batches of patches from clean photographs with dense random rain.
# Paths are set by --cfg-options of projects/derain_comparison/compare.py.
_base_ = [
    '../../../../configs/_base_/derain_runtime.py',
    '../../../../configs/_base_/derain_steps.py'
]
model = dict(
    type='mmadvrain.DerainModel',
    derainer=dict(
        type='mmadvrain.PReNet',
        stages=2,
        recurrent=None,
        channels=16,
        blocks=2),
    loss=dict(type='mmadvrain.NegativeSSIMLoss'))
crop = dict(type='mmadvrain.PairedRandomCrop', crop_size=96)
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='mmadvrain.RainOnClean',
        data_root='data/coco/train2017',
        # dense, long and tilted like the rain of Rain100H
        factors=dict(
            type='mmadvrain.UniformFactors',
            density=0.01,
            tilt_deg=30.,
            bounds=dict(kernels=(0.06, 0.6), tilt_deg=40., theta_y_min=0.08)),
        pipeline=[_base_.load_clean, crop, _base_.pack]))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=150)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=3e-3))
param_scheduler = [
    dict(type='PolyLR', by_epoch=False, begin=75, end=150, eta_min=1e-4)
]
default_hooks = dict(
    checkpoint=dict(
        _delete_=True, type='CheckpointHook', by_epoch=False, interval=150))
log_processor = dict(by_epoch=False)

# each is scored after training
test_sets = dict(
    rain100h=dict(
        type='mmadvrain.RainPairDataset',
        layout='rain100_new',
        data_root='data/rain100h/test',
        test_mode=True,
        pipeline=[_base_.load, _base_.pack]),
    # images of an attack run, and the clean ones it was run on
    adversarial=dict(
        type='mmadvrain.RainPairDataset',
        layout='folders',
        data_prefix=dict(
            rainy='work_dirs/advrain_faster-rcnn_r50_fpn_coco/adversarial',
            clean='data/coco/val2017'),
        test_mode=True,
        pipeline=[_base_.load, _base_.pack]))
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=test_sets['rain100h'])
test_cfg = dict(type='TestLoop')
test_evaluator = [
    dict(type='mmadvrain.ImageQualityMetric', spaces=('y', )),
    dict(type='mmadvrain.ImageQualityMetric', spaces=('y', ), image='rainy')
]
