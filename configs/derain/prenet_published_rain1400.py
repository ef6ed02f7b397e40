# Scores PReNet as its authors do, see prenet_published_rain100h.py.
# Rain1400: 32.60/0.946 published.
_base_ = './prenet_plain_1xb18-100e_rain1400.py'
val_evaluator = dict(quantise='truncate', ssim_downsample=True)
test_evaluator = val_evaluator
