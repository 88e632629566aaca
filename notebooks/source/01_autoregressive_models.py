# %% [markdown]
# # Autoregressive models
#
# **Every density, however odd, is a product of one-dimensional ones: you will take one apart, build one from the
# simplest pieces there are, fit it, sample it, and see what the order of the pieces does.**

# %%
import numpy as np

from tinymaf.datasets import TOYS
from tinymaf.plotting import new_figure, plot_density, plot_points, use_style
from tinymaf_course import check, hint, in_band, predict, quiz, reveal, show, solution, confirm

use_style()
boomerang = TOYS["figure1"]
x_train = boomerang.sample(np.random.default_rng(0), 20_000)

fig, (left, right) = new_figure(2, size=(3.7, 3.1))
plot_points(left, x_train[:3000], boomerang.box)
left.set_title("3,000 points")
image = plot_density(right, boomerang.log_prob, boomerang.box)
right.set_title("the density that they come from")
fig.colorbar(image, ax=right, shrink=0.8, label="density")
show(fig, "Left: points in the shape of a boomerang that opens to the right. Right: the "
          "density they come from, brightest at the bend on the left, fading along two arms.")

# %% [markdown]
# *Can a boomerang be put together from one-dimensional Gaussians, one variable after the other? A density of many
# variables is hard to imagine; a density of one is just a curve. This notebook builds the bridge.*

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * factor any joint density into conditionals, in any order;
# * make a model of Gaussian conditionals, and write down its log-density;
# * fit it by maximum likelihood, say why that is the same as minimum KL, and count in nats;
# * sample it, one variable after another;
# * say why the order matters; in the optional sections, count what it costs, and recognise an autoregressive model by
#   its Jacobian.
#
# **Before you start.** You can read NumPy, you know the formula of the normal density, and you have seen an integral in
# two variables. It helps to have done [Start here](00_start_here.ipynb), but nothing from it is needed.
#
# **Time.** Reading 30 minutes, exercises 15 minutes, and 20 more for what is optional. The computer needs a few
# seconds.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# In formulas the variables are $x_1, x_2, \dots$; in code they are the columns `x[:, 0]`, `x[:, 1]`, ... And $x_{<i}$
# is short for all variables that come before $x_i$.
#
# </details>

# %% [markdown]
# ## 1. One density, two ways to build it
#
# The boomerang above is the density of figure 1 in the MAF paper. (There it is written $\mathcal N(x_2; 0, 4)$: 4 is
# the variance. One re-implementation took it for a standard deviation and got a different picture.)
#
# We want to build this density in two steps. *First* one variable on its own. *Then* the other one, given the first.
#
# Each step may use only a Gaussian, but its mean and its width may depend on what came before in any way you like,
# however wild.
#
# **Predict.** Can it be done with `x1` first? With `x2` first? Commit to an answer: a wrong guess costs nothing, and
# it helps you remember.

# %%
predict("order-matters")

# %% [markdown] tags=["instructor"]
# **Instructor (3 minutes, with the opening).** Let the whole class vote by hand before the next cell is run, and
# write the count on the board. Expect many votes for "both" and for "neither". *Ask:* "What does the slice at x1 = 6
# look like?" Let a student walk along the vertical line in the picture and say aloud when it is bright. Two bright
# spots: that is the whole answer, but do not say so yet.
#
# *What goes wrong:* people read "Gaussian" as "the whole density is an ellipse". Say: one Gaussian *for every value* of
# the first variable.

# %% [markdown]
# ## 2. Cut it, and look
#
# **See.** Drag the cut across the picture. Below it is the density of the variable that comes first. Beside it is the
# slice: the other variable, given the first. The dashed line is the Gaussian with the same mean and the same width.
# Then swap the order.

# %%
from tinymaf_course.explorers import slice_density

slice_density("figure1")

# %%
reveal("order-matters")

# %% [markdown]
# The same density, and the same kind of pieces: one order is perfect, the other is hopeless. Section 7 counts how
# hopeless, in nats.

# %% [markdown] tags=["instructor"]
# **Instructor (1 minute; more with the demo).** *Demo script.* Start with `x1 first` and the cut at the far
# left: one hump. Drag slowly to the right and stop when the room sees the hump split (it does at x1 = 1/2, and from
# x1 = 2 on it cannot be missed). Ask: "Where is the mean now? How much density is there?" The mean is 0, in the
# valley: the best Gaussian has its peak where there is almost nothing. Then swap the order and drag again: every
# slice is the same Gaussian, only shifted.
#
# *Question:* "Is p(x1 | x2) more Gaussian because x2 is Gaussian?" No. The data were *made* that way: x2 first, then x1
# from a Gaussian around x2^2 / 4. Swap the axes of the data and the answer swaps.

# %% [markdown]
# ## 3. The chain rule
#
# **Derive.** All you need is the definition of a conditional density. Take two variables. The density of $x_1$ alone
# is the joint density with $x_2$ integrated out, and the conditional is the joint divided by it:
#
# $$p(x_1) = \int p(x_1, x_2)\, dx_2, \qquad p(x_2 \mid x_1) = \frac{p(x_1, x_2)}{p(x_1)}.$$
#
# The quotient is the slice in the picture, scaled up until it has area 1. Multiply both sides by $p(x_1)$ to get
# $p(x_1, x_2) = p(x_1)\, p(x_2 \mid x_1)$. With three variables, treat the first two as one, then split them again:
#
# $$p(x_1, x_2, x_3) = p(x_1, x_2)\, p(x_3 \mid x_1, x_2) = p(x_1)\, p(x_2 \mid x_1)\, p(x_3 \mid x_1, x_2).$$
#
# And so on, up to $D$. In logs the product becomes a sum:
#
# $$\log p(x) = \sum_{i=1}^{D} \log p(x_i \mid x_{<i}).$$
#
# A model that is built this way is called **autoregressive**: it explains each variable by those before it. Look back
# at the steps: nothing was assumed, neither independence nor a shape, and any variable may come first.
#
# **Check.** First on the boomerang, by sums over a fine grid. Its slices must have area 1, and those of the good
# order must be the Gaussians it was made from: $x_2$ with variance 4, and $x_1$ around $x_2^2/4$ with variance 1.

# %%
t1, t2 = np.linspace(-9, 52, 1221), np.linspace(-13, 13, 651)  # wide enough to lose nothing
d1, d2 = t1[1] - t1[0], t2[1] - t2[0]
grid = np.stack(np.meshgrid(t1, t2, indexing="ij"), axis=-1)  # (1221, 651, 2)
p = np.exp(boomerang.log_prob(grid.reshape(-1, 2))).reshape(grid.shape[:2])

p1, p2 = p.sum(axis=1) * d2, p.sum(axis=0) * d1  # sum the other variable away
p2_given_1, p1_given_2 = p / p1[:, None], p / p2


def normal(t, mean, sd):
    return np.exp(-0.5 * ((t - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))


areas = p2_given_1.sum(axis=1) * d2
confirm("each slice p(x2 | x1) has area 1", np.abs(areas - 1).max(), below=1e-10)
confirm("p(x2) is N(0, 4)", np.abs(p2 - normal(t2, 0, 2)).max(), below=1e-10)
truth = normal(t1[:, None], t2 ** 2 / 4, 1)
confirm("p(x1 | x2) is N(x2^2 / 4, 1)", np.abs(p1_given_2 - truth).max(), below=1e-8)
both = p1[:, None] * p2_given_1, p2 * p1_given_2
confirm("p(x1) p(x2 | x1) = p(x2) p(x1 | x2)", np.abs(both[0] - both[1]).max(), below=1e-12)

# %% [markdown]
# ### Is "autoregressive" about time?
#
# The word comes from time series, where the past explains the present, and many people think that autoregressive
# models *are* time series models. So here are three variables with a clear direction of time: did it rain, was the
# sprinkler on, is the lawn wet now?
#
# The table below is built in that direction. The chain rule does not care: it can just as well start with the wet
# lawn and go back to the rain.

# %% tags=["misconception:autoregressive-time-series"]
from itertools import permutations

p_rain = np.array([0.7, 0.3])  # no, yes
p_sprinkler = np.array([[0.6, 0.4], [0.9, 0.1]])  # given no rain; given rain
p_wet = np.array([[[0.98, 0.02], [0.1, 0.9]], [[0.15, 0.85], [0.02, 0.98]]])
# p(rain, sprinkler, wet): 2 x 2 x 2
table = p_rain[:, None, None] * p_sprinkler[:, :, None] * p_wet


def product_of_conditionals(table, order):
    """p(first) p(second | first) p(third | first, second), each from sums over the table."""
    product = np.ones_like(table)
    for k in range(len(order)):
        known = table.sum(axis=tuple(order[k:]), keepdims=True)  # p(the variables before)
        known_and_next = table.sum(axis=tuple(order[k + 1:]), keepdims=True)
        product = product * (known_and_next / known)  # p(the next one | the variables before)
    return product


names = ["rain", "sprinkler", "wet"]
for order in permutations(range(3)):
    error = np.abs(product_of_conditionals(table, order) - table).max()
    confirm(" -> ".join(names[i] for i in order), error, below=1e-14)

wet = table[:, :, 1]
print(f"\nfirst step of an order that runs against time: p(wet) = {wet.sum():.4f}")
print(f"second step: p(rain | wet) = {wet[1].sum() / wet.sum():.4f}")

# %% [markdown]
# All six orders give the same table. "Before" in $x_{<i}$ means *before in the order that you chose*, and nothing else.
#
# So every order is right. Then why was one of them hopeless in section 2? Because we insisted on Gaussian pieces.
# The chain rule promises that the pieces *exist*. It does not promise that they are simple.

# %% [markdown] tags=["instructor"]
# **Instructor (7 minutes).** *What goes wrong:* "conditional independence" creeps in; people drop variables, as in
# p(x3 | x2). Ask: "Which term would I be allowed to shorten, and what would I have to know?" (Only with an
# independence that has been proved or assumed.)
#
# *Questions.* "How many orders are there for D = 64?" 64 factorial, about 10^89. "Do the six orders need the same
# number of parameters?" For full tables yes: 1 + 2 + 4 = 7 each. With restricted pieces no, and that is what this
# notebook is about. "Can I say that p(rain | wet) is caused by the lawn?" No: a factorisation makes no claim about
# causes.

# %% [markdown]
# ## 4. Gaussian pieces
#
# Now a *model*. For each piece take the simplest density there is, a Gaussian, and let its two parameters depend on
# what came before:
#
# $$p(x_i \mid x_{<i}) = \mathcal N\!\left(x_i;\ \mu_i,\ \exp(\alpha_i)^2\right),
# \qquad \mu_i = \mu_i(x_{<i}), \quad \alpha_i = \alpha_i(x_{<i}).$$
#
# The width is written as $\exp(\alpha_i)$, so that $\alpha_i$ may be any number and the width is still positive. That
# will help when a network computes it.
#
# **Derive** its log. The normal density with mean $\mu$ and standard deviation $\sigma = \exp(\alpha)$ is
# $\exp\!\left(-(x-\mu)^2 / (2\sigma^2)\right)$ divided by $\sigma\sqrt{2\pi}$. The divisor contributes $-\log\sigma -
# \tfrac12\log 2\pi$, and $\log\sigma$ is $\alpha$. The log of the exponential is its argument, and $1/\sigma$ is
# $\exp(-\alpha)$. So
#
# $$\log \mathcal N = -\tfrac12\log 2\pi - \alpha - \tfrac12\left[(x-\mu)\exp(-\alpha)\right]^2,$$
#
# and the chain rule adds up one such term for each variable.
#
# Is that a density at all, whatever the functions $\mu_i$ and $\alpha_i$ are? Yes. Integrate over the *last* variable
# first. It appears only in the last factor, and that factor is a normal density, so its integral is 1. Then take the
# next to last, and so on down:
#
# $$\int p(x_1) \left[\int p(x_2 \mid x_1)\, dx_2\right] dx_1 = \int p(x_1) \cdot 1\ dx_1 = 1.$$
#
# **Write.** Here are two models made by hand. `conditional(i, x)` gives $\mu_i$ and $\alpha_i$ for column `i`. It
# gets whole rows, and it looks only at what comes before.

# %%
def by_hand(i, x):
    """x2 first, then x1 given x2: the boomerang's own pieces."""
    if i == 1:  # x2 looks at nothing
        return np.zeros(len(x)), np.full(len(x), np.log(2))
    return x[:, 1] ** 2 / 4, np.zeros(len(x))  # x1 looks at x2


def wild(i, x):
    """x1 first, then x2 given x1."""
    if i == 0:
        return np.zeros(len(x)), np.zeros(len(x))
    return 2 * np.sin(3 * x[:, 0]), -1 + np.cos(5 * x[:, 0])


# %% tags=["exercise"]
# {{exercise ar-log-density}}

# %% [markdown]
# **Check.** The first model must be the boomerang itself. And the wild one must still integrate to 1.

# %%
rng = np.random.default_rng(1)
x = boomerang.sample(rng, 1000)
error = np.abs(ar_log_density(x, by_hand) - boomerang.log_prob(x)).max()
confirm("by_hand = the boomerang", error, below=1e-10)

box = ((-3.2, 3.2), (-4.8, 4.8))
axes = [np.linspace(-8, 8, 801), np.linspace(-16, 16, 1601)]
points = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
total = np.exp(ar_log_density(points, wild)).sum() * 0.02 * 0.02
confirm("integral of the wild model = 1", abs(total - 1), below=1e-6)

fig, ax = new_figure(size=(4.2, 3.9))
image = plot_density(ax, lambda x: ar_log_density(x, wild), box, n=300, vmax=0.45)
ax.set_aspect("auto")
ax.set_title("Gaussian in every vertical slice")
fig.colorbar(image, ax=ax, shrink=0.8, label="density, cut at 0.45", extend="max")
show(fig, "The density of the wild model: a bright band that swings up and down like a sine "
          "wave from left to right, narrow in some places and wide in others.")

# %% [markdown]
# *Nothing about it looks Gaussian. But cut it vertically anywhere, and the slice is a Gaussian.*

# %% [markdown] tags=["instructor"]
# **Instructor (11 minutes, 5 of them for the exercise).** *What goes wrong in the exercise:* -log(2 pi)/2 outside the
# loop (once instead of D times), alpha taken as a log variance, a sum over the rows too. The check names each.
#
# *Questions.* "Why whole rows, why not x[:, :i]?" Because the order need not be 1, 2, 3. And because a single network
# will soon get the whole row and be *prevented* from looking: that is MADE. "Does it matter in which sequence you add
# the terms?" No: all of x is known, so all terms could be computed at once. Come back to that answer in section 6.

# %% [markdown]
# ## 5. Fit: the most likely model is the nearest one
#
# We have points from an unknown $p$ and a model $q$ with knobs. How far is $q$ from $p$? The usual answer is the
# Kullback-Leibler divergence,
#
# $$\mathrm{KL}(p \,\|\, q) = \int p(x) \log\frac{p(x)}{q(x)}\, dx.$$
#
# **Derive** two things about it.
#
# *It is never negative.* For every $t > 0$, $\log t \le t - 1$. Put $t = q/p$, wherever $p > 0$:
#
# $$-\mathrm{KL} = \int p \log\frac{q}{p}\, dx \ \le\ \int p \left(\frac{q}{p} - 1\right) dx
# = \int_{p > 0} q\,dx - \int p\,dx \ \le\ 1 - 1 = 0.$$
#
# *It splits in two,* because the log of a quotient is a difference:
#
# $$\mathrm{KL}(p \,\|\, q) = \underbrace{\int p \log p\, dx}_{-H(p)} - \underbrace{\int p \log q\, dx}_{\text{mean of }
# \log q \text{ under } p}.$$
#
# The *entropy* $H(p)$ is a property of the data, so only the other part depends on the knobs. In other words, the
# mean of $-\log q$ is $H(p) + \mathrm{KL}(p \,\|\, q)$, and making the data as probable as possible (maximum
# likelihood) is the same as making KL as small as possible. This mean needs no $p$: an average over points will do.
# That is why density models are trained with it.
#
# The unit is the **nat**, because the logarithm is natural. Losing 1 nat a point means that the density which the
# model gives the data is, in the geometric mean, $e$ times too low.
#
# **Check** on models with one knob, the bend $c$: $x_2 \sim \mathcal N(0, 4)$, then $x_1 \sim \mathcal N(c\,x_2^2,
# 1)$. The truth is $c = 1/4$. Here KL can be worked out beforehand. Model and truth have the same $p(x_2)$, and two
# Gaussians of variance 1 whose means are $m$ apart are $m^2/2$ nats apart: the mean of $\tfrac12 (x - m)^2 - \tfrac12
# x^2$ under $\mathcal N(0, 1)$ is $\tfrac12 m^2$. So $\mathrm{KL} = \tfrac12 (c - \tfrac14)^2\, \mathbb E[x_2^4] =
# 24\, (c - \tfrac14)^2$, because $\mathbb E[x_2^4] = 3 \cdot 2^4 = 48$.

# %%
def bent(c):
    def conditional(i, x):
        mu, alpha = by_hand(i, x)
        return (mu, alpha) if i == 1 else (c * x[:, 1] ** 2, alpha)
    return conditional


def integral(values):
    """Over the plane, of values on the grid of section 3."""
    return float(values.sum() * d1 * d2)


bends = np.linspace(0.1, 0.4, 13)
flat, weights = grid.reshape(-1, 2), p.ravel()
log_p = boomerang.log_prob(flat)
log_q = [ar_log_density(flat, bent(c)) for c in bends]
kl = np.array([integral(weights * (log_p - one)) for one in log_q])
minus_log_q = np.array([integral(-weights * one) for one in log_q])
entropy = integral(-weights * log_p)

print(f"entropy of the boomerang: {entropy:.4f} nats; no model can do better than that")
confirm("mean of -log q = entropy + KL", np.abs(minus_log_q - entropy - kl).max(), below=1e-10)
confirm("KL = 24 (c - 1/4)^2", np.abs(kl - 24 * (bends - 0.25) ** 2).max(), below=1e-6)

# %% [markdown]
# Now pretend that $p$ is unknown and that there are only 300 points. The mean over them is a noisy copy of the exact
# curve.

# %%
from tinymaf_course.pictures import plot_entropy_and_kl

few = x_train[:300]
noisy = np.array([-ar_log_density(few, bent(c)).mean() for c in bends])
# least squares: the lowest point
c_best = np.sum(few[:, 0] * few[:, 1] ** 2) / np.sum(few[:, 1] ** 4)
in_band(c_best, 0.21, 0.29, "the most likely bend, from 300 points")

fig, ax = plot_entropy_and_kl(entropy, lambda c: 24 * (c - 0.25) ** 2, bends)
ax.plot(bends, noisy, "o--", ms=4, label="mean over 300 points")
ax.set(xlabel="bend $c$ of the model", ylabel="nats a point", ylim=(3.4, 4.2))
ax.legend(loc="upper center")
show(fig, "Two bowl-shaped curves over the bend c, both lowest near c = 0.25. The exact curve "
          "touches the entropy line there; its height above the line is KL. The mean over 300 "
          "points is a slightly shifted copy.")

# %% [markdown]
# *The exact curve touches the entropy line, and its height above that line is KL. The noisy curve is shifted, because
# these 300 points happen to be a little more probable than average. It even dips below the entropy. But its lowest
# point is in nearly the same place, and fitting needs no more than that.*
#
# **Derive** the best Gaussian for a set of points, which we need now. Their mean log-likelihood, up to a constant, is
#
# $$-\alpha - \tfrac12\,\overline{(x-\mu)^2}\,\exp(-2\alpha),$$
#
# with a bar for the mean over the points. Its slope in $\mu$ is $(\bar x - \mu) \exp(-2\alpha)$: zero when $\mu =
# \bar x$. Its slope in $\alpha$ is $-1 + \overline{(x-\mu)^2} \exp(-2\alpha)$: zero when $\exp(\alpha)$ is the
# standard deviation, with $n$ (not $n - 1$) in the denominator.
#
# So the dashed line in section 2, with the same mean and the same width, was no accident: it is the best Gaussian for
# its slice. (For a density instead of points, read the bars as integrals.)
#
# **Write.** Fit the way the explorer draws: cut the first variable into slices, and fit each slice on its own.

# %% tags=["exercise"]
# {{exercise fit-slices}}

# %% [markdown] tags=["instructor"]
# **Instructor (13 minutes, 5 of them for the exercise).** *What goes wrong:* "the entropy is the loss at the minimum,
# so a loss below it means overfitting". On a finite sample the minimum may well lie below the entropy; on fresh
# points it cannot, up to noise. *Ask:* "A model reaches 3.40 nats on its 300 training points, and the entropy is
# 3.53. Better than the truth?" No: fitted to their noise.
#
# *Questions.* "Is KL a distance?" No: it is not symmetric. Maximum likelihood minimises KL(data, model), which
# punishes a model that gives little density where there are data. "Why n and not n - 1?" Maximum likelihood is not
# about bias. With 100 points in a slice the two differ by half a percent in the width.

# %% [markdown]
# ## 6. Sample: first things first
#
# A product of conditionals is also a recipe for sampling. Draw the first variable from its own density. Put the value
# into the conditional of the second, draw that, and go on. Each step multiplies by its own factor, so what comes out
# has the density of the product. This is *ancestral sampling*.
#
# To draw from a Gaussian with mean $\mu_i$ and width $\exp(\alpha_i)$, stretch and shift standard normal noise:
#
# $$x_i = \mu_i + \exp(\alpha_i)\, u_i, \qquad u_i \sim \mathcal N(0, 1).$$
#
# Remember this line. It is the whole of MAF, in disguise.
#
# **Write.** `order` says which variable comes first, second, and so on. It may be any permutation.

# %% tags=["exercise"]
# {{exercise ancestral-sampling}}

# %% [markdown]
# **Check.** A hundred thousand points from the boomerang made by hand. Its $x_1$ has mean $\mathbb E[x_2^2]/4 = 1$
# and variance $1 + \mathrm{Var}(x_2^2)/16 = 1 + 32/16 = 3$.

# %%
x = ancestral_sampling(np.random.default_rng(2).standard_normal((100_000, 2)), [1, 0], by_hand)
print(f"mean of x1: {x[:, 0].mean():.2f}")
print(f"variance of x1: {x[:, 0].var():.1f}, of x2: {x[:, 1].var():.1f}")

# %% [markdown]
# Did you notice the difference? To *evaluate the density* at a point, all conditionals can be computed at once,
# because every $x_j$ is known. To *draw* a point, each has to wait for those before it. Evaluating a density takes
# one step; drawing a sample takes $D$. In two dimensions that hardly matters. In a thousand it decides which model
# you use, and it will follow us through the course.
#
# Now fit Gaussian slices to the 20,000 points in both orders, and draw from both fits.

# %%
def fit_in_order(x, first, n_slices=40):
    """One Gaussian for x[:, first], and one for the other variable in each slice of it."""
    other = 1 - first
    # the outermost slices take what lies beyond
    low, high = np.quantile(x[:, first], [0.005, 0.995])
    edges = np.linspace(low, high, n_slices + 1)[1:-1]
    mu_first, alpha_first = fit_slices(np.zeros(len(x), int), x[:, first], 1)
    mu, alpha = fit_slices(np.digitize(x[:, first], edges), x[:, other], n_slices)

    def conditional(i, x):
        if i == first:
            return np.full(len(x), mu_first[0]), np.full(len(x), alpha_first[0])
        k = np.digitize(x[:, first], edges)
        return mu[k], alpha[k]

    return conditional


fit_x1_first, fit_x2_first = fit_in_order(x_train, 0), fit_in_order(x_train, 1)
noise = np.random.default_rng(3).standard_normal((3000, 2))

fig, axes = new_figure(3, 2, size=(3.1, 2.75))
both = [("x2 first", [1, 0], fit_x2_first), ("x1 first", [0, 1], fit_x1_first)]
plot_density(axes[0, 0], boomerang.log_prob, boomerang.box, vmax=0.08)
plot_points(axes[1, 0], x_train[:3000], boomerang.box)
axes[0, 0].set_title("the truth")
for (title, order, conditional), (top, bottom) in zip(both, axes[:, 1:].T):
    plot_density(top, lambda x, c=conditional: ar_log_density(x, c), boomerang.box, vmax=0.08)
    plot_points(bottom, ancestral_sampling(noise, order, conditional), boomerang.box)
    top.set_title(f"Gaussian slices, {title}")
show(fig, "Top: densities, bottom: samples. The truth is a boomerang. The fit with x2 first is "
          "the boomerang again, with small steps. The fit with x1 first is a trumpet: its "
          "middle, empty in truth, is full of mass.")

# %% [markdown]
# *Same data, same recipe, same number of knobs. With `x2` first the boomerang comes back, with small steps from the
# slices. With `x1` first it is a trumpet: the hollow in the data is filled.*

# %% [markdown] tags=["instructor"]
# **Instructor (9 minutes, 5 of them for the exercise).** *What goes wrong:* looping over 0..D-1 instead of over
# `order`; using np.argsort(order), which is right for two variables and wrong for three (only a 3-cycle shows it);
# calling all conditionals before the loop. *Demo:* run the loop by hand for order [2, 0, 1] on the board, with a row
# of blanks that you fill in.
#
# *Questions.* "Is the trumpet a failure of the optimiser?" No: each slice is fitted exactly, and no Gaussian would be
# better. "Would more slices help? A million points?" No. The family is wrong for this order, not the fit.

# %% [markdown]
# ## 7. What the order costs (optional)
#
# Without this section you would miss a number, the nats that the wrong order costs, and the reason why no order is
# best for every density.
#
# **Predict.** However finely you slice, and with unlimited data: how many nats a point does the order `x1` first lose
# to the truth, at the very best? (One nat is a factor of 2.7 in the density, 0.1 nats are ten percent.)

# %%
predict("nats-lost")

# %% [markdown]
# **Derive.** Write both $p$ and $q$ as products and take the log of their quotient:
#
# $$\mathrm{KL}(p \,\|\, q) = \mathbb E\!\left[\log\frac{p(x_1)}{q(x_1)}\right] +
# \mathbb E\!\left[\log\frac{p(x_2 \mid x_1)}{q(x_2 \mid x_1)}\right].$$
#
# Both means are over points $x_1, x_2$ from $p$. The first quotient does not contain $x_2$, so its mean is over $x_1$
# alone: a KL. In the second, take the mean over $x_2$ first, with $x_1$ held fixed. That is the KL of one slice, and
# what remains is its mean over $x_1$:
#
# $$\mathrm{KL}(p \,\|\, q) = \underbrace{\mathrm{KL}\big(p(x_1) \,\|\, q(x_1)\big)}_{\text{first factor}} +
# \underbrace{\int p(x_1)\, \mathrm{KL}\big(p(x_2 \mid x_1) \,\|\, q(x_2 \mid x_1)\big)\, dx_1}
# _{\text{slices, averaged}}.$$
#
# Each slice may be fitted on its own, and the best Gaussian for it has its mean $m$ and its width $s$. For that
# Gaussian the mean of $-\log q$ is $\tfrac12 \log(2\pi e s^2)$, because the mean of $(x-m)^2/s^2$ is 1. So the loss
# is $\tfrac12\log(2 \pi e s^2)$ minus the slice's own entropy. On the grid:

# %%
def gap_to_gaussian(t, p):
    """KL in nats to the Gaussian of the same mean and width. Rows of p: densities at t."""
    step = t[1] - t[0]
    mean = p @ t * step
    variance = ((t - mean[:, None]) ** 2 * p).sum(axis=1) * step
    p_log_p = np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)
    return 0.5 * np.log(2 * np.pi * np.e * variance) + p_log_p.sum(axis=1) * step


slices_x1, slices_x2 = gap_to_gaussian(t2, p2_given_1), gap_to_gaussian(t1, p1_given_2.T)
lost = {
    "x1 first": (gap_to_gaussian(t1, p1[None])[0], np.sum(p1 * slices_x1) * d1),
    "x2 first": (gap_to_gaussian(t2, p2[None])[0], np.sum(p2 * slices_x2) * d2),
}
print("nats lost at best   first factor   slices   in all")
for order, (first, slices) in lost.items():
    print(f"{order:20}{abs(first):12.3f}{abs(slices):9.3f}{abs(first + slices):9.3f}")
best = sum(lost["x1 first"])
print(f"exp({best:.3f}) = {np.exp(best):.2f}")

# %%
reveal("nats-lost", round(best, 3))

# %% [markdown]
# And how do the fits from the last section do, on fresh points?

# %%
x_test = boomerang.sample(np.random.default_rng(4), 50_000)
for name, conditional, band in [("x1 first", fit_x1_first, (0.3, 0.4)),
                                ("x2 first", fit_x2_first, (None, 0.03))]:
    gap = (boomerang.log_prob(x_test) - ar_log_density(x_test, conditional)).mean()
    in_band(gap, *band, f"nats lost by the fit, {name}")

# %% [markdown]
# Both are as good as their order allows. The trouble is the order, not the fit.
#
# ### Is there a best order for everything?
#
# No. Swap the two columns of the data, and the good order becomes the bad one. For data that are Gaussian through and
# through, both orders are perfect. It depends on the data *and* on the pieces.

# %% tags=["misconception:any-order"]
def pieces_needed(name, log_prob, box):
    """Nats lost at best by Gaussian pieces in both orders, for any density in the plane."""
    axes = [np.linspace(low, high, 501) for low, high in box]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    p, losses = np.exp(log_prob(grid)).reshape(501, 501), []
    for joint, (first, other) in [(p, axes), (p.T, axes[::-1])]:
        marginal = joint.sum(axis=1) * (other[1] - other[0])
        seen = marginal > 1e-12
        slices = gap_to_gaussian(other, joint[seen] / marginal[seen, None])
        of_slices = np.sum(marginal[seen] * slices) * (first[1] - first[0])
        losses.append(abs(gap_to_gaussian(first, marginal[None])[0] + of_slices))
    print(f"{name:26} x1 first {losses[0]:6.3f}   x2 first {losses[1]:6.3f}")


def tilted(x):
    """A Gaussian with correlation 0.8."""
    squares = x[:, 0] ** 2 - 1.6 * x[:, 0] * x[:, 1] + x[:, 1] ** 2
    return -0.5 * squares / 0.36 - np.log(2 * np.pi * 0.6)


wide = ((-9, 52), (-13, 13))
print("nats a point lost at best by Gaussian pieces")
pieces_needed("boomerang", boomerang.log_prob, wide)
pieces_needed("boomerang, axes swapped", lambda x: boomerang.log_prob(x[:, ::-1]), wide[::-1])
pieces_needed("tilted Gaussian", tilted, ((-8, 8), (-8, 8)))
pieces_needed("two moons", TOYS["two moons"].log_prob, ((-2.6, 2.6), (-1.8, 1.8)))

# %% [markdown]
# So every order is *allowed*, but not every order is equally good. What can you do when the good one is unknown, or
# when, as for the moons, there is none? Take richer pieces (mixtures of Gaussians, notebook 04). Or stack several
# models, each in a different order: that is what flows do.

# %% [markdown]
# **Write** (optional). For a Gaussian both orders are perfect, and all four factors can be written down.

# %% tags=["exercise"]
# {{exercise gaussian-both-orders}}

# %%
mean, cov = np.array([1.0, -2.0]), np.array([[2.0, 1.2], [1.2, 1.0]])
x = mean + np.random.default_rng(6).standard_normal((200, 2)) @ np.linalg.cholesky(cov).T
x1_first, x2_first = (gaussian_both_orders(x, mean, cov, first) for first in (0, 1))
confirm("both orders, one Gaussian", np.abs(sum(x1_first) - sum(x2_first)).max(), below=1e-10)
print("log p(x1), log p(x2 | x1) of the first point:", *(f"{part[0]:.4f}" for part in x1_first))
print("log p(x2), log p(x1 | x2) of the first point:", *(f"{part[0]:.4f}" for part in x2_first))

# %% [markdown]
# Different terms, the same sum.

# %% [markdown] tags=["instructor"]
# **Instructor (12 minutes, 5 of them for the exercise; optional).** *Discussion: "Then why not simply try all orders?"*
# With D = 64 there are 64! of them. People use a random order, a natural one (pixels row by row), several averaged
# (MADE), or layers in different orders (MAF). *"Is 0.335 nats much?"* Compare it with what is at stake: in notebook
# 00 the whole training on two moons was worth between 1 and 1.8 nats. And nats add up over dimensions.
#
# *Demo:* run `slice_density("two moons")` live: neither order has Gaussian slices, as the table says.

# %% [markdown]
# ## 8. Which output sees which input (optional)
#
# Without this section you would miss how to recognise an autoregressive model that someone hands you as code. Ask
# what each $\mu_i$ and each $\alpha_i$ reacts to: look at the derivatives $\partial \mu_i / \partial x_j$. In the
# natural order they must vanish for $j \ge i$: the matrix is *strictly lower triangular*, empty on the diagonal and
# above. In another order it is triangular once its rows and columns are sorted by that order.
#
# Here are four machines, each with three outputs $\mu_1, \mu_2, \mu_3$. Autograd shows which output reacts to which
# input.

# %%
import autograd.numpy as anp

from tinymaf.checks import jacobians
from tinymaf_course.pictures import plot_pattern

machines = {
    "a": lambda x: [0 * x[:, 0], anp.sin(x[:, 0] + x[:, 1]), x[:, 0] * x[:, 1] + x[:, 2] ** 2],
    "b": lambda x: [x[:, 1] ** 2, anp.cos(x[:, 2]), anp.tanh(x[:, 0])],
    "c": lambda x: [x[:, 1] * x[:, 2], 0 * x[:, 1] + 1, anp.exp(x[:, 1])],
    "d": lambda x: [anp.sin(x[:, 1]), x[:, 0] ** 2, x[:, 0] - x[:, 1] ** 2],
}
some_x = np.random.default_rng(5).standard_normal((10, 3))

fig, axes = new_figure(4, size=(1.9, 2.1))
for ax, (letter, machine) in zip(axes, machines.items()):
    J = jacobians(lambda x, f=machine: anp.stack(f(x), axis=1), some_x)  # (10, 3, 3)
    reacts = np.abs(J).max(axis=0) > 0
    plot_pattern(ax, reacts)
    ax.set_title(letter)
    seen = [", ".join(f"x_{j + 1}" for j in range(3) if row[j]) or "nothing" for row in reacts]
    print(letter + ":", "; ".join(f"mu_{i + 1} sees {what}" for i, what in enumerate(seen)))
show(fig, "Four 3 by 3 matrices; a filled square in row i and column j means that mu_i reacts "
          "to x_j. The printed lines above say the same in words.")

# %% [markdown]
# *Filled: the derivative is not zero.*

# %% tags=["exercise"]
# {{exercise which-jacobian}}

# %% [markdown] tags=["instructor"]
# **Instructor (7 minutes, 5 of them for the exercise; optional).** *What goes wrong:* people look for the
# triangle by eye in the order 1, 2, 3, so they miss c, or they overlook the filled diagonal of a. Let three students
# be the variables and line up: "which of you may stand first? which of you looks only at those in front?" In c: x2,
# x3, x1.

# %% [markdown]
# ## Quiz
#
# Four questions. Choose, and read the comment even when you were right.

# %%
quiz("autoregressive")

# %% [markdown]
# ## Recap
#
# * $\log p(x) = \sum_i \log p(x_i \mid x_{<i})$ holds for every density in every order. It has nothing to do with time.
# * A model with Gaussian pieces, $\mu_i(x_{<i})$ and $\alpha_i(x_{<i})$, is a density whatever these functions are.
#   Term by term, $-\tfrac12\log 2\pi - \alpha_i - \tfrac12 [(x_i - \mu_i) \exp(-\alpha_i)]^2$.
# * The mean of $-\log q$ is entropy + KL. Maximum likelihood is minimum KL, counted in nats.
# * Evaluating a density needs no waiting. Drawing a sample takes $D$ steps, in the order: $x_i = \mu_i +
#   \exp(\alpha_i) u_i$.
# * With simple pieces the order matters: on the same data one order loses 0 nats, the other a third of a nat (section
#   7).
#
# That one line with $u_i$ in it turned noise into data. What does such a map do to a density? The next notebook,
# [Change of variables](02_change_of_variables.ipynb), answers that for every smooth, invertible map.

# %% [markdown]
# ## References
#
# * M. Germain, K. Gregor, I. Murray, H. Larochelle, *MADE: Masked Autoencoder for Distribution Estimation*, ICML 2015,
#   [arXiv:1502.03509](https://arxiv.org/abs/1502.03509). The chain rule as a model: section 3.
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Gaussian conditionals, and sampling by stretched noise:
#   section 3.1. The boomerang, and the order that fails on it: figure 1.
# * B. Uria, M.-A. Côté, K. Gregor, I. Murray, H. Larochelle, *Neural Autoregressive Distribution Estimation*, JMLR 17
#   (2016), [arXiv:1605.02226](https://arxiv.org/abs/1605.02226). One model trained for all orders at once: section 4.
