# %% [markdown]
# # RealNVP, NICE and Glow's pieces
#
# **Merge the degrees of a MADE until only two are left, and no variable waits for another: that is a coupling layer,
# which you build in both directions, measuring what was gained and what was lost.**

# %%
import numpy as np

from tinymaf.plotting import angle_colors, label_axes, new_figure, use_style
from tinymaf_course import show

use_style()
side = np.linspace(-1.5, 1.5, 41)
start = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
start = start[(np.arange(41 * 41) // 41 % 5 == 0) | (np.arange(41 * 41) % 41 % 5 == 0)]
moved = [start]
for stays, moves in ((0, 1), (1, 0)):
    points = moved[-1].copy()
    wave, stretch = np.sin(2.5 * points[:, stays]) / 2, np.exp(-points[:, stays] / 4)
    points[:, moves] = wave + stretch * points[:, moves]
    moved.append(points)
fig, axes = new_figure(3, size=(2.8, 2.8))
for ax, points, title in zip(axes, moved, ("a grid", "x2 moves", "then x1 moves")):
    ax.scatter(*points.T, c=angle_colors(start), s=4, linewidths=0)
    ax.set_title(title)
    label_axes(ax)
show(fig, "Three clouds of coloured points: a square grid; the same with its columns shifted "
          "and stretched up and down in a wave; and that with its rows shifted sideways.")

# %% [markdown]
# Two moves: each column is shifted and stretched by amounts that depend only on where it is, then each row. However
# wild these amounts, each move can be undone in one go, and the growth of every area is known. Why?

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * write a coupling layer in both directions, with the right log_det;
# * see a coupling as a MADE of two degrees, and say what merging degrees saves and costs;
# * choose masks, and say what happens to the half that is copied;
# * say what NICE, RealNVP and Glow have in common, and what sets them apart;
# * let half of the variables leave half way, and count what that saves (optional).
#
# **Before you start.** You know degrees and masks (notebook 03), the two directions of a MAF layer (05), why orders
# must change from layer to layer (06), and the price of direction (08). If you have forgotten a term, look it up in the
# [glossary](glossary.md).
#
# **Time.** Reading 29 minutes, exercises 15 minutes, and 14 more for what is optional. The computer needs about half a
# minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 44 minutes: section 1 takes 7, section 2 takes 19, section 3 takes 4, section 4 takes 4, section 6
# takes 5, the first and the last screen 4. Section 5 is optional and can be homework. The one idea to leave in the
# room: *the network reads only what stays, and what stays is known in both directions.* All else (no masks, no inverse
# of the network, one call each way) follows. Draw two columns of variables on the board, an arrow from the left column
# to the right one, and keep it there.

# %% [markdown]
# ## 1. How few steps?
#
# A MAF is fast at densities, an IAF is fast at samples. Must one choose? The waiting comes from a chain: $x_6$
# waits for $x_5$, which waits for $x_4$, and so on. And the chain comes from the degrees: six variables, six degrees.
#
# But nothing forces us to use six. MADE's rule says: *variable i sees the variables of lower degree.* Two variables of
# the same degree do not see each other, so neither has to wait for the other. They can be computed together, in one
# step.
#
# **Predict.** Six variables. In how few steps can one layer make a sample, if at least *some* of the variables are to
# depend on others?

# %%
import numpy as np

from tinymaf_course import predict, reveal

predict("fewest-steps")

# %% [markdown]
# **See.** Drag "distinct degrees" from 6 down to 2, slowly. At the top: which variable is computed in which step, and
# which variables it sees. Below: the same as a matrix, the Jacobian by autograd, and what is traded.

# %%
from tinymaf_course.explorers import morph

morph()
reveal("fewest-steps")

# %% [markdown]
# *The triangle becomes a staircase of blocks, and in the end a single block. With two degrees the first half has a
# constant mu and alpha. In the very last frame these are fixed at 0: the first half is simply copied. That layer is
# called a coupling layer, and a flow made of them RealNVP.*
#
# **Write.** What does a choice of degrees buy, and what does it cost? The checker builds the layer, samples from it,
# and counts.

# %%
from tinymaf_course import check, hint, solution, whose

# %% tags=["exercise"]
# {{exercise trade-off}}

# %% [markdown]
# **Check.** Sixty-four variables, with fewer and fewer degrees. A *tie* is a pair of variables one of which sees the
# other.

# %%
print("distinct degrees   ties kept   of all   steps for a sample")
for distinct in [64, 32, 16, 8, 4, 2, 1]:
    ties, steps = trade_off(np.arange(64) * distinct // 64 + 1)
    print(f"{distinct:16d} {ties:11,} {ties / (64 * 63 // 2):8.0%} {steps:20d}")

# %% [markdown]
# Look at the last lines. Going from 64 degrees to 2 saves 62 of 64 steps, and *half of the ties are still there*. Save
# one more step, and they are all gone: with one degree the variables are independent.

# %% [markdown] tags=["instructor"]
# **Section 1, 7 minutes, 5 of them exercise.**
#
# *What goes wrong.* "One step": then no variable sees another. "Six": they have not yet seen that equal degrees are
# allowed. In the exercise: the highest degree for the number of distinct ones (ask: *what if no variable has degree
# 3?*).
#
# *Ask.* "Which pairs are lost at two degrees?" Those within a column. "How can they be won back?" With another layer,
# whose columns are others. That is what masks are chosen for (section 3).
#
# *Demo.* The explorer at 3 degrees: let a student point at one zero block in the Jacobian and name the two variables
# that do not see each other.

# %% [markdown]
# ## 2. The coupling layer
#
# **Derive.** Two groups of variables: group $a$ stays, group $b$ is mapped. One network reads $a$ and computes $\mu$
# and $\alpha$ for $b$:
#
# $$u_a = x_a, \qquad u_b = \bigl(x_b - \mu(x_a)\bigr)\, e^{-\alpha(x_a)}.$$
#
# *Step 1: the way back.* $x_a = u_a$ is known at once, so the network can be called at once, with the very same input:
#
# $$x_a = u_a, \qquad x_b = \mu(u_a) + e^{\alpha(u_a)}\, u_b.$$
#
# It takes one call in either direction. (Of the two steps of section 1 the first is a copy, and needs no network.) The
# network itself is never inverted, so it may be any network: no masks, any activation.
#
# *Step 2: the Jacobian, in blocks.* $u_a$ depends on $x_a$ alone. $u_b$ depends on $x_a$ in some complicated way, and
# each of its entries on its own $x_i$ with the slope $e^{-\alpha_i}$:
#
# $$\frac{\partial u}{\partial x} = \begin{pmatrix}
#   I & 0 \\
#   \dfrac{\partial u_b}{\partial x_a} & \mathrm{diag}\bigl(e^{-\alpha(x_a)}\bigr)
# \end{pmatrix}.$$
#
# *Step 3: the determinant.* The matrix is lower triangular, with ones on its diagonal for $a$ and $e^{-\alpha_i}$ for
# $b$. So
#
# $$\log\left|\det\frac{\partial u}{\partial x}\right| = -\sum_{i \in b} \alpha_i(x_a).$$
#
# The block below the diagonal is as ugly as the network. It is never computed.
#
# **Write.** Both directions, in one function. Here the network has D inputs and returns D numbers for mu and D for
# alpha, as in the RealNVP paper; you decide what goes in, and which of its outputs are used. Several mistakes in
# this function have made it into published code.

# %% tags=["exercise"]
# {{exercise affine-coupling}}

# %% [markdown]
# **Check.** Your function becomes a layer at D = 5, and the library's own checks are run on it.

# %%
import autograd.numpy as anp  # NumPy that autograd can differentiate

from tinymaf import Bijection
from tinymaf.checks import check_log_det, check_round_trip, jacobians
from tinymaf_course import in_band, show, confirm

stay = np.array([True, True, False, True, False])
rng = np.random.default_rng(0)
w, b = rng.standard_normal((5, 32)), rng.standard_normal(32)
v = rng.standard_normal((32, 10)) / 6
calls = 0


def mu_alpha(h):
    """An ordinary network without masks: h (N, 5) -> mu, alpha, each (N, 5)."""
    global calls
    calls += 1
    out = anp.dot(anp.tanh(anp.dot(h, w) + b), v)
    return out[:, :5], out[:, 5:]


class Mine(Bijection):
    """A coupling by affine_coupling."""

    dim = 5

    def x_to_u(self, params, x, context=None):
        return affine_coupling(mu_alpha, stay, x, "u")

    def u_to_x(self, params, u, context=None):
        return affine_coupling(mu_alpha, stay, u, "x")


x = rng.standard_normal((50, 5))
confirm("x -> u -> x, and the two log_dets cancel", check_round_trip(Mine(), (), x),
        below=1e-10)
print("network calls for both directions together:", calls)


def u_traced(x):
    """The formulas of step 1 in autograd's NumPy, to differentiate."""
    mu, alpha = mu_alpha(anp.where(stay, x, 0))
    return anp.where(stay, x, (x - mu) * anp.exp(-alpha))


J = jacobians(u_traced, x)
print("du/dx at the first row, a = (x1, x2, x4) before b = (x3, x5):")
a_then_b = [0, 1, 3, 2, 4]
print(J[0][np.ix_(a_then_b, a_then_b)].round(3) + 0.0)
confirm(f"log_det by {whose(affine_coupling)} = slogdet",
        np.abs(Mine().x_to_u((), x)[1] - np.linalg.slogdet(J)[1]).max(), below=1e-10)

# %% [markdown]
# There are the blocks: the identity at the upper left, zeros at the upper right, a diagonal at the lower right.
#
# **Write.** You hid the mapped variables from the network by putting zeros in their place. MADE would have hidden
# them with masks, another way to the same layer. Build those masks.

# %% tags=["exercise"]
# {{exercise coupling-masks}}

# %% [markdown]
# **Check.** Two networks with the same weights. One has your masks and is shown *everything*. The other has no masks
# and is shown what stays.

# %%
first, last = coupling_masks(stay, 32)
# columns: mu of all variables, then alpha
masked = np.tanh(x @ (w * first) + b) @ (v * np.tile(last, 2))
plain_mu, plain_alpha = mu_alpha(np.where(stay, x, 0))
print("mu of the masked network at the first row:", masked[0, :5].round(3))
confirm("mapped variables: masked = hidden", np.abs(masked[:, :5] - plain_mu)[:, ~stay].max(),
        below=1e-12)
confirm("staying variables: mu = alpha = 0", np.abs(masked[:, np.tile(stay, 2)]).max(),
        below=1e-12)
confirm("the same log_det", np.abs(-masked[:, 5:].sum(axis=1) - Mine().x_to_u((), x)[1]).max(),
        below=1e-12)
u = Mine().x_to_u((), x)[0]
# the network reads u
masked_u = np.tanh(u @ (w * first) + b) @ (v * np.tile(last, 2))
confirm("reads x or reads u: the same", np.abs(masked_u - masked).max(), below=1e-12)

# %% [markdown]
# So a coupling is a MADE of two degrees, without biases at the outputs that see nothing. And because $x_a = u_a$, it
# makes no difference whether its network reads $x$ or $u$: a coupling is a special MAF layer and a special IAF layer at
# once. (With such biases, the first group would be shifted and stretched by constants: the last frame but one of the
# explorer.)

# %% [markdown] tags=["instructor"]
# **Section 2, 19 minutes, 10 of them exercises.**
#
# *What goes wrong.* Summing the alphas of the staying variables, too. Taking off the shift after the scale. Both
# directions returning the same log_det (in a coupling: ikostrikov/pytorch-flows issue 16, open since 2020; in the loop
# over layers: normalizing-flows issue 27, repaired in 2023). Halves split by `::2` and glued together with
# `concatenate` (pytorch-normalizing-flows issue 5): right at D = 2, wrong at D = 4. All are among the wrong answers,
# each with its own sentence.
#
# *Ask.* "Why can a test at D = 2 not see the glued halves?" One variable a half: interleaved and side by side are the
# same. "Could the network read x_b as well, if we are careful?" Then x_b is needed to find x_b: no way back in one
# call.
#
# *Demo.* Replace the network by something wild, `np.sin(100 * h)`: the round trip still holds.

# %% [markdown]
# ## 3. The half that is copied
#
# A coupling copies half of the data. So, people say, half of the data is not modelled. Is that so?
#
# **Predict.** A flow of *one* coupling is trained on the two moons; $x_1$ stays. The model is a density of both
# variables. What density does it give $x_1$ alone?

# %%
predict("copied-half")

# %% [markdown]
# **See.** Sum the model's density over $x_2$, on a fine grid.

# %% tags=["misconception:coupling-copies"]
import warnings

from tinymaf import AffineCoupling, Chain, Flow, fit
from tinymaf.datasets import TOYS
from tinymaf.plotting import grid_points, new_figure, plot_density, use_style

moons = TOYS["two moons"]
# what the warning is about is the point here
warnings.filterwarnings("ignore", "variables .* are moved by no coupling")


def train(flow, seed=0):
    """The flow's parameters after training on moons, and its mean of -log p on new ones."""
    start = flow.init(np.random.default_rng(seed), moons.sample(np.random.default_rng(1), 3000))
    params = fit(flow, lambda rng: moons.sample(rng, 3000), rng=np.random.default_rng(seed),
                 params=start, epochs=25, batch_size=250, lr=1e-2, schedule="cosine",
                 progress=False).params
    return params, -flow.log_prob(params, moons.sample(np.random.default_rng(2), 5000)).mean()


def couplings(n):
    return Flow(Chain([AffineCoupling([k % 2 == 0, k % 2 == 1], (32, 32), activation="tanh")
                       for k in range(n)]))


use_style()
line, side = np.linspace(-3, 3, 121), np.linspace(-6, 6, 1201)
fig, ax = new_figure(size=(5.6, 3.0))
for n, style in [(1, "-"), (4, "--")]:
    flow = couplings(n)
    params, _ = train(flow)
    points = np.stack(np.meshgrid(line, side, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(flow.log_prob(params, points)).reshape(121, 1201)
    alone = density.sum(axis=1) * (side[1] - side[0])
    ax.plot(line, alone, style, label=f"{n} coupling{'s' * (n > 1)}")
    normal = np.exp(-0.5 * line ** 2) / np.sqrt(2 * np.pi)
    if n == 1:
        confirm("one coupling: density of x1 = standard normal", np.abs(alone - normal).max(),
                below=1e-3)
    else:
        in_band(np.abs(alone - normal).max(), 0.05, 1,
                "four couplings: largest distance from the standard normal")
ax.hist(moons.sample(np.random.default_rng(3), 20_000)[:, 0], bins=80, density=True,
        color="#CFCFCF", zorder=0, label="data")
ax.set(xlabel="$x_1$", ylabel="density", xlim=(-3, 3))
ax.legend()
show(fig, "Densities of x1. The data, a grey histogram between -1.8 and 1.8, have four peaks. "
          "The flow of one coupling gives a bell curve, the standard normal. The flow of four "
          "couplings follows the four peaks.")
reveal("copied-half")

# %% [markdown]
# The copied half *is* modelled: by whatever comes after this layer. Here nothing came after it but the base, a poor
# model of $x_1$. Turn the mask round in the next layer, and it is $x_1$'s turn to be mapped.
#
# This gives the rule for masks. **Every variable must be mapped somewhere, and should on the way be visible to those
# that depend on it.** Evens and odds in turn will do. For pictures RealNVP takes a checkerboard, and later half of the
# channels.
#
# **See.** How many couplings does it take, and what if the mask never changes? (There is a flow for every point of the
# chart. They were trained beforehand; `python -m tinymaf_course.explorers` does it again.)

# %%
from tinymaf_course.explorers import couplings as couplings_explorer

couplings_explorer()

# %% [markdown]
# *With "always x1 stays" look at the middle picture: `u1` has the width of the moons, and eight couplings are as good
# as one. You met this in notebook 06: stacking in the same order adds nothing. With alternating masks the step from
# three to four gains almost nothing, or even loses: what a flow can do and what its training finds are two things.*

# %% [markdown] tags=["instructor"]
# **Section 3, 4 minutes.**
#
# *What goes wrong.* "x1 is not modelled": copied is taken for ignored. Ask: *the density integrates to 1 over both
# variables. Sum over one: what is left?* "That of the data": copied is taken for kept as it is in the data. Ask:
# *draw a sample. Where does its x1 come from?*
#
# *Ask.* "Why are four couplings no better than three in the chart?" Ask back which one faces the data, and which
# variable it maps; and one training each proves nothing. "Is the density of x1 by two couplings Gaussian?" No longer:
# x1 is mapped by what it sees of the other.
#
# *Demo.* In the explorer: 1, 2, 3, 4 couplings. Before each click, let a student say which variable will be mapped
# next.

# %% [markdown]
# ## 4. NICE: no stretching at all
#
# The first flow of couplings, NICE, only shifts: $\alpha = 0$.
#
# $$u_a = x_a, \qquad u_b = x_b - \mu(x_a).$$
#
# **Predict.** Train such a flow on data in the plane, as long as you like. How high can its density become, at the
# highest point?

# %%
predict("nice-peak")

# %% [markdown]
# **Derive.** The blocks on the diagonal are $I$ and $I$, so $\log|\det \partial u/\partial x| = 0$, everywhere. The map
# moves matter like the cards of a pack that is pushed askew: no volume changes. For the density that means
#
# $$p(x) = p_u(u) \cdot 1 \;\le\; \max_u p_u(u) = (2\pi)^{-D/2}.$$
#
# **Check.** The moons have a ridge four times as high. So the loss, the mean of $-\log p$, has a floor as well. NICE's
# own remedy is a last layer that stretches each variable by one learned constant, `Scale`. RealNVP's is $\alpha(x_a)$.

# %%
from tinymaf import AdditiveCoupling, alternating_mask, nice, realnvp

print("highest density of a standard normal in the plane:", round(1 / (2 * np.pi), 4))
print("highest density of the moons:                     ",
      np.exp(moons.log_prob(moons.sample(np.random.default_rng(4), 20_000))).max().round(2))
print("so -log p is at least                             ", np.log(2 * np.pi).round(4),
      "without any stretching")

shifts = Flow(Chain([AdditiveCoupling(alternating_mask(2, k), (32, 32), activation="tanh")
                     for k in range(4)]))
flows = {"shifts alone": (shifts, 1.8379, 2.4),
         "NICE (with Scale)": (nice(2, 4, (32, 32), activation="tanh"), 0.9, 1.7),
         "RealNVP": (realnvp(2, 4, (32, 32), activation="tanh"), 1, 1.3)}
x = moons.sample(np.random.default_rng(5), 500)
fig, axes = new_figure(3, size=(3.0, 2.6))
for ax, (name, (flow, low, high)) in zip(axes, flows.items()):
    params, loss = train(flow)
    in_band(loss, low, high, f"{name}, mean of -log p on new moons")
    log_det = flow.bijection.x_to_u(params["bijection"], x)[1]
    print(f"   its log_det is 0: {not log_det.any()}; the same for all rows: "
          f"{np.ptp(log_det) < 1e-10}")
    plot_density(ax, lambda x, flow=flow, params=params: flow.log_prob(params, x), moons.box,
                 n=120, vmax=0.6)
    ax.set_title(name)
show(fig, "Three learned densities of the two moons in one colour scale. Shifts alone: dim and "
          "smeared out. NICE with its scaling layer: a bright wavy band, and haze where the "
          "moons should end. RealNVP: two bright moons, nearly apart.")
reveal("nice-peak", round(1 / (2 * np.pi), 4))

# %% [markdown]
# `Scale` lifts the ceiling, because it makes the whole picture smaller. But it stretches every point alike, as the
# lines about log_det say. RealNVP stretches here and squeezes there.

# %% [markdown] tags=["instructor"]
# **Section 4, 4 minutes.**
#
# *What goes wrong.* "Volume-preserving means that the shape is preserved": a pack of cards pushed askew has the same
# volume and another shape. "A density cannot be higher than 1 anyway": it can (notebook 02); the ceiling here is
# 0.16, not 1.
#
# *Ask.* "With D = 64, where is the floor of the loss?" At 32 log(2 pi): half a log(2 pi) for each variable. "Is a
# volume-preserving flow ever a good idea?" When the thing that you model preserves volume: mechanics.
#
# *Demo.* Multiply the moons by 2.5 in `train`: now the base has about the right volume, and shifts alone come close
# to NICE with its scaling layer.

# %% [markdown]
# ## 5. Glow's pieces (optional)
#
# Skip this, and you miss how Glow differs from RealNVP; section 6 does not need it. Glow keeps RealNVP's coupling and
# replaces what stands between two of them. One step of Glow is ActNorm, an invertible linear layer, a coupling.
#
# **ActNorm** is $u = (x - \mu)\, e^{-\alpha}$ with one trained pair a variable. It starts from data, so that `u` is
# standardised at the start: a batch norm (06) that looks at one batch, once, and then has parameters of its own. Its
# log_det is $-\sum_i \alpha_i$.
#
# **The linear layer** is $u = W x$. A permutation of the variables is such a matrix, with a single 1 in each row. Why
# not learn the matrix? For pictures it acts on the channels of each pixel, and is called a 1 x 1 convolution.
#
# **Derive.** Its log_det is $\log|\det W|$, the same for all rows. A determinant costs about $D^3$ operations, at every
# training step. So do not learn $W$; learn its factors, after one fixed permutation $P$:
#
# $$W = L\, U\, P, \qquad L = \begin{pmatrix} 1 & 0 & 0 \\ \ast & 1 & 0 \\ \ast & \ast & 1 \end{pmatrix}, \qquad
#   U = \begin{pmatrix} e^{s_1} & \ast & \ast \\ 0 & e^{s_2} & \ast \\ 0 & 0 & e^{s_3} \end{pmatrix}.$$
#
# Determinants multiply, $\det L = 1$, $|\det P| = 1$, and $U$ is triangular. So
#
# $$\log|\det W| = \sum_{i=1}^{D} s_i, \qquad \text{in } D \text{ additions.}$$
#
# (The paper puts the permutation on the other side, $W = P L U$. The determinant does not care.)
#
# **Check.**

# %%
from tinymaf import ActNorm, LULinear
from tinymaf.checks import random_params

x = 5 + 3 * np.random.default_rng(6).standard_normal((1000, 4))
act = ActNorm(4)
u, _ = act.x_to_u(act.init(None, x), x)
print("ActNorm at the start: means", np.abs(u.mean(axis=0)).round(4), " standard deviations",
      u.std(axis=0).round(4))

linear = LULinear(4)
params = random_params(linear, np.random.default_rng(7))
# L U P: the columns back in x's order
W = linear.matrix(params)[:, np.argsort(linear.order)]
u, log_det = linear.x_to_u(params, x)
confirm("u = W x", np.abs(u - x @ W.T).max(), below=1e-10)
confirm("log|det W| = sum of s", abs(np.linalg.slogdet(W)[1] - params["s"].sum()), below=1e-12)
confirm("the layer's log_det", np.abs(log_det - params["s"].sum()).max(), below=1e-12)

# %% [markdown]
# **Write** (optional). The linear layer itself, without the permutation.

# %% tags=["exercise"]
# {{exercise lu-layer}}

# %% [markdown]
# Glow is often listed beside MAF and IAF, and taken for an autoregressive flow. Look at what sees what in one step.

# %% tags=["misconception:glow-is-maf"]
from tinymaf import glow, maf

for name, flow in [("one MAF layer", maf(6, 1, (32,), activation="tanh")),
                   ("one RealNVP coupling", realnvp(6, 1, (32,), activation="tanh")),
                   ("one step of Glow", glow(6, 1, (32,), activation="tanh"))]:
    params = random_params(flow, np.random.default_rng(8), scale=1.0)
    x = np.random.default_rng(9).standard_normal((5, 6))
    to_u, weights = flow.bijection.x_to_u, params["bijection"]
    J = jacobians(lambda x, to_u=to_u, weights=weights: to_u(weights, x)[0], x)
    seen = (np.abs(J) > 1e-12).any(axis=0) & ~np.eye(6, dtype=bool)
    # no way leads round to where it began
    ordered = not np.linalg.matrix_power(seen.astype(float), 6).any()
    print(f"{name}: {' + '.join(type(layer).__name__ for layer in flow.bijection.layers)}")
    print(f"   u sees another x in {seen.sum()} of 30 cases; triangular in some order: "
          f"{ordered}")
flow = glow(6, 3, (32,), activation="tanh")
params = random_params(flow, np.random.default_rng(8))
confirm("Glow, three steps: log_det = slogdet",
        check_log_det(flow.bijection, params["bijection"], x), below=1e-8)

# %% [markdown]
# There is no triangle in any order, and no waiting: a sample takes one network call in each coupling. Glow is, in a
# sense, a RealNVP whose masks are learned: its matrices mix the variables before each coupling, so that the mask itself
# need not change.

# %% [markdown]
# **Half of them may leave.** Pictures have many variables, and RealNVP and Glow do not carry all of them to the end.
# *Squeeze*: every block of 2 x 2 pixels becomes four channels of one pixel each, a mere reordering. Some couplings
# follow. *Split*: half of the channels leave for good, and the next level works on the rest. What has left is compared
# with a standard normal as it is: it is part of $u$, and no later layer can improve it. What does that save? If a
# hidden layer is as wide as its level, half the variables mean a quarter of the weights, so three levels cost $1 +
# \frac14 + \frac1{16}$ times the first, where three full ones cost 3. **Check** both on our 8 x 8 digits.

# %%
from tinymaf.datasets import digits
from tinymaf.trees import count_params


def squeezed(channels, side):
    """An order of the columns: each 2 x 2 block of a channel becomes four channels."""
    blocks = np.arange(channels * side ** 2).reshape(channels, side // 2, 2, side // 2, 2)
    return blocks.transpose(0, 2, 4, 1, 3).ravel()


def level(n):
    """Two couplings of n variables, their hidden layer as wide; the halves take turns."""
    first = np.arange(n) < n // 2
    return Chain([AffineCoupling(stay, (n,), activation="tanh") for stay in (first, ~first)])


shapes, levels = [(1, 8), (2, 4), (4, 2)], [level(64), level(32), level(16)]
weights = [random_params(one, np.random.default_rng(k)) for k, one in enumerate(levels)]


def three_levels(x):
    """u and log_det; after each level half of what is left has its final value."""
    finished, log_det = [], 0
    for (channels, side), one, params in zip(shapes, levels, weights):
        x, more = one.x_to_u(params, x[:, squeezed(channels, side)])
        half = x.shape[1] // 2
        finished, x, log_det = [*finished, x[:, half:]], x[:, :half], log_det + more
    return anp.concatenate([*finished, x], axis=1), log_det


pictures = digits()
x = pictures.to_logits(pictures.test_pixels[:3], np.random.default_rng(10))
J = jacobians(lambda x: three_levels(x)[0], x)
error = np.abs(three_levels(x)[1] - np.linalg.slogdet(J)[1]).max()
confirm("three levels: log_det = slogdet of the whole Jacobian", error, below=1e-8)
first = levels[0].x_to_u(weights[0], x[:, squeezed(1, 8)])[0]
error = np.abs(three_levels(x)[0][:, :32] - first[:, 32:]).max()
confirm("what left first is final", error, below=1e-15)
counts = [count_params(one.init(rng)) for one in levels]
print("parameters of the levels:", *counts)
print("together:", sum(counts), "of", 3 * counts[0], "without splits")
confirm("that is (1 + 1/4 + 1/16) / 3, biases aside",
        abs(sum(counts) / (3 * counts[0]) - (1 + 1 / 4 + 1 / 16) / 3), below=0.01)

# %% [markdown]
# So 44 % of the parameters, and about as many of the multiply-adds, in both directions. The price: later layers can no
# longer see what has left. (The two papers use convolutions, whose weights are counted in another way; their gain lies
# in the operations and the memory.)

# %% [markdown] tags=["instructor"]
# **Section 5, 14 minutes, 5 of them exercise, and all of it optional.** The split can be homework.
#
# *What goes wrong.* "The log-determinant of L U sums the logs on the product's diagonal": true for each factor, not for
# the product. `x @ W` for `x @ W.T`: same determinant, another map, and only a round trip between two people's code
# will show it.
#
# *Ask.* "Why exp(s) and not s on the diagonal?" So that it is never zero. What is given up are signs of single
# variables, such as W = -I; the base is symmetric, so nothing is lost. (Glow keeps signs beside log|s|, drawn once and
# fixed.) "What does P buy if W is learned anyway?" L U alone cannot be every matrix: it has no zero pivot, so no
# exchange of two variables.
#
# *Demo.* Leave U out (one of the wrong answers): the linear layer is triangular then, and a step of Glow sees less.

# %% [markdown]
# ## 6. MAF against RealNVP
#
# First, a rumour: that MAF is the one with the *exact* likelihood. Every flow of this course has one, because every one
# of them is a change of variables. What differs is the price of each direction. **Check.**

# %% tags=["misconception:only-maf-exact"]
from tinymaf import glow, iaf, maf
from tinymaf.checks import check_normalised, random_params

makers = {"MAF": maf, "IAF": iaf, "NICE": nice, "RealNVP": realnvp, "Glow": glow}
for name, make in makers.items():
    flow = make(2, 2, (16,), activation="tanh")
    params = random_params(flow, np.random.default_rng(8), scale=0.5)
    x = np.random.default_rng(9).standard_normal((50, 2))
    log_base = np.sum(-0.5 * flow.to_noise(params, x) ** 2 - 0.5 * np.log(2 * np.pi), axis=1)
    J = jacobians(lambda x: flow.bijection.x_to_u(params["bijection"], x)[0], x)
    error = np.abs(flow.log_prob(params, x) - log_base - np.linalg.slogdet(J)[1]).max()
    confirm(f"{name:8} log p(x) = log p_u(u) + log|det du/dx|, by autograd", error, below=1e-8)
    error = check_normalised(flow, params)
    confirm(f"{name:8} integral of p over the plane = 1", error, below=1e-3)

# %% [markdown]
# So RealNVP has both directions in one call a layer, and MAF has more ties in a layer. Which fits better? The data are
# D numbers, each a noisy sine of the one before it, then shuffled so that no model knows the order. Their density is
# known. To be fair to couplings: this is *MAF's home ground*. In the right order such data are a single MAF layer,
# exactly. Both flows have the same number of layers and the same number of parameters (weights hidden by a mask are not
# counted).
#
# **Predict.** D = 16, four layers each. Which one comes closer to the truth?

# %%
predict("maf-or-realnvp")

# %% [markdown]
# **See.** At the top: which $x$ moves which $u$ in one layer of each. Below: how far both are from the truth, and what
# a sample costs, against D. (The flows were trained beforehand.)

# %%
from tinymaf_course.explorers import equal_parameters

equal_parameters()

# %%
from tinymaf_course.explorers.equal_parameters import pair, parameters, recorded, steps

for dim in [2, 8, 16]:
    flows = pair(dim, 4)
    print(f"D = {dim:2d}: parameters MAF {parameters(flows['MAF']):,}, RealNVP "
          f"{parameters(flows['RealNVP']):,}; "
          f"calls for a sample {steps(dim, 4, 'MAF')} and {steps(dim, 4, 'RealNVP')}")
behind = {dim: recorded(dim, 4, "RealNVP") - recorded(dim, 4, "MAF") for dim in [2, 8, 16]}
in_band(abs(behind[2]), None, 0.04, "D = 2: difference in nats")
in_band(behind[16], 0.2, 2, "D = 16: RealNVP behind MAF, nats")
in_band(behind[16] - behind[8], 0.1, None, "by how much more than at D = 8, nats")
reveal("maf-or-realnvp")

# %% [markdown]
# At D = 2 a MAF layer *has* two degrees: it is nearly a coupling. The more variables, the more ties a coupling leaves
# out. More layers may win them back (which we have not measured), and it can afford them, because its samples are so
# much cheaper.
#
# *On real data* the MAF paper found MAF ahead at equal depth. But its RealNVP is a version of its own for tables of
# numbers, which the authors call not comparable with the original, and it has 1.3 to 2 times the MAF's parameters. And
# two years later the lead was gone: in table 1 of the neural spline paper (Durkan et al. 2019), couplings and MAF, both
# now with learned linear layers between them, are within half a nat of each other on all five tables. So do not make a
# law of our chart.
#
# For density estimation with samples now and then, try MAF. For samples and densities all the time, or many variables
# and a large machine, try couplings, and more of them.
#
# **How much can they express at all?** Notebook 06 has the map that turns any smooth density into noise, variable after
# variable: each conditional goes through its own distribution function. So *one* autoregressive layer in *one* order is
# enough, if its map of each variable can come close to any increasing curve: mixtures of Gaussians can (MADE MoG, says
# the MAF paper's discussion), and so can monotone networks (Huang et al. 2018), and splines with enough bins. *Affine*
# layers cannot do it alone, because one layer has Gaussian conditionals. For a stack of them on a Gaussian base the MAF
# paper leaves the question open. For affine *couplings* it has been answered since: with invertible linear layers
# between them their samples can come as close as you like to any such distribution (Teshima et al. 2020). But close in
# that sense is not close in nats, and nothing guarantees that training gets there.

# %% [markdown] tags=["instructor"]
# **Section 6, 5 minutes.** Skip the paragraph on what flows can express if time is short.
#
# *What goes wrong.* Turning one chart into a law. The data here are a chain, each variable tied to one other; with
# other data, more layers or more training the gap will differ. Ask: *what would you have to measure to convince a
# sceptic?* (Several data sets and seeds, equal time instead of equal parameters, depth chosen for each on validation
# data.)
#
# *Ask.* "Equal parameters, equal layers. What else could one keep equal?" Time to train, time to sample, memory.
# RealNVP looks better at equal time to sample.
#
# *Demo.* The explorer from D = 2 to 16 at two layers, then at four: both curves fall, the gap too.

# %% [markdown]
# ## Quiz

# %%
from tinymaf_course import quiz

quiz("realnvp")

# %% [markdown]
# ## Recap
#
# * Variables of one degree do not wait for each other. Two degrees make a coupling: 2 steps, half of the ties.
# * $u_a = x_a$, $u_b = (x_b - \mu(x_a))\, e^{-\alpha(x_a)}$. The network reads what stays, which is known in both
#   directions: one call each way, any network, $\log|\det| = -\sum_{i \in b} \alpha_i$.
# * What is copied is modelled by the layers that follow, and in the end by the base. So masks must change.
# * NICE only shifts: its volume is fixed, and its density has a ceiling until a scaling layer lifts it.
# * Glow is RealNVP with ActNorm and learned linear layers, whose log_det is a sum if they are kept as L U.
# * Every flow has an exact likelihood. After a squeeze and a split the half that leaves is final, and the next level
#   costs a quarter.
# * On a chain of variables, at equal size, MAF fitted better in many dimensions; elsewhere couplings have drawn level.
#   RealNVP samples in one call a layer.

# %% [markdown]
# ## References
#
# * L. Dinh, D. Krueger, Y. Bengio, *NICE: Non-linear Independent Components Estimation*, ICLR workshop 2015,
#   [arXiv:1410.8516](https://arxiv.org/abs/1410.8516). Sections 3.2 and 3.3: additive couplings, and the scaling.
# * L. Dinh, J. Sohl-Dickstein, S. Bengio, *Density Estimation Using Real NVP*, ICLR 2017,
#   [arXiv:1605.08803](https://arxiv.org/abs/1605.08803). Section 3: the affine coupling, its Jacobian, its inverse, its
#   masks; section 3.6: squeeze and split.
# * D. P. Kingma, P. Dhariwal, *Glow: Generative Flow with Invertible 1x1 Convolutions*, NeurIPS 2018,
#   [arXiv:1807.03039](https://arxiv.org/abs/1807.03039). Section 3: ActNorm, the linear layer and its LU form.
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.3: RealNVP as a special case; section 4: both
#   measured on real data; its discussion: what is universal, and what is open.
# * C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, *Neural Spline Flows*, NeurIPS 2019,
#   [arXiv:1906.04032](https://arxiv.org/abs/1906.04032). Table 1: couplings and MAF, level.
# * C.-W. Huang, D. Krueger, A. Lacoste, A. Courville, *Neural Autoregressive Flows*, ICML 2018,
#   [arXiv:1804.00779](https://arxiv.org/abs/1804.00779). One layer of monotone networks is universal.
# * T. Teshima, I. Ishikawa, K. Tojo, K. Oono, M. Ikeda, M. Sugiyama, *Coupling-based Invertible Neural Networks Are
#   Universal Diffeomorphism Approximators*, NeurIPS 2020, [arXiv:2006.11469](https://arxiv.org/abs/2006.11469).
