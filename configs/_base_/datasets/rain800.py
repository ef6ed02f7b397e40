# Rain800: clean and rainy image side by side. If yours have the rainy one on
# the left, set rainy_side='left'.
_base_ = './rain_pairs.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(layout='rain800', data_root='data/rain800/train')))
val_dataloader = dict(
    dataset=dict(layout='rain800', data_root='data/rain800/test'))
test_dataloader = val_dataloader
