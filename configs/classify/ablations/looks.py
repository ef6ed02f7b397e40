# What else decides an attack with rain: steps, rules, kernels, positions.
_attack = 'test_cfg.attack.'
_layer = _attack + 'perturbation.'
_momentum = dict(type='mmadvrain.MomentumRule', decay=1.0)
sweeps = dict(
    steps=[
        dict(label=f'{steps}', x=steps, options={_attack + 'steps': steps})
        for steps in (1, 5, 10, 20, 40)
    ],
    sign=[
        dict(label='sign of momentum', options={}),
        dict(label='momentum', options={_attack + 'rules': [_momentum]}),
        dict(label='plain gradient', options={_attack + 'rules': []})
    ],
    kernels=[
        dict(label='smooth', options={}),
        dict(label='literal', options={_layer + 'init.knots': None})
    ],
    positions=[
        dict(label='fixed', options={}),
        dict(
            label='local',
            options={
                _layer + 'relocation':
                dict(
                    type='mmadvrain.LocalRelocation',
                    radius_px=4,
                    at=[4, 8, 12])
            }),
        dict(
            label='global',
            options={
                _layer + 'relocation':
                dict(type='mmadvrain.GlobalRelocation', at=[4, 8, 12])
            })
    ])
