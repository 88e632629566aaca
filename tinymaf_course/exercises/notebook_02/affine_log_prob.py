"""The log-density of A u + b: change of variables in D dimensions (MAF, section 2.2)."""

import numpy as np

from .. import Complaint, edit, phrases, right
from ..numerics import grid

OPTIONAL = False
HINTS = (
    "Go back to the noise first: which u solves A u + b = x? `np.linalg.solve(A, ...)` wants "
    "points as columns.",
    "`u = np.linalg.solve(A, (x - b).T).T` has shape (N, D). The Jacobian du/dx is the inverse "
    "of A, the same for all rows.",
    "log|det du/dx| = -log|det A| = `-np.linalg.slogdet(A)[1]`. Add it to `-0.5 * np.sum(u ** 2"
    " + np.log(2 * np.pi), axis=1)`.",
)


def affine_log_prob(x, A, b):
    """log p(x) of x = A u + b with u standard normal in D dimensions.

    x: (N, D), one point a row. A: (D, D), invertible. b: (D,). Returns an array (N,).
    """
    u = np.linalg.solve(A, (x - b).T).T
    log_p_u = -0.5 * np.sum(u**2 + np.log(2 * np.pi), axis=1)
    log_det = -np.linalg.slogdet(A)[1]
    return log_p_u + log_det


def cases():
    rng = np.random.default_rng(5)
    made = []
    for dim, size in ((2, 1.0), (1, 1.5), (3, 0.8), (2, 0.15)):
        A = size * (
            np.eye(dim) + rng.uniform(0.3, 0.9, (dim, dim)) * rng.choice([-1, 1], (dim, dim))
        )
        A[0] *= (
            1 if dim == 2 else -np.sign(np.linalg.det(A))
        )  # a mirrored map now and then: det A < 0
        b = rng.normal(0, 1, dim)
        made.append((b + rng.standard_normal((dim + 3, dim)) @ A.T, A, b))
    return made


def judge(answer, x, A, b):
    n, dim = x.shape
    where = f"{n} rows, A = {A.round(2).tolist()}, b = {b.round(2).tolist()}"
    got = answer(x, A, b)
    if said := phrases.each_row(got, n, where):
        return said
    if dim == 2:
        points, room = grid(8 * np.abs(A).sum(axis=1), 400)
        total = float(np.sum(np.exp(answer(b + points, A, b))) * room)
        plane = f"the sum over a fine grid of the plane, with A = {A.round(2).tolist()}"
        if said := phrases.mass(total, plane, "Factor and sign of log|det du/dx|."):
            return said
    cov, d = A @ A.T, x - b  # A u + b is a Gaussian with mean b and covariance A A^T
    want = (
        -0.5 * np.sum(d.T * np.linalg.solve(cov, d.T), axis=0)
        - 0.5 * dim * np.log(2 * np.pi)
        - 0.5 * np.linalg.slogdet(cov)[1]
    )
    error = np.abs(got - want)
    if not error.max() < 1e-8:
        row = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
        return Complaint(
            "A u + b is a Gaussian with mean b and covariance A A^T, and this is not its "
            "log-density.",
            tested=where + f", x = {x[row].round(3).tolist()}",
            got=f"{got[row]:.4f} nats, not {want[row]:.4f}",
            look=(
                f"det A = {np.linalg.det(A):.4f}, and u there is "
                f"{np.linalg.solve(A, d[row]).round(3).tolist()}."
            ),
        )
    return None


WRONG_EDITS = [
    edit(
        "plus_log_det",
        "The sign of the log-determinant is flipped. log|det A| is log|det dx/du|; a density of x "
        "needs log|det du/dx|, which is -log|det A|.",
        ("-np.linalg.slogdet(A)[1]", "np.linalg.slogdet(A)[1]"),
    ),
    edit(
        "no_log_det",
        "The log-determinant is missing: A changes volumes by the factor |det A|.",
        ("log_p_u + log_det", "log_p_u"),
    ),
    edit(
        "no_absolute_value",
        "np.log(np.linalg.det(A)) is nan where det A is negative. A map that mirrors is fine; "
        "what counts is the absolute value. np.linalg.slogdet(A)[1] is log|det A|.",
        ("-np.linalg.slogdet(A)[1]", "-np.log(np.linalg.det(A))"),
    ),
    edit(
        "no_log",
        "The determinant was taken off as it is, without its log.",
        ("-np.linalg.slogdet(A)[1]", "-np.abs(np.linalg.det(A))"),
    ),
    edit(
        "the_wrong_way",
        "You sent x through A once more. To find the noise, undo the map: solve A u = x - b.",
        ("np.linalg.solve(A, (x - b).T).T", "(x - b) @ A.T"),
    ),
    edit(
        "transposed",
        "You used the transpose of A's inverse. Points are rows here: for each row u = A^-1 (x - "
        "b), so (x - b) is multiplied from the right by the transpose of the inverse. The "
        "determinant does not show it; the density does.",
        ("np.linalg.solve(A, (x - b).T).T", "(x - b) @ np.linalg.inv(A)"),
    ),
    edit(
        "log_det_of_all_rows",
        "The log-determinant was multiplied by the number of rows, as in a sum over the batch. "
        "Every row is a point of its own and pays for its own change of volume, once.",
        ("log_p_u + log_det", "log_p_u + len(x) * log_det"),
        misconception="log-det-per-batch",
    ),
    edit(
        "never_above_one",
        "You cut the log-density off at 0. A density may be larger than 1, where the map squeezes "
        "much mass into little room; only its integral must be 1.",
        ("log_p_u + log_det", "np.minimum(log_p_u + log_det, 0.0)"),
        misconception="density-above-one",
    ),
]


@right
def by_the_inverse(x, A, b):
    u = (x - b) @ np.linalg.inv(A).T
    log_p_u = -0.5 * np.einsum("nd,nd->n", u, u) - 0.5 * len(b) * np.log(2 * np.pi)
    return log_p_u - np.log(np.abs(np.linalg.det(A)))


@right
def by_the_covariance(x, A, b):
    cov, d = A @ A.T, x - b
    square = np.sum(d * np.linalg.solve(cov, d.T).T, axis=1)
    return -0.5 * (square + np.linalg.slogdet(2 * np.pi * cov)[1])


@right
def by_qr(x, A, b):
    Q, R = np.linalg.qr(A)
    u = np.linalg.solve(R, Q.T @ (x - b).T)
    log_det = -np.log(np.abs(np.diag(R))).sum()
    return np.sum(-0.5 * u**2 - 0.5 * np.log(2 * np.pi), axis=0) + log_det
