# The smoothed gradient of TI-FGSM.
gaussian_smoothing_rule = dict(
    type='mmadvrain.GaussianSmoothingRule', kernel_size=15, nsig=3.)
