# %% [markdown]
# # Stacking and permutations
#
# **You will put layers on top of one another, hit a wall that no number of them can climb, take it down with a
# permutation that costs nothing, and see what really happens between the data and the noise.**

# %%
import numpy as np

from tinymaf import fit, maf
from tinymaf.datasets import TOYS
from tinymaf.plotting import new_figure, plot_points, use_style
from tinymaf_course import check, confirm, hint, in_band, predict, quiz, reveal, show, solution

use_style()
moons = TOYS["two moons"]
x_train = moons.sample(np.random.default_rng(0), 4000)
layer = maf(2, 1, (32, 32), activation="tanh")
best = fit(layer, x_train, rng=np.random.default_rng(0), epochs=40, batch_size=200, lr=1e-2,
           schedule="cosine", progress=False).params

fig, axes = new_figure(2, size=(3.7, 2.9))
for ax, x, title in zip(axes, [x_train, layer.sample(best, np.random.default_rng(1), 4000)],
                        ["data", "samples of one MAF layer"]):
    plot_points(ax, x, moons.box)
    ax.set_title(title)
show(fig, "Left: two interlocking half moons. Right: samples of one trained MAF layer, a broad "
          "smear over both moons and over the gap between them.")

# %% [markdown]
# *One layer, trained until nothing improves: its conditionals are Gaussian, and here that is not enough. A* flow *is
# meant to be stacked: the noise of one layer becomes the data of the next. How much does that buy, and where is the
# trap?*

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * chain layers, and add up their log-determinants;
# * say, and prove, why a stack in one order is no better than one layer;
# * undo a permutation, and say what it does to the volume;
# * say what the clouds between the layers look like, and why that does not matter;
# * (optional sections) say what makes the noise come out Gaussian, and what another base density buys;
# * (optional section) read batch normalisation as a layer of a flow.
#
# **Before you start.** You know the change of variables ([02](02_change_of_variables.ipynb)), the order of a MADE
# ([03](03_made.ipynb)) and the MAF layer in both directions ([05](05_maf.ipynb)). Training is a single call here; the
# next notebook opens it up.
#
# **Time.** Reading 30 minutes, exercises 15 minutes, and 25 more for what is optional. The computer needs about half
# a minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# The clouds between the layers are called $h$, for hidden: $h_0 = x$ is the data, $h_1$ is what the first layer makes
# of it, and $h_K = u$. The first layer faces the data, the last one the noise.
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 45 minutes: section 1 takes 8, section 2 takes 14, section 3 takes 13, section 4 takes 7, the
# opening, the quiz and the recap 4, rounded. Sections 5 to 7 and the exercise in section 4 are optional, 25 minutes
# together; section 7 is the best homework. The one idea to leave in the room: *a straight line of a straight line is
# a straight line; only a change of order breaks that.* Write `u_i = A x_i + B` on the board in section 2 and ask at
# every stack: what do A and B depend on?

# %% [markdown]
# ## 1. Layers in a row
#
# A layer takes `x` and gives `u`. Feed that `u` into a second layer, and its `u` into a third. Each of them can be
# undone, so the whole row can: from noise to data you go through the list backwards. What about the determinant?
#
# **Derive.** Two layers, $h = g_1(x)$ and $u = g_2(h)$. Move $x$ by a tiny $dx$. Then $h$ moves by $J_1\, dx$, and
# $u$ by $J_2\, (J_1\, dx)$. So the Jacobian of the stack is the product $J_2\, J_1$. Mind the places: $J_1$ is taken
# at $x$, but $J_2$ at $h$, the input of the second layer.
#
# The determinant of a product is the product of the determinants, and the logarithm turns it into a sum. For $K$
# layers
#
# $$\log\left|\det \frac{\partial u}{\partial x}\right| = \sum_{k=1}^{K} \log\left|\det J_k\right|,
#   \qquad J_k \text{ taken at } h_{k-1}.$$
#
# **Check.** Two random layers, Jacobians by autograd.

# %%
from tinymaf import AffineAutoregressive
from tinymaf.checks import jacobians, random_params

rng = np.random.default_rng(0)
one, two = (AffineAutoregressive(3, hidden=(16,), order=order, activation="tanh")
            for order in ("natural", "reversed"))
p_one, p_two = random_params(one, rng), random_params(two, rng)

x = rng.standard_normal((10, 3))
h, log_det_1 = one.x_to_u(p_one, x)
u, log_det_2 = two.x_to_u(p_two, h)

J1 = jacobians(lambda x: one.x_to_u(p_one, x)[0], x)                    # at x
J2 = jacobians(lambda h: two.x_to_u(p_two, h)[0], h)                    # at h
J = jacobians(lambda x: two.x_to_u(p_two, one.x_to_u(p_one, x)[0])[0], x)
log_det = np.linalg.slogdet(J)[1]
confirm("Jacobian of the stack = J2 J1", np.abs(J - J2 @ J1).max(), below=1e-12)
confirm("log|det| of the stack = the sum of both",
        np.abs(log_det - log_det_1 - log_det_2).max(), below=1e-12)
print("log_dets at the first row:", log_det_1[0].round(4), "+", log_det_2[0].round(4), "=",
      log_det[0].round(4))

at_x = two.x_to_u(p_two, x)[1]
print("with layer 2 taken at x:  ", log_det_1[0].round(4), "+", at_x[0].round(4), "=",
      (log_det_1 + at_x)[0].round(4), "  (wrong)")

# %% [markdown]
# **Write.** The whole stack, from data to noise.

# %% tags=["exercise"]
# {{exercise compose}}

# %% [markdown]
# That is all there is to a deep flow. In the library it is called `Chain`, and `maf(dim, n_layers)` makes one.

# %% [markdown] tags=["instructor"]
# **Section 1, 8 minutes, 5 of them exercise.**
#
# *What goes wrong.* Every layer's log_det is taken at x: the check above prints what comes out, and the error is not
# small. log_det is overwritten in the loop, so that only the last layer counts. The log_dets are multiplied: people
# remember that determinants multiply, and forget the logarithm.
#
# *Ask.* "In which order do the Jacobians multiply?" The last layer's is on the left. "Does the order matter for
# log_det?" Not in the product, but the *places* matter. "What does a stack cost?" From x to u one network call a
# layer. From u to x the layers run backwards, each with its D steps.

# %% [markdown]
# ## 2. The wall
#
# Two moons again. One MAF layer, in the order `x1, x2`, falls short of the truth by about half a nat a point, for a
# good reason: above one `x1` there are often *two* moons, and a Gaussian has one hump.
#
# **Predict.** Now five layers, all in that same order, with five times as many knobs to turn. How many nats will be
# missing?

# %%
predict("nats-same-order")

# %% [markdown]
# **See.** Let us train a dozen flows: 1, 2, 3 and 5 layers, ordered in three ways.
#
# * *same*: `x1, x2` in every layer;
# * *reversed*: `x1, x2`, then `x2, x1`, then `x1, x2`, ... as in the MAF paper;
# * *random*: a coin is tossed for each layer. It gave `x2 x1`, `x1 x2`, `x1 x2`, `x2 x1`, `x1 x2`.
#
# The library warns when neighbours share an order. Here that is what we want, so the warning is silenced.

# %%
import warnings

x_test = moons.sample(np.random.default_rng(1), 20_000)
truth = moons.log_prob(x_test)

coins = ["reversed", "natural", "natural", "reversed", "natural"]
orders = {"same": ["natural"] * 5, "reversed": ["natural", "reversed"] * 3, "random": coins}
depths, trained, short = [1, 2, 3, 5], {}, {}
for name, sequence in orders.items():
    for depth in depths:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "layers .* share one order")
            flow = maf(2, depth, (32, 32), orders=sequence[:depth], activation="tanh")
        params = fit(flow, x_train, rng=np.random.default_rng(0), epochs=40, batch_size=200,
                     lr=1e-2, schedule="cosine", progress=False).params
        trained[name, depth] = flow, params
        short[name, depth] = np.mean(truth - flow.log_prob(params, x_test))

in_band(short["same", 1], 0.45, 0.58, "nats that one layer is short")
in_band(short["same", 5], 0.45, 0.58, "nats that five layers in the same order are short")
in_band(short["same", 5] - short["reversed", 2], 0.01, None,
        "nats by which two layers in reversed orders beat these five")
in_band(short["reversed", 5], 0.02, 0.14, "nats that five layers in reversed orders are short")
reveal("nats-same-order")

# %% [markdown]
# Is that bad luck in training? No. There is a wall, and it can be computed without training anything. The best that
# Gaussian conditionals can do is to have the true mean and the true variance everywhere (notebook 01). How far such a
# model is from the truth is a sum over a grid.

# %%
def best_gaussian_conditionals(toy, n=200):
    """Nats that a model with Gaussian p(x1) and p(x2 | x1) is short of the truth, at best."""
    (a, b), (c, d) = (-2.6, 2.6), (-2.0, 2.0)
    x1, x2 = (low + (high - low) * (np.arange(n) + 0.5) / n for low, high in ((a, b), (c, d)))
    grid = np.stack(np.meshgrid(x1, x2, indexing="ij"), axis=-1).reshape(-1, 2)
    log_p = toy.log_prob(grid).reshape(n, n)
    p = np.exp(log_p) * (b - a) * (d - c) / n ** 2                      # mass of each cell
    p1 = p.sum(axis=1)
    variance_1 = p1 @ x1 ** 2 - (p1 @ x1) ** 2
    variance_2 = (p @ x2 ** 2) / p1 - ((p @ x2) / p1) ** 2              # of x2, for each x1
    logs = np.log(variance_1) + p1 @ np.log(variance_2)
    entropy_of_model = np.log(2 * np.pi * np.e) + 0.5 * logs
    return entropy_of_model + np.sum(p * log_p)


wall = best_gaussian_conditionals(moons)
print("the wall:", wall.round(3), "nats short of the truth")

# %%
from tinymaf.plotting import BLUE, GREEN, ORANGE
from tinymaf_course.pictures import plot_lines

fig, ax = plot_lines(depths, {
    name: ([short[name, depth] for depth in depths], style, color)
    for name, color, style in zip(orders, [ORANGE, BLUE, GREEN], ["s:", "o-", "^--"])})
ax.axhline(wall, color="black", linewidth=0.8)
ax.text(4, wall - 0.05, "the wall", ha="center")
ax.set(xlabel="layers", ylabel="nats short of the truth", xticks=depths, ylim=(0, 0.75))
show(fig, "Nats short of the truth against 1, 2, 3 and 5 layers. Same order: a flat line on "
          "the wall, just below 0.5. Reversed: falls from the wall to nearly 0. Random: starts "
          "above, falls at 2 layers, is level from 2 to 3, and comes down to about 0.1 at 5.")

# %% [markdown]
# Look at the coin flips, too: from two layers to three almost nothing happens. Layers 2 and 3 drew the same order, so
# together they are as good as one.

# %% tags=["misconception:stacking-adds-power"]
for depth in depths:
    in_band(short["same", depth] - wall, -0.03, 0.05,
            f"{depth} layer(s), same order: nats above the wall")
in_band(short["random", 2] - short["random", 3], -0.12, 0.12,
        "nats gained by a third layer in the order of the second")
in_band(short["random", 1], 0.6, 0.85, "nats that one layer is short with x2 first")

# %% [markdown]
# **Derive.** Take any variable $x_i$, and hold the ones before it fixed. Layer 1 (notebook 05) is a line in $x_i$,
# namely $h_i = a_i\, x_i + b_i$ with $a_i = e^{-\alpha_i}$ and $b_i = -\mu_i\, e^{-\alpha_i}$, functions of $x_1,
# \dots, x_{i-1}$ alone. Layer 2, in the *same* order, does it again: $u_i = a'_i\, h_i + b'_i$, where $a'_i$ and
# $b'_i$ are functions of $h_1, \dots, h_{i-1}$ alone. But these are made of $x_1, \dots, x_{i-1}$, which are held
# fixed. So $a'_i$ and $b'_i$ are fixed, too. Put one line into the other:
#
# $$u_i = a'_i\,(a_i\, x_i + b_i) + b'_i = \underbrace{a'_i\, a_i}_{A}\; x_i + \underbrace{a'_i\, b_i + b'_i}_{B}.$$
#
# A straight line in $x_i$. A third layer makes a line of this line, and so on. Now read it backwards: $x_i = (u_i -
# B)/A$ with $u_i$ standard normal. Shifted and stretched, a Gaussian stays a Gaussian: given the variables before it,
# $x_i$ has mean $-B/A$ and variance $1/A^2$.
#
# Stacking made $A$ and $B$ richer functions of the variables before. It did not make the conditional anything but a
# Gaussian. **A stack in one order is one layer with a bigger network.**
#
# **Check.** Two random layers in one order, three variables: the slope and the intercept.

# %%
same = [AffineAutoregressive(3, hidden=(16,), activation="tanh") for _ in range(2)]
p_same = [random_params(layer, np.random.default_rng(k)) for k, layer in enumerate(same)]
x = np.random.default_rng(2).standard_normal((10, 3))

mu, alpha = same[0].mu_alpha(p_same[0], x)
a, b = np.exp(-alpha), -mu * np.exp(-alpha)
h = a * x + b
mu, alpha = same[1].mu_alpha(p_same[1], h)
a_2, b_2 = np.exp(-alpha), -mu * np.exp(-alpha)


def stack(x):
    return same[1].x_to_u(p_same[1], same[0].x_to_u(p_same[0], x)[0])[0]


J = jacobians(stack, x)

slope = np.diagonal(J, axis1=1, axis2=2)
confirm("slope of u_i in x_i = a'_i a_i", np.abs(slope - a_2 * a).max(), below=1e-12)
confirm("u_i = A x_i + B", np.abs(stack(x) - (a_2 * a * x + a_2 * b + b_2)).max(), below=1e-12)

# %% [markdown]
# The slope at one place does not distinguish a line from a curve. A *second* derivative does: for a line it is zero
# everywhere.
#
# **Write.** Measure it. This test is worth keeping: give it any flow, and it says whether the stack has collapsed.

# %% tags=["exercise"]
# {{exercise own-curvature}}

# %%
def map_of(flow, params):
    return lambda x: flow.to_noise(params, x)


x = x_test[:500]
for name, depth in [("same", 1), ("same", 5), ("reversed", 2), ("reversed", 5)]:
    bend = np.abs(own_curvature(map_of(*trained[name, depth]), x, 1e-3)).max()
    print(f"{depth} layer(s), {name:8}: each u_i is straight in its own x_i: {bend < 1e-4}")

# %% [markdown] tags=["instructor"]
# **Section 2, 14 minutes, 5 of them exercise.** Collect the predictions before the cell is run, and write the
# smallest and the largest on the board. Nearly all will be below 0.5.
#
# *What goes wrong.* "But deep networks are more powerful than shallow ones": yes, when there is something nonlinear
# in between. Ask: *nonlinear in what?* mu and alpha are as nonlinear as you like in the variables before; in x_i
# itself the map is a line. "Then why does the flow bend in the pictures?" It bends x2 as x1 changes. It never bends
# x2 at fixed x1.
#
# *Ask.* "Would splines instead of lines collapse as well?" They would stay triangular, but each conditional can bend,
# so there is no wall of this kind. "Is the wall at 0.48 for x2 first as well?" No: it is higher, about 0.7 (the first
# point of the random curve). "Can five layers ever be *worse* than one?" In principle no: four of them can be the
# identity. In training, yes.
#
# *Demo.* Take `hidden=(2,)` instead of `(32, 32)` in the dozen, without the bands: now five layers in the same order
# do beat one. Why? The wall is where it was, but one layer with two hidden units does not even reach it.

# %% [markdown]
# ## 3. Turn round
#
# There are two ways to change which variable comes first. Give the next layer another *order* of its masks. Or keep
# the layers as they are, and put a **permutation** between them: a layer that only renames the variables, $u_k =
# x_{\text{order}[k]}$. The two are equivalent: a layer with reversed masks is a flip, then a layer with natural
# masks, then a flip back.
#
# **Check.** The weights are flipped along with the variables: the rows of the first layer, the columns of the last.

# %%
from tinymaf import Chain, Permute

dim = 3
flip = [2, 1, 0]
reversed_layer = AffineAutoregressive(dim, hidden=(16,), order="reversed", activation="tanh")
natural_layer = AffineAutoregressive(dim, hidden=(16,), order="natural", activation="tanh")
(w, b), (v, c) = p_natural = random_params(natural_layer, np.random.default_rng(3))
columns = flip + [dim + k for k in flip]  # those of mu, then those of alpha
p_reversed = [(w[flip], b), (v[:, columns], c[columns])]

sandwich = Chain([Permute(flip), natural_layer, Permute(flip)])
x = np.random.default_rng(4).standard_normal((10, dim))
u_1, log_det_1 = reversed_layer.x_to_u(p_reversed, x)
u_2, log_det_2 = sandwich.x_to_u([(), p_natural, ()], x)
confirm("reversed masks = flip, natural masks, flip", np.abs(u_1 - u_2).max(), below=1e-12)
confirm("and their log_dets", np.abs(log_det_1 - log_det_2).max(), below=1e-12)

# %% [markdown]
# **Predict.** Both ways are fine. Now a colleague wants to be on the safe side and uses both. Here are four stacks: N
# is a layer in natural order, R one in reversed order, F a flip. N N collapses, as you know. So does one of these
# four. Which?

# %%
predict("collapsed-stack")

# %% tags=["misconception:stacking-adds-power"]
def stack_of(letters, seed=0):
    """A random stack of two variables, as a function from x to u."""
    rng = np.random.default_rng(seed)
    parts = {"N": lambda: AffineAutoregressive(2, hidden=(16,), activation="tanh"),
             "R": lambda: AffineAutoregressive(2, hidden=(16,), order="reversed",
                                               activation="tanh"),
             "F": lambda: Permute([1, 0])}
    layers = [parts[letter]() for letter in letters.split()]
    params = [random_params(layer, rng) for layer in layers]

    def to_noise(x):
        for layer, p in zip(layers, params):
            x = layer.x_to_u(p, x)[0]
        return x[:, ::-1] if letters.count("F") % 2 else x  # call u_i again what began as x_i
    return to_noise


x = np.random.default_rng(5).standard_normal((200, 2))
for letters in ["N N", "N R", "N F N", "N F R", "N R N"]:
    bend = np.abs(own_curvature(stack_of(letters), x, 1e-3)).max()
    print(f"{letters:6} {'collapsed: straight lines' if bend < 1e-4 else 'bends'}")
reveal("collapsed-stack")

# %% [markdown]
# This is more than a riddle: it happens when one person writes the flip and another one the masks. No test of the
# log-determinant would notice, nor a round trip, nor an integral. What comes out is a proper density. It is just a
# weak one.
#
# ### What a permutation costs
#
# **Derive.** The Jacobian of $u_k = x_{\text{order}[k]}$ is a matrix $P$ with a single 1 in each row and each column,
# and zeros elsewhere. Swapping two rows of a matrix changes the sign of its determinant. A few swaps turn $P$ into
# the identity, whose determinant is 1. So $\det P$ is $1$ or $-1$, and $\log\left|\det P\right| = \log 1 = 0$. A
# little cube whose axes are renamed is as large as before.
#
# **Check.** All 24 permutations of four variables, and the density of a flow that does nothing but permute.

# %% tags=["misconception:permutation-volume"]
from collections import Counter
from itertools import permutations

from tinymaf import Flow

matrices = [np.eye(4)[list(order)] for order in permutations(range(4))]
signs = Counter(int(np.linalg.det(P).round(6)) for P in matrices)
print("determinants:", signs[1], "times 1 and", signs[-1], "times -1")
confirm("log|det P| = 0 for all 24", max(abs(np.linalg.slogdet(P)[1]) for P in matrices),
        below=1e-12)

order = [2, 0, 1]
cycle = Flow(Permute(order))
x = np.random.default_rng(6).standard_normal((5, 3))
p_cycle = cycle.init(np.random.default_rng(0))
log_p_u = np.sum(-0.5 * x[:, order] ** 2 - 0.5 * np.log(2 * np.pi), axis=1)
unchanged = cycle.log_prob(p_cycle, x) - log_p_u
confirm("log p(x) = log p_u(x in the other order) + 0", np.abs(unchanged).max(), below=1e-12)

# %% [markdown]
# ### The way back
#
# Here is this notebook's bug. A flip undoes itself: flip twice, and everything is as before. So code that applies
# `order` on the way there *and* on the way back will pass every test in two dimensions. With three variables in a
# circle it goes wrong, and nothing raises an error: the samples simply have their variables mixed up.

# %%
row = np.array([[10.0, 11.0, 12.0]])
for order in ([2, 1, 0], [2, 0, 1]):
    there = row[:, order]
    print(f"order {order}: {row[0]} -> {there[0]} -> with the same order again "
          f"{there[:, order][0]}")

# %% [markdown]
# **Write.** The way back, for every order.

# %% tags=["exercise"]
# {{exercise unpermute}}

# %%
for order in ([2, 1, 0], [2, 0, 1], [1, 2, 3, 0]):
    x = np.random.default_rng(7).standard_normal((6, len(order)))
    back, log_det = unpermute(x[:, order], np.array(order))
    theirs, theirs_log_det = Permute(order).u_to_x((), x[:, order])
    confirm(f"there and back, {order}", np.abs(back - x).max(), below=1e-15)
    confirm("  as in the library", np.abs(back - theirs).max() +
            np.abs(log_det - theirs_log_det).max(), below=1e-15)

# %% [markdown]
# **See.** What has turning round bought? Cut the two moons at `x1 = 0` and look along `x2`, where the truth has two
# humps.

# %%
cut = np.stack([np.zeros(2000), np.linspace(-5, 5, 2000)], axis=1)
width = cut[1, 1] - cut[0, 1]
curves = {"truth": (np.exp(moons.log_prob(cut)), "-", "black")}
for name, color, style in [("same", ORANGE, ":"), ("reversed", BLUE, "--")]:
    flow, params = trained[name, 5]
    curves[f"five layers, {name}"] = np.exp(flow.log_prob(params, cut)), style, color

fig, ax = plot_lines(cut[:, 1], {label: (p / (p.sum() * width), style, color)
                                 for label, (p, style, color) in curves.items()})
ax.set(xlabel="$x_2$", ylabel="$p(x_2 \\mid x_1 = 0)$", xlim=(-1.6, 1.6), ylim=(0, None))
ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.32), ncols=1)
show(fig, "Three curves over x2. The truth has two narrow humps with nothing between them. "
          "Five layers in the same order give one broad Gaussian hump, high in the middle. "
          "Five layers in reversed orders have two humps at the right places.")

# %% [markdown]
# In figure 1 of the MAF paper you will find a stack of five layers, said to have the same order as the single layer
# that fails, and it *succeeds*. That fits what you have seen: only the *first* of the five has the failing order, and
# those after it are reversed in turn. The figure below has that case, "bad first", beside "same", on the paper's own
# data. Move "layers" from 1 to 2 in both.

# %%
from tinymaf_course.explorers import depth as order_and_depth

order_and_depth()

# %% [markdown] tags=["instructor"]
# **Section 3, 13 minutes, 5 of them exercise.** The prediction is the heart of it: let them argue in pairs about N F
# R. Draw the four stacks as columns of names, x1 above x2, with an arrow "sees" in each layer.
#
# *What goes wrong.* `u[:, order]` for the way back: most of us have written it once. Do not correct it; ask for
# `order = [2, 0, 1]` by hand, with three people who change seats. A log_det of 0 as one number instead of one a row.
# "det = -1, and the log of -1 does not exist": the absolute value comes first.
#
# *Ask.* "How often do two random orders of D variables agree?" Once in D!: a coin for D = 2, never for D = 100. So
# random orders are a bad idea here and a fair one there. "Is there something better than a fixed permutation?" A
# learned linear map that can be inverted: Glow has one (notebook 09), and its log_det is not 0 any more.
#
# *Demo.* In `stack_of`, try "N F N F N" and "N F R F N": which one bends? The first, because each flip changes which
# variable comes first. In "N F R F N" x1 comes first in all three layers, so it collapses.

# %% [markdown]
# ## 4. What happens in between
#
# The last cloud should look like noise, because training asks for it. Now think of the clouds before the last.
#
# One layer, trained *alone*, ends about half a nat from noise: that is the wall. (Nats from noise: the
# Kullback-Leibler divergence of the cloud from a standard normal.) So the first layer of a deeper stack could do the
# same, and leave the rest of the work to the others.
#
# **Predict.** In the trained stack of five with reversed orders, how far from noise is the cloud behind the *first*
# layer?

# %%
predict("first-layer-nats")

# %% [markdown]
# **Derive.** We can compute that distance, because we know the data's true density. By the change of variables the
# cloud behind $k$ layers has a density as well:
#
# $$\log p(h_k) = \log p(x) - \sum_{j=1}^{k} \log\left|\det J_j\right|.$$
#
# Where layers stretch, the cloud thins out. Then
#
# $$\mathrm{KL}\big(p(h_k) \,\|\, \mathcal{N}(0, I)\big) = \mathbb{E}\big[\log p(h_k) - \log \mathcal{N}(h_k;\, 0,
# I)\big].$$
#
# For $k = K$ these are the nats by which the flow is short of the truth. (Put in $\log p(h_K) = \log p(x) -
# \log|\det|$: what remains is $\log p(x)$ minus the model's own $\log p$.)
#
# **Write** (optional). Layer by layer, in a loop that you almost have already.

# %% tags=["exercise"]
# {{exercise hidden-nats}}

# %%
def layers_of(flow, params):
    """The layers of a flow as plain functions h -> next h, log_det."""
    return [lambda h, layer=layer, p=p: layer.x_to_u(p, h)
            for layer, p in zip(flow.bijection.layers, params["bijection"])]


nats = {key: hidden_nats(layers_of(*trained[key]), x_test, truth) for key in trained}
print("the data themselves:", nats["same", 1][0].round(1), "nats from noise")
in_band(nats["same", 1][1], 0.45, 0.58, "behind one layer that was trained alone")
in_band(nats["reversed", 5][1], 0.6, 2, "behind the first layer of five")
difference = max(abs(nats[key][-1] - short[key]) for key in trained)
confirm("the last number = nats short of the truth", difference, below=1e-9)
step_up = max(np.diff(nats[key]).max() for key in trained)
in_band(step_up, 0.02, None, "the largest step of one layer away from noise, nats")
reveal("first-layer-nats")

# %% [markdown]
# **See.** Here are all twelve stacks: the cloud behind each layer, with its nats from noise. The dashed circles hold
# 50 % and 95 % of a standard normal. Below each cloud is a strip for each variable: the **probability integral
# transform**, PIT for short. That is $\Phi(h)$, with $\Phi$ the distribution function of the standard normal. If $h$
# is standard normal, $\Phi(h)$ is uniform, and the histogram is flat, on the dashed line. Two humps mean two humps.

# %%
from tinymaf_course.explorers import film_strip

film_strip(trained)

# %% [markdown]
# Go through them slowly.
#
# 1. *Same order*: look at the last strip of the orange variable. With one layer or five, the same two humps are left
#    over. That is the wall, seen from the noise side.
# 2. *Reversed*: on the way there are stars, hooks, spikes. Then the last cloud is round and both strips are flat.
# 3. *Watch the numbers*. Here and there they go up. A layer may well make a cloud *less* like noise, and the stack
#    need not be worse for it.
#
# Nothing in the training constrains the clouds on the way: the loss reads the last cloud and the sum of the log_dets.
# To see how free the layers are, put an absurd layer into the middle of the trained stack: it stretches and shifts,
# and the next layer undoes it. The flow is the same flow, to ten digits. And the cloud in between?

# %% tags=["misconception:hidden-gaussian"]
from tinymaf import ActNorm, Inverse

flow, params = trained["reversed", 5]
absurd = ActNorm(2)  # u = (x - mu) exp(-alpha)
p_absurd = {"mu": np.array([2.0, -1.0]), "alpha": np.array([-2.0, 1.0])}
layers, ps = flow.bijection.layers, params["bijection"]
detour = Flow(Chain([*layers[:2], absurd, Inverse(absurd), *layers[2:]]))
p_detour = {"bijection": [*ps[:2], p_absurd, p_absurd, *ps[2:]], "base": params["base"]}

difference = np.abs(detour.log_prob(p_detour, x_test) - flow.log_prob(params, x_test)).max()
confirm("log p(x) with the detour and without", difference, below=1e-10)
nats_of_detour = hidden_nats(layers_of(detour, p_detour), x_test, truth)
in_band(nats_of_detour[2], None, 5, "nats from noise before the detour")
in_band(nats_of_detour[3], 20, 2000, "nats from noise in the middle of it")
in_band(nats_of_detour[-1], 0.02, 0.14, "nats from noise at the end")

# %% [markdown]
# The same density, point for point, over a hidden cloud that is far from everything. (Together, the absurd layer and
# the one after its inverse are again a MAF layer, with other $\mu$ and $\alpha$. ) *Must the variables between the layers be Gaussian?* No: you have just seen it.
# If you ever judge a flow by how Gaussian its middle looks, remember this cell.

# %% [markdown] tags=["instructor"]
# **Section 4, 7 minutes**, without the optional exercise (5).
#
# *What goes wrong.* Expect "closer": together they are stronger, so each does better. Ask: *what rewards the first
# layer for a round cloud?* Nothing does. It is a team that is paid for the result. Others read the PIT strips as the
# density of h, but they are histograms of Phi(h). Flat is good, high at both ends is too wide, high in the middle is
# too narrow.
#
# *Ask.* "Two flat strips at the end: is u standard normal then?" Not yet. Each variable alone is; the two may still
# depend on each other. The cloud above the strips shows more, and the nats settle it (notebook 07). "Could we *ask*
# the layers in between to be Gaussian?" Yes, with one more term in the loss, and it would cost: the first layer would
# then be held at its own wall.
#
# *Demo.* Explorer at 5 layers: same, reversed, random. Then 2 and 3 layers at random: the same picture twice, because
# the third layer has the same order as the second.

# %% [markdown]
# ## 5. Two questions about the noise (optional)
#
# Without this section you would miss what the conditionals of a stack look like, and what ensures that its noise is
# Gaussian.
#
# *If the clouds between the layers are not Gaussian, is a layer still a Gaussian autoregressive model?* As a map,
# yes: $x_i = \mu_i + e^{\alpha_i} h_i$ as always. As a density, no. A layer shifts and stretches each $h_i$, *given
# those before it*, and whatever shape that conditional has, the conditional of $x_i$ has it too. In a stack in one
# order these conditionals are Gaussian, layer by layer, although the cloud as a whole need not be. **In a stack that
# turns round they are not. Then the conditionals of $x$ are not Gaussian either, and that is the gain.**
#
# **Check.** Draw from both stacks of five, and look at $x_2$ in a thin slice around $x_1 = 0$. Its *excess kurtosis*
# is 0 for a Gaussian, and -2 for two needles of equal size. The first layer moves and stretches the slice as a whole,
# which leaves this number alone: the cloud behind it must have the same kurtosis.

# %%
def kurtosis(z):
    return np.mean((z - z.mean()) ** 4) / z.var() ** 2 - 3


for name, band in [("same", (-0.5, 0.5)), ("reversed", (-2, -1.1))]:
    flow, params = trained[name, 5]
    x = flow.sample(params, np.random.default_rng(9), 200_000)
    x = x[np.abs(x[:, 0]) < 0.02]
    h = flow.bijection.layers[0].x_to_u(params["bijection"][0], x)[0]
    in_band(kurtosis(x[:, 1]), *band, f"five layers, {name}: excess kurtosis of x2 near x1 = 0")
    in_band(kurtosis(h[:, 1]) - kurtosis(x[:, 1]), -0.3, 0.3,
            "  the same behind the first layer, difference")

# %% [markdown]
# *What ensures that the noise comes out Gaussian? Is maximum likelihood enough?* **Nothing ensures it.** $u$ is exactly
# as far from $\mathcal N(0, I)$, in nats, as the model is from the data:
#
# $$\mathrm{KL}\big(p(u) \,\|\, \mathcal N(0, I)\big) = \mathrm{KL}\big(p(x) \,\|\, q(x)\big).$$
#
# You derived it in section 4: it is the last number of each stack. Maximum likelihood makes the right side small,
# hence the left side too. It brings both to zero only if some weights of this flow fit the data perfectly, and if
# training finds them. Behind the wall, $u$ stays half a nat from Gaussian, however long you train.
#
# **Check**, by a histogram of the noise, which knows nothing of layers or determinants.

# %%
flow, params = trained["same", 1]
x = moons.sample(np.random.default_rng(10), 400_000)
counts, _ = np.histogramdd(flow.to_noise(params, x), bins=[np.linspace(-6, 6, 121)] * 2)
share = counts[counts > 0] / len(x)
centre = np.linspace(-5.95, 5.95, 120)
middles = np.stack(np.meshgrid(centre, centre, indexing="ij"), axis=-1)[counts > 0]
log_normal = -0.5 * np.sum(middles ** 2, axis=1) - np.log(2 * np.pi)
kl_of_noise = np.sum(share * (np.log(share / 0.1 ** 2) - log_normal))
in_band(kl_of_noise, 0.4, 0.63, "KL of the noise from N(0, I), by its histogram")
in_band(kl_of_noise - short["same", 1], -0.06, 0.06,
        "the same minus the nats that the model is short")

# %% [markdown] tags=["instructor"]
# **Section 5, 4 minutes; optional.** For the next hour or for home. Read the sentence in bold aloud; it answers what
# most students ask.
#
# *Ask.* "In the stack of one order the noise is half a nat from Gaussian: what would you change?" The order, not the
# training time.

# %% [markdown]
# ## 6. Another base (optional)
#
# Without this section you would miss why the noise need not be normal at all. It is Gaussian because we chose it so;
# any density will do that can be evaluated and sampled. What does another choice buy?
#
# **A mixture.** Put a MADE with mixtures (notebook 04) in place of the standard normal: the paper's MAF MoG, here
# `maf_mog`. One layer, one order, and a base with four Gaussians for each conditional.
#
# **A heavy tail.** Let the data have rare, far-off points: $v$ from Student's t with three degrees of freedom, $x_1 =
# v_1$, $x_2 = \sin v_1 + v_2 / 2$. With $x_1$ first, one layer moves and stretches $x_1$ by constants, so $x_1$ has
# exactly the base's tails.

# %%
from math import lgamma

import autograd.numpy as anp

from tinymaf import Density, maf_mog


class StudentT(Density):
    """Independent t variables: tails like a power of 1 / |x|, not like exp(-x^2 / 2)."""

    def __init__(self, dim, degrees=3):
        self.dim, self.degrees = dim, degrees

    def log_prob(self, params, x, context=None):
        k = self.degrees
        constant = lgamma((k + 1) / 2) - lgamma(k / 2) - 0.5 * np.log(k * np.pi)
        return anp.sum(constant - (k + 1) / 2 * anp.log(1 + x ** 2 / k), axis=1)

    def sample(self, params, rng, n, context=None):
        return rng.standard_t(self.degrees, (n, self.dim))


def heavy(rng, n):
    v = rng.standard_t(3, (n, 2))
    return np.stack([v[:, 0], np.sin(v[:, 0]) + v[:, 1] / 2], axis=1)


def heavy_log_p(x):
    v = np.stack([x[:, 0], 2 * (x[:, 1] - np.sin(x[:, 0]))], axis=1)
    return StudentT(2).log_prob((), v) + np.log(2)


options = {"epochs": 40, "batch_size": 200, "lr": 1e-2, "schedule": "cosine", "progress": False}
mixed = maf_mog(2, 1, (32, 32), orders=["natural"], components=4, activation="tanh")
params = fit(mixed, x_train, rng=np.random.default_rng(0), **options).params
mixture_short = np.mean(truth - mixed.log_prob(params, x_test))
in_band(mixture_short, None, 0.12, "moons: nats short, one layer on a base of mixtures")

far_train = heavy(np.random.default_rng(11), 4000)
far_test = heavy(np.random.default_rng(12), 20_000)
far_short = {}
for n_layers, name, base in [(1, "normal", None), (3, "normal", None), (1, "t", StudentT(2))]:
    flow = Flow(maf(2, n_layers, (32, 32), activation="tanh").bijection, base)
    params = fit(flow, far_train, rng=np.random.default_rng(0), **options).params
    lost = heavy_log_p(far_test) - flow.log_prob(params, far_test)
    far_short[n_layers, name] = lost.mean()
in_band(far_short[1, "normal"], 0.15, 1.5,
        "heavy tails: nats short, one layer on a normal base")
in_band(far_short[1, "t"], None, 0.04, "heavy tails: nats short, one layer on a t base")
in_band(far_short[3, "normal"] - far_short[1, "t"], 0.01, 0.6,
        "nats by which one layer on a t base beats three on a normal one")

# %% [markdown]
# The wall is gone without any turning round: the base has the humps that one layer cannot make. And one layer on a t
# base beats three on a normal one. But we had to say beforehand what the tails are like. On data with thin tails the
# same base would be the wrong one.
#
# **A uniform.** Is that another model? Put $\Phi$, the normal distribution function, behind the last layer: it turns
# normal noise into uniform noise on a square. The density must stay what it was, to the last digit.

# %%
from scipy.stats import norm

from tinymaf import Bijection


class Phi(Bijection):
    """u_i = Phi(x_i), so log_det = sum log N(x_i; 0, 1)."""

    dim = 2

    def x_to_u(self, params, x, context=None):
        return norm.cdf(x), norm.logpdf(x).sum(axis=1)

    def u_to_x(self, params, u, context=None):
        x = norm.ppf(u)
        return x, -norm.logpdf(x).sum(axis=1)


class Uniform(Density):
    dim = 2

    def log_prob(self, params, x, context=None):
        return np.where(((x >= 0) & (x <= 1)).all(axis=1), 0.0, -np.inf)


flow, params = trained["reversed", 5]
on_square = Flow(Chain([*flow.bijection.layers, Phi()]), Uniform())
p_square = {"bijection": [*params["bijection"], ()], "base": ()}
difference = np.abs(on_square.log_prob(p_square, x_test) - flow.log_prob(params, x_test)).max()
confirm("five layers on N(0, I) = five layers and Phi on a uniform", difference, below=1e-9)

# %% [markdown]
# The same density. **A base and one more layer are the same thing**: a uniform base with $\Phi$ before it is the
# normal base. Without such a layer another base is another model: a uniform base alone gives no density at all to
# points whose noise falls outside the square. So the normal is a convention, and a good one where nothing better is
# known.

# %% [markdown] tags=["instructor"]
# **Section 6, 5 minutes; optional.**
#
# *What goes wrong.* "Then take a t base, to be safe." Ask: *safe against what?* On thin tails it would be the wrong
# base.
#
# *Ask.* "Would a uniform base change what the flow can do?" No: the last cell shows the same density to rounding.

# %% [markdown]
# ## 7. Batch norm is a layer, too (optional)
#
# Without this section you would miss a layer that the MAF paper puts between its own: *batch normalisation*. In most
# networks it is a trick to keep numbers in a good range. In a flow everything that touches the data must be
# invertible and must account for its volume. So (RealNVP had the layer first, without $\gamma$ and $\beta$; this is
# the form of MAF's appendix B):
#
# $$u_i = \frac{x_i - m_i}{\sqrt{v_i + \epsilon}}\; e^{\gamma_i} + \beta_i$$
#
# with the mean $m$ and the variance $v$ of each variable; $\gamma$ and $\beta$ are trained, and $\epsilon$ is small.
#
# **Derive.** With $m$ and $v$ fixed, each $u_i$ is a straight line in its own $x_i$ and depends on no other variable.
# The Jacobian is diagonal. Its entries are the slopes, $e^{\gamma_i} / \sqrt{v_i + \epsilon}$. So
#
# $$\log\left|\det\frac{\partial u}{\partial x}\right|
#   = \sum_{i=1}^{D} \log \frac{e^{\gamma_i}}{\sqrt{v_i + \epsilon}}
#   = \sum_{i=1}^{D} \left[\gamma_i - \tfrac12 \log (v_i + \epsilon)\right].$$
#
# The same number for every row. (And a line that does not depend on other variables cannot break the wall: batch norm
# makes training easier, not the model stronger.)
#
# **Write** (optional). Formula and log_det.

# %% tags=["exercise"]
# {{exercise batch-norm}}

# %%
from tinymaf import BatchNorm

layer = BatchNorm(2)
p = {"gamma": np.array([0.3, -0.2]), "beta": np.array([1.0, 0.0])}
frozen = layer.freeze(p, x_train)  # mean and variance of the training set
u, log_det = batch_norm(x_test, p["gamma"], p["beta"], frozen["mean"], frozen["var"], layer.eps)
theirs, theirs_log_det = layer.x_to_u(frozen, x_test)
confirm("as in the library", np.abs(u - theirs).max() + np.abs(log_det - theirs_log_det).max(),
        below=1e-12)
slogdet = np.linalg.slogdet(jacobians(lambda x: layer.x_to_u(frozen, x)[0], x_test[:5]))[1]
confirm("log_det = log|det| by autograd", np.abs(log_det[:5] - slogdet).max(), below=1e-12)

# %% [markdown]
# There is some small print. During *training* $m$ and $v$ come from the minibatch, so they depend on the row itself:
# push one point, and the batch's mean moves a little with it. The formula ignores that. How much does it ignore? Move
# one row, let the batch's mean and variance move along, and compare.

# %%
def row_in_batch(others):
    """The first row's u when the statistics are those of the batch that it is in."""
    def u_of(row):
        batch = np.concatenate([row, others])
        m, v = batch.mean(axis=0), batch.var(axis=0)
        return (row - m) / np.sqrt(v)
    return u_of


for n in [10, 100, 1000]:
    x = x_train[:n]
    f, step = row_in_batch(x[1:]), 1e-5
    J = np.stack([(f(x[:1] + e) - f(x[:1] - e))[0] / (2 * step) for e in step * np.eye(2)],
                 axis=1)
    formula = -0.5 * np.log(x.var(axis=0)).sum()
    print(f"batch of {n:4}: log|det| of one row {np.linalg.slogdet(J)[1]:.4f}, by the formula "
          f"{formula:.4f}")

# %% [markdown]
# In a batch of ten the difference is plain; in a batch of a thousand little is left. For *evaluation* there must be
# none at all: the density of a point may not depend on what else is in the batch. So $m$ and $v$ are frozen at those
# of the whole training set, as in the paper. In the library that is `freeze`, and `fit` calls it for you. Going from
# `u` back to `x` needs frozen numbers, too: where would a batch come from, when there is no data yet?

# %% [markdown] tags=["instructor"]
# **Section 7, 10 minutes, 5 of them exercise; optional, and good homework.**
#
# *What goes wrong.* The factor one half is forgotten. eps is in u but missing from log_det: with eps = 1e-5 that does
# not show until a variable is nearly constant (the checker uses a large eps for that reason). A scale of gamma
# instead of exp(gamma): then gamma must not be zero, and the log needs an absolute value.
#
# *Ask.* "Is one row's log p during training a density?" Not quite: it depends on the batch. The last cell shows how
# much. "Glow uses ActNorm instead: what is different?" Mean and scale are parameters, set once from the first batch.
# No statistics, no modes.

# %% [markdown]
# ## Quiz

# %%
quiz("stacking")

# %% [markdown]
# ## Recap
#
# * Layers one after another: maps compose, Jacobians multiply, log_dets add, each taken where the row is at that
#   point.
# * MAF layers in one order are one layer with a bigger network: $u_i = A x_i + B$, and every conditional stays a
#   Gaussian. More layers do not climb that wall.
# * Turning round does: other masks, or a permutation in between. Using both may cancel. A second derivative shows it.
# * A permutation costs nothing: $\log|\det P| = 0$. The way back needs the inverse permutation, `np.argsort(order)`;
#   test it with a circle of three.
# * The clouds in between need not look like anything in particular. Only the last one is asked to be noise.
# * Nothing ensures that it is: $u$ is as far from $\mathcal N(0, I)$, in nats, as the model is from the data.
# * The base is a choice. A mixture climbs the wall, a t gives heavy tails, and a uniform with $\Phi$ before it is the
#   normal again.
# * Batch norm is a layer with $\log|\det| = \sum_i [\gamma_i - \frac12\log(v_i + \epsilon)]$, and it must be frozen
#   before a density is evaluated.
#
# Next: where do good weights come from, and how would you know that they are good? [Training](07_training.ipynb).

# %% [markdown]
# ## References
#
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.1: stacking, and the noise of one model as the data
#   of the next. Figure 1: a case where one order fails, and a stack that begins with that order and succeeds. Section
#   4: orders are reversed from layer to layer; MAF MoG. Appendix B: batch normalisation, with $\gamma$ and $\beta$, and
#   what is done with it at test time.
# * L. Dinh, J. Sohl-Dickstein, S. Bengio, *Density estimation using Real NVP*, ICLR 2017,
#   [arXiv:1605.08803](https://arxiv.org/abs/1605.08803). Section 3.5: composition of layers, whose masks alternate.
#   Section 3.7: batch normalisation as a layer, with its determinant.
# * S. Ioffe, C. Szegedy, *Batch Normalization*, ICML 2015, [arXiv:1502.03167](https://arxiv.org/abs/1502.03167).
# * M. Rosenblatt, *Remarks on a Multivariate Transformation*, Annals of Mathematical Statistics 23, 1952. The
#   probability integral transform, one conditional after another, of the true density: the map of one MAF layer, up to
#   $\Phi$ and to what the layer knows of the truth, sixty-five years earlier.
