# Two folders of any origin: data/rain_pairs/{train,test}/{rainy,clean}, the
# same names in both. Training cuts patches in the pipeline that the schedule
# of a derainer defines, and shows an image `times` times per epoch.
dataset_type = 'mmadvrain.RainPairDataset'
test_pipeline = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PackDerainInputs')
]
train_dataloader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='RepeatDataset',
        times=1,
        dataset=dict(
            type=dataset_type,
            layout='folders',
            data_root='data/rain_pairs/train',
            pipeline=[])))
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        layout='folders',
        data_root='data/rain_pairs/test',
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(type='mmadvrain.ImageQualityMetric')
test_evaluator = val_evaluator
