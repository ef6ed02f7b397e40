# Rain1200 (DID-MDN): rainy and clean image side by side, three densities.
_base_ = './rain_pairs.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            layout='rain1200', data_root='data/rain1200/DID-MDN-training')))
val_dataloader = dict(
    dataset=dict(layout='rain1200', data_root='data/rain1200/DID-MDN-test'))
test_dataloader = val_dataloader
