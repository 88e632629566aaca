"""The affine map, forwards and back: `u = (x - mu) exp(-alpha)`, `alpha = a / (1 + |a| / limit)`.

theta is (2 D, N), or (D, N) for the additive map, and x is (D, N).
"""

import numpy as np


def affine_forward(elementwise, theta, x, empty):
    """`(u, log_det, saved)`. Overwrites theta."""
    d = len(x)
    u = np.subtract(x, theta[:d], out=empty(x.shape, x.dtype))
    if elementwise.n_params == 1:
        return u, np.zeros(x.shape[1], x.dtype), None
    alpha, slope = theta[d:], None
    if elementwise.alpha_bound is not None:
        slope = np.abs(alpha, out=empty(x.shape, x.dtype))
        slope *= 1 / elementwise.alpha_bound
        slope += 1
        np.divide(1, slope, out=slope)
        alpha *= slope
    e = np.negative(alpha, out=alpha)
    log_det = e.sum(axis=0)
    np.exp(e, out=e)
    u *= e
    return u, log_det, (u, e, slope)


def affine_backward(elementwise, saved, gu, g_log_det, empty):
    """The gradients `(of theta, of x)`."""
    if elementwise.n_params == 1:
        return np.negative(gu, out=empty(gu.shape, gu.dtype)), gu
    u, e, slope = saved
    d = len(u)
    gx, gtheta = empty(gu.shape, gu.dtype), empty((2 * d, gu.shape[1]), gu.dtype)
    np.multiply(gu, e, out=gx)
    np.negative(gx, out=gtheta[:d])
    g_alpha = np.multiply(gu, u, out=gtheta[d:])
    g_alpha += g_log_det
    np.negative(g_alpha, out=g_alpha)
    if slope is not None:  # d alpha / d a = 1 / (1 + |a| / limit)^2
        g_alpha *= slope
        g_alpha *= slope
    return gtheta, gx
