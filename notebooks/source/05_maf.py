# %% [markdown]
# # MAF: read MADE backwards
#
# **A MADE that you already have is an invertible map in disguise: here you turn it round, get its determinant for
# free, and find out to the last multiplication what each direction costs.**

# %%
import numpy as np

from tinymaf.plotting import angle_colors, new_figure, plot_points, use_style
from tinymaf_course import show

use_style()
rng = np.random.default_rng(1)
thrown_away = rng.standard_normal((1500, 2))
x1 = 1.5 * thrown_away[:, 0]
x2 = x1 ** 2 / 4 - 1 + np.exp(x1 / 4 - 0.5) * thrown_away[:, 1]

fig, ax = new_figure(size=(4.2, 3.4))
plot_points(ax, np.stack([x1, x2], axis=1), ((-4.4, 4.4), (-3.6, 5.2)),
            color=angle_colors(thrown_away), alpha=0.8)
show(fig, "A cloud of 1,500 points, a crescent that opens upwards. Its colours run smoothly "
          "once round the middle of the cloud, like those of a colour wheel that has been "
          "bent.")

# %% [markdown]
# *Samples of an autoregressive model, coloured by numbers that its sampler drew and threw away. Why do the colours run
# so smoothly?*

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * read Gaussian conditionals as a map between noise and data, and write both directions of it;
# * say why `log_det = -sum alpha`, and what is on the diagonal of the Jacobian;
# * state the price of a density and of a sample, in network calls and in multiply-adds;
# * say why a MAF of one variable is always a Gaussian (section 7, optional).
#
# **Before you start.** You know the chain rule and ancestral sampling (notebook 01), the change of variables and
# triangular determinants (02), masks (03), and the Gaussian MADE (04). Nothing new has to be learned by heart today.
# Two things that you know turn out to be one. If you have forgotten a term, look it up in the
# [glossary](glossary.md).
#
# **Time.** Reading 30 minutes, exercises 15 minutes, and 20 more for what is optional. The computer needs less than
# half a minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 45 minutes: sections 1 and 2 take 21, section 3 takes 5, section 4 takes 11, the price 5, the
# opening, the quiz and the recap 3. Sections 5, 7 and 8 are optional, 20 minutes together; section 7 is the best
# homework. The one idea to leave in the room: *sampling a Gaussian autoregressive model always was an invertible map;
# you only have to keep the noise.* Write `x = mu + exp(alpha) u` on the board at the start and never wipe it off:
# everything today is this line, solved for `u`, differentiated, or run in a loop.

# %% [markdown]
# ## 1. The noise that was thrown away
#
# Here is an autoregressive model of two numbers, small enough to run by hand. $x_1$ is normal with mean 0 and
# standard deviation 1.5. Given $x_1$, $x_2$ is normal with mean $x_1^2/4 - 1$ and standard deviation $e^{x_1/4 -
# 1/2}$. To sample from it you draw standard normal noise, $u_1$ and $u_2$, and compute
#
# $$x_1 = 1.5\, u_1, \qquad x_2 = \frac{x_1^2}{4} - 1 + e^{x_1/4 - 1/2}\, u_2.$$
#
# You did this in notebooks 01 and 04. Then you kept `x`, and threw `u` away.
#
# **Predict.** A friend draws noise, computes `x` and tells you `x` alone: (1.5, -1.5). You know the model. Can you tell
# your friend the noise?

# %%
from tinymaf_course import predict, reveal

predict("noise-back")

# %% [markdown]
# **See.** Here is the model as one function, `fan`: column 2 looks at `x1`, column 1 looks at nothing. All of `x` is
# known, so solve for `u`.

# %%
def fan(x):
    """Shift and log scale of both conditionals, each (N, 2)."""
    x1 = x[:, 0]
    mu = np.stack([0 * x1, x1 ** 2 / 4 - 1], axis=1)
    alpha = np.stack([0 * x1 + np.log(1.5), x1 / 4 - 0.5], axis=1)
    return mu, alpha


x = np.array([[1.5, -1.5]])
mu, alpha = fan(x)
u = (x - mu) / np.exp(alpha)
print("the noise was", u.round(4)[0])

x1 = 1.5 * u[0, 0]
x2 = x1 ** 2 / 4 - 1 + np.exp(x1 / 4 - 0.5) * u[0, 1]
print("and it gives ", np.round([x1, x2], 4))
reveal("noise-back")

# %% [markdown]
# Nothing was lost. Noise goes in, data comes out, and you can go back: that is a flow. You have been using flows since
# notebook 01. You just never turned one round.
#
# Here is the map of the first picture again, with the noise, and with a square grid that is carried along.

# %%
import autograd.numpy as anp  # NumPy that autograd can differentiate

from tinymaf_course.pictures import plot_there


def fan_from_noise(u):
    x1 = 1.5 * u[..., 0]
    return anp.stack([x1, x1 ** 2 / 4 - 1 + anp.exp(x1 / 4 - 0.5) * u[..., 1]], axis=-1)


u = np.random.default_rng(1).standard_normal((1500, 2))
fig = plot_there(fan_from_noise, u, box=((-4.4, 4.4), (-3.6, 5.2)))
show(fig, "Left: a round cloud of noise on a square grid, coloured by angle. Right: the same "
          "points and grid after the map: a crescent that opens upwards, narrow at its left "
          "end and wide at its right.")

# %% [markdown]
# *Every point keeps its colour. Upright lines of the grid stay upright: `x1` depends on `u1` alone. Along such a line
# everything is shifted and stretched, by amounts that `x1` decides.*

# %% [markdown] tags=["instructor"]
# **Section 1, 4 minutes.** Do it live: let one student draw two numbers in secret and compute `x` with a calculator,
# and let the class find the noise.
#
# *What goes wrong.* The tempting answer is "in x2 the two noises are mixed". Ask: *what do you know when you start
# on x2?* (x1, so its mu and its sigma are two plain numbers.) Some fear the division: *can sigma be zero?* (No: it is
# exp of something. That is why alpha is a log.)
#
# *Ask.* "Would it work for Bernoulli conditionals?" No: noise in [0, 1) goes in, a 0 or a 1 comes out, and many noises
# give the same pixel. The map must be one-to-one.

# %% [markdown]
# ## 2. From x to u, and the determinant for free
#
# **Derive.** Take any Gaussian autoregressive model. Conditional $i$ has the mean $\mu_i$ and the standard deviation
# $\sigma_i = e^{\alpha_i}$, both functions of $x_1, \dots, x_{i-1}$. A Gaussian number is a shifted, stretched standard
# normal number:
#
# $$x_i = \mu_i + e^{\alpha_i}\, u_i, \qquad u_i \sim \mathcal{N}(0, 1).$$
#
# *Step 1: solve for the noise.* An exponential is never zero, so we may divide: $u_i = (x_i - \mu_i)\, e^{-\alpha_i}$.
#
# *Step 2: what does each $u_i$ depend on?* On $x_i$, and through $\mu_i$ and $\alpha_i$ on the variables before it. On
# no later one. So the Jacobian is lower triangular. For $D = 3$:
#
# $$\frac{\partial u}{\partial x} = \begin{pmatrix}
# \partial u_1 / \partial x_1 & 0 & 0 \\
# \ast & \partial u_2 / \partial x_2 & 0 \\
# \ast & \ast & \partial u_3 / \partial x_3
# \end{pmatrix}.$$
#
# *Step 3: the diagonal.* Move $x_i$ alone. Then $\mu_i$ and $\alpha_i$ stand still, because they do not see $x_i$. What
# is left is a straight line in $x_i$, with the slope $\partial u_i / \partial x_i = e^{-\alpha_i} = 1/\sigma_i$.
#
# *Step 4: the determinant.* For a triangular matrix it is the product of the diagonal (notebook 02). The stars may be
# as ugly as they like. They are never computed:
#
# $$\log\left|\det \frac{\partial u}{\partial x}\right| = \log \prod_{i=1}^{D} e^{-\alpha_i}
#   = -\sum_{i=1}^{D} \alpha_i.$$
#
# **Check.** A random MADE of three variables, and its Jacobian by autograd, which has never heard of MADE.

# %%
from tinymaf import MADE
from tinymaf.checks import jacobians, random_params
from tinymaf_course import confirm


def network(dim, seed=0):
    """A random MADE of `dim` variables, as a function x -> mu, alpha, each (N, dim)."""
    made = MADE(dim, hidden=(64, 64), activation="tanh")
    params = random_params(made, np.random.default_rng(seed), scale=1.5)
    return lambda x: made.conditional.affine.mu_alpha(made.net(params, x))


def noise_of(x):
    mu, alpha = mu_alpha(x)
    return (x - mu) * anp.exp(-alpha)


mu_alpha = network(3)
x = np.random.default_rng(2).standard_normal((20, 3))
alpha = mu_alpha(x)[1]
J = jacobians(noise_of, x)                          # du/dx, (20, 3, 3)
print("du/dx at the first row:")
print(J[0].round(4))
print("exp(-alpha) there:     ", np.exp(-alpha[0]).round(4))

confirm("zeros above the diagonal", np.abs(np.triu(J, 1)).max(), below=1e-12)
diagonal, log_det = np.diagonal(J, axis1=1, axis2=2), np.linalg.slogdet(J)[1]
confirm("diagonal of du/dx = exp(-alpha)", np.abs(diagonal - np.exp(-alpha)).max(), below=1e-12)
confirm("log|det du/dx| = -sum_i alpha_i", np.abs(log_det + alpha.sum(axis=1)).max(),
        below=1e-12)

# %% [markdown]
# From noise to data everything is turned round, and the diagonal of $\partial x / \partial u$ is $\sigma_i$ *itself*.
# People often expect a derivative of $\sigma$ there, because a Jacobian is made of derivatives. So let us look. In the
# fan, $\sigma_2 = e^{x_1/4 - 1/2}$ does have a derivative with respect to $x_1$. Where is it?

# %% tags=["misconception:jacobian-diagonal"]
u = np.array([[1.0, -1.0]])
J = jacobians(fan_from_noise, u)[0]                 # dx/du
x1 = 1.5
sigma = np.array([1.5, np.exp(x1 / 4 - 0.5)])
slope = sigma[1] / 4                                # d sigma_2 / d x_1
print("dx/du =")
print(J.round(4))
print("sigma:                    ", sigma.round(4))
print("d sigma_2 / d x_1:        ", slope.round(4))
below = 1.5 * (x1 / 2 + slope * u[0, 1])  # dx_1/du_1 (d mu_2/d x_1 + d sigma_2/d x_1 u_2)
print("entry below the diagonal: ", below.round(4))
confirm("and that is the star", abs(J[1, 0] - below), below=1e-12)
confirm("the diagonal of dx/du is sigma", np.abs(np.diag(J) - sigma).max(), below=1e-12)

# %% [markdown]
# There it is, *below* the diagonal, mixed into one of the stars. It is real, and it does not matter.
#
# **Write.** First a number, with a pencil. Another model, $x_1 = u_1$ and $x_2 = x_1^2 + e^{2 x_1} u_2$, and another
# point: what is $\partial x_2 / \partial u_2$ at $u = (0.5,\; 3)$?

# %%
from tinymaf_course import check, hint, solution, whose

# %% tags=["exercise"]
# {{exercise jacobian-entry}}

# %% [markdown]
# Now the map. From here on "the network" is any function `mu_alpha` that takes `x` of shape `(N, D)` and returns `mu`
# and `alpha` of the same shape, where column `i` sees only the columns before it. MADE's masks make that true. Two
# lines are enough.

# %% tags=["exercise"]
# {{exercise maf-x-to-u}}

# %% [markdown] tags=["instructor"]
# **Section 2, 17 minutes, 10 of them exercise.**
#
# *What goes wrong.* The sign of log_det, again. Do not argue with rules. Ask: *the noise is stretched to make data; so
# do you shrink or stretch on the way back?* `sum()` without an axis: one number for the batch. (With `alpha.sum() /
# len(x)` in its place even the average loss is right, so the fault shows only when the density of one point is asked
# for.) Reading alpha as a log variance: here it is the log of the standard deviation, but in other code it may be
# the log variance.
#
# *Ask.* "What do the stars cost us?" Nothing in log_det. They are the whole point otherwise: without them the variables
# would be independent. "Why not learn sigma directly?" It might become zero or negative.
#
# *Demo.* Let a student invent the ugliest mu_2 and alpha_2 of x1 that they can type, and run the check of the diagonal
# again. It does not care.

# %% [markdown]
# ## 3. One set of weights, two readings
#
# In notebook 04 you computed the log-density of a Gaussian MADE as a sum of log-conditionals. The change of variables
# is a second way, with the same network and the same weights.
#
# **Predict.** How far apart are the two log-densities?

# %%
predict("two-readings")

# %% [markdown]
# **Derive.** Write out one Gaussian log-conditional, and spot $u_i$ in it:
#
# $$\log \mathcal{N}(x_i;\, \mu_i, \sigma_i^2)
#   = -\tfrac12 \log 2\pi - \log \sigma_i - \tfrac12 \left(\frac{x_i - \mu_i}{\sigma_i}\right)^2
#   = \underbrace{-\tfrac12 \log 2\pi - \tfrac12 u_i^2}_{\log \mathcal{N}(u_i;\, 0,\, 1)} \; - \; \alpha_i.$$
#
# Add up over $i$. The left side is MADE, the right side is the change of variables:
#
# $$\sum_{i=1}^{D} \log p(x_i \mid x_1, \dots, x_{i-1}) = \log p_u(u) + \left(-\sum_{i=1}^{D} \alpha_i\right)
#   = \log p_u(u) + \log\left|\det\frac{\partial u}{\partial x}\right|.$$
#
# The $-\log \sigma$ that you always wrote into the Gaussian *was* the log-determinant.
#
# **Check.** The library's MADE, the library's flow with the very same weights, and your own function.

# %%
from tinymaf import AffineAutoregressive, Flow

made = MADE(3, hidden=(32, 32), activation="tanh")
flow = Flow(AffineAutoregressive(3, hidden=(32, 32), activation="tanh"))
params = random_params(made, np.random.default_rng(0), scale=1.0)  # random, not trained at all


def log_base(u):
    """log p_u(u): the standard normal density of the noise, one number a row."""
    return np.sum(-0.5 * np.log(2 * np.pi) - 0.5 * u ** 2, axis=1)


as_made = made.log_prob(params, x)
as_flow = flow.log_prob({"bijection": params, "base": ()}, x)
u, log_det = maf_x_to_u(lambda x: made.conditional.affine.mu_alpha(made.net(params, x)), x)
as_yours = log_base(u) + log_det

print("MADE:", as_made[:4].round(4))
print("flow:", as_flow[:4].round(4))
confirm("MADE = flow", np.abs(as_made - as_flow).max(), below=1e-12)
confirm(f"MADE = flow, by {whose(maf_x_to_u)}", np.abs(as_made - as_yours).max(), below=1e-12)
reveal("two-readings")

# %% [markdown]
# The library bounds `alpha` softly (`tinymaf.elementwise.bound`), in MADE and in the flow alike. So `alpha` in the
# formulas is what comes out of that bound.
#
# This layer is a **masked autoregressive flow**, MAF, of one layer. (Reading a Gaussian autoregressive model as a
# flow was not MAF's idea, and the MAF paper says so: it comes from the paper on the inverse autoregressive flow, IAF, a
# year earlier. MAF's step was to fit such a flow to data, with masks and with stacked layers.)

# %% [markdown]
# One more thing: a MAF is not only for single numbers. Each *conditional* is a density of one number, but there are
# D of them, and the network ties them together. What would be lost without the ties?

# %% tags=["misconception:maf-only-1d"]
x = fan_from_noise(np.random.default_rng(3).standard_normal((100_000, 2)))
u, log_det = maf_x_to_u(fan, x)
together = log_base(u) + log_det
mean, sd = x.mean(axis=0), x.std(axis=0)  # the best Gaussian for each variable alone
apart = log_base((x - mean) / sd) - np.log(sd).sum()
print("one MAF of two variables:       ", together.mean().round(3), "nats a point")
print("two MAFs of one variable each:  ", apart.mean().round(3), "nats a point")

made_64, net_64 = MADE(64), AffineAutoregressive(64)
params_64 = random_params(made_64, np.random.default_rng(4))
x = np.random.default_rng(5).standard_normal((100, 64))
as_made = made_64.log_prob(params_64, x)
as_flow = Flow(net_64).log_prob({"bijection": params_64, "base": ()}, x)
confirm("64 variables: MADE = flow", np.abs(as_made - as_flow).max(), below=1e-10)

# %% [markdown] tags=["instructor"]
# **Section 3, 5 minutes.** Let the class vote first. "By a constant" tempts those who know flows, "from row to row"
# those who know training.
#
# *Ask.* "If they are the same, why two names?" Because the second reading can be *stacked*: the `u` of one layer is the
# `x` of the next. A product of conditionals cannot be fed into anything. That is notebook 06.
#
# *What goes wrong.* "MAF is for one-dimensional data" comes from reading "the conditionals are one-dimensional" too
# fast. Point at the two averages: ignoring the ties costs about half a nat a point. The two papers' signs are in
# section 8 (2 minutes, optional): homework for those who read other texts.

# %% [markdown]
# ## 4. From u to x, one variable at a time
#
# **Derive.** Now only `u` is known. The formula is there:
#
# $$x_i = \mu_i(x_1, \dots, x_{i-1}) + e^{\alpha_i(x_1, \dots, x_{i-1})}\, u_i.$$
#
# But the right side needs the data, and the data is what we want. There is one place to start. $\mu_1$ and $\alpha_1$
# need nothing, so $x_1$ can be computed at once. With $x_1$ the network gives $\mu_2$ and $\alpha_2$, and with them
# comes $x_2$. And so on. The network must be called again each time.
#
# **Predict.** The digits of notebook 00 have 8 x 8 pixels: 64 variables. How many network calls does one sample take?

# %%
predict("calls-for-a-sample")

# %% [markdown]
# **Write.** While their inputs are missing, the later columns that the network returns are nonsense. Take the one that
# is ready. `log_det` is now `log|det dx/du|`, the one that belongs to this direction.

# %% tags=["exercise"]
# {{exercise maf-u-to-x}}

# %% [markdown]
# **Check.** There and back, with a network that counts its calls.

# %% tags=["misconception:directions-cost-same"]
class Counted:
    """A network that counts how often it is called."""

    def __init__(self, network):
        self.network, self.calls = network, 0

    def __call__(self, x):
        self.calls += 1
        return self.network(x)


worst = 0
for dim in [1, 2, 8, 64]:
    u = np.random.default_rng(6).standard_normal((50, dim))
    there, back = Counted(network(dim)), Counted(network(dim))
    x, log_det_x = maf_u_to_x(there, u)
    again, log_det_u = maf_x_to_u(back, x)
    worst = max(worst, np.abs(again - u).max(), np.abs(log_det_x + log_det_u).max())
    print(f"D = {dim:2d}: network calls: u to x {there.calls:2d}, x to u {back.calls}")
confirm("u -> x -> u, and the two log_dets cancel", worst, below=1e-9)
reveal("calls-for-a-sample", there.calls)

# %% [markdown]
# Same formula, same weights, and the two directions cost 1 and D calls. The density is the cheap one. That suits
# training, which needs densities alone.
#
# You may read that "MAF cannot be sampled". You just did it: exactly, D steps one after another. Are the samples what
# they should be? Two tests with the fan. Its true mean: $u_2$ has mean 0 whatever $x_1$ is, so the term with $u_2$
# drops out, and $\mathbb{E}[x_2] = \mathbb{E}[x_1^2]/4 - 1 = 1.5^2/4 - 1$. And the share of samples in a square must
# be the integral of the density over that square.

# %% tags=["misconception:maf-no-sampling"]
samples, _ = maf_u_to_x(fan, np.random.default_rng(8).standard_normal((100_000, 2)))
print("mean of x2 in 100,000 samples: ", samples[:, 1].mean().round(2))
print("and in truth:                  ", 1.5 ** 2 / 4 - 1)

# the square 0 < x1 < 1, -1 < x2 < 0
inside = ((samples > [0, -1]) & (samples < [1, 0])).all(axis=1)
middle = (np.arange(100) + 0.5) / 100
u, log_det = maf_x_to_u(fan, np.stack(np.meshgrid(middle, middle - 1), axis=-1).reshape(-1, 2))
p = np.exp(log_base(u) + log_det)
print("share of samples in the square:", inside.mean().round(2))
print("and by the density:            ", p.mean().round(2))

# %% [markdown]
# Your two functions are a whole layer. Wrap them in the library's interface, which takes a few lines, and its own
# checks and explorers work on them: the round trip, the integral of the density, and the grid.

# %%
from tinymaf import Bijection, Chain
from tinymaf.checks import check_normalised, check_round_trip


class Mine(Bijection):
    """The fan as a layer, by the two functions of sections 2 and 4."""

    dim = 2

    def x_to_u(self, params, x, context=None):
        return maf_x_to_u(fan, x)

    def u_to_x(self, params, u, context=None):
        return maf_u_to_x(fan, u)


mine = Flow(Chain([Mine()]))
nothing_to_train = mine.init(np.random.default_rng(0))
confirm("there and back", check_round_trip(Mine(), (), samples[:1000]), below=1e-10)
confirm("integral of the density = 1", check_normalised(mine, nothing_to_train), below=1e-3)

# %%
from tinymaf_course.explorers import layers

layers(mine, nothing_to_train, samples[:1200], box=((-3.6, 3.6), (-3.6, 3.6)), alt=(
    "Five frames, points coloured by angle on a grid that is carried along, and a dashed "
    "circle. From data to noise: a crescent on a square grid; half way; a round cloud on a "
    "grid that is bent downwards. From noise to data: half way, the cloud sags in the middle; "
    "then the crescent again. Upright lines stay upright in all frames."))

# %% [markdown]
# *Press `x → u` and `u → x` and drag the slider. It is one layer, so there is one step; in between, points move on
# straight lines for the eye only. Look at the upright lines: `x1` is only rescaled. All the bending is in `x2`.*
#
# And here is the loop that you wrote, call by call, with the network inside. Move "calls made". Look at the network on
# the left first: every call computes every unit again.

# %%
from tinymaf_course.explorers import sampling

sampling(dim=4, calls=2)

# %% [markdown] tags=["instructor"]
# **Section 4, 11 minutes, 5 of them exercise.**
#
# *What goes wrong.* `x = u` as a start, and then `x[:, i] = ...`: that overwrites the caller's noise (the checker says
# so). Collecting columns in a list and never writing them into `x`: the network sees zeros all the time. `-sum
# alpha` from habit: it belongs to the other direction.
#
# *Ask.* "After the loop, is alpha right in all columns?" Yes: column D was computed when all variables before it were
# there, and column 1 never needed any. "Is sampling random?" The noise is. The map is not.
#
# *Demo.* In `fan`, write `x[:, 1] / 4` for the alpha of column 1, and go from u to x and back: u does not return,
# because x1 would need x2 first, and x2 needs x1. Then the explorer, D = 2: one call, all points lie on a line, since
# x2 is still missing. Two calls: they fill the cloud. Then D = 5, step by step. Let them count the numbers in the
# units.

# %% [markdown]
# ## 5. Why not all at once? (optional)
#
# Without this section you would miss a bug that passes every test in one dimension, and an iteration that arrives. A
# loop over columns looks clumsy, and sooner or later you will want to get rid of it. What if we call the network once,
# with zeros for `x`, and fill in all variables?

# %%
def which_are_right(mu_alpha, x, u):
    """A word for each variable: does x_i = mu_i + exp(alpha_i) u_i hold in all rows?"""
    mu, alpha = mu_alpha(x)
    errors = np.abs(mu + np.exp(alpha) * u - x).max(axis=0)
    return " ".join("right" if error < 1e-10 else "wrong" for error in errors)


for dim in [1, 2, 3, 4]:
    mu_alpha = network(dim)
    u = np.random.default_rng(9).standard_normal((100, dim))
    mu, alpha = mu_alpha(np.zeros_like(u))
    print(f"D = {dim}, one call:", which_are_right(mu_alpha, mu + np.exp(alpha) * u, u))

# %% [markdown]
# At D = 1 the shortcut is perfect. A test at D = 1 would pass. In more dimensions the first variable is right, and all
# others were computed from zeros that are not the data.
#
# **Write** (optional). A colleague noticed that, and calls the network twice. "Right for D = 1 and D = 2", says the
# docstring. The function went into production, and at D = 3 the samples are wrong. Find the bug, and fix it for every
# D. Keep the idea: no loop over columns, all of `x` at every step.

# %% tags=["exercise"]
# {{exercise all-at-once}}

# %% [markdown]
# **See.** Now call by call. The start does not matter at all, so here it is as bad as can be.

# %%
mu_alpha = network(5)
u = np.random.default_rng(10).standard_normal((100, 5))
x = np.full_like(u, 1000.0)
for call in range(1, 6):
    mu, alpha = mu_alpha(x)
    x = mu + np.exp(alpha) * u
    print(f"after call {call}:", which_are_right(mu_alpha, x, u))
confirm("the same x as by columns", np.abs(x - maf_u_to_x(mu_alpha, u)[0]).max(), below=1e-10)
confirm("the same x by the repaired function", np.abs(x - all_at_once(mu_alpha, u)[0]).max(),
        below=1e-10)

# %% [markdown]
# A staircase. Call $k$ reads the variables before $x_k$, and these are right already. So it makes $x_k$ right, and what
# is right stays right. After D calls nothing is left to be wrong. This is an iteration that does not *approach* its
# answer: it arrives, and stays.
#
# Numerical mathematicians call it Jacobi's iteration. It needs D calls in the worst case. When far-off variables hardly
# matter, fewer calls come close enough, and then it can save time (Song et al. 2021).

# %% [markdown] tags=["instructor"]
# **Section 5, 8 minutes, 5 of them exercise; optional.** This section is about testing as much as about flows: *a
# test in one or two dimensions proves nothing about an order.*
#
# *What goes wrong.* A third call (right at D = 3, wrong at D = 4: ask "and at D = 4?"). Adding up the log_dets of the
# rounds: a round is not a layer, it replaces the one before.
#
# *Ask.* "Why does the start not matter?" x_1 forgets it at the first call, x_2 at the second... "What would happen
# without masks?" No staircase: the iteration may converge, or not. "Which D would you test with?" At least 3, and an
# order that is not its own inverse, such as (2, 0, 1).

# %% [markdown]
# ## 6. The price, counted
#
# Do D calls mean D times the work? Look at the explorer again, at the network titled "each unit once".
#
# **Derive.** A hidden unit of degree $m$ sees the inputs of degree up to $m$, and nothing else (notebook 03). Once
# $x_1, \dots, x_m$ are known, it can be computed, and it will never change. The textbook's loop computes it again at
# every call, first from missing inputs, later from the same ones. So go through the degrees. At step $d$:
#
# 1. compute $\mu_d$ and $\alpha_d$ from the hidden units of lower degree, and then $x_d$;
# 2. compute the hidden units of degree $d$, layer by layer. Their inputs are all there.
#
# Each unit is computed once. There are still D steps, one after another. But all of them together do the
# multiplications of *one* pass, the ones that the masks let through.
#
# The library's `u_to_x` works like that. Its source names earlier work: Ramachandran et al. 2017 for convolutions, and
# NetKet for autoregressive networks.
#
# **Predict.** For 64 variables and two hidden layers of 64 units, how many times fewer multiply-adds will that be?

# %%
predict("times-fewer")

# %% [markdown]
# **Check.** Here are the two steps as code, for the natural order. Read it once, slowly. It counts the multiply-adds of
# every product that it makes: `(N, k)` times `(k, m)` takes `k m` for each row.

# %%
import functools


def each_unit_once(layer, params, u):
    """From noise to data: x, and the multiply-adds a row."""
    *hidden, (v, c) = params
    degrees = [layer.net.degrees, *layer.net.hidden_degrees]
    known = [np.zeros((len(u), len(d))) for d in degrees]       # x, and then the hidden layers
    count = 0
    for d in range(1, layer.dim + 1):
        sees = degrees[-1] < d  # 1. mu, alpha, and x of degree d
        columns = [d - 1, layer.dim + d - 1]
        theta = known[-1][:, sees] @ v[sees][:, columns] + c[columns]
        count += sees.sum() * 2
        mu, alpha = layer.elementwise.mu_alpha(theta[:, :, None])
        known[0][:, d - 1] = (mu + np.exp(alpha) * u[:, [d - 1]])[:, 0]
        for k, (w, b) in enumerate(hidden):  # 2. the hidden units of degree d
            sees, mine = degrees[k] <= d, degrees[k + 1] == d
            known[k + 1][:, mine] = np.tanh(known[k][:, sees] @ w[sees][:, mine] + b[mine])
            count += sees.sum() * mine.sum()
    return known[0], count


print(" D   x to u, one pass   u to x, D passes   u to x, each unit once   open connections")
dims, work, worst = [2, 4, 8, 16, 32, 64], [], 0
for dim in dims:
    layer = AffineAutoregressive(dim, hidden=(64, 64), activation="tanh")
    params = random_params(layer, np.random.default_rng(0))
    u = np.random.default_rng(1).standard_normal((20, dim))
    x, once = each_unit_once(layer, params, u)
    counted = Counted(functools.partial(layer.mu_alpha, params))
    for other in [maf_u_to_x(counted, u)[0], layer.u_to_x(params, u)[0]]:
        worst = max(worst, np.abs(other - x).max())
    one_pass = sum(w.size for w, _ in params)  # every weight is multiplied, masked or not
    textbook = counted.calls * one_pass
    open_ones = sum(mask.sum() for mask in layer.net.masks)
    work.append([one_pass, textbook, once])
    print(f"{dim:2d} {one_pass:15,} {textbook:18,} {once:19,} {open_ones:24,}")
confirm(f"{whose(maf_u_to_x)}, each unit once, and the library give the same x", worst,
        below=1e-10)
print(f"D = 64: {textbook / once:.0f} times fewer")

# %%
from tinymaf_course.pictures import plot_work

one_pass, textbook, once = np.transpose(work)
fig = plot_work(dims, {"x to u: one pass": one_pass, "u to x: D passes": textbook,
                       "u to x: each unit once, D steps": once})
show(fig, "Multiply-adds a row against D from 2 to 64, both axes logarithmic. The textbook's "
          "sampling climbs steeply, from nine thousand to a million. Sampling with each unit "
          "once stays below one dense pass for every D.")
reveal("times-fewer", round(textbook[-1] / once[-1]))

# %% [markdown]
# Computing each unit once takes exactly as many multiply-adds as the masks have open connections. That is one pass
# without the masked zeros, which a plain pass multiplies as well.
#
# Keep both halves of this in mind. The *work* of a sample is that of one pass. The *steps* still wait for each other: a
# machine with many cores, which loves one big product, gets D small ones. So the two directions do not cost the same,
# and no bookkeeping will make them.

# %% [markdown] tags=["instructor"]
# **Section 6, 5 minutes.**
#
# *What goes wrong.* "So sampling costs the same after all!" Work and waiting are two prices. Ask: *a cake takes an hour
# in one oven; do 60 ovens bake it in a minute?* And the reverse: "D steps, so D times the energy": no, the work is one
# pass.
#
# *Ask.* "Why does the count fall from D = 2 to D = 4?" With D = 2 all hidden units have degree 1, so the hidden
# layers are dense. More degrees mean more masked zeros. "Why do most flow libraries run D full passes?" It is
# simpler, it works with any network, and a big parallel machine hides the work. (NetKet, for autoregressive
# networks, does not.)

# %% [markdown]
# ## 7. One variable is not enough (optional)
#
# Without this section you would miss what a stack can do for one variable, and for the first variable of each layer.
# Give a MAF a single variable, D = 1. Stack ten layers. How far can it bend a Gaussian?
#
# **Predict.** The data has two peaks, at -2 and 2. What will the trained density look like?

# %%
predict("one-dim")

# %% [markdown]
# **See.** Train it, and compare with the best single Gaussian, the one with the mean and standard deviation of the
# data.

# %% tags=["misconception:one-dim-maf-any"]
import warnings

from tinymaf import fit, maf
from tinymaf_course import in_band

rng = np.random.default_rng(11)
data = rng.choice([-2, 2], size=(4000, 1)) + 0.5 * rng.standard_normal((4000, 1))
with warnings.catch_warnings():
    # its warning would give the answer away
    warnings.simplefilter("ignore")
    ten = maf(dim=1, n_layers=10)
trained = fit(ten, data, rng=rng, epochs=20, batch_size=200, lr=1e-2, schedule="cosine",
              progress=False).params

best = log_base((data - data.mean()) / data.std()).mean() - np.log(data.std())
short = best - ten.log_prob(trained, data).mean()
in_band(short, None, 0.01, "nats a point that ten layers fall short of the best Gaussian")

line = np.linspace(-5, 5, 401)[:, None]
bends = np.diff(ten.to_noise(trained, line), n=2, axis=0)           # second differences
confirm("u is a straight line in x", np.abs(bends).max(), below=1e-10)
reveal("one-dim")

fig, ax = new_figure(size=(5.6, 3.0))
peaks = [np.exp(-2 * (line - centre) ** 2) / (0.5 * np.sqrt(2 * np.pi)) for centre in (-2, 2)]
ax.plot(line, np.mean(peaks, axis=0), label="the data's density")
ax.plot(line, np.exp(ten.log_prob(trained, line)), "--", label="MAF, D = 1, ten layers")
ax.set(xlabel="$x$", ylabel="density", ylim=(0, 0.55))
ax.legend(loc="upper center")
show(fig, "Two curves over x. The data's density has two narrow peaks at -2 and 2. The trained "
          "MAF of ten layers is one broad hump at 0, high where the data has nothing.")

# %% [markdown]
# **Derive.** With D = 1 there is no variable before $x_1$. So the network sees nothing: $\mu$ and $\alpha$ are two
# constants. A layer is $x = \mu + e^{\alpha} u$, a straight line. Two layers are
#
# $$x = \mu_1 + e^{\alpha_1}\left(\mu_2 + e^{\alpha_2} u\right)
#   = \left(\mu_1 + e^{\alpha_1} \mu_2\right) + e^{\alpha_1 + \alpha_2}\, u,$$
#
# a straight line again. And a straight line takes a Gaussian to a Gaussian, whatever is stacked.
#
# The *first* variable of a layer shares this fate in any D: with standard normal noise its density is one Gaussian.
# The power is in the ties between variables, and in changing which of them comes first. That is the next notebook:
# stack layers, and turn the order round in between.
#
# **Write** (optional). The formula above for K layers. Which Gaussian is it?

# %% tags=["exercise"]
# {{exercise one-dim-maf}}

# %% [markdown] tags=["instructor"]
# **Section 7, 9 minutes, 5 of them exercise; optional, and good homework.**
#
# *What goes wrong.* "More layers must help" is carried over from neural networks, where something bends between the
# layers. Ask: *what is nonlinear in x = mu + exp(alpha) u?* (Only the way mu and alpha depend on other variables. No
# others, no bends.)
#
# *Ask.* "How would you get two peaks in one dimension?" Another base (a mixture: MAF MoG, notebook 06), another map of
# one number (a spline), or one more variable that is ignored afterwards. "Is the marginal of x_2 Gaussian too?" No:
# given x_1 it is; over all x_1 it is a mixture of infinitely many.

# %% [markdown]
# ## 8. Two signs in other texts (optional)
#
# Skip this unless you read the papers or other code beside this course: it explains two signs that differ there. From
# data to noise, the layer can be written as a shift and a scale of $x_i$, too. Multiply $u_i = (x_i - \mu_i)
# e^{-\alpha_i}$ out:
#
# $$u_i = \mu'_i + e^{\alpha'_i}\, x_i, \qquad \alpha'_i = -\alpha_i, \qquad \mu'_i = -\mu_i\, e^{-\alpha_i}.$$
#
# Some texts *begin* with this line, and call $\mu'$, $\alpha'$ (or their $\sigma' = e^{\alpha'}$) the shift and the
# scale. It is the same map. What changes is the sign in front of the sum: $\log\lvert\det \partial u/\partial x\rvert =
# -\sum_i \alpha_i = +\sum_i \alpha'_i$. You may also read that MAF's inverse becomes an IAF "when the signs of $\mu$
# and $\alpha$ are changed". Both signs do change, but $\mu$ is also rescaled, by $e^{-\alpha}$. (The
# IAF paper writes its layer as shift plus scale times what comes in, and what comes in is noise: notebook 08.)

# %%
mu_alpha = network(3)
x = np.random.default_rng(2).standard_normal((20, 3))
mu, alpha = mu_alpha(x)
u, log_det = maf_x_to_u(mu_alpha, x)
shift, log_scale = -mu * np.exp(-alpha), -alpha
confirm("u = mu' + exp(alpha') x", np.abs(shift + np.exp(log_scale) * x - u).max(), below=1e-12)
confirm("log|det du/dx| = +sum_i alpha'_i", np.abs(log_scale.sum(axis=1) - log_det).max(),
        below=1e-12)
print(f"largest error if mu' were -mu: {np.abs(-mu + np.exp(log_scale) * x - u).max():.2f}")

# %% [markdown]
# ## Quiz

# %%
from tinymaf_course import quiz

quiz("maf")

# %% [markdown]
# ## Recap
#
# * Sampling a Gaussian autoregressive model is an invertible map, $x_i = \mu_i + e^{\alpha_i} u_i$. Keep the noise, and
#   you have a flow.
# * $u_i = (x_i - \mu_i)\, e^{-\alpha_i}$. The Jacobian is triangular, its diagonal is $e^{-\alpha_i}$, so $\log|\det
#   \partial u/\partial x| = -\sum_i \alpha_i$. In the other direction the diagonal is $\sigma_i$ itself.
# * MADE and a MAF of one layer are the same density with the same weights. The $-\log\sigma$ of the Gaussian is the
#   log-determinant.
# * A density takes one network call. A sample takes D steps, one after another, and is exact.
# * The steps cannot be done at once. But each unit needs computing only once, so a sample takes the multiply-adds of
#   one pass.
# * With D = 1 a MAF is a Gaussian, however deep (section 7).
#
# Most of this you knew already. You have only read it from the other side.

# %% [markdown]
# ## References
#
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.1: autoregressive models read as flows, both
#   directions and the determinant.
# * M. Germain, K. Gregor, I. Murray, H. Larochelle, *MADE: Masked Autoencoder for Distribution Estimation*, ICML 2015,
#   [arXiv:1502.03509](https://arxiv.org/abs/1502.03509). Section 4: the degrees and the masks.
# * D. P. Kingma, T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever, M. Welling, *Improving Variational Inference with
#   Inverse Autoregressive Flow*, NeurIPS 2016, [arXiv:1606.04934](https://arxiv.org/abs/1606.04934). The first to read
#   Gaussian autoregressive models as flows. Its layer has a network that reads the noise: there the sample is the cheap
#   direction.
# * P. Ramachandran, T. Le Paine, P. Khorrami, M. Babaeizadeh, S. Chang, Y. Zhang, M. Hasegawa-Johnson, R. Campbell,
#   T. Huang, *Fast Generation for Convolutional Autoregressive Models*, 2017,
#   [arXiv:1704.06001](https://arxiv.org/abs/1704.06001). Hidden units are computed once and kept.
# * Y. Song, C. Meng, R. Liao, S. Ermon, *Accelerating Feedforward Computation via Parallel Nonlinear Equation Solving*,
#   ICML 2021, [arXiv:2002.03629](https://arxiv.org/abs/2002.03629). Jacobi's iteration for autoregressive models.
#
# Which paper built on which, from 1952 to TarFlow: see the [history](../docs/history.md).
