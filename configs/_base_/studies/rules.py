# The rows of Tables 3 and 4: a list of rules each, for noise and for rain,
# of ten steps each unless the attack has one. Rain steps by the sign of the
# image gradient too. DIM has momentum, without which it is weaker than
# MI-FGSM, and not in the paper.
_noise, _rain = '../attacks/', '../attacks/advrain.py'
_rules = 'test_cfg.attack.rules'
_one_step = {'test_cfg.attack.steps': 1}
_momentum = dict(type='mmadvrain.MomentumRule', decay=1.0)
_sign = dict(type='mmadvrain.SignRule')
_smooth = dict(type='mmadvrain.GaussianSmoothingRule', kernel_size=15, nsig=3.)
_diverse = dict(type='mmadvrain.DiverseInputRule', prob=0.5, ratio=330 / 299)
test_cfg = dict(
    victim=dict(type='mmadvrain.ClassifierVictim'),
    attack=dict(
        steps=10, objectives=[dict(type='mmadvrain.CrossEntropyObjective')]))
attacks = {
    'FGSM':
    dict(attack=f'{_noise}fgsm.py', options=_one_step),
    'MI-FGSM':
    f'{_noise}mifgsm.py',
    'AdvRain-MI-FGSM':
    dict(attack=_rain, options={_rules: [_momentum, _sign]}),
    'DIM':
    f'{_noise}dim.py',
    'AdvRain-DIM':
    dict(attack=_rain, options={_rules: [_diverse, _momentum, _sign]}),
    'TI-FGSM':
    dict(attack=f'{_noise}tifgsm.py', options=_one_step),
    'TI-MI-FGSM':
    f'{_noise}timifgsm.py',
    'TI-DIM':
    f'{_noise}tidim.py',
    'AdvRain-TI-MI-FGSM':
    dict(attack=_rain, options={_rules: [_smooth, _momentum, _sign]}),
    # Algorithm 1 to the letter; the paper's rows have rules of the baselines
    'AdvRain as written':
    '../attacks/advrain_paper.py'
}
