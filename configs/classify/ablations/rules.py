# Table 3 of the paper: noise and rain, a list of rules each. Rain takes ten
# steps, as the iterated noise rules do.
_rows = '../../_base_/attacks/classify/'
_ten = {'test_cfg.attack.steps': 10}
_rules = (
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
# Rain by the rules that the paper's table has for noise alone.
_more = (
    ('AdvRain-FGSM', 'advrain_fgsm', {}),
    ('AdvRain-I-FGSM', 'advrain_ifgsm', _ten),
    ('AdvRain-TI-FGSM', 'advrain_tifgsm', {}),
    ('AdvRain-TI-DIM', 'advrain_tidim', _ten),
)
sweeps = {
    name: [
        dict(label=label, attack=f'{_rows}{attack}.py', options=options)
        for label, attack, options in cells
    ]
    for name, cells in (('rules', _rules), ('more_rules', _more))
}
