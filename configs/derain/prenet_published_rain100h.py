# Scores PReNet's published weights as its authors do: images truncated to 8
# bit, Y of MATLAB's rgb2ycbcr, the down-sampling of their ssim.m.
#   python tools/test.py configs/derain/prenet_published_rain100h.py \
#       net_latest.pth
# They are logs/Rain100H/PReNet6/net_latest.pth of
# https://github.com/csdwren/PReNet.
_base_ = './prenet_plain_1xb18-100e_rain100h.py'
val_evaluator = dict(quantise='truncate', ssim_downsample=True)
test_evaluator = val_evaluator
