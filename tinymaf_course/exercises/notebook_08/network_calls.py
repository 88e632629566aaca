"""Who pays for what: the network calls that MAF and IAF need, as a formula."""

import numpy as np

from .. import Complaint, edit, right, wrong
from ._iaf import measured_calls

OPTIONAL = False
HINTS = (
    "One layer first. What does its network read, data or noise? And which of the two is there at "
    "the start?",
    "What is there at the start costs one call a layer. What has to be found variable by variable "
    "costs D calls a layer. The layers are passed one after another.",
    "A MAF reads data, so it takes 1 call a layer for given x and D for a sample. An IAF reads "
    "noise: D for given x, 1 for a sample. The log_det comes along with either direction: it is "
    "not paid for twice.",
)


def network_calls(model, wanted, dim, layers):
    """How many network calls the textbook's way takes, all layers together.

    model is "MAF" or "IAF". dim is D, layers the number of layers, each with a network of its
    own. wanted is "log_prob of given x", "sample", or "sample and its log_prob" (a fresh
    sample, and how likely it was).
    Return a whole number. (Rows do not matter: one call takes a whole batch.)
    """
    at_once = "log_prob of given x" if model == "MAF" else "sample"
    if wanted.startswith(at_once):
        return layers
    return layers * dim


def cases():
    return [
        (model, wanted, dim, layers)
        for model in ("MAF", "IAF")
        for wanted in ("log_prob of given x", "sample", "sample and its log_prob")
        for dim, layers in ((3, 1), (2, 3), (7, 2))
    ]


def judge(answer, model, wanted, dim, layers):
    said = answer(model, wanted, dim, layers)
    counted = measured_calls(model, wanted, dim, layers)
    number = isinstance(said, (int, float, np.integer, np.floating))
    if not number or isinstance(said, bool):
        return Complaint("Return one whole number.", got=repr(said))
    if said != counted:
        return Complaint(
            "The flow was run and its calls were counted: the number is different.",
            f"{model}, {wanted}, D = {dim}, layers = {layers}",
            f"you say {said}, counted {counted}",
            "What does the network read? Is it there at the start?",
        )
    return None


WRONG_EDITS = [
    edit(
        "all_the_same",
        "One call a layer for everything: that holds where what the network reads is known. In "
        "the other direction it has to be found first, one variable a call.",
        ("layers * dim", "layers"),
        misconception="directions-cost-same",
    ),
    edit(
        "always_d_calls",
        "D calls a layer for everything: that is the price of the slow direction. Where the "
        "network's input is there from the start, one call a layer is enough.",
        ("return layers\n", "return layers * dim\n"),
        misconception="directions-cost-same",
    ),
    edit(
        "models_exchanged",
        "You have the two models the wrong way round. MAF's network reads data: with x given it "
        "needs one call a layer.",
        ('"MAF"', '"IAF"'),
    ),
    edit(
        "both_are_maf",
        "You treat IAF as a MAF with another name. Its network reads the noise: a sample is its "
        "cheap direction.",
        ('"log_prob of given x" if model == "MAF" else "sample"', '"log_prob of given x"'),
        misconception="iaf-inverse-of-maf",
    ),
    edit(
        "layers_forgotten",
        "The layers are missing: each has a network of its own, and each pays.",
        ("return layers\n", "return 1\n"),
        ("layers * dim", "dim"),
    ),
    edit(
        "nested",
        "Layers follow one another, they are not nested: one layer is finished before the next "
        "begins. Costs add up, layers * D, they do not multiply up to D ** layers.",
        ("layers * dim", "dim**layers"),
    ),
    edit(
        "one_short",
        "The first variable needs a call, too: its mu and alpha are constants of the network. D "
        "calls a layer, not D - 1.",
        ("layers * dim", "layers * (dim - 1)"),
    ),
]


@wrong(
    "An IAF that has just made a sample knows the noise behind it, and the log_det came along: the "
    "sample's own log_prob costs no further call. (That of a point from elsewhere does.)"
)
def own_sample_inverted(model, wanted, dim, layers):
    density, sample = (1, dim) if model == "MAF" else (dim, 1)
    return layers * sum(
        {"log_prob of given x": [density], "sample": [sample]}.get(wanted, [density, sample])
    )


@right
def by_a_table(model, wanted, dim, layers):
    slow = {("MAF", "sample"), ("MAF", "sample and its log_prob"), ("IAF", "log_prob of given x")}
    return layers * (dim if (model, wanted) in slow else 1)


@right
def by_what_is_there(model, wanted, dim, layers):
    reads = {"MAF": "x", "IAF": "u"}[model]
    there = "x" if wanted == "log_prob of given x" else "u"
    return layers if reads == there else layers * dim


@right
def layer_by_layer(model, wanted, dim, layers):
    calls = 0
    for _ in range(layers):
        for _ in range(1 if (model == "MAF") == ("given" in wanted) else dim):
            calls += 1
    return calls
