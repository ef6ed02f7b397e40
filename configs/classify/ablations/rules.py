# Table 3 of the paper: noise and rain, a list of rules each.
_rows = '../../_base_/attacks/classify/'
sweeps = dict(rules=[
    dict(label=label, attack=f'{_rows}{name}.py', options={})
    for label, name in (
        ('FGSM', 'fgsm'),
        ('I-FGSM', 'ifgsm'),
        ('MI-FGSM', 'mifgsm'),
        ('AdvRain-MI-FGSM', 'advrain'),
        ('DIM', 'dim'),
        ('AdvRain-DIM', 'advrain_dim'),
        ('TI-FGSM', 'tifgsm'),
        ('TI-MI-FGSM', 'timifgsm'),
        ('TI-DIM', 'tidim'),
        ('AdvRain-TI-MI-FGSM', 'advrain_tim'),
    )
])
