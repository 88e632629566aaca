"""How far the bands of the notebooks' claims lie from what is measured, over seeds, BLAS kernels
and threads."""
