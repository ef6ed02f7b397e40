# The DEV set of the NeurIPS 2017 adversarial competition, the paper's data of
# Tables 1 to 4: data/neurips17_dev/{images/*.png,dev_dataset.csv}.
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmadvrain.NeurIPS17DevDataset', data_root='data/neurips17_dev'))
test_evaluator = dict(type='mmadvrain.SuccessRateMetric')
default_scope = 'mmdet'
default_hooks = dict(timer=dict(type='IterTimerHook'))
visualizer = dict(
    type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
log_level = 'INFO'
