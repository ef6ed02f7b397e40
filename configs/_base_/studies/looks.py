# What else decides an attack with rain: steps, rules, kernels, positions.
_base_ = './classifiers.py'
_attack = 'test_cfg.attack.'
_layer = _attack + 'perturbation.'
_momentum = dict(type='mmadvrain.MomentumRule', decay=1.0)
_local = dict(type='mmadvrain.LocalRelocation', radius_px=4, at=[4, 8, 12])
_global = dict(type='mmadvrain.GlobalRelocation', at=[4, 8, 12])
sweeps = {
    'steps': {
        f'{steps}': dict(options={_attack + 'steps': steps})
        for steps in (1, 5, 10, 20, 40)
    },
    'sign': {
        'sign of momentum': dict(),
        'momentum': dict(options={_attack + 'rules': [_momentum]}),
        'plain gradient': dict(options={_attack + 'rules': []})
    },
    'kernels': {
        'smooth': dict(),
        'literal': dict(options={_layer + 'init.knots': None})
    },
    'positions': {
        'fixed': dict(),
        'local': dict(options={_layer + 'relocation': _local}),
        'global': dict(options={_layer + 'relocation': _global})
    }
}
