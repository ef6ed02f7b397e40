# Table 3 of the paper: noise and rain, a list of rules each. Rain takes ten
# steps, as the iterated noise rules do.
_rows = '../../_base_/attacks/classify/'
_ten = {'test_cfg.attack.steps': 10}
sweeps = dict(rules=[
    dict(label=label, attack=f'{_rows}{name}.py', options=options)
    for label, name, options in (
        ('FGSM', 'fgsm', {}),
        ('I-FGSM', 'ifgsm', {}),
        ('MI-FGSM', 'mifgsm', {}),
        ('AdvRain-MI-FGSM', 'advrain', _ten),
        ('DIM', 'dim', {}),
        ('AdvRain-DIM', 'advrain_dim', _ten),
        ('TI-FGSM', 'tifgsm', {}),
        ('TI-MI-FGSM', 'timifgsm', {}),
        ('TI-DIM', 'tidim', {}),
        ('AdvRain-TI-MI-FGSM', 'advrain_tim', _ten),
    )
])
