"""A seeded COCO annotation file with detections that are partly right."""
import numpy as np


def random_coco(seed=0, images=12, categories=(3, 1, 7), first_id=0):
    """Annotations (ids from ``first_id``) and results in COCO's form."""
    rng = np.random.default_rng(seed)
    coco = dict(
        images=[
            dict(id=10 * i + 5, file_name=f'{i}.jpg', height=400, width=400)
            for i in range(images)
        ],
        categories=[dict(id=i, name=f'class{i}') for i in categories],
        annotations=[])
    results = []
    for image in coco['images']:
        for _ in range(rng.integers(0, 6)):
            x, y = rng.uniform(0, 200, 2)
            width, height = rng.uniform(8, 180, 2)
            category = int(rng.choice(categories))
            coco['annotations'].append(
                dict(
                    id=len(coco['annotations']) + first_id,
                    image_id=image['id'],
                    category_id=category,
                    bbox=[x, y, width, height],
                    area=width * height,
                    iscrowd=int(rng.random() < .1)))
            for _ in range(rng.integers(0, 3)):
                shift = rng.normal(0, 6, 4)
                results.append(
                    dict(
                        image_id=image['id'],
                        category_id=category if rng.random() < .8 else int(
                            rng.choice(categories)),
                        bbox=[
                            x + shift[0], y + shift[1],
                            max(width + shift[2], 1),
                            max(height + shift[3], 1)
                        ],
                        score=float(rng.random())))
    return coco, results
