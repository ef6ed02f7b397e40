# Table 2: two densities of rain, random ones matched by three measures.
_base_ = './classifiers.py'
victims = {
    name: _base_.models[name]
    for name in ('Inc-v3', 'Inc-v4', 'IncRes-v2', 'Xception')
}
test_cfg = dict(random_views=['l2', 'brightness'])
_density = 'test_cfg.attack.perturbation.init.density'
attacks = dict(
    AdvRain1=dict(options={_density: 0.001}),
    AdvRain2=dict(options={_density: 0.005}))
# Algorithm 1 to the letter, see advrain_paper.py
attacks['AdvRain2 as written'] = dict(
    attack='../attacks/advrain_paper.py',
    options={
        'test_cfg.victim':
        dict(type='mmadvrain.ClassifierVictim'),
        'test_cfg.attack.objectives':
        [dict(type='mmadvrain.CrossEntropyObjective')]
    })
_published = {
    'random (AdvRain1)': (39.3, 38.5, 36.4, 38.8),
    'AdvRain1': (81.5, 46.7, 41.8, 53.0),
    'random (AdvRain2)': (45.5, 43.2, 41.6, 44.0),
    'AdvRain2': (98.6, 54.3, 50.1, 62.5)
}
paper = dict(
    table='Table 2',
    metric='cls/success_all',
    values=dict(attacks={
        row: dict(zip(victims, values))
        for row, values in _published.items()
    }))
