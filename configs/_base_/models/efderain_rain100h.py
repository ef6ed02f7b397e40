# EfDeRain, version 3, with the weights its authors publish for Rain100H, to
# stand in front of a detector. The README of
# https://github.com/tsingqguo/efficientderain links to them.
derainer = dict(
    type='mmadvrain.EfDeRain',
    kernel_size=3,
    dilations=(1, 2, 3, 4),
    checkpoint='checkpoints/EfDeRain/v3_rain100H.pth')
