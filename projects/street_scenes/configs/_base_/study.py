# One detector before and after training in rain, each attacked and each
# scored on what hit the others.
weights = 'demo/weights/'
name = 'faster-rcnn_r18-slim_fpn'
sources = dict(
    before=dict(
        config=f'../{name}_street-scenes.py',
        checkpoint=f'{weights}{name}_street-scenes.pth'),
    clean=dict(
        config=f'../robust/{name}_clean-2e_street-scenes.py',
        checkpoint=f'work_dirs/{name}_clean-2e_street-scenes/epoch_2.pth'),
    random_rain=dict(
        config=f'../robust/{name}_random-rain-2e_street-scenes.py',
        checkpoint=f'work_dirs/{name}_random-rain-2e_street-scenes/'
        'epoch_2.pth'),
    mix_advrain=dict(
        config=f'../robust/{name}_mix-advrain-2e_street-scenes.py',
        checkpoint=f'work_dirs/{name}_mix-advrain-2e_street-scenes/'
        'epoch_2.pth'),
    advrain=dict(
        config=f'../robust/{name}_advrain-2e_street-scenes.py',
        checkpoint=f'work_dirs/{name}_advrain-2e_street-scenes/epoch_2.pth'))
attacks = dict(AdvRain='../../../../configs/attacks/advrain.py')
test_dataloader = dict(dataset=dict(split='demo', num_images=24, seed=2))
test_evaluator = dict(ann_file='data/street_scenes/annotations/demo.json')
metrics = ['coco/bbox_mAP_50', 'coco/bbox_mAP']
