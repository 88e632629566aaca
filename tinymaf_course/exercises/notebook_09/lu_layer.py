"""Glow's linear layer: a matrix in LU form, its log-determinant in O(D) (Kingma, Dhariwal 2018,
section 3.2)."""

import numpy as np

from .. import Complaint, edit, phrases, right
from ..numerics import slopes

OPTIONAL = True
HINTS = (
    "Build the two triangular matrices first: L has ones on its diagonal, U has exp(s) on its "
    "own. `np.tril(a, -1)` and `np.triu(a, 1)` cut out what lies strictly below and above.",
    "u = W x for every row of x means `x @ W.T` for all of them. And det(L U) = det(L) det(U).",
    "`L = np.tril(lower, -1) + np.eye(D); U = np.triu(upper, 1) + np.diag(np.exp(s)); u = x @ "
    "(L @ U).T`; log_det is `s.sum()`, once for each row.",
)


def lu_layer(lower, upper, s, x):
    """u = L U x for each row of x, and log|det du/dx|, without computing a determinant.

    L: what lies strictly below the diagonal of `lower` (D, D), with ones on the diagonal.
    U: what lies strictly above the diagonal of `upper` (D, D), with exp(s) on the diagonal,
    s (D,).
    x has shape (N, D). Return u (N, D) and log_det (N,).
    """
    L = np.tril(lower, -1) + np.eye(len(s))
    U = np.triu(upper, 1) + np.diag(np.exp(s))
    return x @ (L @ U).T, np.full(len(x), np.sum(s))


FORBIDDEN = {
    "det slogdet inv solve lu eigvals svd qr": (
        "The numbers are right, but the task says: without computing a determinant. Elimination "
        "takes D^3 steps, and that is what the LU form is there to save: what do you know of the "
        "determinant of each triangular factor?"
    )
}


def cases():
    rng = np.random.default_rng(94)
    return [
        tuple(rng.standard_normal(shape) for shape in ((d, d), (d, d), d, (d + 3, d)))
        for d in (1, 2, 3, 5)
    ]


def judge(answer, lower, upper, s, x):
    dim = len(s)
    tested = f"D = {dim}, {len(x)} rows"
    out = answer(lower.copy(), upper.copy(), s.copy(), x.copy())
    if said := phrases.results(out, {"u": x.shape, "log_det": (len(x),)}, tested, phrases.ITS_OWN):
        return said
    u, log_det = out
    W = slopes(lambda rows: answer(lower, upper, s, rows)[0], x)[0]  # du/dx is the matrix itself
    # The LU form of a matrix is unique: eliminate, and compare the two factors.
    L, U = np.eye(dim), W.copy()
    for k in range(dim):
        L[k + 1 :, k] = U[k + 1 :, k] / U[k, k]
        U[k + 1 :] -= L[k + 1 :, k : k + 1] * U[k]
    if not np.abs(np.diag(U) - np.exp(s)).max() < 1e-5:
        return Complaint(
            "The pivots of the matrix must be exp(s).",
            tested,
            f"{np.diag(U).round(4).tolist()}, not {np.exp(s).round(4).tolist()}",
            "The diagonals of L and U, and the order of the product.",
        )
    if not max(np.abs(np.tril(L - lower, -1)).max(), np.abs(np.triu(U - upper, 1)).max()) < 1e-5:
        return Complaint(
            "The matrix is not L U with the L and U that were given.",
            tested,
            look="u = W x for a column x; the rows of x are such columns lying down: x @ W.T.",
        )
    if not np.abs(u - np.einsum("ij,nj->ni", W, x)).max() < 1e-6:
        return Complaint("The layer must be linear, without a shift.", tested)
    if not np.abs(log_det - np.linalg.slogdet(W)[1]).max() < 1e-6:
        return Complaint(
            "log_det is not log|det W|.",
            tested,
            f"{log_det[0]:.4f}, slogdet says {np.linalg.slogdet(W)[1]:.4f}",
            "The diagonal of a triangular matrix, in logs.",
        )
    return _by_elimination(answer, dim)


def _by_elimination(answer, dim):
    """det W loses a pivot that is small beside the others; the factors still have it."""
    s = np.where(np.arange(dim) == dim - 1, -40.0, 1.0)
    ones = np.ones((dim, dim))
    log_det = answer(ones, ones, s, ones[:1])[1]
    # det L = 1, and det U is the product of its diagonal.
    if not np.abs(log_det - np.log(np.prod(np.exp(s)))).max() < 1e-6:
        return Complaint(
            "A pivot of exp(-40) is lost where L and U have been multiplied: log_det must come "
            "from the factors, without computing a determinant.",
            f"D = {dim}, s = {s.tolist()}",
            f"{log_det[0]:.4f}, not {np.log(np.prod(np.exp(s))):.4f}",
            "What is det L? And det U?",
        )
    return None


WRONG_EDITS = [
    edit(
        "lower_alone",
        "U is left out, as if the matrix had to be triangular. That would be so in a MAF, but "
        "Glow is not one: its linear layer may be any invertible matrix, in which every variable "
        "sees every other.",
        ("np.eye(len(s))", "np.diag(np.exp(s))"),
        ("(L @ U).T", "L.T"),
        misconception="glow-is-maf",
    ),
    edit(
        "not_transposed",
        "The log_det is right, the map is not: x @ W gives W^T x for each row. For u = W x write "
        "x @ W.T.",
        ("(L @ U).T", "(L @ U)"),
    ),
    edit(
        "diagonal_without_exp",
        "The exp is missing: s is the log of the diagonal. With s itself the determinant could be "
        "0.",
        ("np.diag(np.exp(s))", "np.diag(s)"),
        ("np.sum(s)", "np.sum(np.log(np.abs(s)))"),
    ),
    edit(
        "other_order",
        "U L is another matrix than L U. The determinant is the same, the map is not.",
        ("L @ U", "U @ L"),
    ),
    edit(
        "diagonal_of_the_product",
        "That log_det is the sum of the logs of the diagonal of W = L U. The diagonal rule holds "
        "for each triangular factor, not for their product.",
        ("np.sum(s)", "np.sum(np.log(np.abs(np.diag(L @ U))))"),
    ),
    edit(
        "sum_of_exp",
        "You summed exp(s). The determinant is the product of exp(s), so its log is the sum of s.",
        ("np.sum(s)", "np.sum(np.exp(s))"),
    ),
    edit(
        "one_number",
        "One number for all rows: here it is the same for each row, but a flow adds up log_dets "
        "of shape (N,).",
        ("np.full(len(x), np.sum(s))", "np.sum(s)"),
        misconception="log-det-per-batch",
    ),
]


@right
def two_steps(lower, upper, s, x):
    L, U = np.eye(len(s)) + np.tril(lower, k=-1), np.triu(upper, k=1)
    U = U + np.diag(np.exp(s))
    return (x @ U.T) @ L.T, np.sum(np.log(np.diag(U))) * np.ones(len(x))


@right
def by_einsum(lower, upper, s, x):
    i = np.arange(len(s))
    L = np.where(i[:, None] > i, lower, 0.0) + (i[:, None] == i)
    U = np.where(i[:, None] < i, upper, 0.0) + (i[:, None] == i) * np.exp(s)
    return np.einsum("ij,jk,nk->ni", L, U, x), np.repeat(s.sum(), len(x))


@right
def number_by_number(lower, upper, s, x):
    D, out = len(s), []
    for row in x:
        h = [
            np.exp(s[i]) * row[i] + sum(upper[i, j] * row[j] for j in range(i + 1, D))
            for i in range(D)
        ]
        out.append([h[i] + sum(lower[i, j] * h[j] for j in range(i)) for i in range(D)])
    return np.array(out), np.full(len(x), sum(s))
