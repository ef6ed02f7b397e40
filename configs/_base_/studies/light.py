# What an attack on light and fog adds to one on drops and wind, at 25 mm/h by
# day, in fog, at night and before a lamp: each as it is, and within ranges.
sources = {
    'Faster R-CNN': dict(config='../detectors/faster-rcnn_r50_fpn_1x_coco.py')
}
_layer = 'test_cfg.attack.perturbation.'
# visibility of 100 m, and the extinction per km that it is
_scenes = {
    'day': dict(),
    'fog': dict(fog_visibility_m=100.),
    'night': dict(daylight=0.05),
    'lamp': dict(daylight=0.05, lamp=0.4)
}
_ranges = {
    'day': dict(daylight=(0.5, 1.), sky=(0., 1.)),
    'fog': dict(daylight=(0.5, 1.), sky=(0., 1.), fog_per_km=(15., 45.)),
    'night': dict(daylight=(0.025, 0.1), sky=(0., 1.)),
    'lamp': dict(daylight=(0.025, 0.1), sky=(0., 1.), lamp=(0.2, 0.6))
}
attacks = {}
for _name, _scene in _scenes.items():
    _as_it_is = {f'{_layer}rain.{key}': v for key, v in _scene.items()}
    attacks[_name] = dict(
        attack='../attacks/advrain_physical_25mmh.py', options=_as_it_is)
    _steps = {
        f'{_layer}step_sizes.{key}': (high - low) / 10
        for key, (low, high) in _ranges[_name].items()
    }
    attacks[f'{_name}, light attacked'] = dict(
        attack='../attacks/advrain_physical_25mmh.py',
        options={
            **_as_it_is,
            **_steps, f'{_layer}light_ranges': _ranges[_name]
        })
metrics = ['coco/bbox_mAP_50', 'coco/bbox_mAP']
