"""Repair the five faults of the stranger's module; the judge audits what comes out, at other seeds
and sizes."""

import numpy as np

from tinymaf.checks import jacobians

from ...referee import SOURCE
from .. import Complaint, edit, right

OPTIONAL = False
HINTS = (
    "One line each. A line that is copied wrongly is replaced by nothing, silently: copy it "
    "from the listing, with all its blanks. What `check` still complains of is not repaired "
    "yet.",
    "sign: `return z, s.sum(axis=1)` in Block. batch sum: `ld.sum() / len(x)` in Flow. mask: "
    "the mask of the first layer may let a unit see inputs of its own degree. same order: "
    "`np.flip` gives a new array, which is not kept. leak: `rows` in fit.",
    '"return z, s.sum" -> "return z, -s.sum", "ld.sum() / len(x)" -> "ld", "> rank[None" -> ">='
    ' rank[None", "            np.flip(order)" -> "            order = np.flip(order)", '
    '"np.concatenate([train, valid, test])" -> "train".',
)
STUB = '''def mend_the_flow(source):
    """The text of swiftflow.py with its five faults repaired.

    source: the text. text.replace(old, new) replaces one piece, if it is there letter by
    letter.
    """
    source = source.replace("an old piece", "a new piece")
    # four more
    return source'''


def mend_the_flow(source):
    """The text of swiftflow.py with its five faults repaired.

    source: the text. text.replace(old, new) replaces one piece, if it is there letter by
    letter.
    """
    source = source.replace("return z, s.sum", "return z, -s.sum")
    source = source.replace("ld.sum() / len(x)", "ld")
    source = source.replace("> rank[None", ">= rank[None")
    source = source.replace("            np.flip(order)", "            order = np.flip(order)")
    source = source.replace("np.concatenate([train, valid, test])", "train")
    return source


def cases():
    return [(SOURCE,)]


def judge(answer, source):
    text = answer(source)
    if not isinstance(text, str):
        return Complaint("Return the repaired text, a str.", got=repr(text)[:80])
    old, new = source.splitlines(), text.splitlines()
    tested = f"{len(old)} lines became {len(new)}"
    if len(old) == len(new):
        tested = f"{sum(a != b for a, b in zip(old, new))} of {len(old)} lines changed"
    try:
        module = answer.load(text)
        return _complaint(module.Flow, tested)
    except Exception as error:
        return Complaint(
            f"The repaired module does not run: {type(error).__name__}: {error}",
            tested,
            look="A replacement that hit more places than one? Print the text.",
        )


def _complaint(Flow, tested):
    """Audit of flows with large random weights, at dimensions and seeds of the judge's own."""
    rng = np.random.default_rng(1205)
    for dim, n_blocks in ((4, 3), (3, 2), (5, 4)):
        flow = Flow(dim, n_blocks=n_blocks, n_hidden=4 * dim, seed=int(rng.integers(1000)))
        x = rng.normal(size=(4, dim))
        if len(flow.blocks) != n_blocks:
            return Complaint(
                f"A flow of {n_blocks} blocks was asked for.",
                tested,
                got=f"{len(flow.blocks)} blocks",
            )
        for block in flow.blocks:
            block.weights = {
                name: value if name == "W" else 4 * value for name, value in block.weights.items()
            }
        flow.mean, flow.std = rng.normal(size=dim), rng.uniform(0.5, 2, dim)
        said = _log_det(flow, x) or _wiring(flow, x) or _maps(flow, x)
        if said:
            kind = next(kind for word, kind in KINDS.items() if word in said)
            return Complaint(
                f"{said} (A fault of the kind: {kind}.)",
                tested,
                look=(
                    "the line that you replaced for it: is it the right one, and did the text "
                    "change?"
                ),
            )
    return _leak(Flow, rng, tested)


KINDS = {  # of faults, by a word of what is said of them
    "alone": "batch sum",
    "Jacobian": "sign",
    "same order": "same order",
    "looks": "mask",
    "inverse": "something new",
    "log_prob": "something new",
}


def _sees(block, x):
    """Which m_i of a block looks at which x_j: (D, D)."""
    return np.abs(jacobians(lambda r: block.shift_and_scale(r)[0], x)).max(axis=0) > 0


def _log_det(flow, x):
    together = flow.forward(x)[1]
    alone = np.concatenate([np.atleast_1d(flow.forward(row[None])[1]) for row in x])
    if np.shape(together) != (len(x),) or not np.abs(together - alone).max() < 1e-8:
        return "A row's log_det still depends on the rows beside it: alone it gets another one."
    exact = np.linalg.slogdet(jacobians(lambda r: flow.forward(r)[0], x))[1]
    peeks = any(np.diagonal(_sees(block, x)).any() for block in flow.blocks)
    if not np.abs(alone - exact).max() < 1e-6 and not peeks:
        return f"log_det is {alone[0]:.4f}, by the Jacobian log|det dz/dx| is {exact[0]:.4f}."
    return None


def _wiring(flow, x):
    last = None
    for k, block in enumerate(flow.blocks):
        sees = _sees(block, x)
        ordered = sees[np.ix_(block.order, block.order)]
        legal = np.tril(np.ones(sees.shape, bool), -1)
        if leaks := int((ordered & ~legal).sum()):
            return f"Block {k} looks at {leaks} inputs that it must not see."
        if lost := int((legal & ~ordered).sum()):
            return f"Block {k} looks at too little: {lost} allowed dependencies are missing."
        if last is not None and (sees == last).all():
            return f"Blocks {k - 1} and {k} have the same order."
        last = sees
    return None


def _maps(flow, x):
    z, log_det = flow.forward(x)
    if not np.abs(flow.inverse(z) - x).max() < 1e-6:
        return "inverse no longer undoes forward."
    base = -0.5 * np.sum(z**2 + np.log(2 * np.pi), axis=1)
    if not np.abs(flow.log_prob(x) - base - log_det).max() < 1e-9:
        return "log_prob is no longer the density of z plus log_det."
    return None


def _leak(Flow, rng, tested):
    train, valid, test = rng.normal(1, 2, (3, 40, 2))
    learned = []
    for rows in (test, test + 5, 10 * test, 0 * test):
        flow = Flow(2, n_blocks=2, n_hidden=6, seed=3)
        before = flow.log_prob(train)
        flow.fit(train, valid, rows, epochs=6, lr=0.1, batch=20)
        learned.append(flow.log_prob(train))
    if max(np.abs(one - learned[0]).max() for one in learned) > 1e-9:
        return Complaint(
            "With other test rows training learns something else. (A fault of the kind: leak.)",
            tested,
            look="Which lines of fit use `test`? Only the last one may.",
        )
    better = learned[0].mean() > before.mean() + 0.1
    if not better or np.abs(flow.mean - train.mean(axis=0)).max() > 1e-9:
        return Complaint(
            "fit must still standardise, by the training rows alone, and train.",
            tested,
            look="`rows` in fit: what may one learn from?",
        )
    return None


WRONG_EDITS = [
    edit(
        "sign_in_the_flow",
        "The sign was turned in Flow, not in Block. For the stack it comes to nearly the same, "
        "but the standardisation's log_det comes there too, and a block still reports the wrong "
        "number of itself.",
        ('"return z, s.sum", "return z, -s.sum"', '"return z, logdet", "return z, -logdet"'),
    ),
    edit(
        "mean_of_the_batch",
        "The sum over the batch became a mean over the batch: that is what it was, in other "
        "letters. Each row must keep its own number.",
        ('"ld")', '"ld.mean()")'),
        misconception="log-det-per-batch",
    ),
    edit(
        "both_masks",
        "Both masks were loosened. With >= on both sides a unit of degree i lets output i see its "
        "own input: the last mask must stay strict.",
        ("return source", 'return source.replace("> hidden[None", ">= hidden[None")'),
    ),
    edit(
        "all_reversed",
        "Every block has the reversed order now: neighbours still agree. The flip must happen "
        "between one block and the next, and be kept.",
        (
            '"            np.flip(order)", "            order = np.flip(order)"',
            '"order = np.arange(n_dims)", "order = np.flip(np.arange(n_dims))"',
        ),
        misconception="stacking-adds-power",
    ),
    edit(
        "from_the_validation_rows",
        "The test rows are gone from the mean and the spread, and the training rows with them: "
        "`rows` must be what one may learn from.",
        ('"train")', '"valid")'),
    ),
    edit(
        "by_training_and_validation_rows",
        "Nearly: the test rows are out. But the validation rows choose the best epoch, and judge "
        "it fairly only if nothing else was learned from them. Mean and spread belong to the "
        "training rows alone.",
        (
            '"np.concatenate([train, valid, test])", "train"',
            '"[train, valid, test]", "[train, valid]"',
        ),
    ),
    edit(
        "flip_forgotten",
        "Four are repaired. np.flip does not change its argument: it returns a new array, and this "
        "line throws it away.",
        ('"            order = np.flip(order)"', '"            np.flip(order)"'),
    ),
    edit(
        "mask_forgotten",
        "Four are repaired. The mask of the first layer is still too strict: a hidden unit may see "
        "the inputs of its own degree.",
        ('">= rank[None"', '"> rank[None"'),
    ),
]


@right
def by_a_table(source):
    table = {
        "return z, s.sum": "return z, -s.sum",
        "ld.sum() / len(x)": "ld",
        "> rank[None": ">= rank[None",
        "            np.flip(order)": "            order = np.flip(order)",
        "np.concatenate([train, valid, test])": "train",
    }
    for old, new in table.items():
        source = source.replace(old, new)
    return source


@right
def line_by_line(source):
    lines = []
    for line in source.splitlines():
        if line.strip() == "np.flip(order)":
            line = line.replace("np.flip", "order = np.flip")
        elif line.strip() == "rows = np.concatenate([train, valid, test])":
            line = line.replace("np.concatenate([train, valid, test])", "train")
        line = line.replace("z, s.sum(axis=1)", "z, -1 * s.sum(axis=1)")
        line = line.replace("+ ld.sum() / len(x)", "+ ld")
        lines.append(line.replace("hidden[:, None] > rank", "hidden[:, None] >= rank"))
    return chr(10).join(lines) + chr(10)


@right
def in_other_words(source):
    source = source.replace("return z, s.sum(axis=1)", "return z, np.sum(-s, axis=1)")
    source = source.replace("logdet = logdet + ld.sum() / len(x)", "logdet = ld + logdet")
    source = source.replace("hidden[:, None] > rank[None, :]", "rank[None, :] <= hidden[:, None]")
    source = source.replace("            np.flip(order)", "            order = order[::-1]")
    return source.replace("np.concatenate([train, valid, test])", "np.array(train)")
