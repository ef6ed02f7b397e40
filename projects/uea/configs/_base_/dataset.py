# Training images for UEA, COCO train2017 unless a leaf config says otherwise,
# as the test pipeline of the detector sees them, which the leaf config names
# as `train_dataloader.dataset.config`.
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='mmadvrain.NativeDataset',
        dataset=dict(
            ann_file='annotations/instances_train2017.json',
            data_prefix=dict(img='train2017/'))))
