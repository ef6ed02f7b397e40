# A differentiable layer of rain, within the bounds of the paper.
rain_perturbation = dict(
    type='mmadvrain.RainPerturbation',
    init=dict(
        type='mmadvrain.UniformFactors',
        density=0.005,
        bounds=dict(
            noise=(0.7, 1.0),
            theta=0.2,
            # the paper allows 0; a drop nobody sees is no rain
            kernels=(0.06, 0.3),
            tilt_deg=25.,
            theta_y_min=0.08),
        # None for the literal kernels of Eq. (1)
        knots=5),
    step_sizes=dict(noise=0.03, theta=0.01, kernels=0.03),
    # never brighter than the rain it starts from
    brightness_budget=1.0)
