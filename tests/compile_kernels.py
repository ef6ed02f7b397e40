"""Compile the Triton kernels for GPUs that need not be there.

    python -m tests.compile_kernels

prints the kernel, type, compute capability and bytes of machine code.
"""
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile

from mmadvrain.rain import splat_triton

SHAPES = dict.fromkeys(('copies', 'knots', 'pixels', 'area'), 'i32')
FLOATS = {
    '_splat': ('weights', 'basis', 'canvas'),
    '_splat_adjoint': ('grad', 'weights', 'basis', 'for_weights', 'for_basis')
}
TILE = dict(COPIES=splat_triton._COPIES, PIXELS=splat_triton._PIXELS)


def main() -> None:
    for name, floats in FLOATS.items():
        for dtype in ('fp32', 'fp64'):
            types = {
                **dict.fromkeys(floats, f'*{dtype}'),
                **dict.fromkeys(('origin', 'reach'), '*i64'),
                **SHAPES,
                **dict.fromkeys(TILE, 'constexpr')
            }
            for capability in (75, 90):
                kernel = compile(
                    ASTSource(
                        getattr(splat_triton, name), types, constexprs=TILE),
                    target=GPUTarget('cuda', capability, 32))
                print(name, dtype, capability, len(kernel.asm['cubin']))


if __name__ == '__main__':
    main()
