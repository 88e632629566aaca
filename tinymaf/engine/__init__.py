"""Every method with a faster way, on one page. It is imported last, and no definition knows of it.

Each function takes the arguments of the method it replaces, already checked, and returns the same
numbers sooner. It declines what it does not know (`NotImplemented`), and the definition runs. The
definition is its oracle: the method itself, inside `with plain():`.

    chain.py        affine layers, in chains too, forwards and back as one node of autograd's tape
    made.py         MADE's log-density, and its gradient
    sampling.py     D sequential steps in the work of one network pass
    objective.py    the maximum-likelihood loss and its gradient, without a tape

    networks.py  affine.py         the parts of these, forwards and back
    products.py  solve_order.py    what follows from a net's masks and degrees
    tape.py  runtime.py            how a derivative meets autograd; threads and reused memory
"""

from ..flows import Flow
from ..layers import Autoregressive, Chain, Coupling
from ..made import MADE
from . import chain, made, sampling

Flow.log_prob.faster = chain.flow_log_prob
Chain.x_to_u.faster = chain.chain_x_to_u
Autoregressive.x_to_u.faster = chain.layer_x_to_u
Autoregressive.u_to_x.faster = sampling.layer_u_to_x
Coupling.x_to_u.faster = chain.layer_x_to_u
MADE.log_prob.faster = made.made_log_prob
MADE.sample.faster = sampling.made_sample
