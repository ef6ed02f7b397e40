# Rain100H as now distributed, rain/ and norain/. For the files of PReNet
# (rain-1.png beside norain-1.png) set layout='rain100_old'; its RainTrainH,
# without the 546 images whose scenes are in the test set, needs
# allow_missing=True as well.
_base_ = './rain_pairs.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(layout='rain100_new', data_root='data/rain100h/train')))
val_dataloader = dict(
    dataset=dict(layout='rain100_new', data_root='data/rain100h/test'))
test_dataloader = val_dataloader
