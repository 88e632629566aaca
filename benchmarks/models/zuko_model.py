"""zuko's MAF and RealNVP."""

import zuko

from .torch_model import TorchModel


class Model(TorchModel):
    def make(self, kind, case):
        self.layers = case.layers
        make = zuko.flows.MAF if kind == "maf" else zuko.flows.RealNVP
        return make(case.dim, transforms=case.layers, hidden_features=case.hidden)

    def density(self, x):
        return self.module().log_prob(x)

    def draw(self, n):
        return self.module().sample((n,))

    def x_to_u(self, x):
        return self.module().transform(x)
