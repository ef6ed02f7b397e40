import hashlib
from typing import Union

import torch


def private_generator(seed: int, key: Union[int, str],
                      stream: str) -> torch.Generator:
    """Random numbers that depend on an image's identity alone.

    Batch size, number of processes, order and resumption change nothing.

    Args:
        seed (int): The run's seed.
        key (int | str): The image's id.
        stream (str): What the numbers are for, so that two uses of one image
            are independent.

    Returns:
        torch.Generator: On the CPU.
    """
    text = f'{int(seed)}/{stream}/{key}'.encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], 'little')
    return torch.Generator().manual_seed(number >> 1)
