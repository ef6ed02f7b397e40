# Rain1400 (DDN): 14 rainy images for each of 900 and 100 clean ones.
_base_ = './rain_pairs.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(layout='rain1400', data_root='data/rain1400/training')))
val_dataloader = dict(
    dataset=dict(layout='rain1400', data_root='data/rain1400/testing'))
test_dataloader = val_dataloader
