import hashlib

import torch


def private_generator(seed: int, key: int | str,
                      stream: str) -> torch.Generator:
    """Random numbers that depend on an image's identity alone.

    Batch size, number of processes, order and resumption change nothing.

    Args:
        seed: The run's seed.
        key: The image's id.
        stream: What the numbers are for, so that two uses of one image are
            independent.

    Returns:
        On the CPU.
    """
    text = f'{int(seed)}/{stream}/{key}'.encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], 'little')
    return torch.Generator().manual_seed(number >> 1)
