# What a detector on KITTI takes of the same detector on COCO: Car is car,
# Pedestrian is person, Cyclist is new.
custom_hooks = [
    dict(
        type='mmadvrain.MapClassesHook',
        classes=dict(Car='car', Pedestrian='person', Cyclist=None))
]
