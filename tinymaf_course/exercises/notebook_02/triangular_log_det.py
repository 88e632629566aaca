"""The log-determinant of a triangular matrix, from its diagonal alone (MAF, section 3.1)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "The determinant of a triangular matrix is the product of its diagonal. What is the log of "
    "a product?",
    "`np.diagonal(J, axis1=1, axis2=2)` has shape (N, D): row n is the diagonal of matrix n.",
    "`np.sum(np.log(np.abs(np.diagonal(J, axis1=1, axis2=2))), axis=1)`",
)


def triangular_log_det(J):
    """log|det J| of each of N lower triangular matrices.

    J: (N, D, D). Returns an array (N,). Look at no more than D numbers of each matrix.
    """
    return np.sum(np.log(np.abs(np.diagonal(J, axis1=1, axis2=2))), axis=1)


def cases():
    rng, made = np.random.default_rng(7), []
    for n, dim, size in ((4, 3, 1.0), (1, 1, 1.0), (3, 6, 2.0), (2, 400, 0.05)):
        J = np.tril(rng.standard_normal((n, dim, dim))) / dim
        J[:, np.arange(dim), np.arange(dim)] = (
            size * rng.uniform(0.4, 1.6, (n, dim)) * rng.choice([-1, 1], (n, dim))
        )
        made.append((J,))
    return [*made, (np.where(np.tri(5, k=-1) > 0, np.nan, np.abs(made[2][0][:, :5, :5])),)]


def judge(answer, J):
    n, dim = J.shape[:2]
    hidden = np.isnan(J).any()
    where = f"{n} matrices of {dim} x {dim}" + (", nan below the diagonal" if hidden else "")
    got = answer(J)
    if said := phrases.each_row(got, n, where, row="matrix"):
        return said
    want = np.linalg.slogdet(np.nan_to_num(J))[1]
    row = int(np.argmax(np.abs(got - want)))
    if not np.abs(got - want).max() < 1e-8 * dim:
        look = f"The diagonal begins {np.diagonal(J[row])[:3].round(3).tolist()}."
        if hidden:
            look = "What stands below the diagonal should not be read."
        return Complaint(
            "This is not the log|det| that slogdet finds by elimination.",
            tested=where,
            got=f"{got[row]:.4f}, not {want[row]:.4f}",
            look=look,
        )
    return None


WRONG_EDITS = [
    edit(
        "no_absolute_value",
        "The log of a negative entry is nan. Only |det J| counts, so take absolute values first.",
        ("np.abs(np.diagonal(J, axis1=1, axis2=2))", "np.diagonal(J, axis1=1, axis2=2)"),
    ),
    edit(
        "trace",
        "This is the sum of the diagonal, the trace. The determinant is its product: add logs.",
        ("np.log(np.abs(np.diagonal(J, axis1=1, axis2=2)))", "np.diagonal(J, axis1=1, axis2=2)"),
    ),
    edit(
        "minus",
        "The sign is flipped: the log of a product is plus the sum of the logs. The minus of a "
        "flow comes from du/dx = 1 / (dx/du), not from the determinant.",
        ("return np.sum", "return -np.sum"),
    ),
]


@wrong(
    "Right numbers, but slogdet eliminates, D^3 / 3 steps a matrix, to find what the diagonal says "
    "at once. (The test that failed has nan below the diagonal: there is no need to look there.)"
)
def by_elimination(J):
    with np.errstate(invalid="ignore"):
        return np.linalg.slogdet(J)[1]


@wrong(
    "You multiplied before you took the log. With 400 small entries the product is 0 in floating "
    "point, and its log is -inf. Take the logs first, then add."
)
def log_of_the_product(J):
    with np.errstate(divide="ignore"):
        return np.log(np.abs(np.prod(np.diagonal(J, axis1=1, axis2=2), axis=1)))


@wrong(
    "The sum runs over all matrices. Each row of data has a Jacobian of its own: one number for "
    "each.",
    misconception="log-det-per-batch",
)
def one_number_in_all(J):
    return np.full(len(J), np.sum(np.log(np.abs(np.diagonal(J, axis1=1, axis2=2)))))


@right
def by_einsum(J):
    return np.log(np.abs(np.einsum("nii->ni", J))).sum(axis=1)


@right
def entry_by_entry(J):
    return np.array([sum(np.log(abs(one[i, i])) for i in range(len(one))) for one in J])


@right
def by_squares(J):
    i = np.arange(J.shape[1])
    return 0.5 * np.sum(np.log(J[:, i, i] ** 2), axis=1)
