# SPA-Data: real rain, pairs listed in a text file.
_base_ = './rain_pairs.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            layout='spa_data',
            data_root='data/spa_data/training',
            ann_file='real_world.txt')))
val_dataloader = dict(
    dataset=dict(
        layout='spa_data',
        data_root='data/spa_data/testing',
        ann_file='real_test_1000.txt'))
test_dataloader = val_dataloader
