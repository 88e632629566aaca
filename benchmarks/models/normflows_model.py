"""normflows' masked layers, turned round, and its couplings.

As they are, their network reads the noise: that is an IAF.
"""

import normflows as nf
import torch

from .torch_model import TorchModel


class Reversal(nf.flows.Permute):
    """Permute with the one permutation that alternating orders need."""

    def __init__(self, dim):
        super().__init__(dim, mode="shuffle")
        self.perm = torch.arange(dim).flip(0)
        self.inv_perm = self.perm.clone()


class Model(TorchModel):
    def make(self, kind, case):
        self.layers, parts, half = case.layers, [], case.dim // 2
        for k in range(case.layers):
            if kind == "maf":
                parts += [Reversal(case.dim)] if k else []
                layer = nf.flows.MaskedAffineAutoregressive(
                    case.dim,
                    case.hidden[0],
                    num_blocks=len(case.hidden) - 1,
                    use_residual_blocks=False,
                )
                parts.append(nf.flows.Reverse(layer))
            else:
                parts += [nf.flows.Permute(case.dim, mode="swap")] if k else []
                parts.append(
                    nf.flows.AffineCouplingBlock(
                        nf.nets.MLP([case.dim - half, *case.hidden, 2 * half])
                    )
                )
        return nf.NormalizingFlow(nf.distributions.DiagGaussian(case.dim, trainable=False), parts)

    def draw(self, n):
        return self.module.sample(n)[0]

    def x_to_u(self, x):
        return self.module.inverse(x)
