# Rain100L as now distributed, rain/ and norain/; see rain100h.py.
_base_ = './rain_pairs.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(layout='rain100_new', data_root='data/rain100l/train')))
val_dataloader = dict(
    dataset=dict(layout='rain100_new', data_root='data/rain100l/test'))
test_dataloader = val_dataloader
