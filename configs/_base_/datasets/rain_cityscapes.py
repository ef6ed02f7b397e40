# RainCityscapes beside the Cityscapes images it was made of.
_base_ = './rain_pairs.py'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            layout='rain_cityscapes',
            data_root='data/cityscapes',
            data_prefix=dict(
                rainy='leftImg8bit_rain/train', clean='leftImg8bit/train'))))
val_dataloader = dict(
    dataset=dict(
        layout='rain_cityscapes',
        data_root='data/cityscapes',
        data_prefix=dict(
            rainy='leftImg8bit_rain/val', clean='leftImg8bit/val')))
test_dataloader = val_dataloader
