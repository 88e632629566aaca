# %% [markdown]
# # IAF and the price of direction
#
# **Let the network read the noise instead of the data, and the two prices change places: here you swap a layer, count
# what each direction costs, and fit a posterior that you know only as a formula.**

# %%
from tinymaf.datasets import digits
from tinymaf_course import show
from tinymaf_course.drawings import pixel_by_pixel

show(pixel_by_pixel(digits().test_pixels[0]),
     "How a picture of 64 pixels is drawn, a sketch. Upper row, MAF: after steps 1, 16, 32, 48 "
     "and 64, line by line. Lower row, IAF: the whole picture after step 1.")

# %% [markdown]
# Two flows draw a digit (a sketch): a MAF pixel by pixel, an IAF all at once. They differ in two letters of one
# formula. What does the IAF pay for it?

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * derive IAF from MAF by swapping two letters, and say why it is *not* the inverse of a MAF that you have trained;
# * say which to take for which task: what is cheap, what is expensive, and how expensive, in calls and multiply-adds;
# * derive the bound on log Z, write the reverse KL loss, and fit a posterior with it;
# * derive the equality KL(data, model) = KL(in noise space) (optional).
#
# **Before you start.** You know both directions of a MAF layer and their price (notebook 05), stacking (06), and what
# training minimises (07). You know that `log p(x) = log p_u(u) + log|det du/dx|` (02). If you have forgotten a term,
# look it up in the [glossary](glossary.md).
#
# **Time.** Reading 25 minutes, exercises 20 minutes, and 18 more for what is optional. The computer needs less than
# half a minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 45 minutes: section 1 takes 3, sections 2 and 3 take 25, section 5 takes 14, the first and the
# last screen 3. Sections 4, 6, 7 and 8 are optional and can be homework. The one idea to leave in the room: *a network
# that reads what is already there is fast; one that reads what is not there yet has to wait.* MAF reads data, IAF reads
# noise. Every price of today follows from that one sentence; do not let anyone learn a table by heart.

# %% [markdown]
# ## 1. A tempting shortcut
#
# You have trained a MAF on the two moons. Densities take one call of each network, a sample takes D steps a layer. In
# two dimensions that is nothing; with 3,000 pixels it is a long wait. A colleague has an idea. "A flow is invertible.
# Swap its directions: call `x_to_u` where we called `u_to_x`. Then sampling takes one call a layer. It is the same
# network, and it is trained already!"
#
# **Predict.** You swap, draw noise, and send it through in one call. What do the samples look like?

# %%
import numpy as np

from tinymaf_course import predict, reveal

predict("swapped-moons")

# %% [markdown]
# **See.** The same noise through the MAF and through the swapped MAF; then real data, and what the swapped MAF makes of
# them.

# %% tags=["misconception:iaf-inverse-of-maf"]
from tinymaf import Flow, Inverse, fit, maf
from tinymaf.datasets import TOYS
from tinymaf.plotting import angle_colors
from tinymaf_course import confirm, in_band, show
from tinymaf_course.drawings import clouds

moons = TOYS["two moons"]
trained = maf(2, n_layers=5, hidden=(32, 32), activation="tanh")
params = fit(trained, lambda rng: moons.sample(rng, 4000), rng=np.random.default_rng(0),
             epochs=25, batch_size=250,
             lr=1e-2, schedule="cosine", progress=False).params
# the same weights, the directions exchanged
swapped = Flow(Inverse(trained.bijection))

u = np.random.default_rng(1).standard_normal((1500, 2))
x = trained.bijection.u_to_x(params["bijection"], u)[0]
not_moons = swapped.bijection.u_to_x(params["bijection"], u)[0]
data = moons.sample(np.random.default_rng(2), 1500)
as_noise = trained.to_noise(params, data)

by_noise, by_data = angle_colors(u), angle_colors(as_noise)
fig = clouds([("noise through the MAF", x, by_noise, None),
              ("noise, MAF swapped", not_moons, by_noise, [(-12, 12), (-20, 20)]),
              ("data", data, by_data, None), ("data, MAF swapped", as_noise, by_data, None)])
show(fig, "Four clouds. Noise through the trained MAF gives two moons. The same noise through "
          "the MAF with its directions swapped gives a large ragged star, many times wider. "
          "Real data are two moons, and the swapped MAF makes a round cloud of them.")

held_out = moons.sample(np.random.default_rng(3), 4000)
in_band(-trained.log_prob(params, held_out).mean(), 1.0, 1.2, "MAF on new moons, nats")
in_band(-swapped.log_prob(params, held_out).mean(), 2.5, 6,
        "the swapped MAF on new moons, nats")
reveal("swapped-moons")

# %% [markdown]
# The swapped flow does undo the MAF: it turns *moons into noise*, the fourth cloud. But you fed it noise. The map that
# makes moons round was applied to something round, and distorted it.
#
# So the colleague has made a perfectly good flow: it is invertible, it has a density, it samples in one call a layer.
# But its density is not that of the moons. It is **another model with the same weights**. This kind of flow is called
# an *inverse autoregressive flow*, IAF, and it has to be trained in its own right.

# %% [markdown] tags=["instructor"]
# **Section 1, 3 minutes.** Let the class vote before the picture.
#
# *What goes wrong.* "Moons, only faster" is a common belief about IAF, among practitioners too, because of its name.
# "Noise" comes from "the inverse goes to noise". Ask both the same question: *what goes in?*
#
# *Ask.* "The swapped MAF is the inverse *function*. Why is it not the inverse *model*?" A model is a function together
# with the noise that is fed into it. "Which density would have to be fed in to make the second cloud round?" The moons.
#
# *Demo.* Swap twice: `Flow(Inverse(Inverse(trained.bijection)))` samples moons again.

# %% [markdown]
# ## 2. Two letters change places
#
# **Derive.** A MAF layer goes from noise to data by $x_i = \mu_i(x_1, \dots, x_{i-1}) + e^{\alpha_i(x_1, \dots,
# x_{i-1})}\, u_i$. Let the network read the noise instead. Nothing else changes:
#
# $$\text{IAF:}\qquad x_i = \mu_i(u_1, \dots, u_{i-1}) + e^{\alpha_i(u_1, \dots, u_{i-1})}\, u_i.$$
#
# *Step 1: from noise to data.* All of `u` is there, so one network call gives every $\mu_i$ and $\alpha_i$.
#
# *Step 2: the determinant.* $x_i$ depends on $u_1, \dots, u_i$ and on no later one: triangular. Move $u_i$ alone; then
# $\mu_i$ and $\alpha_i$ stand still, and the slope is $e^{\alpha_i}$. So
#
# $$\log\left|\det\frac{\partial x}{\partial u}\right| = +\sum_{i=1}^{D} \alpha_i(u_1, \dots, u_{i-1}).$$
#
# *Step 3: from data to noise.* Solve for $u_i$:
#
# $$u_i = \bigl(x_i - \mu_i(u_1, \dots, u_{i-1})\bigr)\, e^{-\alpha_i(u_1, \dots, u_{i-1})}.$$
#
# The right side needs the noise, and the noise is what we want. So the variables come one after another, in D steps:
# the loop of notebook 05 with its two ends exchanged.
#
# **Check.** There is a second way to write the same thing. Take MAF's `x_to_u`, which is $(x_i - \mu_i)\,
# e^{-\alpha_i}$, and rename its ends: what comes in is called `u`, what goes out is called `x`. That is what
# `Inverse` did above:
#
# $$x_i = (u_i - \mu_i)\, e^{-\alpha_i} = \underbrace{-\mu_i e^{-\alpha_i}}_{\mu_i'} \; + \;
#   e^{\overbrace{\scriptstyle -\alpha_i}^{\alpha_i'}}\, u_i.$$
#
# Same form, different names. A network can learn either pair equally well.
#
# <details><summary>Other papers, other letters</summary>
#
# Papers and lecture notes differ in just this. Some write $x_i \sigma_i + \mu_i$ for the map from *data to noise*.
# That is a MAF in primed letters: $u_i = \mu_i' + e^{\alpha_i'} x_i$, with networks that read $x$. Algorithm 1 of the
# IAF paper has $z \mapsto \sigma z + (1 - \sigma)\, m$ from noise to data, with a *sigmoid* $\sigma = 1/(1 +
# e^{-s})$. In our letters $\alpha = \log \sigma$ and $\mu = (1 - \sigma)\, m$. A sigmoid is below 1, so each step of
# that form can only shrink ($\alpha < 0$ always): it covers only a part of this notebook's family of maps.
#
# </details>

# %%
import autograd.numpy as anp  # NumPy that autograd can differentiate

from tinymaf import AffineAutoregressive
from tinymaf.checks import jacobians, random_params


layer = AffineAutoregressive(3, hidden=(64, 64), activation="tanh")
weights = random_params(layer, np.random.default_rng(0), scale=1.5)


def mu_alpha(z):
    """A random masked network: z -> mu, alpha, each (N, 3)."""
    return layer.mu_alpha(weights, z)


u = np.random.default_rng(4).standard_normal((20, 3))
# the network reads the noise
mu, alpha = mu_alpha(u)
mu_new, alpha_new = -mu * np.exp(-alpha), -alpha
x, log_det = Inverse(layer).u_to_x(weights, u)
confirm("Inverse(MAF layer) = mu' + exp(alpha') u",
        np.abs(mu_new + np.exp(alpha_new) * u - x).max(), below=1e-12)

m, s = mu, alpha                            # the network's answers, read as the IAF paper does
sigma = 1 / (1 + np.exp(-s))
x_paper, (mu_paper, alpha_paper) = sigma * u + (1 - sigma) * m, ((1 - sigma) * m, np.log(sigma))
confirm("the IAF paper's step = mu + exp(alpha) u",
        np.abs(mu_paper + np.exp(alpha_paper) * u - x_paper).max(), below=1e-12)

# dx/du of the first form, by autograd
J = jacobians(lambda u: mu_alpha(u)[0] + anp.exp(mu_alpha(u)[1]) * u, u)
print("dx/du of an IAF at the first row:", J[0].round(4), sep="\n")
confirm("zeros above the diagonal", np.abs(np.triu(J, 1)).max(), below=1e-12)
confirm("log|det dx/du| = +sum_i alpha_i",
        np.abs(np.linalg.slogdet(J)[1] - alpha.sum(axis=1)).max(), below=1e-12)

# %% [markdown]
# **Write.** First the swap itself, for any layer. It is short. The trap is in the log_det.

# %%
from tinymaf_course import check, hint, solution, whose

# %% tags=["exercise"]
# {{exercise inverse-layer}}

# %% [markdown]
# **Check.** Dress it up as a layer, and run the library's proofs on it.

# %%
from tinymaf import Bijection
from tinymaf.checks import check_log_det, check_round_trip


class Swapped(Bijection):
    """A layer with its directions exchanged, by inverse_layer."""

    def __init__(self, layer):
        self.layer, self.dim = layer, layer.dim

    def x_to_u(self, params, x, context=None):
        return inverse_layer(self.layer, params, x, "u")

    def u_to_x(self, params, u, context=None):
        return inverse_layer(self.layer, params, u, "x")


x = np.random.default_rng(5).standard_normal((20, 3))
confirm("x -> u -> x, and the two log_dets cancel",
        check_round_trip(Swapped(layer), weights, x), below=1e-10)
confirm("both log_dets = slogdet of autograd's Jacobian",
        check_log_det(Swapped(layer), weights, x), below=1e-8)
yours, theirs = (one(layer).x_to_u(weights, x)[0] for one in (Swapped, Inverse))
confirm("the same as the library's Inverse", np.abs(yours - theirs).max(), below=1e-12)

# %% [markdown]
# That is the whole of `tinymaf.iaf`: MAF layers, each inside `Inverse`.
#
# **Write.** Now the direction that an IAF is made for: a sample, and how likely it was, in one call. Use the first
# form, $x = \mu + e^{\alpha} u$.

# %% tags=["exercise"]
# {{exercise iaf-sample}}

# %% [markdown] tags=["instructor"]
# **Section 2, 17 minutes, 10 of them exercises.**
#
# *What goes wrong.* In `inverse-layer`: "I have inverted something, so the sign of log_det must flip." Ask:
# *the number that you got back is the log_det of which map? And which map did you apply?* In `iaf-sample`: a plus
# before the sum of alphas. Ask: *alpha = 10 everywhere: is the cloud huge or tiny? So is the density high or low?*
#
# *Ask.* "Algorithm 1 of the IAF paper has sigma u + (1 - sigma) m. Is that another flow?" Nearly the same: there sigma
# is a sigmoid, so a step can only shrink. (A layer of another kind, between two of them, may stretch again.)

# %% [markdown]
# ## 3. The price of direction
#
# **Predict.** D = 64, five layers, the textbook's way. An IAF draws a sample and computes its `log_prob` along with it.
# How many network calls?

# %%
predict("own-sample")

# %% [markdown]
# **Write.** The whole table as one small function. The checker runs the flow and counts.

# %% tags=["exercise"]
# {{exercise network-calls}}

# %%
print("D = 64, 5 layers          " + "".join(f"{model:>5}" for model in ("MAF", "IAF")))
for wanted in ("log_prob of given x", "sample", "sample and its log_prob"):
    print(f"{wanted:25s} " + "".join(f"{network_calls(model, wanted, 64, 5):5.0f}"
                                     for model in ("MAF", "IAF")))
reveal("own-sample", network_calls("IAF", "sample and its log_prob", 64, 5))

# %% [markdown]
# **See.** Calls are one price, multiply-adds are another. If each unit is computed once, the expensive direction takes
# only the multiply-adds of one pass (notebook 05). Here a layer of each runs a race, and all is counted.

# %%
from tinymaf_course.explorers import price

price()

# %% [markdown]
# *Press play. Then let them race for the density of given points, and switch to "textbook": the multiply-adds change, the steps do not.* (That is even less than one call, which multiplies by the masks' zeros, too.)
#
# So which flow should you use for which task?
#
# | you want | what you start from | use |
# |---|---|---|
# | the density of given points: maximum likelihood, outliers, classification | `x` | MAF |
# | many samples: simulation, sound, pictures | `u` | IAF (but see below) |
# | samples *and their own density*: variational inference, importance sampling | `u` | IAF |
# | both, often, and fast | - | a coupling flow, notebook 09 |
#
# You need not learn this by heart. A network that reads what is there is fast; one that reads what is not there yet
# has to wait.
#
# **Training an IAF on data.** The second line of the table has a catch. Maximum likelihood asks for the density of
# *given* points, at every step: an IAF's expensive direction. A MAF's step takes one call a layer. An IAF must first
# find the noise behind every row of the minibatch, one variable after another, and the gradient goes back through all
# of that. It can be done, and in two dimensions you would not notice. Count what it means in more.

# %%
from tinymaf import iaf, maf
from tinymaf_course.explorers.price import cost_of_a_gradient

rows = np.random.default_rng(8).standard_normal((10, 16))
for model, flow in {"MAF": maf(16, 5, hidden=(32,)), "IAF": iaf(16, 5, hidden=(32,))}.items():
    start = random_params(flow, np.random.default_rng(9), scale=0.2)
    calls, work = cost_of_a_gradient(flow, start, rows)     # counted while autograd runs
    print(f"{model}, one gradient on data, D = 16: {calls} calls, {work:,} multiply-adds a row")
    off = calls - network_calls(model, "log_prob of given x", 16, 5)
    confirm(f"{model}: counted calls = {whose(network_calls)}", abs(off), below=0.5)
for model in ("MAF", "IAF"):
    calls = network_calls(model, "log_prob of given x", 784, 5)
    print(f"{model} at D = 784: {calls:,.0f} calls")

# %% [markdown]
# So fit an IAF through its own samples (section 5), or let it learn from a teacher (section 6), or take a coupling flow
# (notebook 09).

# %% [markdown] tags=["instructor"]
# **Section 3, 8 minutes, 5 of them exercise.**
#
# *What goes wrong.* "IAF: D calls for log_prob, so also for the log_prob of its own sample." That belief makes
# variational inference with IAF look impossible. Ask: *what did you have to search for? Is it lost?* And "D ** layers":
# layers come one after another; they are not nested.
#
# *Ask.* "Can one train an IAF by maximum likelihood?" Yes; the text counts the price. In few dimensions it does not
# matter. "How were fast samplers trained, then?" From a teacher: section 6. "Why would a big parallel machine care
# about steps more than about multiply-adds?" The steps wait for each other; the multiplications inside a step do not.
#
# *Demo.* The explorer, D from 2 to 64 with "textbook": let the class say the next number before you move on.

# %% [markdown]
# ## 4. Training a MAF is fitting an IAF (optional)
#
# Here is a beautiful fact from the MAF paper: what maximum likelihood looks like from the noise. Skip it, and you miss
# why a well-trained MAF turns data into a standard normal. The next section does not need it.
#
# **Derive.** Let $p^*(x)$ be the data's density, $p(x)$ that of your MAF, and $p_u$ the base. Two clouds live in each
# space. In `x`: the data, and the model's samples. In `u`: the *data as noise* (what `to_noise` gives), and the base.
# Call the density of the former $p_u^*(u)$.
#
# *Step 1.* The model, by the change of variables: $\;\log p(x) = \log p_u(u) + \log\left|\det \frac{\partial
# u}{\partial x}\right|$.
#
# *Step 2.* The data as noise, by the same rule with the same map: $\;\log p^*(x) = \log p_u^*(u) + \log\left|\det
# \frac{\partial u}{\partial x}\right|$.
#
# *Step 3.* Subtract. The determinants cancel, point by point:
#
# $$\log p^*(x) - \log p(x) = \log p_u^*(u) - \log p_u(u).$$
#
# *Step 4.* Average over the data:
#
# $$\mathrm{KL}\bigl(p^*(x) \,\|\, p(x)\bigr) = \mathrm{KL}\bigl(p_u^*(u) \,\|\, p_u(u)\bigr).$$
#
# So **$u$ is as far from $\mathcal{N}(0, I)$, in nats, as the model is from the data.** Nothing *makes* the last
# variables Gaussian except this: training makes the two distances small together. (Must the variables *between* the
# layers be Gaussian, too? No: [notebook 06](06_stacking_and_permutations.ipynb).)
#
# Read the right side slowly, with two clouds in mind, *data as noise* on the left and *standard normal* on the right.
# Data go in, and are sent through the map *whose network reads what comes in*: an IAF, whose "noise" is the data. The
# cloud that comes out is compared with a standard normal, output first: reverse KL. So training a MAF on data is
# fitting an IAF, one that starts from the data, to the standard normal.
#
# **Check.** The moons have a known density, so both sides can be computed. The MAF is the trained one.

# %%
x = moons.sample(np.random.default_rng(7), 20_000)
u, log_det = trained.bijection.x_to_u(params["bijection"], x)
log_model = trained.log_prob(params, x)
log_base = np.sum(-0.5 * u ** 2 - 0.5 * np.log(2 * np.pi), axis=1)
# step 2, solved for p_u*
log_data_as_noise = moons.log_prob(x) - log_det
in_x, in_u = moons.log_prob(x) - log_model, log_data_as_noise - log_base
confirm("log p* - log p is the same in both spaces, at every point", np.abs(in_x - in_u).max(),
        below=1e-10)
in_band(in_x.mean(), 0.02, 0.2, "KL in x, nats")
in_band(in_u.mean(), 0.02, 0.2, "KL in u, nats")

# %% [markdown]
# **Write** (optional). The right side as a function of your own.

# %% tags=["exercise"]
# {{exercise noise-space-kl}}

# %%
value = noise_space_kl(lambda x: trained.bijection.x_to_u(params["bijection"], x),
                       moons.log_prob, x)
confirm(f"KL in noise space, by {whose(noise_space_kl)} = KL in data space",
        abs(value - in_x.mean()), below=1e-10)

# %% [markdown] tags=["instructor"]
# **Section 4, 9 minutes, 5 of them exercise, and all of it optional.**
#
# *What goes wrong.* Confusing the two uses of `u`: the base's draws, and the data as noise. Draw four clouds on the
# board, two in each space, and one arrow that carries one pair to the other. "A Gaussian u is assumed": it is aimed at,
# and the distance is measured in nats.
#
# *Ask.* "The KL did not change when we moved to another space. Is that special to this map?" No: any invertible map
# does that, the volume factor cancels. "Then how can we see a bad fit by looking at u?" Because on that side we know
# what it should look like.

# %% [markdown]
# ## 5. Fitting a posterior
#
# Now to the task for which IAF was invented: there are no data points to learn from, only a *formula*.
#
# There are two unknown numbers, $x_1$ and $x_2$. Before any measurement you believe that each of them is
# $\mathcal{N}(0, 2^2)$, independently. Then $x_2 - x_1^2/4$ is measured with an error of 0.5, and the reading is zero.
# What do you believe now? By Bayes' rule
#
# $$p(x \mid \text{reading}) = \frac{1}{Z}\;
#   \underbrace{\mathcal{N}(x_1; 0, 2^2)\, \mathcal{N}(x_2; 0, 2^2)}_{\text{prior}}\;
#   \underbrace{\mathcal{N}\!\left(0;\; x_2 - \tfrac{x_1^2}{4},\; 0.5^2\right)}_{\text{likelihood}}
#   = \frac{\tilde p(x)}{Z}.$$
#
# $\tilde p$ is easy to compute at any point. $Z$ is an integral, and $p$ comes without a recipe for samples. (In the
# plane a grid would give both; in thirty dimensions it would not.) So take a flow $q$, and bend it until it is like
# $p$.
#
# **Derive.** *Step 1.* Measure how far $q$ is off by the KL divergence *from the flow's side*, since only the flow can
# be sampled. In $\log p = \log \tilde p - \log Z$ the number $\log Z$ does not depend on x, so it leaves the average:
#
# $$\mathrm{KL}(q \,\|\, p) = \mathbb{E}_{x \sim q}\bigl[\log q(x) - \log p(x)\bigr]
#   = \mathbb{E}_{x \sim q}\bigl[\log q(x) - \log \tilde p(x)\bigr] + \log Z.$$
#
# *Step 2.* A KL is never negative. So with $x$ drawn from $q$
#
# $$\underbrace{\mathbb{E}\bigl[\log \tilde p(x) - \log q(x)\bigr]}_{\text{the bound, ELBO}}
#   = \log Z - \mathrm{KL}(q \,\|\, p) \;\le\; \log Z.$$
#
# The loss is minus the bound. Making it small makes $q$ like $p$, and $Z$ need not be known.
#
# *Step 3.* An average whose draws depend on the parameters cannot simply be differentiated: numbers once drawn have no
# slope. So draw $u$ from the base, which does not depend on them, and let $x = f(u)$ carry the dependence:
#
# $$\text{loss} = \mathbb{E}_{u}\Bigl[\log p_u(u) - \log\left|\det\tfrac{\partial x}{\partial u}\right|
#   - \log \tilde p\bigl(f(u)\bigr)\Bigr].$$
#
# Look at what it needs: samples, and the density of these same samples. Both come in the cheap direction of an IAF.
#
# **Write.** This loss.

# %% tags=["exercise"]
# {{exercise reverse-kl-loss}}

# %% [markdown]
# **Check.** An IAF is trained on your loss. In two dimensions we can also sum $\tilde p$ over a fine grid, and so know
# $\log Z$.

# %%
from autograd import value_and_grad

from tinymaf import Adam, iaf
from tinymaf.plotting import grid_points


def log_target(x):
    """log p~(x) of the banana: the log prior plus the log likelihood."""
    log_prior = -0.5 * anp.sum(x ** 2, axis=1) / 2 ** 2 - anp.log(2 * anp.pi * 2 ** 2)
    miss = (x[:, 1] - x[:, 0] ** 2 / 4) / 0.5
    return log_prior - 0.5 * miss ** 2 - anp.log(0.5) - 0.5 * anp.log(2 * anp.pi)


points, _ = grid_points(((-14, 14), (-12, 16)), 700)
log_z = np.log(np.sum(np.exp(log_target(points))) * (28 / 699) ** 2)
print("log Z by summing over a grid:", log_z.round(4))

flow = iaf(2, n_layers=3, hidden=(32, 32), activation="tanh")
rng = np.random.default_rng(0)
q_params = flow.init(rng)["bijection"]
adam = Adam(q_params)
step = value_and_grad(
    lambda p, u: reverse_kl_loss(lambda u: flow.bijection.u_to_x(p, u), log_target, u))
bounds = []
for k in range(500):
    loss, grads = step(q_params, rng.standard_normal((128, 2)))
    adam.lr = 1e-2 * 0.5 * (1 + np.cos(np.pi * k / 500))
    adam.step(q_params, grads)
    bounds.append(-loss)
in_band(log_z - bounds[0], 0.7, 3, "bound below log Z at the start, nats")
in_band(log_z - np.mean(bounds[-50:]), None, 0.05, "bound below log Z at the end, nats")

u = rng.standard_normal((50_000, 2))
bound = -reverse_kl_loss(lambda u: flow.bijection.u_to_x(q_params, u), log_target, u)
points, _ = grid_points(((-10, 10), (-8, 12)), 400)
log_q = flow.log_prob({"bijection": q_params, "base": ()}, points)
kl = np.sum(np.exp(log_q) * (log_q - log_target(points) + log_z)) * (20 / 399) ** 2
confirm("bound + KL(q || p) = log Z, the KL summed over a grid", abs(bound + kl - log_z),
        below=0.01)

# %% [markdown]
# The bound has come up to within a twentieth of a nat. What is missing is $\mathrm{KL}(q \,\|\, p)$, so $q$ is nearly
# the posterior. (Section 8 gets even closer to $\log Z$.)
#
# **See.** The whole fit as a film. Drag "step", and switch the target. For the second target, two separate peaks of
# equal weight, make a prediction first: where will $q$ end?

# %%
predict("two-peaks")

# %%
from tinymaf_course.explorers import posterior

posterior()

# %%
from tinymaf import fit_reverse_kl          # the library's version of your loop


def log_two_peaks(x):
    one = anp.sum((x - np.array([-1.5, 0.0])) ** 2, axis=1)
    two = anp.sum((x - np.array([4.0, 4.0])) ** 2, axis=1)
    return anp.logaddexp(-0.5 * one / 0.36, -0.5 * two / 0.36) - anp.log(2 * 2 * anp.pi * 0.36)


result = fit_reverse_kl(flow, log_two_peaks, rng=np.random.default_rng(1), steps=300,
                        n_samples=128, lr=1e-2, progress=False)
samples, log_q = flow.sample_and_log_prob(result.params, np.random.default_rng(2), 10_000)
in_band((samples.sum(axis=1) > 3).mean(), None, 0.001, "share of samples near the second peak")
in_band(0 - np.mean(log_two_peaks(samples) - log_q), 0.66, 0.73, "bound below log Z = 0, nats")
reveal("two-peaks")

# %% [markdown]
# Reverse KL asks only at the samples of $q$: *is p small where you are?* It never asks *what have you missed?* So it
# tends to pick a peak and stay there. The bound then falls $\log 2 = 0.6931$ short, because half of the mass is
# missing; and no sample of $q$ shows it. Maximum likelihood is the other way round: it must put mass wherever data are,
# and blurs if the family is too poor. Neither is wrong. Know which one you are using.

# %% [markdown] tags=["instructor"]
# **Section 5, 14 minutes, 5 of them exercise.**
#
# *What goes wrong.* Leaving out log q ("just make p~ large at the samples"): the cloud falls onto the peak. Show it: it
# is one of the wrong answers that the checker knows. The sign of log_det: then collapsing is *rewarded*, and the loss
# runs to minus infinity. Seeing the loss go down proves nothing.
#
# *Ask.* "Why may we not use a MAF here?" We may: its samples are differentiable. They take D steps a layer. "Where does
# the gradient get information about p?" From the slope of log p~ at the samples: so p~ must be differentiable. "Could
# one not just sample this banana?" In the plane yes, by a grid or by rejection. The task stands for one in many
# dimensions.
#
# *Demo.* The explorer, two peaks, step by step from 0. Then move the peaks of `log_two_peaks` to (-2.5, 0) and (2.8,
# 3), so that the start lies between them, and try some seeds: now and then q does catch both. It is luck, and that is
# the lesson.

# %% [markdown]
# ## 6. The shortcut, done right (optional)
#
# Back to the colleague of section 1, who wanted a fast sampler for the trained MAF: skip this, and you miss how to
# build one. Now you can help, and without the expensive training on data. The trained MAF *is* a density that can be
# computed fast at any point: take it as the target, and fit an IAF to it.
#
# One fit of this kind is a gamble: now and then a start ends in a bad valley, with a part of a moon missing. But here
# the target is a normalised density, $\log Z = 0$. So the bound gives each student's $\mathrm{KL}(q \,\|\, p)$, and no
# data are needed to choose among several.
#
# **See.** Four students from four seeds. None of them ever sees a data point.

# %%
from tinymaf.plotting import label_axes, new_figure

student = iaf(2, n_layers=4, hidden=(32, 32), activation="tanh")
students = []
for seed in range(4):
    result = fit_reverse_kl(student, lambda x: trained.log_prob(params, x),
                            rng=np.random.default_rng(10 + seed),
                            steps=500, n_samples=200, lr=1e-2, progress=False)
    x, log_q = student.sample_and_log_prob(result.params, np.random.default_rng(3), 5000)
    # KL(IAF, MAF), and its samples
    students.append((np.mean(log_q - trained.log_prob(params, x)), x))
students.sort(key=lambda one: one[0])
in_band(students[0][0], None, 0.4, "KL(IAF, MAF) of the best of four, nats")

fig, axes = new_figure(3, size=(3.0, 2.6), sharex=True, sharey=True)
clouds = [trained.sample(params, np.random.default_rng(4), 1500), students[0][1][:1500],
          students[-1][1][:1500]]
titles = ["MAF: D steps a layer"] + [f"the {which} IAF: KL {kl:.2f}" for which, (kl, _) in
                                     zip(["best", "worst"], [students[0], students[-1]])]
for ax, cloud, title in zip(axes, clouds, titles):
    ax.scatter(*cloud.T, s=4, alpha=0.6, linewidths=0)
    ax.set(title=title, xlim=(-2.4, 2.6), ylim=(-1.6, 1.6))
    label_axes(ax)
show(fig, "Three clouds of samples, from the trained MAF, from the best of the four IAFs that "
          "were fitted to it, and from the worst. The first two are two moons with some stray "
          "points between them. In the third, more points are astray, or part of the moons is "
          "missing.")

# %% [markdown]
# Two trainings, two models: a teacher that is fast at densities, and a student that is fast at samples. This is called
# *distillation*. A system for synthetic speech was built that way: an autoregressive teacher, and an IAF as its
# student, fast enough for everyday use (van den Oord et al. 2018).

# %% [markdown] tags=["instructor"]
# **Section 6, 3 minutes, or homework.** The cell trains for some seconds.
#
# *Ask.* "Why does the direction fit so well here?" The loss needs samples of the student with their own density (cheap
# for an IAF) and the teacher's density at given points (cheap for a MAF). Nothing waits. "What might the student miss?"
# A moon: it is reverse KL. Here the bridge between the moons helps it over.
#
# *Demo.* Give the students 50 steps in place of 500 and look at the moons again. Or other seeds, ten of them: how many
# valleys are there?

# %% [markdown]
# ## 7. One network, two densities (optional)
#
# Section 1 said it in a picture: the same weights, another density. Here you see how far apart the two are; nothing
# depends on it. To see it well we take a network that is written by hand, nearly the fan of notebook 05. Read as a
# MAF it looks at `x`, read as an IAF it looks at `u`. Both are proper densities.

# %%
from tinymaf.plotting import plot_density


def mu_alpha(z):
    """Column 1 looks at nothing, column 2 at column 1: of x in a MAF, of u in an IAF."""
    z1 = z[:, 0]
    return (np.stack([0 * z1, z1 ** 2 / 2 - 1], axis=1),
            np.stack([0 * z1 + np.log(1.5), z1 / 4 - 0.5], axis=1))


def maf_log_prob(x):
    mu, alpha = mu_alpha(x)
    u = (x - mu) * np.exp(-alpha)
    return np.sum(-0.5 * u ** 2 - 0.5 * np.log(2 * np.pi), axis=1) - alpha.sum(axis=1)


def iaf_log_prob(x):
    u = np.zeros_like(x)
    # the noise, one variable after another
    for i in range(x.shape[1]):
        mu, alpha = mu_alpha(u)
        u[:, i] = (x[:, i] - mu[:, i]) * np.exp(-alpha[:, i])
    return np.sum(-0.5 * u ** 2 - 0.5 * np.log(2 * np.pi), axis=1) - alpha.sum(axis=1)


box, n = ((-8, 8), (-12, 24)), 500
points, _ = grid_points(box, n)
fig, axes = new_figure(2, size=(3.4, 3.6))
for ax, log_prob, name in zip(axes, [maf_log_prob, iaf_log_prob],
                              ["read as a MAF", "read as an IAF"]):
    total = np.exp(log_prob(points)).sum() * (16 / (n - 1)) * (36 / (n - 1))
    print(f"{name}: integral over a wide window {total:.3f}, log p at (2, 1) "
          f"{log_prob(np.array([[2.0, 1.0]]))[0]:.3f}")
    plot_density(ax, log_prob, ((-5, 5), (-3.5, 7.5)), vmax=0.3)
    ax.set_title(name)
show(fig, "Two densities in the plane from the same network. Read as a MAF: a steep narrow "
          "bowl. Read as an IAF: a bowl of less than half the depth.")

u = np.random.default_rng(6).standard_normal((200, 2))
x, log_q = iaf_sample(mu_alpha, u)
confirm("log q along with the sample = density of that x",
        np.abs(iaf_log_prob(x) - log_q).max(), below=1e-10)
upright = np.stack([np.full(50, 0.7), np.linspace(-3, 3, 50)], axis=1)      # x1 fixed, x2 moves
confirm("log p(x2 | x1) of the IAF is a parabola",
        np.abs(np.diff(iaf_log_prob(upright), n=3)).max(), below=1e-10)

# %% [markdown]
# The last line but one is worth a second look. `iaf_log_prob` needed D calls, because it was given nothing but `x`.
# Your `iaf_sample` needed one, since it *made* `x` and knows the noise. The numbers are the same.
#
# A remark for the curious. $u_1, \dots, u_{i-1}$ can be computed from $x_1, \dots, x_{i-1}$. So in one layer of IAF,
# too, $x_i$ given the variables before it is Gaussian, with a mean and a width that depend on them: the logarithm of
# its density is a parabola, says the last line. In principle one layer of either kind can express the same densities.
# For the same density the two need, in general, different weights.

# %% [markdown] tags=["instructor"]
# **Section 7, 4 minutes, or homework.** *Ask.* "Why are both ridges Gaussian in x2 for fixed x1?" One layer: Gaussian
# conditionals, MAF or IAF.
#
# *Demo.* Put constants for both entries of column 2 in the hand-written network: MAF and IAF are the same density then.

# %% [markdown]
# ## 8. A better estimate of log Z (optional)
#
# The bound of section 5 falls short of $\log Z$ by $\mathrm{KL}(q \,\|\, p)$. We can do better, with the same samples;
# you miss an idea that notebook 11 builds on a larger scale. Average the *weights* $w = \tilde p(x) / q(x)$ instead of
# their logs:
#
# $$\mathbb{E}_{x \sim q}[w] = \int q(x)\, \frac{\tilde p(x)}{q(x)}\, dx = Z,$$
#
# which holds exactly for any $q$ that is nowhere zero.

# %%
from tinymaf.variational import log_z as log_z_by_weights

fitted = fit_reverse_kl(flow, log_target, rng=np.random.default_rng(1), steps=500,
                        n_samples=128, lr=1e-2, progress=False)
estimate = log_z_by_weights(flow, fitted.params, log_target, np.random.default_rng(2), 20_000)
in_band(abs(estimate.value - log_z), None, 0.01, "log Z by weights, off by")
in_band(estimate.ess / 20_000, 0.9, None,
        "share of the draws that count (effective sample size)")

# %% [markdown] tags=["instructor"]
# **Section 8, 2 minutes, or homework.** *Ask.* "Why is the effective sample size no alarm for a missed peak?" It looks
# at the draws of q, and q never goes there.

# %% [markdown]
# ## Quiz

# %%
from tinymaf_course import quiz

quiz("iaf")

# %% [markdown]
# ## Recap
#
# * MAF: mu and alpha read `x`. IAF: they read `u`. `Inverse` turns one into the other. The weights may be the same,
#   but the density is different.
# * Reading what is there is fast: MAF for the density of given points, IAF for samples and their own density. The
#   expensive direction takes D steps, and training an IAF on data goes that way at every step.
# * KL is the same in both spaces: $u$ is as far from $\mathcal{N}(0, I)$ as the model from the data.
# * The bound $\mathbb{E}_q[\log \tilde p - \log q]$ is $\log Z - \mathrm{KL}(q \,\|\, p)$. Reverse KL needs no data and
#   no $Z$. It may miss a peak, and none of its samples will show it.
# * To make a trained MAF sample fast, fit an IAF to it.

# %% [markdown]
# ## References
#
# * D. P. Kingma, T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever, M. Welling, *Improving Variational Inference with
#   Inverse Autoregressive Flow*, NeurIPS 2016, [arXiv:1606.04934](https://arxiv.org/abs/1606.04934). Algorithm 1 is an
#   IAF whose scale is a sigmoid.
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.2: IAF in the letters of this course, and the
#   equality of our section 4, which appendix A proves.
# * D. J. Rezende, S. Mohamed, *Variational Inference with Normalizing Flows*, ICML 2015,
#   [arXiv:1505.05770](https://arxiv.org/abs/1505.05770). Section 4: the same bound, for planar flows and a joint
#   density of data and codes.
# * A. van den Oord et al., *Parallel WaveNet: Fast High-Fidelity Speech Synthesis*, ICML 2018,
#   [arXiv:1711.10433](https://arxiv.org/abs/1711.10433). An IAF as the student of an autoregressive teacher.
