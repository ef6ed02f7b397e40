# Rain by the rules that the paper's tables have for noise alone.
_base_ = './rules.py'
_rain = '../attacks/advrain'
_rules = 'test_cfg.attack.rules'
_momentum = dict(type='mmadvrain.MomentumRule', decay=1.0)
_sign = dict(type='mmadvrain.SignRule')
_smooth = dict(type='mmadvrain.GaussianSmoothingRule', kernel_size=15, nsig=3.)
_diverse = dict(type='mmadvrain.DiverseInputRule', prob=0.7, ratio=330 / 299)
_one_step = {'test_cfg.attack.steps': 1}
sweeps = dict(
    more_rules={
        'I-FGSM':
        '../attacks/ifgsm.py',
        'AdvRain-FGSM':
        dict(
            attack=f'{_rain}_fgsm.py', options={
                _rules: [_sign],
                **_one_step
            }),
        'AdvRain-I-FGSM':
        dict(attack=f'{_rain}.py', options={_rules: [_sign]}),
        'AdvRain-TI-FGSM':
        dict(
            attack=f'{_rain}_fgsm.py',
            options={
                _rules: [_smooth, _sign],
                **_one_step
            }),
        'AdvRain-TI-DIM':
        dict(
            attack=f'{_rain}.py',
            options={_rules: [_diverse, _smooth, _momentum, _sign]})
    })
