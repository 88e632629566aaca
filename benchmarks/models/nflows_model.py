"""nflows' masked layers with reversals between them, and its couplings.

The couplings get a plain network, not nflows' residual one.
"""

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows.base import Flow
from nflows.transforms.autoregressive import MaskedAffineAutoregressiveTransform
from nflows.transforms.base import CompositeTransform
from nflows.transforms.coupling import AffineCouplingTransform
from nflows.transforms.permutations import ReversePermutation

from .torch_model import TorchModel


class Network(torch.nn.Sequential):
    """Linear layers with ReLUs, in the form that a coupling asks for."""

    def __init__(self, n_in, n_out, hidden):
        sizes, parts = [n_in, *hidden], []
        for below, above in zip(sizes[:-1], sizes[1:]):
            parts += [torch.nn.Linear(below, above), torch.nn.ReLU()]
        super().__init__(*parts, torch.nn.Linear(sizes[-1], n_out))

    def forward(self, x, context=None):
        return super().forward(x)


class Model(TorchModel):
    def make(self, kind, case):
        self.layers, parts = case.layers, []
        for k in range(case.layers):
            if kind == "maf":
                parts += [ReversePermutation(case.dim)] if k else []
                parts.append(
                    MaskedAffineAutoregressiveTransform(
                        case.dim,
                        case.hidden[0],
                        num_blocks=len(case.hidden) - 1,
                        use_residual_blocks=False,
                    )
                )
            else:
                mask = torch.arange(case.dim) % 2 != k % 2
                parts.append(
                    AffineCouplingTransform(
                        mask.int(), lambda n_in, n_out: Network(n_in, n_out, case.hidden)
                    )
                )
        return Flow(CompositeTransform(parts), StandardNormal([case.dim]))

    def x_to_u(self, x):
        return self.module.transform_to_noise(x)
