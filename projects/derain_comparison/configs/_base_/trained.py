# The derainers that compare.py leaves of *_attack-rain.py, by arm and seed.
derainers = {
    f'{arm}, seed {seed}':
    dict(
        _delete_=True,
        type='mmadvrain.PReNet',
        stages=2,
        recurrent=None,
        channels=16,
        blocks=2,
        checkpoint='work_dirs/compare/prenet-small_'
        f'{arm}_4b400i_attack-rain/seed{seed}/iter_400.pth')
    for arm in ('random', 'augmix', 'advrain', 'loop')
    for seed in (0, 1, 2)
}
