"""The sizes that are measured, and the names of what is measured."""

from dataclasses import dataclass

KINDS = ("maf", "realnvp")
TINYMAF = ("tinymaf float64", "tinymaf float32")
TORCH = ("zuko", "nflows", "normflows")
JAX = ("FlowJAX",)
PEERS = TORCH + JAX
WORKS = (
    "training",
    "log_prob",
    "sampling",
    "frame",
    "plain",
    "start",
    "memory",
    "moons",
    "scaling",
)
LAYERS = 5  # MADE layers in alternating orders; couplings that take turns in what they move


@dataclass(frozen=True)
class Case:
    """One size: D, the widths of every net's hidden layers, and the batch.

    It also says how many points a density or a draw has.
    """

    name: str
    dim: int
    hidden: tuple
    batch: int
    points: int = 10_000
    draws: int = 1_000
    layers: int = LAYERS

    def __str__(self):
        widths = f"{len(self.hidden)} x {self.hidden[0]}"
        return (
            f"{self.name}: D = {self.dim}, {self.layers} layers, hidden {widths}, batch "
            f"{self.batch}"
        )


SIZES = {
    case.name: case
    for case in [
        Case("T2", 2, (64, 64), 256),
        Case("T6", 6, (100, 100), 100),
        Case("T43", 43, (512, 512), 100),
        Case("T64", 64, (512, 512), 100),
        Case("T784", 784, (1024,), 100, points=1_000, draws=100),
    ]
}
