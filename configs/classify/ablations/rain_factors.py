# Table 1 and Fig. 4 of the paper: the bounds of the rain factors, one at a
# time, the others at their default.
_rain = 'test_cfg.attack.perturbation.init.'
sweeps = dict(
    eps_n=[
        dict(label=f'{value}', x=value, options={_rain + 'density': value})
        for value in (0.005, 0.001, 0.02, 0.0025, 0.01, 0.0075)
    ],
    # streaks start within the bound, half as long to as long as it allows
    eps_theta=[
        dict(
            label=f'{value}',
            x=value,
            options={} if value == 0.2 else {
                _rain + 'bounds.theta': value,
                _rain + 'bounds.theta_y_min': 0.4 * value,
                _rain + 'length': (0.5 * value, value)
            }) for value in (0.2, 0.05, 0.4, 0.1, 0.01, 0.3)
    ],
    # the least weight keeps its share of the largest
    eps_k=[
        dict(
            label=f'{value}',
            x=value,
            options={_rain + 'bounds.kernels': (0.2 * value, value)})
        for value in (0.3, 0.1, 0.5, 0.05, 0.2, 0.4)
    ],
    uniform=[
        dict(
            label=f'a={low}, b={high}',
            x=low,
            line=f'b={high}',
            options={_rain + 'bounds.noise': (low, high)})
        for low, high in ((0.1, 1.0), (0.4, 1.0), (0.7, 1.0), (0.1, 0.8),
                          (0.4, 0.8), (0.7, 0.8), (0.1, 0.4), (0.3, 0.4))
    ])
