"""The rows of the tables: what is trained how, and the published figure that it stands beside."""

from dataclasses import dataclass

from .data.wine import FOLDS


@dataclass(frozen=True)
class Row:
    """One training run. Its result is filed under `name`.

    `depth` counts the layers of the flow, and `members` the orders of an `OrderEnsemble`.
    `batch_norm` is that of `maf`. With `standardise`, the model sees z = (x - mean) / sd of the
    training rows; the scores are those of x, `log p(z) - sum(log sd)`. With `fresh_noise`, pictures
    are dequantised anew for each training epoch; those for validation and test never are. `order`
    is None for the natural order, or the seed of a random one. `variant` says how this row differs
    from the one that stands for the model.
    """

    dataset: str
    model: str
    hidden: tuple = (100,)
    depth: int = 1
    epochs: int = 200
    seed: int = 0
    lr: float | None = None
    schedule: str = "constant"
    fold: int | None = None
    conditional: bool = False
    members: int = 1
    components: int = 10
    activation: str = "relu"
    weight_decay: float = 1e-6
    patience: int = 30
    batch_norm: bool = False
    standardise: bool = False
    fresh_noise: bool = False
    batch_size: int = 100
    order: int | None = None
    variant: str = ""

    @property
    def name(self):
        parts = [self.dataset, self.model + ("_conditional" if self.conditional else "")]
        parts += (
            [f"depth{self.depth}"] if self.model in ("maf", "maf_mog", "realnvp", "nsf") else []
        )
        parts += [self.variant.replace(" ", "_")] if self.variant else []
        parts += [f"members{self.members}"] if self.members > 1 else []
        parts += [f"fold{self.fold}"] if self.fold is not None else []
        return "-".join([*parts, f"seed{self.seed}"])


def _wine(colour):
    flow = {"hidden": (50, 50), "epochs": 300, "lr": 1e-3}
    models = [
        Row(f"wine_{colour}", "gaussian"),
        Row(f"wine_{colour}", "made", **flow),
        Row(f"wine_{colour}", "made_mog", **flow, weight_decay=1e-3),
        Row(f"wine_{colour}", "maf", depth=5, **flow, weight_decay=1e-3),
        Row(f"wine_{colour}", "maf_mog", depth=5, **flow, weight_decay=1e-3),
        Row(f"wine_{colour}", "nsf", depth=3, **flow, weight_decay=1e-3),
    ]
    return [Row(**{**vars(row), "fold": fold}) for row in models for fold in range(FOLDS)]


def _binary(name, weight_decay, order=None, many=None):
    """One dataset of binary variables. The validation score chose everything.

    It chose the penalty among 1e-6, 1e-4, 1e-3, 1e-2 and 2e-2. It chose the order of mushrooms
    among the natural one, its reverse and ten random ones, which lie between -9.66 and -9.93.
    Models of many orders need other settings (`many`): some ten trials a dataset chose those.
    """
    one = {"hidden": (500,), "epochs": 500, "lr": 1e-3, "weight_decay": weight_decay}
    return [
        Row(name, "bernoulli"),
        Row(name, "made", **one, order=order),
        Row(name, "made", members=32, **{**one, "epochs": 1000, **(many or {})}),
    ]


def _mnist(conditional):
    """The models of MNIST.

    The paper trains at one rate until nothing improves for 30 epochs: some hundreds of epochs in
    all. Here we fix the number of epochs beforehand, and the rate falls to nothing over them. All
    models get standardised rows. For the flows these stand in for the paper's batch norm after
    every layer, which would make a step three times as long. All get fresh noise as well: a model
    learns one draw of the noise by heart, and its training score passes its validation score by 60
    nats in four epochs.
    """
    wide = {
        "hidden": (1024,),
        "conditional": conditional,
        "schedule": "cosine",
        "standardise": True,
        "fresh_noise": True,
    }
    return [
        Row("mnist", "gaussian", conditional=conditional),
        Row("mnist", "made", **wide, epochs=60, lr=1e-3),
        Row("mnist", "made_mog", **wide, epochs=15, lr=1e-3),
        Row("mnist", "realnvp", depth=5, **wide, epochs=25, lr=5e-4),
        Row("mnist", "maf", depth=5, **wide, epochs=25, lr=5e-4),
    ]


MANY = {"schedule": "cosine", "batch_size": 20}
ABLATION = {"hidden": (1024,), "schedule": "cosine", "epochs": 20, "lr": 1e-3}
GRID = [
    *_binary("dna", 2e-2, many={**MANY, "hidden": (2000,), "epochs": 300, "weight_decay": 1e-3}),
    *_binary(
        "mushrooms",
        1e-4,
        3,
        {**MANY, "hidden": (1000,), "epochs": 600, "lr": 3e-3, "weight_decay": 1e-5},
    ),
    *_binary("nips", 1e-6, many={**MANY, "epochs": 150, "weight_decay": 1e-2}),
    *_wine("red"),
    *_wine("white"),
    *_mnist(False),
    *_mnist(True),
    Row("mnist", "made", **ABLATION, variant="20 epochs", standardise=True, fresh_noise=True),
    Row("mnist", "made", **ABLATION, variant="not standardised", fresh_noise=True),
    Row("mnist", "made", **ABLATION, variant="one draw of noise", standardise=True),
]

MADE_PAPER, MAF_PAPER = "Germain et al. 2015", "Papamakarios et al. 2017, tables 1 and 2"
# Uria et al. 2013 is older than MADE. Its best model on the wines, RNADE-MoG, is not in this grid,
# so its figures stand in tinymaf_course/records/paper.py and beside the table, not in it.
RNADE_PAPER = "Uria et al. 2013, other folds"
PUBLISHED = {  # (dataset, model, conditional, several orders): (nats, source)
    ("dna", "made", False, False): (-83.63, MADE_PAPER),
    ("dna", "made", False, True): (-79.66, MADE_PAPER),
    ("mushrooms", "made", False, False): (-9.68, MADE_PAPER),
    ("mushrooms", "made", False, True): (-9.69, MADE_PAPER),
    ("nips", "made", False, False): (-280.25, MADE_PAPER),
    ("nips", "made", False, True): (-277.28, MADE_PAPER),
    ("wine_red", "gaussian", False, False): (-13.18, RNADE_PAPER),
    ("wine_white", "gaussian", False, False): (-13.20, RNADE_PAPER),
    **{
        ("mnist", model, conditional, False): (nats, MAF_PAPER)
        for model, pair in {
            "gaussian": (-1366.9, -1344.7),
            "made": (-1380.8, -1361.9),
            "made_mog": (-1038.5, -1030.3),
            "realnvp": (-1323.2, -1326.3),
            "maf": (-1300.5, -1302.9),
        }.items()
        for conditional, nats in enumerate(pair)
    },
}


def published(row):
    """`(nats, source)`, or None."""
    return (
        None
        if row.variant
        else PUBLISHED.get((row.dataset, row.model, bool(row.conditional), row.members > 1))
    )


def chosen(words, grid=None):
    """The rows whose name holds any of the words; all for none."""
    return [
        row
        for row in (GRID if grid is None else grid)
        if not words or any(word in row.name for word in words)
    ]
