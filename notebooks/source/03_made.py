# %% [markdown]
# # MADE: one network, D conditionals
#
# **You will cut wires in an ordinary network until a single pass through it gives all D conditionals of a density,
# and then prove, in two independent ways, that nothing leaks.**

# %%
import autograd.numpy as anp
import numpy as np

from tinymaf.checks import jacobians, random_params
from tinymaf.nets import MLP, MaskedNet
from tinymaf.plotting import BLUE, ORANGE, new_figure, use_style
from tinymaf_course import check, confirm, hint, in_band, predict, quiz
from tinymaf_course import reveal, show, solution, whose

use_style()
nets = {"as it comes": MLP(12, 12, hidden=(64,), activation="tanh"),
        "with wires cut": MaskedNet(12, 1, hidden=(64,), activation="tanh")}
fig, axes = new_figure(2, size=(2.9, 3.0))
for ax, (name, net) in zip(axes, nets.items()):
    weights = random_params(net, np.random.default_rng(0))
    J = jacobians(lambda x: net(weights, x).reshape(len(x), 12), np.zeros((1, 12)) + 0.1)[0]
    ax.imshow(J != 0, cmap="Blues", vmin=-0.3, vmax=1.5)
    ax.set(title=name, xlabel="input", ylabel="output", xticks=[], yticks=[])
show(fig, "Two squares of 12 by 12 cells, outputs against inputs, blue where an output depends "
          "on an input. Left, the network as it comes: every cell is blue. Right, with wires "
          "cut: only the cells below the diagonal are.")

# %% [markdown]
# *Which output depends on which input, by derivatives. The network on the right is an ordinary one with some wires cut,
# and output $i$ sees exactly the inputs before $i$: twelve conditionals from one pass. It is called MADE, the* masked
# autoencoder for distribution estimation.

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * say why a network that predicts $x_i$ must not see $x_i$, and what happens if it does;
# * give degrees to the units of any masked network, and make its masks from them;
# * prove by counting paths, and again by derivatives, which output depends on which input;
# * run a masked network, and find out whether someone else's is right;
# * say what the first output sees, and (section 6, optional) how wide a hidden layer must be.
#
# **Before you start.** You know from [Autoregressive models](01_autoregressive_models.ipynb) that $p(x) = \prod_i p(x_i
# \mid x_{<i})$, and that a Gaussian conditional is two numbers, a mean $\mu_i$ and a log scale $\alpha_i$. You have
# seen a network with one hidden layer, and you can multiply matrices.
#
# **Time.** Reading 29 minutes, exercises 15 minutes, and 11 more for what is optional. The computer needs a few
# seconds.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# Weights are written to the *right* of what they multiply, `h @ W`. So `W` has the shape (units below, units above),
# and so does its mask.
#
# </details>

# %% [markdown]
# ## 1. A network that scores better than the truth
#
# We want one network that reads a whole point $x$ and returns $\mu_i$ and $\alpha_i$ for every $i$. In the last
# notebooks each conditional was a function of its own; with 784 pixels that would be 784 networks. The lazy way: take
# any network with $D$ inputs and $2D$ outputs, and train it by maximum likelihood. Let us be lazy, with the boomerang
# of notebook 01.

# %%
from tinymaf import MADE, Density, Gaussian, fit
from tinymaf.datasets import TOYS

boomerang = TOYS["figure1"]
x_train = boomerang.sample(np.random.default_rng(0), 4000)
x_test = boomerang.sample(np.random.default_rng(1), 20_000)


class Lazy(Density):
    """mu_i and alpha_i of every variable from an ordinary network, which reads them *all*."""

    def __init__(self, dim):
        self.dim, self.net, self.gaussian = dim, MLP(dim, 2 * dim, hidden=(32,)), Gaussian()

    def init(self, rng, x=None, dtype=float):
        return self.net.init(rng, dtype)

    def log_prob(self, params, x, context=None):
        theta = anp.reshape(self.net(params, x), (len(x), 2, self.dim))
        return anp.sum(self.gaussian.log_prob(theta, x), axis=1)


print(f"the truth's own score, minus its entropy: {-boomerang.entropy:.4f} nats a point")

# %% [markdown]
# **Predict.** The score is the mean of $\log p(x)$ on points that the model has never seen. The truth itself scores
# $-3.53$ nats, and on average no density can score more (notebook 01). What will the lazy network score?

# %%
predict("lazy-network")

# %%
lazy = Lazy(dim=2)
lazy_fit = fit(lazy, x_train, rng=np.random.default_rng(0), epochs=30, batch_size=200, lr=3e-3)
score = lazy.log_prob(lazy_fit.params, x_test).mean()
in_band(score, 1, 8.2, "the lazy network's score on fresh points, in nats")

fig, ax = new_figure(size=(6.4, 1.5))
bars = ax.barh(["the lazy network", "the truth"], [score, -boomerang.entropy],
               color=[ORANGE, BLUE], height=0.6)
ax.bar_label(bars, fmt="%+.2f", padding=4)
ax.axvline(0, color="black", linewidth=0.8)
ax.set(xlabel="score: nats a point, on fresh points", xlim=(-6, 9))
show(fig, "Two bars on a scale of nats a point. The truth's goes from 0 down to -3.5. The lazy "
          "network's goes up instead, to where the mean score of no density can be.")

reveal("lazy-network")

# %% [markdown]
# Is it not? Then its integral is not 1. Let us add it up over the plane. And let us ask what the network has learned:
# how does $\mu_i$ move when $x_i$ moves?

# %%
axis = np.linspace(-8, 16, 241)
plane = np.stack([a.ravel() for a in np.meshgrid(axis, axis)], axis=1)
integral = np.exp(lazy.log_prob(lazy_fit.params, plane)).sum() * (axis[1] - axis[0]) ** 2
in_band(integral, 100, 1e7, "integral of exp(log p) over a square")

# d mu_i / d x_j, one matrix a point
J = jacobians(lambda x: lazy.net(lazy_fit.params, x)[:, :2], x_test[:200])
for i in range(2):
    in_band(np.median(J[:, i, i]), 0.8, 1.2,
            f"d mu_{i + 1} / d x_{i + 1}, median of 200 points")

# %% [markdown]
# It copies. Asked for the mean of $x_1$, it looks at $x_1$ and says: exactly that, and I am very sure. A model that
# may see the answer gets full marks and has learned nothing. Overfitting would show on fresh points. This does not,
# because the network peeks at those as well.
#
# So $\mu_i$ and $\alpha_i$ may depend only on $x_1, \dots, x_{i-1}$. We could take $D$ networks, and run all of them
# for every point. Or we could take one network and cut some of its wires. Which ones?

# %% [markdown] tags=["instructor"]
# **Instructor (6 minutes, with the opening).** Collect the votes before the cell runs. Leave the number on the screen
# for a moment and ask: "Who would publish this?" A score above minus the data's entropy is a sure sign of a leak, or
# of a lost constant. But for real data the entropy is unknown.
#
# *What goes wrong:* "it overfits". No: the points are fresh. Overfitting means memorising the training set; here
# nothing is memorised.
#
# *Questions.* "How high could the score go?" With alpha bounded below by -5, up to 2 (5 - 0.92) = 8.2 nats;
# unbounded, to infinity. "Where does it go wrong first when only *one* output peeks at *one* wrong input?" Nowhere
# visibly: the score is a little too good. So we want a proof, not an impression.

# %% [markdown]
# ## 2. A number on every unit
#
# **Derive.** Give every unit a whole number, its *degree*, and read it as a promise: *what I say depends on the inputs
# of degree up to mine, and on no others.*
#
# * Input $x_j$ has degree $j$: it depends on itself.
# * A hidden unit has some degree $m$ between $1$ and $D-1$. We choose it freely. (Section 5 adds a degree 0.)
# * Output $i$ must depend on inputs of degree *less* than $i$.
#
# Now go from layer to layer. When may a wire run from a unit of degree $a$ up to a hidden unit of degree $m$? The
# unit below brings in inputs up to $a$, and the unit above has promised not to go beyond $m$. And from a hidden unit
# of degree $m$ to output $i$? The unit brings in inputs up to $m$, and output $i$ may see only those before $i$. So
#
# $$\text{into a hidden unit:}\quad a \le m, \qquad\qquad \text{into an output:}\quad m < i.$$
#
# That is all of MADE: `<=` everywhere, and one `<` at the end. Why do hidden degrees stop at $D-1$? Because a unit of
# degree $D$ could feed no output: none has a degree above $D$.
#
# If the variables come in another order, only the degrees of the inputs and outputs change: degree 1 goes to the
# variable that comes first, and so on.
#
# **Predict.** It is easy to forget the one `<`. So, to be on the safe side, a careful person makes *all* masks
# strict, `<` in every layer. What becomes of a network with $D = 2$ variables? Commit to an answer before you look at
# the next figure.

# %%
predict("strict-everywhere")

# %% [markdown]
# **See.** The numbers in the circles are degrees. Orange: all paths into one output. On the right you see which
# output depends on which input, twice: once from the masks, once from *derivatives* of a network with random weights.
# $\theta_i$ stands for the parameters of $x_i$, its $\mu_i$ and $\alpha_i$. The switch ("strictly triangular
# everywhere") is for that careful person; we come to it in section 3.

# %%
from tinymaf_course.explorers import made_masks as explore_masks

explore_masks()

# %% [markdown]
# *Try this.* Set the number of variables to 5, and step "paths into" from output 1 to output 5: the orange web grows
# by one input each time. Then choose the order "reversed", and find the output that sees nothing. Then make the
# hidden layer narrow, width 2, and look for holes in the triangle (section 6 explains them).
#
# **Write.** Degrees come in, masks go out. Your function will be tried on 30 networks with random orders, widths,
# depths and degrees. It must let no forbidden dependency through, and it must not lose one that the degrees can
# carry.

# %% tags=["exercise"]
# {{exercise made-masks}}

# %% [markdown]
# **Check.** The smallest interesting network: three variables, four hidden units.

# %%
inputs = outputs = np.array([1, 2, 3])
hidden = [np.array([1, 1, 2, 2])]
first, last = made_masks(inputs, hidden, outputs)
print("inputs to hidden units, (3, 4):")
print(first.astype(int))
print("hidden units to outputs, (4, 3):")
print(last.astype(int))

# %% [markdown] tags=["instructor"]
# **Instructor (9 minutes, 5 of them for the exercise).** *Demo script.* D = 3, one layer, width 6. Point at a hidden
# unit of degree 2 and let the room say which wires enter (from 1 and 2) and leave (to output 3 only). Then ask for a
# unit of degree 3, D itself: which wires leave? None. So such a unit is useless.
#
# *What goes wrong:* strict everywhere; masks transposed, because most libraries store (units above, units below);
# `np.tril` of something, which is right only for the natural order; in deep networks full masks between hidden
# layers.
#
# *Questions.* "May two hidden units have the same degree?" Certainly, most do. "Does the order of units in a hidden
# layer matter?" No. "Could the strict sign be at the bottom, `<` first and `<=` last?" Nothing would leak. But hidden
# degrees would then have to run from 2 to D.

# %% [markdown]
# ## 3. The proof: count the paths
#
# **Derive.** Information can only travel along wires. Multiply the two masks as matrices of zeros and ones, and look at
# one entry:
#
# $$P_{ji} = \sum_k M_{jk}\, M'_{ki} = \#\{\text{hidden units } k:\ j \le m_k < i\}.$$
#
# Each hidden unit that has a wire on both sides counts once: $P_{ji}$ is the number of paths from input $j$ to output
# $i$. Read the condition from left to right: $j \le m_k < i$. If there is such a unit at all, then $j < i$. So
# $P_{ji} = 0$ whenever $j \ge i$: the matrix is *strictly triangular*. With more layers the chain becomes $j \le m_k
# \le m_l \le \dots < i$, with the same result. Degrees never fall on the way up, and the last step must raise them.

# %%
paths = first.astype(int) @ last.astype(int)
counted = [[np.sum((j <= hidden[0]) & (hidden[0] < i)) for i in outputs] for j in inputs]
print("paths from input (row) to output (column):")
print(paths)
print("entries that the rule j <= m < i counts otherwise:", np.sum(paths != counted))
print("paths with j >= i:", np.tril(paths).sum())

# %% [markdown]
# No path, no dependence: that is already a proof. But it is a proof about masks, and a network has code around its
# masks. So prove it a second time, from outside, with derivatives. For one hidden layer the chain rule gives
#
# $$\frac{\partial\, \text{out}_i}{\partial x_j} = \sum_k (W \odot M)_{jk}\; g'(a_k)\; (V \odot M')_{ki},$$
#
# a sum with one term for each path. Where there is no path, there is no term, whatever the weights are.

# %%
rng = np.random.default_rng(2)
W, b, V, c = (rng.normal(size=size) for size in [(3, 4), 4, (4, 3), 3])


def small_network(x):
    return anp.dot(anp.tanh(anp.dot(x, W * first) + b), V * last) + c


x = rng.normal(size=(1, 3))
slopes = 1 - np.tanh(x @ (W * first) + b)[0] ** 2  # g'(a_k) for g = tanh
by_hand = ((W * first) * slopes) @ (V * last)  # row j, column i
by_autograd = jacobians(small_network, x)[0].T
confirm("the sum over paths is the Jacobian", np.abs(by_hand - by_autograd).max(), below=1e-12)
print("where it is not zero, 1:")
print((by_autograd != 0).astype(int))

# %% [markdown]
# Exactly zero, not nearly: a product with a zero in it. The two proofs agree, and each covers for the other. The
# masks can be right and yet never used; the derivatives can be zero by accident, at one point, where a unit is off.
# Both together are hard to fool.
#
# There is one more trap. A network that answers 42 to everything leaks nothing at all. So always ask *both*
# questions: is every forbidden dependency gone? And is every allowed one there? Ask them about the careful person's
# strict masks.

# %%
for D in (2, 3, 6):
    degrees, units = np.arange(1, D + 1), np.arange(1, D)
    strict = (degrees[:, None] < units).astype(int) @ (units[:, None] < degrees).astype(int)
    right = (degrees[:, None] <= units).astype(int) @ (units[:, None] < degrees).astype(int)
    print(f"D = {D}: of {D * (D - 1) // 2} dependencies, {np.sum(right > 0)} with the rule, "
          f"{np.sum(strict > 0)} with strict masks everywhere")

reveal("strict-everywhere")

# %% [markdown]
# Go back to the explorer, set two variables, and press the switch: all wires out of the inputs are gone. With more
# variables such a network limps on, which is worse, because the damage goes unnoticed.

# %% [markdown] tags=["instructor"]
# **Instructor (5 minutes).** Write $j \le m < i$ on the board, large, and leave it there. It answers most questions
# of the hour.
#
# *What goes wrong:* people take "the Jacobian is zero at one random point" for a proof. With ReLU a unit may be off
# there. Use several points, or a smooth activation. And people test only for leaks.
#
# *Question for the end:* "Can the Jacobian be zero where the masks have a path?" Yes: two paths may cancel, or a unit
# may be dead. At random weights both have probability zero with tanh. "And the other way round?" Never, if the masks
# are used.

# %% [markdown]
# ## 4. One pass
#
# Now use the masks. A masked layer multiplies the weights by the mask, entry by entry, every time:
#
# $$h = g\big(x\,(W \odot M) + b\big), \qquad \text{out} = h\,(V \odot M') + c.$$
#
# *Every time* matters. Setting the weights to zero once, at the start, is not enough: the optimiser's first update
# would fill the holes again.
#
# **Write.** Any number of layers, tanh in the hidden ones.

# %% tags=["exercise"]
# {{exercise masked-forward}}

# %% [markdown]
# **Check.** Here is the library's network, with random weights: four variables, two numbers for each (first all
# $\mu$, then all $\alpha$). Your function, given its weights and masks, must agree with it. And to see that it really
# is $D$ networks in one, throw away, for output $i$, every hidden unit that it cannot see: a small network of its own
# is left.

# %%
net = MaskedNet(dim=4, n_params=2, hidden=(12, 12), activation="tanh")
weights = random_params(net, np.random.default_rng(3))
x = np.random.default_rng(4).normal(size=(5, 4))
out = masked_forward(x, weights, net.masks)
confirm(f"{whose(masked_forward)} and the library's network",
        np.abs(out.reshape(5, 2, 4) - net(weights, x)).max(),
        below=1e-12)

for i in range(1, 5):
    keep = [np.arange(4) < i - 1, *(degrees < i for degrees in net.hidden_degrees),
            np.arange(8) == i - 1]
    pairs = list(zip(keep[:-1], keep[1:]))              # the units below and above each matrix
    own = [(W[below][:, above], b[above]) for (W, b), (below, above) in zip(weights, pairs)]
    masks = [mask[below][:, above] for mask, (below, above) in zip(net.masks, pairs)]
    mu_i = masked_forward(x[:, :i - 1], own, masks)[:, 0]
    units = sum(k.sum() for k in keep[1:-1])
    confirm(f"mu_{i} from a network with {keep[0].sum()} inputs and {units} hidden units",
            np.abs(mu_i - out[:, i - 1]).max(), below=1e-12)

# %% [markdown]
# Four networks, sharing their units, in one pass. The first has no input and no hidden unit at all: remember it, it
# gets a section of its own.
#
# ### Do the masks avoid the autoregressive property?
#
# You may read that masking is a way to *avoid* the autoregressive property, because all conditionals come out at
# once. Let us take the masks away and look. With the same network and the same weights, which outputs move with which
# inputs, and what is left of the density?

# %% tags=["misconception:masking-avoids"]
def count_moves(masks):
    """Pairs (j, i) in which mu_i or alpha_i moves with x_j: those with j < i, and others."""
    moves = np.zeros((4, 4), bool)
    for j in range(4):
        there, here = (masked_forward(z, weights, masks) for z in (x + np.eye(4)[j], x))
        moves[j] = np.abs(there - here).max(axis=0).reshape(2, 4).max(axis=0) > 0
    return int(np.triu(moves, 1).sum()), int(np.tril(moves).sum())


def total(masks):
    """The integral of a two-dimensional exp(log p) over the plane."""
    mu, alpha = np.split(masked_forward(plane_2, weights_2, masks), 2, axis=1)
    log_p = -0.5 * np.log(2 * np.pi) - alpha - 0.5 * ((plane_2 - mu) * np.exp(-alpha)) ** 2
    return np.exp(log_p.sum(axis=1)).sum() * 0.02 ** 2


net_2 = MaskedNet(dim=2, n_params=2, hidden=(12,), activation="tanh")
weights_2 = [(W / 2, b / 2) for W, b in random_params(net_2, np.random.default_rng(0))]
axis = np.linspace(-10, 10, 1001)
plane_2 = np.stack([a.ravel() for a in np.meshgrid(axis, axis)], axis=1)
for name, switch in [("with masks", lambda m: m), ("without   ", np.ones_like)]:
    allowed, forbidden = count_moves([switch(mask) for mask in net.masks])
    mass = total([switch(mask) for mask in net_2.masks])
    print(f"{name} {allowed} of 6 allowed dependencies, {forbidden} of 10 forbidden ones, "
          f"integral {mass:.4f}")

# %% [markdown]
# It is the other way round: the masks *enforce* the autoregressive property. Without them every output sees every
# input, and what comes out is not a density. Two other things are avoided. One network does the work of $D$. And a
# *density* needs no loop, because all of $x$ is known. A *sample* still takes its $D$ steps (notebook 04): the order
# is in the masks; it is not gone.
#
# **Write.** The next function makes the masks of a network with one hidden layer. It passes every test for leaks. A
# network with these masks trains, and its samples look reasonable. It is wrong by one character. Find it.

# %% tags=["exercise"]
# {{exercise mend-the-masks}}

# %% [markdown]
# **Check.** What did that one character cost? In two dimensions the network was dead, so that $x_1$ and $x_2$ were
# modelled as independent. The boomerang in its good order is $x_2 \sim \mathcal N(0, 4)$ and $x_1 \mid x_2 \sim
# \mathcal N(x_2^2/4, 1)$. A model of independent Gaussians gives $x_1$ its mean, 1, and its variance, $1 +
# \tfrac{1}{16} \operatorname{Var} x_2^2 = 1 + \tfrac{32}{16} = 3$. The Gaussian conditional has variance 1, so the
# score of the best independent one is lower by $\tfrac12 \log 3$ on average.

# %%
first, last = mend_the_masks(2, 8)
print("dependencies with the repaired masks:",
      int((first.astype(int) @ last.astype(int) > 0).sum()), "of 1")
print(f"lost by the dead network: {0.5 * np.log(3):.4f} nats a point")
x = boomerang.sample(np.random.default_rng(5), 200_000)
independent = -np.log(2 * np.pi) - np.log(2) - 0.5 * np.log(3)
independent = independent - x[:, 1] ** 2 / 8 - (x[:, 0] - 1) ** 2 / 6
in_band((boomerang.log_prob(x) - independent).mean(), 0.53, 0.57,
        "the same, measured on 200,000 points")

# %% [markdown] tags=["instructor"]
# **Instructor (16 minutes, 10 of them for the exercises).** *Ask, at the two lines with and without masks:* "What is
# avoided, if not the autoregressive property?" *What goes wrong:* tanh after the last layer ("all layers look
# alike"); the bias masked too; `W *= mask`, which changes the caller's weights; a mask applied to activations.
#
# For the second exercise let people *argue* before they edit: which dependency is missing, and where on its way is it
# stopped? Those who try changes at random often loosen the last mask and get a leak, which makes a good conversation.
#
# *Question:* "How would you notice this bug in a project?" Not by a test for leaks, nor by looking at samples. You
# count the allowed dependencies, or take a data set whose best score is known.

# %% [markdown]
# ## 5. The first output sees nothing
#
# In the explorer the row of output 1 is empty (in $P$ above it is the first column). The first output has no inputs.
# People who see this for the first time often report it as a bug: "the first output of MADE is broken".
#
# **Derive.** It must be so. Output 1 holds the parameters of $p(x_1)$, and $p(x_1)$ is conditioned on nothing. All
# that is left of the network there is the last bias, $\mu_1 = c_1$ and $\alpha_1 = c_1'$: two constants, the same for
# every point. But they are *learned*. Which values will they take? Maximise the mean log-density of $N$ numbers
# $z_n$,
#
# $$L(\mu, \alpha) = -\tfrac12 \log 2\pi - \alpha - \tfrac{1}{2N} \sum_n (z_n - \mu)^2 e^{-2\alpha}.$$
#
# Both derivatives must vanish:
#
# $$\begin{aligned}
# \frac{\partial L}{\partial \mu} &= \frac1N \sum_n (z_n - \mu)\, e^{-2\alpha} = 0 &&\Rightarrow\quad
# \mu = \frac1N \sum_n z_n, \\
# \frac{\partial L}{\partial \alpha} &= -1 + \frac1N \sum_n (z_n - \mu)^2 e^{-2\alpha} = 0 &&\Rightarrow\quad
# e^{2\alpha} = \frac1N \sum_n (z_n - \mu)^2.
# \end{aligned}$$
#
# These are the mean and the log of the standard deviation. Nothing is broken.
#
# **See.** Train a MADE on the boomerang with $x_2$ first, which is $\mathcal N(0, 4)$, and read off the first output
# at every point.

# %% tags=["misconception:first-output-broken"]
made = MADE(dim=2, hidden=(32, 32), order="reversed", activation="tanh")
made_fit = fit(made, lambda rng: boomerang.sample(rng, 4000), rng=np.random.default_rng(0),
               epochs=25, batch_size=250, lr=1e-2, schedule="cosine")

mu, alpha = made.conditional.affine.mu_alpha(made.net(made_fit.params, x_test))
print("how many different values for x2, which comes first: of mu:", len(np.unique(mu[:, 1])),
      "of alpha:", len(np.unique(alpha[:, 1])))
in_band(mu[0, 1], -0.15, 0.15, "mu of x2, whose true mean is 0")
in_band(np.exp(alpha[0, 1]), 1.85, 2.15, "exp(alpha) of x2, whose true standard deviation is 2")
lost_by_made = boomerang.log_prob(x_test) - made.log_prob(made_fit.params, x_test)
in_band(lost_by_made.mean(), -0.005, 0.06,
        "nats a point lost to the truth, by the whole model")

# %% [markdown]
# One constant each, the right one, and a model that is nearly perfect. The first output sees nothing, and it is as
# good as it can be.
#
# **Write** (optional). Those two constants, for any data and any order.

# %% tags=["exercise"]
# {{exercise first-output}}

# %% [markdown]
# **When it really is broken.** Suppose that there is a *context* $y$, such as the label of a digit, and we want $p(x
# \mid y)$. Every conditional may see $y$, the first one too: $p(x_1 \mid y)$. So $y$ enters as an input of degree 0,
# lower than all others. But which path leads from there to output 1? It would need a hidden unit with $0 \le m < 1$,
# a unit of degree 0. When hidden degrees start at 1, as in the MAF paper's own code and in nflows ([notebook
# 10](10_conditional_flows_and_images.ipynb)), there is no such unit, and the first output really is deaf.

# %%
inputs, outputs = np.array([1, 2, 3, 0]), np.array([1, 2, 3])  # the fourth input is the context
for units in ([1, 1, 2, 2], [0, 0, 1, 2]):
    one, two = made_masks(inputs, [np.array(units)], outputs)
    sees = (one.astype(int) @ two.astype(int)).T > 0  # row: output; last column: context
    print(f"hidden degrees {units}: outputs that see the context: "
          f"{(1 + np.flatnonzero(sees[:, 3])).tolist()}")

print("degrees of the library's hidden units, with a context:",
      MaskedNet(3, 2, (6,), context_dim=1).hidden_degrees[0])
print(f"lost for x1 | y ~ N(3 y, 1) and y ~ N(0, 1) by an output that is deaf to y: "
      f"{0.5 * np.log(10):.4f} nats")

# %% [markdown]
# The last line is the same calculation as before: without $y$ the variance of $x_1$ is $9 + 1 = 10$ instead of 1. One
# missing degree costs more than one nat a point.

# %% [markdown] tags=["instructor"]
# **Instructor (5 minutes, without the optional exercise).** *What goes wrong:* "then x1 is not modelled". It is: by a
# Gaussian (or whatever the head is) with free parameters. What is true, and worth saying: this Gaussian stays a
# Gaussian. If $x_1$ alone has two humps, a MADE with Gaussian conditionals cannot say so. That is notebook 04.
#
# *Question:* "Does the *last* input matter?" It feeds no unit: in a MADE, no parameter depends on $x_D$, though $\log
# p(x)$ of course does. People find that wasteful, too. It is the other end of the same triangle.

# %% [markdown]
# ## 6. How wide is wide enough? (optional)
#
# Without this section you would miss how many dependencies a narrow layer loses, and how to lose few. Hidden degrees
# are ours to choose. The obvious choice is to count 1, 2, ..., $D-1$ and begin again at 1, as many programs do. That
# is fine as long as the layer has at least $D-1$ units. In a narrower one the count never gets to the end.
#
# **Predict.** A picture of 28 x 28 pixels has $D = 784$. The hidden layer has 512 units, with degrees 1 to 512. What
# percentage of all dependencies is lost?

# %%
predict("lost-cyclic")

# %% [markdown]
# **Derive.** With degrees $1, \dots, H$ and $H < D - 1$, input $j$ finds a unit $m \ge j$ only if $j \le H$. No unit
# hears the inputs beyond $H$. Input $j$ should be heard by the $D - j$ outputs after it, so the loss is
#
# $$\sum_{j=H+1}^{D-1} (D - j) = 1 + 2 + \dots + (D-1-H) = \tfrac12 (D-1-H)(D-H), \qquad\text{of}\qquad
# \tfrac12 D (D-1).$$
#
# The cell counts the lost pairs for any choice of degrees. Of all units that hear input $j$, those with $m \ge j$,
# the one of the *lowest* degree speaks to the most outputs: to all $i > m$, which include those of every other such
# unit. So the outputs that miss input $j$ are $j + 1, \dots, m$: there are $m - j$ of them, and all $D - j$ where no
# unit hears $j$.

# %%
def lost(D, degrees):
    """How many dependencies no hidden unit carries, and how many there are."""
    units, variables = np.sort(degrees), np.arange(1, D + 1)
    k = np.searchsorted(units, variables)  # the place of the lowest degree m >= j
    lowest = np.append(units, D)[k]  # D, which speaks to no output, where there is none
    return int((lowest - variables).sum()), D * (D - 1) // 2


D, H = 784, 512
choices = {
    "1, 2, 3, ... from the start": 1 + np.arange(H) % (D - 1),
    "drawn at random": np.random.default_rng(0).integers(1, D, H),
    "spread evenly": 1 + np.arange(H) * (D - 1) // H,
}
for name, degrees in choices.items():
    missing, of = lost(D, degrees)
    print(f"{name}: {missing} of {of} lost, {100 * missing / of:.2f} %")
print("by the formula:", (D - 1 - H) * (D - H) // 2)

# %%
reveal("lost-cyclic")

# %% [markdown]
# The network with the holes trains without complaint, and nothing in its training shows that it is a worse model than
# it need be. Here are the three choices for a small case, so that you can see where the holes are.

# %%
from tinymaf_course.pictures import plot_carried

D, H = 28, 14
variables = np.arange(1, D + 1)
fig, axes = new_figure(3, size=(3.0, 3.1))
small = {"1, 2, 3, ...": 1 + np.arange(H) % (D - 1),
         "random": np.random.default_rng(3).integers(1, D, H),
         "even": 1 + np.arange(H) * (D - 1) // H}
for ax, (name, degrees) in zip(axes, small.items()):
    one, two = made_masks(variables, [degrees], variables)
    seen = (one.astype(int) @ two.astype(int)).T > 0
    allowed = variables[:, None] > variables
    plot_carried(ax, seen, allowed)
    ax.set_title(f"{name}: {np.sum(allowed & ~seen)} of {allowed.sum()} lost")
show(fig, "Three triangles of 28 by 28 dependencies with 14 hidden units; blue: carried, "
          "orange: lost. Cyclic degrees lose one large orange triangle at the lower right. "
          "Random degrees lose small triangles along the diagonal. Even degrees lose only "
          "single cells next to the diagonal.")

# %% [markdown]
# *Blue: carried. Orange: lost. White: not allowed. Cyclic degrees lose a whole corner. Even degrees lose only some of
# the dependencies between direct neighbours.*
#
# Our library spreads the degrees evenly, and when a dependency is lost all the same, it says so:

# %%
import warnings

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    MaskedNet(dim=784, n_params=1, hidden=(512,))
print(said[0].message)

# %% [markdown] tags=["instructor"]
# **Instructor (5 minutes; optional).** 784 is an MNIST picture, 512 a width that people choose without thinking. For
# 3,072 inputs (a colour picture of 32 x 32) and 1,024 units the cyclic choice loses 44 %. Let a student work that out
# with the formula: 2047 * 2048 / 2 of 3072 * 3071 / 2.
#
# *Question:* "Even degrees lose $x_{i-1} \to x_i$ for some i. Is that not the most important dependency in a
# picture?" Good point. When pixels come row by row, the left neighbour is missing there for one pixel in three (271
# of 783). The cure is width, $H \ge D - 1$, or several networks with different masks.
#
# *Discussion:* the MADE paper draws degrees at random and draws new masks during training ("connectivity-agnostic").
# What does one network lose, what do they lose together?

# %% [markdown]
# ## Quiz
#
# Five questions.

# %%
quiz("made")

# %% [markdown]
# ## Recap
#
# * A network that predicts $x_i$ must not see $x_i$. One that does scores better than the truth, and is not a density.
# * Masks do not *avoid* the autoregressive property, they *enforce* it. What they avoid is D networks.
# * Degrees: inputs $1, \dots, D$ in the order, hidden units $1, \dots, D-1$, and 0 where there is a context. Wires run
#   `<=` into hidden units and `<` into outputs. A path needs $j \le m < i$.
# * Prove it twice: the product of the masks is strictly triangular, and the Jacobian is zero where it should be. And
#   ask the other question: is every allowed dependency there?
# * The first output sees nothing. Its two constants learn the mean and the log scale of $x_1$.
# * A narrow layer loses dependencies. Spread the degrees, and count what is lost (section 6).
#
# Next: what a MADE can express once it has its parameters, and what it cannot. [MADE as a
# density](04_made_as_a_density.ipynb).

# %% [markdown]
# ## References
#
# * M. Germain, K. Gregor, I. Murray, H. Larochelle, *MADE: Masked Autoencoder for Distribution Estimation*, ICML 2015,
#   [arXiv:1502.03509](https://arxiv.org/abs/1502.03509). Section 2: why an ordinary autoencoder is not a density.
#   Section 4: the masks, the product that is strictly triangular, deep networks, random orders and masks.
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.1: Gaussian conditionals.
# * Y. Bengio, S. Bengio, *Modeling High-Dimensional Discrete Data with Multi-Layer Neural Networks*, NIPS 1999. The
#   ancestor: one network whose connections are cut so that each output sees only its predecessors.
