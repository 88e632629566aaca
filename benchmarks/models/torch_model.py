"""What zuko, nflows and normflows have in common.

They are PyTorch modules on the CPU in float32, trained with PyTorch's Adam.
"""

import os

import torch

if os.environ.get("BENCHMARK_THREADS"):
    torch.set_num_threads(int(os.environ["BENCHMARK_THREADS"]))


class TorchModel:
    """Subclasses make `self.module`, and name its density, its draws and its map from x to u."""

    def __init__(self, kind, case, dtype="float32", seed=0, moved=True):
        torch.manual_seed(seed)
        self.module = self.make(kind, case)
        parameters = [p for p in self.module.parameters() if p.requires_grad]
        with torch.no_grad():
            for p in parameters if moved else ():
                p += (0.3 / p.shape[-1] ** 0.5 if p.ndim == 2 else 0.05) * torch.randn_like(p)
        self.adam = torch.optim.Adam(parameters)
        self.n_params = sum(p.numel() for p in parameters)

    def make(self, kind, case):
        raise NotImplementedError

    def density(self, x):
        return self.module.log_prob(x)

    def draw(self, n):
        return self.module.sample(n)

    def x_to_u(self, x):
        raise NotImplementedError

    def describe(self):
        shapes = [tuple(p.shape)[::-1] for p in self.module.parameters() if p.ndim == 2]
        return shapes[: len(shapes) // self.layers]

    def batch(self, x):
        return torch.as_tensor(x, dtype=torch.float32)

    def update(self, x, lr):
        for group in self.adam.param_groups:
            group["lr"] = lr
        self.adam.zero_grad()
        loss = -self.density(x).mean()
        loss.backward()
        self.adam.step()
        return loss.detach()

    def log_prob(self, x):
        with torch.no_grad():
            return self.density(x)

    def sample(self, n):
        with torch.no_grad():
            return self.draw(n)

    def finish(self, result):
        pass

    def numpy(self, result):
        return result.numpy()

    def change_of_variables(self, x):
        normal, found = torch.distributions.Normal(0.0, 1.0), []
        for row in x:
            u = self.x_to_u(row[None])[0].detach()
            matrix = torch.autograd.functional.jacobian(lambda r: self.x_to_u(r[None])[0], row)
            found.append(normal.log_prob(u).sum() + torch.linalg.slogdet(matrix.double())[1])
        return torch.stack(found).numpy()
