"""FGSM and its kin as one function of their papers' formulas."""
import numpy as np
import torch
import torch.nn.functional as F


def literal_kernel(size=15, nsig=3):
    line = np.exp(-np.linspace(-nsig, nsig, size)**2 / 2)
    kernel = np.outer(line, line)
    return torch.from_numpy(kernel / kernel.sum())


def literal_fgsm(model,
                 clean,
                 label,
                 epsilon,
                 step_size,
                 steps,
                 decay=None,
                 smooth=False,
                 start=None):
    """Climb the cross-entropy of one image of shape (3, H, W)."""
    image = clean.clone() if start is None else start
    momentum = torch.zeros_like(clean)
    target = torch.tensor([label])
    for _ in range(steps):
        image = image.detach().requires_grad_()
        loss = F.cross_entropy(model(image[None]), target)
        grad, = torch.autograd.grad(loss, image)
        if smooth:
            kernel = literal_kernel().to(grad).expand(3, 1, 15, 15)
            grad = F.conv2d(grad[None], kernel, padding=7, groups=3)[0]
        if decay is not None:
            momentum = decay * momentum + grad / grad.abs().mean()
            grad = momentum
        image = image.detach() + step_size * grad.sign()
        image = torch.maximum(
            torch.minimum(image, clean + epsilon), clean - epsilon)
        image = image.clamp(0, 1)
    return image.detach()
