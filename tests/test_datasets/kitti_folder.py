"""A small KITTI folder."""
import numpy as np
from PIL import Image

LABELS = {
    '000002': [('Car', 0, [10, 10, 60, 60]), ('Van', 0, [70, 10, 110, 60]),
               ('DontCare', -1, [0, 0, 30, 20]), ('Truck', 1, [10, 60, 40,
                                                               90])],
    '000007': [('Person_sitting', 2, [5, 5, 25, 55]),
               ('Pedestrian', 1, [30, 5, 50, 55.25]),
               ('Misc', 0, [60, 5, 90, 30]), ('Tram', 3, [0, 0, 120, 30])],
    '000010': [],
}
SIZE_WH = (120, 100)


def label_line(name, occluded, box):
    box = ' '.join(f'{side:.2f}' for side in box)
    if name == 'DontCare':
        return f'{name} -1 -1 -10 {box} -1 -1 -1 -1000 -1000 -1000 -10\n'
    return f'{name} 0.10 {occluded} 0.50 {box} 1.50 1.60 3.90 1.00 2.00 ' \
           '30.00 0.25\n'


def write_kitti(root, suffix='.png', labels=None):
    """Write images and labels below ``root/training``."""
    images, texts = root / 'training/image_2', root / 'training/label_2'
    images.mkdir(parents=True)
    texts.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for stem, rows in (LABELS if labels is None else labels).items():
        pixels = rng.integers(0, 255, (SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
        Image.fromarray(pixels).save(images / f'{stem}{suffix}')
        (texts / f'{stem}.txt').write_text(''.join(
            label_line(*row) for row in rows))
    return root
