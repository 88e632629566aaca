# %% [markdown]
# # Flows inside a VAE
#
# **You will put an IAF behind the encoder and a MAF in front of the decoder of a variational autoencoder, and measure
# in nats what each of them gains.**

# %%
import numpy as np

from tinymaf.plotting import BLUE, GREEN, ORANGE, PINK, new_figure, use_style
from tinymaf_course import show

use_style()
turn = np.linspace(0, 2 * np.pi, 200)
circle = np.stack([np.cos(turn), np.sin(turn)])
fig, ax = new_figure(size=(3.2, 3.0))
for radius in (0.6, 1.3, 2.0, 2.7):
    ax.plot(*(radius * circle), color="#B0B0B0", linewidth=1)
for color, (a, b) in zip((BLUE, ORANGE, GREEN, PINK), ((1, 1), (1, -1), (-1, 1), (-1, -1))):
    ax.fill(0.95 * a + 1.05 * circle[0], 0.95 * b + 1.05 * circle[1], color=color, alpha=0.6)
ax.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
show(fig, "Grey rings, the contour lines of a round hill. On it four coloured discs, one for "
          "each of four pictures. They overlap where they meet, and leave gaps in the middle "
          "and at the rim.")

# %% [markdown]
# Four pictures share one round hill of codes, as discs. Where two discs overlap, the decoder has to guess; where there
# is a gap, a draw from the hill hits nothing. Both are paid for in nats, and two kinds of flow can lower the bill.

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * derive the evidence lower bound, estimate it, and check it against an integral;
# * say why the posterior wants an IAF and the prior a MAF;
# * take the bound apart: reconstruction, information, and the gap between codes and prior;
# * tighten the bound with more draws, and say what that does not repair.
#
# **Before you start.** You know MAF (notebook 05), stacks (06), training (07), and IAF with the reverse KL divergence
# (08). You have heard of autoencoders. The pictures are scikit-learn's digits again, here as zeros and ones (as in 04).
#
# **Time.** Reading 35 minutes, exercises 10 minutes, and 5 more for what is optional. The computer needs about half a
# minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# A VAE has letters of its own: a picture `x`, its *code* or *latent variable* `z` of length L, the prior $p(z)$, the
# decoder $p(x \mid z)$, the encoder's guess $q(z \mid x)$. Noise is called $\varepsilon$.
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 45 minutes. Sections 1 to 3 are the lesson (21 minutes). Section 4 is for those who want to know
# *why*; section 5 stands alone. The line to leave in the room: *two densities in a VAE are chosen for convenience, and
# each can be a flow: one that draws quickly, one that scores quickly.*

# %% [markdown]
# ## 1. Four pictures that do not fit
#
# Flows pay for exact densities with a rule: x and u have the same number of variables. But a picture is often governed
# by a few hidden numbers: which digit, how slanted, how thick. A **latent-variable model** is built that way:
#
# $$z \sim p(z), \qquad x \sim p(x \mid z), \qquad p(x) = \int p(x \mid z)\, p(z)\, dz.$$
#
# With a network in it, this integral is out of reach. A **variational autoencoder** (VAE) trains with a lower bound of
# $\log p(x)$ instead, the *ELBO* (section 2 derives it), and with the help of an encoder $q(z \mid x)$ that guesses the
# code. Usually $p(z)$ is $\mathcal{N}(0, I)$, and $q(z \mid x)$ a Gaussian with independent coordinates.
#
# Here is the smallest data set that makes this hard: four pictures of four pixels, each with one black pixel. All four
# are equally likely, so the best possible score is $\log \frac14$.

# %%
from tinymaf import VAE, fit, iaf, maf
from tinymaf_course import check, hint, in_band, predict, quiz, reveal, solution, confirm, whose

four = np.eye(4)
print(four)
print(f"log(1/4) = {np.log(1 / 4):.4f} nats")

# %% [markdown]
# **Predict.** A plain VAE with a two-dimensional code, and two layers of 32 hidden units in encoder and decoder. Is
# that enough for four pictures?

# %%
predict("four-pictures")

# %% [markdown]
# **See.** One function makes all the VAEs of this notebook. For now, both flows are left out.

# %%
def vae_with(dim, hidden, posterior_flow=False, prior_flow=False):
    """A VAE with a two-dimensional code, and perhaps an IAF posterior or a MAF prior."""
    posterior = iaf(2, 4, (32,), context_dim=8, activation="tanh").bijection
    prior = maf(2, 4, (32,), activation="tanh")
    return VAE(dim, latent=2, hidden=hidden, activation="tanh",
               posterior=posterior if posterior_flow else None,
               prior=prior if prior_flow else None)


def nats_lost(vae, params):
    """log(1/4) less the ELBO, from 4000 draws of each code."""
    return np.log(1 / 4) - vae.elbo(params, four, np.random.default_rng(1), 4000).mean()


def fitted(vae):
    """The best of three trainings: some get stuck, with two pictures in one place."""
    found = [fit(vae, np.repeat(four, 250, axis=0), rng=np.random.default_rng(seed), epochs=60,
                 lr=1e-2, schedule="cosine", weight_decay=0).params for seed in range(3)]
    return min(found, key=lambda params: nats_lost(vae, params))


plain = vae_with(4, (32, 32))
params = fitted(plain)
in_band(nats_lost(plain, params), 0.25, 0.5, "nats lost by the plain VAE")
reveal("four-pictures")


# %%
axis = np.linspace(-8, 8, 401)
grid = np.stack([part.ravel() for part in np.meshgrid(axis, axis)], axis=1)
cell = (axis[1] - axis[0]) ** 2


def draw_codes(ax, vae, params, title):
    """The codes of the four pictures in four colours, and lines of equal prior density."""
    codes = vae.encode(params, np.repeat(four, 250, axis=0), np.random.default_rng(2))
    reach = max(3.4, 1.1 * np.percentile(np.abs(codes), 99.5))
    ticks = np.linspace(-reach, reach, 121)
    points = np.stack([part.ravel() for part in np.meshgrid(ticks, ticks)], axis=1)
    log_p = vae.prior.log_prob(params["prior"], points).reshape(121, 121)
    ax.contour(ticks, ticks, log_p, levels=np.max(log_p) - np.array([4.5, 2, 0.5]),
               colors="#909090",
               linewidths=1, linestyles="solid")
    for z, color, marker in zip(np.split(codes, 4), (BLUE, ORANGE, GREEN, PINK), "os^x"):
        ax.scatter(*z.T, s=6, color=color, marker=marker, alpha=0.5,
                   linewidths=0.7 if marker == "x" else 0)
    ax.set(title=title, xlabel="$z_1$", ylabel="$z_2$", xlim=(-reach, reach),
           ylim=(-reach, reach), aspect="equal")


fig, ax = new_figure(size=(3.6, 3.4))
draw_codes(ax, plain, params, "plain VAE")
show(fig, "The plane of codes. Circles around the middle show the standard normal prior. Four "
          "round or oval clouds of codes, one for each picture, stand around the middle; their "
          "edges overlap, and the outer rim is empty.")

# %% [markdown]
# The grey rings are the prior, which is round. The four clouds are the codes of the four pictures: ellipses along the
# axes, here nearly circles. A VAE has two wishes. The clouds should not overlap, or the decoder cannot know which
# picture a code belongs to. And together they should fill the prior, because a $z$ drawn from the prior should hit
# something. Four such ellipses cannot fill a round hill without gaps and overlaps. That costs the fraction of a nat
# that the cell has just measured. A better encoder would not help: the *shapes* are wrong.
#
# There are two ways out: give the clouds other shapes, or give the hill another shape. A flow can do either.

# %% [markdown] tags=["instructor"]
# **Section 1, 6 minutes.** *Demo script.* Before the picture: ask a student to cut a round pizza into four pieces with
# ellipses only. (The idea of four points is from figure 1 of the IAF paper.)
#
# *What goes wrong.* "Then train longer": let them; the loss stays. "Then a larger network": the same. "Codes outside
# the rings are wrong": they are only improbable under the prior, and the bound charges for that.
#
# *Ask.* "Would a code with L = 1 be worse?" Try: four intervals on a line. "Why not make the clouds tiny?" The bound
# charges log q: a small cloud has a high q. Section 2 has the formula.

# %% [markdown]
# ## 2. The bound
#
# **Derive.** Take the encoder's density $q(z \mid x)$ (any density of codes would do), and write the integral as a mean
# over its draws:
#
# $$p(x) = \int q(z \mid x)\, \frac{p(x \mid z)\, p(z)}{q(z \mid x)}\, dz = \mathbb{E}_{q}[w], \qquad
#   w = \frac{p(x \mid z)\, p(z)}{q(z \mid x)}.$$
#
# The log of a mean is at least the mean of the log:
#
# $$\log p(x) \;\ge\; \mathbb{E}_{q}[\log w]
#   = \mathbb{E}_{q}\left[\log p(x \mid z) + \log p(z) - \log q(z \mid x)\right].$$
#
# That is the **evidence lower bound**, ELBO. How large is the gap? Use $p(x \mid z)\, p(z) = p(z \mid x)\, p(x)$:
#
# $$\log w = \log p(x) + \log p(z \mid x) - \log q(z \mid x)
#   \quad\Rightarrow\quad
#   \mathbb{E}_q[\log w] = \log p(x) - \mathrm{KL}\big(q(z \mid x) \,\|\, p(z \mid x)\big).$$
#
# The gap is a divergence: never negative, and zero only if the guess is the true posterior.
#
# For a Gaussian $q$ a draw is $z = m + s\, \varepsilon$ with $\varepsilon \sim \mathcal{N}(0, I)$. This is a flow with
# one affine layer (05), so $\log q(z \mid x) = \log \mathcal{N}(\varepsilon; 0, I) - \sum_i \log s_i$.
#
# **Write.** The estimate from K draws.

# %% tags=["exercise"]
# {{exercise elbo-estimate}}

# %% [markdown]
# **Check.** With a two-dimensional code the integral *can* be done, on a grid. So everything above can be checked on
# the VAE that you trained: your estimate against the library's with the same noise, and the formula of the gap.

# %%
from tinymaf.elementwise import bound


def gaussian_of(vae, params, x):
    """Mean and log standard deviation of the encoder's Gaussian, each (N, 2)."""
    out = vae.encoder(params["encoder"], x)
    return out[:, :2], bound(out[:, 2:4])


def log_p_x_given(vae, params, x, z):
    """log p(x | z) for every row of x and every row of z: (len(x), len(z))."""
    logits = vae.decoder(params["decoder"], z)
    return x @ logits.T - np.logaddexp(0, logits).sum(axis=1)


m, log_s = gaussian_of(plain, params, four)
rng = np.random.default_rng(5)
eps = np.stack([rng.standard_normal(m.shape) for _ in range(100)])
yours = elbo_estimate(lambda z: np.stack([np.diag(log_p_x_given(plain, params, four, one))
                                          for one in z]),
                      m, log_s, eps)
theirs = plain.elbo(params, four, np.random.default_rng(5), 100)
confirm(f"ELBO by {whose(elbo_estimate)} and by the library", np.abs(yours - theirs).max(),
        below=1e-10)

log_joint = log_p_x_given(plain, params, four, grid)
log_joint = log_joint + plain.prior.log_prob(params["prior"], grid)
# log p(x), by the integral
log_p = np.logaddexp.reduce(log_joint, axis=1) + np.log(cell)
u = (grid - m[:, None]) * np.exp(-log_s[:, None])
# (4, points of the grid)
log_q = np.sum(-0.5 * u ** 2 - 0.5 * np.log(2 * np.pi) - log_s[:, None], axis=2)
q = np.exp(log_q) * cell
elbo = np.sum(q * (log_joint - log_q), axis=1)
gap = np.sum(q * (log_q - (log_joint - log_p[:, None])), axis=1)            # KL(q || p(z | x))
confirm("ELBO = log p(x) - KL(q || p(z | x)), by integrals", np.abs(elbo - (log_p - gap)).max(),
        below=1e-8)
in_band(gap.mean(), 0.05, 0.3, "KL from the encoder's guess to the true posterior, nats")

# %% [markdown]
# Part of the loss is due to the guess: the divergence of the last line. The rest is due to the model itself, whose
# $\log p(x)$ is below $\log \frac14$. It was trained with the bound, so it has become a model for which its own guesses
# are not *too* bad.

# %% [markdown] tags=["instructor"]
# **Section 2, 10 minutes, 5 of them exercise.** *What goes wrong.* log q without -log s (the noise's density instead of
# z's): then spreading is not rewarded, and q shrinks. The reconstruction averaged over pixels while the KL is summed:
# that trains another model, and is in many published VAEs. log s read as a log variance.
#
# *Ask.* "The KL between two Gaussians has a closed form. Why draw?" One can use it here. With flows in q or p(z) it is
# gone, and the draws stay. Also: the estimate by draws has no variance at all when q is exact, because log w is then a
# constant. "Which of the two KL directions is it?" q first: reverse, zero-forcing (08).

# %% [markdown]
# ## 3. Two flows, two places
#
# **The posterior.** Behind the encoder's Gaussian we put a flow with the encoder's context $h$:
#
# $$z_0 = m(x) + s(x)\, \varepsilon, \qquad z = f(z_0; h(x)), \qquad
#   \log q(z \mid x) = \log \mathcal{N}(\varepsilon; 0, I) - \sum_i \log s_i
#   - \log\left|\det\frac{\partial z}{\partial z_0}\right|.$$
#
# In every training step it must *draw*, and compute the density of its own draw. It never needs the density of a z from
# elsewhere. The flow that draws in one pass is the **IAF** (08).
#
# **The prior.** In every step it is *given* codes by the encoder, and must compute $\log p(z)$. It draws only when
# training is over. The flow that computes densities in one pass is the **MAF** (05).
#
# **Write** (optional). The first of the two, for any flow.

# %% tags=["exercise"]
# {{exercise posterior-through-flow}}

# %% [markdown]
# **Check.** With the library's own IAF, inside a VAE with random weights.

# %%
from tinymaf.checks import random_params

vae = vae_with(4, (32, 32), posterior_flow=True)
weights = random_params(vae, np.random.default_rng(3), scale=0.3)
m, log_s = gaussian_of(vae, weights, four)
h = vae.encoder(weights["encoder"], four)[:, 4:]
eps = np.random.default_rng(4).standard_normal((4, 2))
z, log_q_yours = posterior_through_flow(
    lambda z0: vae.posterior.u_to_x(weights["posterior"], z0, h), m, log_s, eps)
log_w = np.diag(log_p_x_given(vae, weights, four, z)) + vae.prior.log_prob((), z) - log_q_yours
confirm(f"log w by {whose(posterior_through_flow)}, against the library's ELBO of one draw",
        np.abs(log_w - vae.elbo(weights, four, np.random.default_rng(4))).max(), below=1e-10)

# %% [markdown]
# **Predict.** You saw what the plain VAE loses. Which flow will win back more of it? (Nine more trainings, three for
# each combination: some twenty seconds.)

# %%
predict("which-flow")

# %%
models = {"plain": (plain, params)}
for name, flows in {"IAF posterior": (True, False), "MAF prior": (False, True),
                    "both": (True, True)}.items():
    vae = vae_with(4, (32, 32), *flows)
    models[name] = vae, fitted(vae)

lost = {name: nats_lost(*model) for name, model in models.items()}
in_band(lost["plain"] - lost["IAF posterior"], 0.02, 0.3, "nats saved by an IAF posterior")
in_band(lost["plain"] - lost["MAF prior"], 0.1, 0.3, "nats saved by a MAF prior")
in_band(lost["plain"] - lost["both"], 0.1, 0.35, "nats saved by both")
in_band(lost["IAF posterior"] - lost["MAF prior"], 0, None,
        "by how much the prior saves more, nats")

fig, ax = new_figure(size=(6.0, 1.9))
bars = ax.barh(list(models), list(lost.values()), color=["#808080", BLUE, ORANGE, GREEN],
               height=0.6)
ax.bar_label(bars, fmt="%.2f", padding=4)
ax.set(xlabel="nats lost", xlim=(0, 0.5))
ax.invert_yaxis()
show(fig, "Four bars from top to bottom, in nats lost. The plain VAE loses most. Then come the "
          "IAF posterior and the MAF prior. Both together lose about as little as the prior "
          "alone, or less.")
reveal("which-flow")

# %%
fig, axes = new_figure(2, 2, size=(3.1, 3.0))
for ax, (name, (vae, trained)) in zip(axes.flat, models.items()):
    draw_codes(ax, vae, trained, name)
show(fig, "Four planes of codes. Plain: four ellipses on a round prior. IAF posterior: four "
          "clouds bent so that together they fill the round prior with narrow gaps. MAF prior: "
          "four clouds apart from one another, and the prior's lines follow them. Both: four "
          "separate clouds, and a prior around them.")

# %% [markdown]
# With the IAF the *clouds* adapt: they are bent until they fill the round hill with little waste. With the MAF the
# *hill* adapts: the clouds may stay ellipses and move apart, because the prior follows them.

# %% [markdown] tags=["instructor"]
# **Section 3, 5 minutes, and 5 for the optional exercise.** Let each half of the class defend one flow before the
# table.
#
# *What goes wrong.* "IAF is the better flow, so it belongs everywhere." As a prior it would need L steps for every code
# that it is given. "MAF for the posterior": L steps for every draw, in every step of training. With L = 2 it would
# not show; with L = 64 it would.
#
# *Ask.* "Does the IAF make q exact?" No: its gap is smaller, not zero. "With both, is there too much freedom?" Codes
# can be moved by f and the prior moves along: many solutions of the same score. That is why the pictures with a
# learned prior look different for every seed. "Is a MAF prior with an encoder the same as a decoder with one more
# layer?" Yes, in a sense: u -> z -> x is one long decoder (Chen et al. 2017 make that precise for IAF).

# %% [markdown]
# ## 4. What the prior is charged for
#
# Average the ELBO over the data. **Derive** three terms. Let $q(z) = \frac1N \sum_n q(z \mid x_n)$ be the density of
# all codes taken together, the **aggregate posterior**. Add $\log q(z)$ and subtract it again:
#
# $$\frac1N \sum_n \mathbb{E}_{q(z \mid x_n)}\left[\log p(x_n \mid z)
#   - \log \frac{q(z \mid x_n)}{q(z)} - \log \frac{q(z)}{p(z)}\right]$$
#
# $$= \underbrace{\text{mean of } \log p(x \mid z)}_{\text{reconstruction}}
#   \;-\; \underbrace{I(x; z)}_{\text{information in the code}}
#   \;-\; \underbrace{\mathrm{KL}\big(q(z) \,\|\, p(z)\big)}_{\text{prior gap}}.$$
#
# (Hoffman and Johnson 2016. The middle term compares $q(z \mid x)$ with its average over the pictures: that is the
# mutual information $I(x; z)$ of notebook 10.) For the four pictures the ideal is: reconstruction 0, information $\log
# 4$, prior gap 0.
#
# **Check.** By integrals, for the plain VAE.

# %%
log_agg = np.logaddexp.reduce(log_q, axis=0) - np.log(4)
reconstruction = np.sum(q * log_p_x_given(plain, params, four, grid), axis=1).mean()
information = np.sum(q * (log_q - log_agg), axis=1).mean()
prior_gap = np.sum(np.exp(log_agg) * cell * (log_agg - plain.prior.log_prob((), grid)))
three = reconstruction - information - prior_gap
confirm("ELBO = reconstruction - information - prior gap", abs(elbo.mean() - three), below=1e-8)
in_band(reconstruction, -0.7, -0.2, "reconstruction")
in_band(information, 1.0, None, "information, of log 4 = 1.3863")
in_band(prior_gap, 0.05, 0.3, "prior gap")

# %% [markdown]
# The prior gap is a small part of the loss. But the codes have *paid* to keep it so small: they overlap, at the expense
# of information and reconstruction.
#
# The prior appears only in the last term. For fixed codes the best prior is the one that is nearest to $q(z)$ in KL:
# the prior learns by **maximum likelihood on the codes**. You can do just that after training, with `fit` from notebook
# 07. **Predict.** Encoder and decoder stay as they are; a MAF is fitted to their codes. How many of the lost
# nats can it win back, at most?

# %%
predict("prior-afterwards")

# %%
codes = plain.encode(params, np.repeat(four, 1000, axis=0), np.random.default_rng(6))
afterwards = maf(2, 4, (32,), activation="tanh")
prior_params = fit(afterwards, codes, rng=np.random.default_rng(7), epochs=25, lr=1e-2,
                   schedule="cosine", progress=False).params
new_gap = np.sum(np.exp(log_agg) * cell * (log_agg - afterwards.log_prob(prior_params, grid)))
in_band(prior_gap - new_gap, 0.02, 0.3, "nats saved by a prior that is fitted afterwards")
in_band(new_gap, None, 0.1, "prior gap that is left")
reveal("prior-afterwards")

# %% [markdown]
# Trained together, the MAF prior saved more than that: when the prior adapts, the codes can move apart and carry more
# information. **See** the three terms side by side, estimated from draws.

# %%
def three_terms(vae, params, prior):
    """Reconstruction, information and prior gap in nats, from 2000 draws of each code."""
    m, log_s = gaussian_of(vae, params, four)
    z = m + np.exp(log_s) * np.random.default_rng(12).standard_normal((2000, 4, 2))
    # each code, under each of the four guesses
    u = (z[:, :, None] - m) * np.exp(-log_s)
    # (2000, 4, 4)
    log_q = np.sum(-0.5 * u ** 2 - 0.5 * np.log(2 * np.pi) - log_s, axis=3)
    log_agg, own = np.logaddexp.reduce(log_q, axis=2) - np.log(4), np.arange(4)
    log_p_x = np.mean([np.diag(log_p_x_given(vae, params, four, one)) for one in z])
    log_prior = prior(z.reshape(-1, 2)).reshape(2000, 4)
    return log_p_x, np.mean(log_q[:, own, own] - log_agg), np.mean(log_agg - log_prior)


with_maf, maf_params = models["MAF prior"]
rows = {"plain": three_terms(plain, params, lambda z: plain.prior.log_prob((), z)),
        "a MAF afterwards": three_terms(plain, params,
                                        lambda z: afterwards.log_prob(prior_params, z)),
        "a MAF that learns along": three_terms(
            with_maf, maf_params, lambda z: with_maf.prior.log_prob(maf_params["prior"], z)),
        "ideal": (0, np.log(4), 0)}
in_band(rows["a MAF that learns along"][1] - rows["plain"][1], 0, None,
        "by how much more the codes carry with a prior that learns along, nats")
in_band(lost["plain"] - lost["MAF prior"] - (prior_gap - new_gap), 0, None,
        "by how much more that prior saves than one that is fitted afterwards, nats")

fig, ax = new_figure(size=(6.4, 2.4))
left = np.zeros(4)
for k, (name, color) in enumerate({"lost reconstruction": BLUE, "information": "#C0C0C0",
                                   "prior gap": ORANGE}.items()):
    length = np.array([abs(row[k]) for row in rows.values()])
    bars = ax.barh(list(rows), length, left=left, color=color, height=0.6, label=name)
    ax.bar_label(bars, [f"{one:.2f}" if one > 0.12 else "" for one in length],
                 label_type="center", color="black" if name == "information" else "white")
    left += length
ax.set(xlabel="minus the ELBO, in nats", xlim=(0, 2.1))
ax.invert_yaxis()
ax.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.4, 1.0))
show(fig, "Four bars, each made of three parts: lost reconstruction, information, prior gap. "
          "The plain VAE's is the longest. A MAF that is fitted afterwards takes away most of "
          "the prior gap and leaves the rest as it was. A MAF that learns along has little "
          "lost reconstruction, and more information. The ideal bar is information alone, log "
          "4.")

# %% [markdown]
# Together the three parts are minus the ELBO, so short is good. The prior fitted afterwards removes most of the orange
# part, and nothing else. The one trained together with the rest has shortened the blue part as well.
#
# **See.** Now the digits. Four VAEs start from the same plain one, and train for 40 more epochs each: unchanged, with
# an IAF, with a MAF, with both. New flows start as the identity, so at the start all four *are* the same model (`grown`
# copies encoder and decoder). That makes five trainings: some ten seconds.

# %%
from tinymaf.datasets import digits
from tinymaf_course.explorers.latent_space import grown

data = digits()
x_train, x_test = ((pixels >= 8).astype(float)
                   for pixels in (data.train_pixels, data.test_pixels))
options = {"batch_size": 100, "lr": 5e-3, "weight_decay": 1e-3}
base = vae_with(64, (64, 64))
start = fit(base, x_train, rng=np.random.default_rng(0), epochs=40, **options).params
on_digits = {}
for name, flows in {"plain": (False, False), "IAF posterior": (True, False),
                    "MAF prior": (False, True), "both": (True, True)}.items():
    vae, rng = vae_with(64, (64, 64), *flows), np.random.default_rng(1)
    begin = grown(vae, vae.init(rng), start, rng)
    on_digits[name] = vae, fit(vae, x_train, rng=rng, params=begin, epochs=40,
                               schedule="cosine", **options).params

# %% [markdown]
# *Try this.* Drag the ring. Then hold it in one place and change the model. Where is the prior grey although no digit
# has its code there? What does a code from such a hole decode to?

# %%
from tinymaf_course.explorers import latent_space

latent_space(on_digits, x_train, data.train_labels)

# %%
def test_elbo(name):
    vae, trained = on_digits[name]
    return vae.elbo(trained, x_test, np.random.default_rng(8), 200).mean()


in_band(test_elbo("plain"), -21.5, -18, "plain VAE, test digits: ELBO in nats")
for name in ("IAF posterior", "MAF prior", "both"):
    in_band(test_elbo(name) - test_elbo("plain"), -0.3, 0.6,
            f"{name}: nats gained on test digits")

# %% [markdown]
# On the digits the gain is small, tenths of a nat at best. That is partly due to our design: a code of two numbers
# leaves little to bend, and all four VAEs start from one that was trained to suit Gaussian guesses. Another reason is
# likely, but not tested here: a decoder with two hidden layers can do much of the bending itself. Look at the pictures
# of the prior all the same. With $\mathcal{N}(0, I)$ the classes are packed into a ball; with a MAF they spread out in
# arms, and the prior follows.

# %% [markdown] tags=["instructor"]
# **Section 4, 10 minutes.** *What goes wrong.* "Prior gap zero, so the model is perfect": two other terms are left.
# "Information should be as small as possible, it is subtracted": it buys reconstruction.
#
# *Ask.* "The reconstruction term alone is an autoencoder. What happens to the prior gap there?" It explodes: codes lie
# anywhere, draws from the prior decode to rubbish. "Why did the gain vanish on the digits?" Ask for the gap between
# ELBO and log p(x): less than a nat (section 5). Nothing can gain more than there is. With weak decoders or many latent
# variables there is more. "Which number would you report?" Test ELBO, with the number of draws, or better the bound of
# section 5.

# %% [markdown]
# ## 5. A tighter bound for more draws
#
# **Derive.** The mean of K weights, too, has the expectation $p(x)$. Apply Jensen's inequality to that mean:
#
# $$\mathbb{E}\left[\log \frac1K \sum_{k=1}^K w_k\right] \le \log p(x).$$
#
# For $K = 1$ it is the ELBO. The mean of many weights varies less, so the log loses less: the bound rises with K, and
# its limit is $\log p(x)$ (Burda et al. 2016).
#
# **Write.** From `log w` to the bound, without leaving the logarithm.

# %% tags=["exercise"]
# {{exercise importance-bound}}

# %% [markdown]
# **Check.** On test digits, against the integral on the grid.

# %%
vae, trained = on_digits["plain"]
m, log_s = gaussian_of(vae, trained, x_test)
rng = np.random.default_rng(9)


def draw_log_w(K):
    """log w of K draws for each test digit: (K, N)."""
    rows = []
    for _ in range(K):
        e = rng.standard_normal(m.shape)
        z = m + np.exp(log_s) * e
        logits = vae.decoder(trained["decoder"], z)
        rows.append(np.sum(x_test * logits - np.logaddexp(0, logits), axis=1)
                    + np.sum(-0.5 * z ** 2 + 0.5 * e ** 2 + log_s, axis=1))
    return np.array(rows)


log_joint = log_p_x_given(vae, trained, x_test, grid) + vae.prior.log_prob((), grid)
log_p = np.logaddexp.reduce(log_joint, axis=1) + np.log(cell)
# (N,)
below = {K: log_p - np.mean([importance_bound(draw_log_w(K)) for _ in range(400 // K)], axis=0)
         for K in (1, 5, 50, 400)}
distance = {K: nats.mean() for K, nats in below.items()}
for (K, low, high) in ((1, 0.2, 1.5), (5, 0.05, 0.8), (50, None, 0.45), (400, None, 0.35)):
    in_band(distance[K], low, high, f"K = {K}: nats below log p(x), on average")
in_band(distance[1] - distance[5], 0.1, None, "nats gained from K = 1 to K = 5")
in_band(distance[5] - distance[50], 0.02, None, "nats gained from K = 5 to K = 50")
in_band(np.median(below[400]), -0.05, 0.08,
        "K = 400: nats below log p(x), median of the digits")

# %%
fig, ax = new_figure(size=(4.6, 2.9))
ax.axhline(0, color="#808080", linestyle=":", label="$\\log p(x)$, by the integral")
ax.plot(list(distance), [-gap for gap in distance.values()], "o-", color=BLUE,
        label="log of the mean of K weights")
ax.set(xscale="log", xlabel="draws K", ylabel="nats")
ax.set_xticks(list(distance), [str(K) for K in distance])
ax.minorticks_off()
ax.legend(loc="lower right")
show(fig, "The importance-weighted bound against the number of draws, 1, 5, 50, 400, on a "
          "logarithmic axis. It starts the better part of a nat below the dotted line of log "
          "p(x), rises steeply, then slowly, and ends close to it.")

# %% [markdown]
# For the typical digit 400 draws are enough: the median gap is almost zero. What is missing on average comes from a few
# digits, which are far off. **See** the worst one.

# %%
worst = np.argmax(below[400])
near = np.abs(grid).max(axis=1) <= 3.2
ticks = axis[np.abs(axis) <= 3.2]
true_posterior = np.exp(log_joint[worst] - log_p[worst])[near].reshape(len(ticks), -1)
angle = np.linspace(0, 2 * np.pi, 100)
ring = m[worst] + 2 * np.exp(log_s[worst]) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
fig, axes = new_figure(2, size=(3.0, 2.9))
axes[0].imshow(x_test[worst].reshape(8, 8), cmap="gray_r")
axes[0].set(title="the digit", xticks=[], yticks=[])
axes[1].imshow(true_posterior ** 0.5, origin="lower", extent=(-3.2, 3.2, -3.2, 3.2))
axes[1].plot(*ring.T, color="C0", linewidth=1.5)
axes[1].set(title="posterior, and guess (ring)", xlabel="$z_1$", ylabel="$z_2$")
show(fig, "Left: the test digit for which 400 draws fail most, in black and white. Right: its "
          "true posterior over the two codes, computed on a grid, as bright spots, and the "
          "encoder's guess as a blue ring of two standard deviations, which misses most of "
          "the brightness.")
in_band(below[400][worst], 0.15, None, "nats missing for this one digit, in spite of 400 draws")
missed = np.sum((np.exp(log_joint[worst] - log_p[worst]) * cell)[
    np.sum(((grid - m[worst]) * np.exp(-log_s[worst])) ** 2, axis=1) > 9])
in_band(missed, 0.4, None,
        "share of its posterior that lies beyond three standard deviations of the guess")

# %% [markdown]
# *Right: bright is where the code of this digit probably lies (the root of the density, so that faint parts show). The
# ring: where the encoder draws.*
#
# The encoder did not see this digit in training, and guesses wrongly. Its draws practically never reach the right
# place, and no error bar shows it: a place that is never visited leaves no trace. So the bound judges the *model*
# better than the ELBO does, but it relies on the guess going everywhere. It is safer to choose $q$ too wide.

# %% [markdown] tags=["instructor"]
# **Section 5, 11 minutes, 5 of them exercise.** *What goes wrong.* The mean of logs, which is the ELBO with K draws:
# less noise, the same bound. No 1/K: the "bound" passes log p(x). exp(-1000).
#
# *Ask.* "Why is the average of 400 ELBOs no better?" Compare the two orders of log and mean on the board, with w = 1
# and w = 3: log 2 = 0.69 against (0 + log 3)/2 = 0.55. "Would you train with K = 50?" It trains a better decoder and,
# oddly, a worse encoder: the gradient for q gets noisy as K grows (Rainforth et al. 2018).

# %% [markdown]
# ## Quiz

# %%
quiz("flow_vae")

# %% [markdown]
# ## Recap
#
# * $\log p(x) = \text{ELBO} + \mathrm{KL}(q(z \mid x) \,\|\, p(z \mid x))$. With a code of two numbers
#   everything can be checked by an integral.
# * The posterior draws, so it is an IAF; the prior scores, so it is a MAF. Each works in its cheap direction.
# * ELBO = reconstruction - information - prior gap. A prior fitted afterwards closes its gap; one trained together
#   with the rest also sets the codes free.
# * On four pictures each flow saves a part of what is lost, the prior more than the posterior; on the digits, with two
#   codes and a strong decoder, little. Measure before you add one.
# * The log of a mean of K weights is a tighter bound. It judges the model, but relies on the guess.

# %% [markdown]
# ## References
#
# * D. P. Kingma, M. Welling, *Auto-Encoding Variational Bayes*, ICLR 2014,
#   [arXiv:1312.6114](https://arxiv.org/abs/1312.6114). Section 2: the bound.
# * D. P. Kingma, T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever, M. Welling, *Improving Variational Inference with
#   Inverse Autoregressive Flow*, NeurIPS 2016, [arXiv:1606.04934](https://arxiv.org/abs/1606.04934). Algorithm 1: the
#   posterior; figure 1: four points.
# * X. Chen, D. P. Kingma, T. Salimans, Y. Duan, P. Dhariwal, J. Schulman, I. Sutskever, P. Abbeel, *Variational Lossy
#   Autoencoder*, ICLR 2017, [arXiv:1611.02731](https://arxiv.org/abs/1611.02731). Autoregressive flows as priors.
# * M. D. Hoffman, M. J. Johnson, *ELBO surgery*, NIPS workshop 2016. The three terms.
# * Y. Burda, R. Grosse, R. Salakhutdinov, *Importance Weighted Autoencoders*, ICLR 2016,
#   [arXiv:1509.00519](https://arxiv.org/abs/1509.00519). Section 3.
# * T. Rainforth, A. R. Kosiorek, T. A. Le, C. J. Maddison, M. Igl, F. Wood, Y. W. Teh, *Tighter Variational Bounds are
#   Not Necessarily Better*, ICML 2018, [arXiv:1802.04537](https://arxiv.org/abs/1802.04537).
