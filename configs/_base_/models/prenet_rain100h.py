# PReNet with the weights its authors publish for Rain100H, to stand in front
# of a victim; `frozen` keeps it as it is. They are the file
# logs/Rain100H/PReNet6/net_latest.pth of https://github.com/csdwren/PReNet.
derainer = dict(
    type='mmadvrain.PReNet',
    stages=6,
    recurrent='lstm',
    checkpoint='checkpoints/PReNet/net_latest.pth')
