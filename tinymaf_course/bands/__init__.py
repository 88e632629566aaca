"""Do the notebooks' claims hold with other seeds, BLAS kernels and numbers of threads?"""
