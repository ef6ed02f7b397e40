# NAFNet with weights for rain of your own, to stand in front of a victim, in
# tiles that bound the memory of large images. https://github.com/megvii-
# research/NAFNet has code to train them and publishes none.
derainer = dict(
    type='mmadvrain.NAFNet',
    checkpoint='checkpoints/NAFNet/net_g_latest.pth',
    tile_size=512)
