# %% [markdown]
# # Training, and knowing that it worked
#
# **You will write the loss, its gradient check, the optimiser and the loop, train a flow with nothing but your own
# lines, and then do what many papers skip: find out whether it worked.**

# %%
from tinymaf_course.explorers import live_training

live_training()

# %% [markdown]
# *A flow that learns while you watch: press* start. *The number goes down and the picture gets prettier. What does the
# number mean, and when does the picture lie?*

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * say what the loss of a perfect model is, and how far a given loss is from it;
# * write the loss of a flow, and check its gradient;
# * write one step of Adam, and the loop around it;
# * see overfitting, and stop it;
# * judge a fit by held-out nats, PIT and coverage;
# * make a training explode, and say what a bound on alpha does about it (optional).
#
# **Before you start.** You know KL and nats ([01](01_autoregressive_models.ipynb)), the MAF layer ([05](05_maf.ipynb))
# and stacks of layers ([06](06_stacking_and_permutations.ipynb)). You have met gradient descent somewhere.
#
# **Time.** Reading 26 minutes, exercises 15 minutes, and 14 more for what is optional. The computer needs about half a
# minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# Parameters are called $\theta$ in formulas, and $q_\theta$ is the model's density; $p$ is the data's own.
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 41 minutes: sections 1 and 2 take 14, section 3 takes 9, section 4 takes 2, section 5 takes 12,
# the first and the last screen 3. Section 6 is optional and can be homework. The one idea to leave in the room: *a loss
# is entropy plus error, and only the second part is your fault.* If time is short, do section 5 and send section 2
# home. The live training is made for the projector.

# %% [markdown]
# ## 1. What the training minimises
#
# A flow is trained by **maximum likelihood**: choose the parameters that make the data most probable. With a minus sign
# and a mean it is a loss, in nats a point:
#
# $$L(\theta) = -\frac{1}{N} \sum_{n=1}^{N} \log q_\theta(x^{(n)}).$$
#
# **Predict.** Take the boomerang of notebook 01, whose true density we know. Suppose that the model is *perfect*,
# $q_\theta = p$ everywhere. What will the loss be?

# %%
import numpy as np

from tinymaf_course import check, confirm, hint, in_band, predict, quiz
from tinymaf_course import reveal, show, solution, whose

predict("perfect-loss")

# %% [markdown]
# **Derive.** With many points the mean becomes an expectation under $p$. Add $\log p(x)$ and subtract it again:
#
# $$L(\theta) \approx \mathbb{E}_p\big[-\log q_\theta(x)\big]
#   = \underbrace{\mathbb{E}_p\big[-\log p(x)\big]}_{\text{entropy of the data}}
#   + \underbrace{\mathbb{E}_p\big[\log p(x) - \log q_\theta(x)\big]}_{\mathrm{KL}(p \,\|\, q_\theta)}.$$
#
# The first term has no $\theta$ in it. It is what the data cost under any model, even the best. The second is never
# negative, and zero only for $q_\theta = p$. So minimising the loss minimises the KL, although we cannot compute the
# KL: for real data, $p$ is not known.
#
# **Check.** The entropy of the boomerang is known exactly. As a model take a plain Gaussian with the right means and
# variances: $x_1$ has mean 1 and variance 3, $x_2$ has mean 0 and variance 4. Its KL is a sum over a fine grid, its
# loss is a mean over points.

# %%
from tinymaf.datasets import TOYS

boomerang = TOYS["figure1"]


def log_gaussian(x):
    z = (x - [1, 0]) / np.sqrt([3, 4])
    return np.sum(-0.5 * z ** 2 - 0.5 * np.log(2 * np.pi), axis=1) - 0.5 * np.log(12)


t1, t2 = np.linspace(-9, 52, 1221), np.linspace(-13, 13, 651)
grid = np.stack(np.meshgrid(t1, t2, indexing="ij"), axis=-1).reshape(-1, 2)
log_p = boomerang.log_prob(grid)
mass = np.exp(log_p) * (t1[1] - t1[0]) * (t2[1] - t2[0])
kl = np.sum(mass * (log_p - log_gaussian(grid)))
loss = -np.sum(mass * log_gaussian(grid))
print("entropy of the boomerang:     ", round(boomerang.entropy, 3), "nats")
print("KL of the Gaussian from it:   ", kl.round(3), "nats")
print("loss of the Gaussian:         ", loss.round(3), "nats")
confirm("loss = entropy + KL", abs(loss - boomerang.entropy - kl), below=1e-6)

x = boomerang.sample(np.random.default_rng(0), 100_000)
print("loss on 100,000 points:       ", -log_gaussian(x).mean().round(2),
      "nats, and of the truth itself",
      -boomerang.log_prob(x).mean().round(2))
reveal("perfect-loss")

# %% [markdown]
# So a loss by itself says little. 3.6 nats are nearly perfect here; on other data they would be poor. Always ask:
# *compared with what?* With the entropy, if you have made the data yourself; otherwise with another model on the same
# points.
#
# For a flow, $\log q_\theta$ is the change of variables. **Write** the loss. From here on everything is written in
# *autograd's* NumPy, `anp`: the same functions, which also record what was computed from what. Autograd can then go
# back along that record, by the chain rule, and return the exact gradient.

# %% tags=["exercise"]
# {{exercise flow-loss}}

# %% [markdown] tags=["instructor"]
# **Section 1, 10 minutes, 5 of them exercise.** Vote first, and expect many for 0. That comes from squared
# errors, where perfect means zero.
#
# *What goes wrong.* The sign of log_det, as ever; but here it has a symptom: the loss falls without end, because the
# flow gains by squeezing. Averages over variables instead of sums: then the log_det is too heavy by a factor of D. A
# forgotten constant: training does not notice, comparison with others does.
#
# *Ask.* "Can a loss be negative?" Yes: a density on a small area exceeds 1. Measure the same data in metres and in
# millimetres: the loss differs by D log 1000, the KL does not. "Why not minimise the KL itself?" We would need log p of
# the data.

# %% [markdown]
# ## 2. The gradient, and how to check it
#
# The loss reads two things from a layer: $u$ and $\sum_i \alpha_i$. What pulls at them?
#
# **Derive.** One MAF layer, one row. With $u_i = (x_i - \mu_i)\, e^{-\alpha_i}$ the loss of the row is
#
# $$\ell = \sum_i \left[\tfrac12 u_i^2 + \alpha_i\right] + \tfrac{D}{2} \log 2\pi.$$
#
# The shift $\mu_i$ appears only in $u_i$, with $\partial u_i/\partial \mu_i = -e^{-\alpha_i}$. The log scale appears
# twice: in $u_i$, with $\partial u_i/\partial \alpha_i = -u_i$, and on its own, from the log_det. So
#
# $$\frac{\partial \ell}{\partial \mu_i} = u_i \cdot \left(-e^{-\alpha_i}\right) = -u_i\, e^{-\alpha_i}, \qquad
#   \frac{\partial \ell}{\partial \alpha_i} = u_i \cdot (-u_i) + 1 = 1 - u_i^2.$$
#
# Read both aloud. If the noise lies too far to the right, $\mu$ follows it. If $u_i^2$ is above 1 the scale grows, if
# it is below 1 the scale shrinks. The two halves of the loss are in a tug of war: $\frac12 u^2$ would squeeze
# everything to zero, and the log_det makes it pay. They are in balance where, on average, $u = 0$ and $u^2 = 1$: the
# mean and variance of a standard normal.
#
# **Check.** These two formulas against autograd. Then autograd itself against plain differences: move the parameters by
# a hair, and see what the loss does. That is the *gradient check*. It needs no theory, and finds nearly every mistake.

# %%
import autograd.numpy as anp
from autograd import grad


def shift_and_scale(params, x):
    """The simplest layer: mu and alpha are given, one for each number in x."""
    mu, alpha = params
    return (x - mu) * anp.exp(-alpha), -anp.sum(alpha, axis=1)


rng = np.random.default_rng(1)
x = rng.standard_normal((5, 3))
mu, alpha = 0.5 * rng.standard_normal((2, 5, 3))
by_autograd = grad(flow_loss, 1)(shift_and_scale, (mu, alpha), x)

u = (x - mu) * np.exp(-alpha)
confirm("dl/dmu = -u exp(-alpha)", np.abs(5 * by_autograd[0] + u * np.exp(-alpha)).max(),
        below=1e-12)
confirm("dl/dalpha = 1 - u^2", np.abs(5 * by_autograd[1] - (1 - u ** 2)).max(), below=1e-12)

# %% [markdown]
# (The factor 5 is there because the loss is a mean over five rows.)
#
# Now a whole stack of layers, with thousands of numbers in it. Moving each of them would take long, so move *all at
# once* in a random direction $d$: the slope along $d$ must equal the dot product of the gradient with $d$.

# %%
from tinymaf import maf
from tinymaf.checks import random_params
from tinymaf.trees import flatten, unflatten

moons = TOYS["two moons"]
flow = maf(2, n_layers=4, hidden=(32, 32), activation="tanh")
tree = flow.init(np.random.default_rng(0))                              # nested lists of arrays


def x_to_u(theta, x):
    """The flow as a function of one long vector of parameters."""
    return flow.bijection.x_to_u(unflatten(theta, tree)["bijection"], x)


# not at the start, where much is zero
theta = flatten(random_params(flow, np.random.default_rng(2)))
x = moons.sample(np.random.default_rng(3), 50)
print(theta.size, "parameters")

gradient, rng, worst = grad(flow_loss, 1)(x_to_u, theta, x), np.random.default_rng(4), 0
for _ in range(5):
    d = rng.standard_normal(theta.size) / np.sqrt(theta.size)
    up, down = (flow_loss(x_to_u, theta + step * d, x) for step in (1e-5, -1e-5))
    slope = (up - down) / 2e-5
    worst = max(worst, abs(slope - gradient @ d) / abs(slope))
confirm("slope along random directions = gradient times direction, relative", worst, below=1e-5)

# %% [markdown] tags=["instructor"]
# **Section 2, 5 minutes.**
#
# *What goes wrong.* A gradient check at an untrained flow: the output layers are zero there, so most of the gradient is
# zero too, and wrong code passes. Steps that are too small (1e-12: rounding) or too large (0.1: curvature).
#
# *Ask.* "u has variance 1 after training. Is it normal then?" No: only its mean and variance are in balance. The
# network inside mu and alpha makes the same true for every group of rows that it can distinguish, and that is where the
# shape comes in. "What would happen without the log_det?" Everything at u = 0, loss D/2 log(2 pi), and a useless map.

# %% [markdown]
# ## 3. One step, and the loop
#
# The gradient says which way is down *here*, on *this* minibatch. Plain gradient descent steps to $\theta - \text{lr}
# \cdot g$. Two things go wrong with it: minibatches are noisy, so the path staggers; and some parameters have
# gradients a thousand times as large as others, so no single learning rate suits them all.
#
# Adam keeps two running means, of $g$ and of $g^2$. The first calms the noise. The root of the second is the typical
# *size* of a parameter's gradient, and dividing by it gives all parameters steps of similar length, about `lr`.
#
# **Write.** One step.

# %% tags=["exercise"]
# {{exercise adam-step}}

# %%
from tinymaf import Adam

theirs, mine = np.array([1.0, -2.0, 0.5]), np.array([1.0, -2.0, 0.5])
adam, m, v, rng = Adam(theirs, lr=0.05), np.zeros(3), np.zeros(3), np.random.default_rng(5)
for t in range(1, 51):
    g = rng.standard_normal(3) * [1, 1000, 0.001]
    adam.step(theirs, g)                                                # in place
    mine, m, v = adam_step(mine, g, m, v, t, lr=0.05)
confirm("50 steps, as the library's Adam", np.abs(mine - theirs).max(), below=1e-9)

# %% [markdown]
# Now put it together. Shuffle the data, take minibatches, get loss and gradient, take a step. When all the data have
# been seen, an **epoch** is over: record the loss, also on **validation** points that are never trained on. The
# learning rate falls along a cosine, from large steps to none. Nothing in this loop comes from the library except the
# flow's layers: the loss is yours, and so is the step.

# %%
from autograd import value_and_grad

x_train = moons.sample(np.random.default_rng(6), 4000)
x_val = moons.sample(np.random.default_rng(7), 2000)

loss_and_gradient = value_and_grad(lambda theta, x: flow_loss(x_to_u, theta, x))
theta, rng = flatten(tree), np.random.default_rng(8)
m, v, t, epochs, batch = np.zeros_like(theta), np.zeros_like(theta), 0, 25, 200
stages, history = {0: tree}, []

for epoch in range(1, epochs + 1):
    losses = []
    for rows in np.array_split(rng.permutation(len(x_train)), len(x_train) // batch):
        lr = 0.01 * 0.5 * (1 + np.cos(np.pi * t / (epochs * len(x_train) / batch)))
        t += 1
        loss, g = loss_and_gradient(theta, x_train[rows])
        theta, m, v = adam_step(theta, g, m, v, t, lr)
        losses.append(loss)
    stages[epoch] = unflatten(theta, tree)
    history.append({"epoch": epoch, "train": np.mean(losses),
                    "val": flow_loss(x_to_u, theta, x_val)})

params = unflatten(theta, tree)
x_test = moons.sample(np.random.default_rng(9), 20_000)
truth = moons.log_prob(x_test)
print("steps:", t)
in_band(-truth.mean(), 0.96, 1.06, "loss of the truth itself on 20,000 fresh points, in nats")
in_band(np.mean(truth - flow.log_prob(unflatten(flatten(tree), tree), x_test)), 1.2, 1.5,
        "nats short before training")
in_band(np.mean(truth - flow.log_prob(params, x_test)), 0.03, 0.25, "nats short after it")

# %% [markdown]
# **See.** The training that you have just written, as a film. Move the slider.

# %%
from tinymaf_course.explorers import training_film

training_film(flow, stages, history, moons)

# %% [markdown]
# In the live figure at the top of the notebook you can interfere: press *start*, then *pause*, and go on in single
# *steps*. Then turn the learning rate up, slowly, while it runs, and see at which rate it stops learning, and at which
# it falls apart. Turn it down again before you press *reset*, which brings back the untrained flow, not the rate.

# %% [markdown] tags=["instructor"]
# **Section 3, 9 minutes, 5 of them exercise.**
#
# *What goes wrong.* Bias correction left out, or applied to the m that is kept. t starting at 0: a division by zero.
# `theta -= ...` in the function changes the caller's array (the checker says so). In the loop: no shuffle, so that
# every epoch repeats the same noise; a loss curve of the training data alone.
#
# *Ask.* "Why is the minibatch curve noisy, and its mean still above the truth?" Two different things: noise of 200
# points, and what is not learned yet. "Is the validation loss below the training loss here and there: a bug?" No: the
# training number is a mean over the epoch, taken while the model was still worse.
#
# *Demo.* In the live training let the room choose the learning rate by shouting. Around 0.01 it learns fast. Near 0.1
# the curve jumps. At 1 it is off the chart, and going back to 0.005 does not always bring it home.

# %% [markdown]
# ## 4. Learning too much
#
# With 4,000 points all went well. What about 20?
#
# **Predict.** The same flow, trained for 1,500 steps on twenty points. The entropy of the two moons is about one nat.
# What will the loss be, on these twenty points and on fresh ones?

# %%
predict("twenty-points")

# %%
from tinymaf import Trainer

few = moons.sample(np.random.default_rng(10), 20)
# one step at a time, as your loop does
trainer = Trainer(flow, flow.init(np.random.default_rng(0)))
for k in range(1500):
    # the cosine: the last steps are small
    trainer.step(few, lr=3e-3 * 0.5 * (1 + np.cos(np.pi * k / 1500)))
in_band(-flow.log_prob(trainer.params, few).mean(), None, 0, "nats on the twenty points")
in_band(-flow.log_prob(trainer.params, x_test).mean(), 10, None, "nats on fresh points")
reveal("twenty-points")

# %% [markdown]
# "No model gets below the entropy" holds on *fresh* data, and on average. On data that it can learn by heart a model
# may get as low as it likes. That is **overfitting**.
#
# **See.** One flow, training sets of four sizes. Watch where the two curves part. (Four flows are trained before the
# figure appears, which takes some seconds.)

# %%
from tinymaf_course.explorers import overfitting

overfitting()

# %% [markdown]
# The remedy is old and simple. Keep some points aside and never train on them. When their loss has not improved for a
# while, stop, and go back to the parameters that were best on them. The length of this "while" is called **patience**.
#
# But then those points have chosen the model, so their loss is a little too good. For the number that you report, keep
# a third set, the **test** points, and use them once.
#
# **Write** (optional). The rule, as code.

# %% tags=["exercise"]
# {{exercise early-stop}}

# %%
history_of_losses = [row["val"] for row in history]
best_epoch, last_epoch = early_stop([2.0, 1.6, 1.4, 1.5, 1.3, 1.35, 1.4, 1.5, 1.2], patience=3)
print("keep epoch", best_epoch, "after running", last_epoch,
      "epochs; the ninth, better still, was never seen")
print("epochs of our own run with a patience of 30:",
      early_stop(history_of_losses, patience=30)[1])

# %% [markdown] tags=["instructor"]
# **Section 4, 2 minutes, and 5 for the optional exercise.**
#
# *What goes wrong.* Expect "somewhat above". That picture of overfitting comes from classifiers, whose error is at most
# 100 %. A density has no such ceiling: one test point far from all needles costs hundreds of nats.
#
# *Ask.* "Is the training loss below the entropy a sure sign?" With few points yes; with many it may be luck of the
# draw: compare with the loss of the truth on the same points. "More data or a smaller model?" Try both: `hidden=(4,)`
# with twenty points. "What else helps?" Noise on the data, weight decay, ensembles.
#
# *Demo.* Explorer, 20 points: go along the slider to the dashed line, stop, ask for a vote, go on. Then 100, 500,
# 4,000.

# %% [markdown]
# ## 5. Did it work?
#
# Here are samples of three models of the two moons. One is your flow. One is your flow with a secret change. One was
# trained on 100 points for a long time.
#
# **Predict.** Which is the best model? Look at the picture first.

# %%
from tinymaf import Chain, Flow, Scale
from tinymaf.plotting import new_figure, plot_points, use_style

hundred = moons.sample(np.random.default_rng(11), 100)
trainer = Trainer(flow, flow.init(np.random.default_rng(1)))
for k in range(1500):
    trainer.step(hundred, lr=3e-3 * 0.5 * (1 + np.cos(np.pi * k / 1500)))

# one more layer: u = x exp(-alpha)
changed = Flow(Chain([*flow.bijection.layers, Scale(2)]))
p_changed = {"bijection": [*params["bijection"], {"alpha": np.log([0.7, 0.7])}],
             "base": params["base"]}
models = {"A": (changed, p_changed), "B": (flow, trainer.params), "C": (flow, params)}

use_style()
fig, axes = new_figure(3, size=(3.2, 2.6))
for ax, (name, (model, p)) in zip(axes, models.items()):
    plot_points(ax, model.sample(p, np.random.default_rng(12), 2000), moons.box)
    ax.set_title(f"model {name}")
show(fig, "Samples of three models. A: two crisp, clean moons with hardly a stray point. B: "
          "thin strands and spots along the moons. C: two moons, broader than A's, with a few "
          "stray points between them.")

# %%
predict("best-of-three")

# %%
short = {name: np.mean(truth - model.log_prob(p, x_test)) for name,
         (model, p) in models.items()}
in_band(short["A"], 0.3, 0.9, "A: nats short of the truth")
in_band(short["B"], 0.5, None, "B: nats short of the truth")
in_band(short["C"], 0.03, 0.25, "C: nats short of the truth")
reveal("best-of-three")

# %% [markdown]
# Samples flatter. They show what a model makes, never what it forgets. (Multiplying the noise by a number below 1, a
# *temperature*, for prettier samples is common practice. It is fine for pictures; as a density it is another model.)
#
# With real data we do not know the truth, nor how many nats are missing. What we can test is this: *if the model is
# right, then $u$ is standard normal on fresh data.* So is each $u_i$, and $\Phi(u_i)$ is uniform on $[0, 1]$: that is
# the PIT of notebook 06. And the central 90 % of the model must contain 90 % of the data: **coverage**.
#
# **Derive.** Why uniform? Let $w = \Phi(u)$ with $u$ standard normal, and $0 < c < 1$. Because $\Phi$ is increasing,
#
# $$P(w \le c) = P\big(\Phi(u) \le c\big) = P\big(u \le \Phi^{-1}(c)\big) = \Phi\big(\Phi^{-1}(c)\big) = c,$$
#
# which is the distribution function of the uniform.
#
# **Write.** Both tests in one function.

# %% tags=["exercise"]
# {{exercise pit-and-coverage}}

# %%
from tinymaf.plotting import BLUE, ORANGE

u = np.random.default_rng(13).standard_normal((100_000, 1))
pit, coverage = pit_and_coverage(u, 0.9)
print("noise itself: coverage of 90 %:", np.round(coverage[0], 2), " mean and variance of PIT:",
      pit.mean().round(2),
      pit.var().round(3), " of the uniform:", 0.5, round(1 / 12, 3))

fig, axes = new_figure(3, size=(3.2, 2.5), sharey=True)
covered = {}
for ax, (name, (model, p)) in zip(axes, models.items()):
    pit, covered[name] = pit_and_coverage(model.to_noise(p, x_test), 0.9)
    for column, color, style, label in zip(pit.T, [BLUE, ORANGE], ["-", "--"],
                                           ["$\\Phi(u_1)$", "$\\Phi(u_2)$"]):
        ax.hist(column, np.linspace(0, 1, 21), density=True, histtype="step", color=color,
                linestyle=style,
                linewidth=1.6, label=label)
    ax.axhline(1, color="black", linewidth=0.8)
    ax.set(title=f"model {name}", xlabel="PIT on fresh points")
axes[0].set(ylabel="density", ylim=(0, 3))
axes[0].legend(loc="upper center")
show(fig, "PIT histograms of both variables for three models, on fresh points, with a line at "
          "1. A: a U, high at both ends. B: ragged, with a high peak at one end or both. C: "
          "nearly flat.")

for name, low, high in [("A", 0.65, 0.83), ("B", 0.3, 0.97), ("C", 0.86, 0.94)]:
    in_band(np.min(covered[name]), low, high,
            f"{name}: coverage of the central 90 %, the worse variable")

# %% [markdown]
# How to read them:
#
# * **flat**: as it should be;
# * **a U**: too many data in the tails, so the model is too *narrow*, too sure of itself;
# * **a hump**: the model is too wide;
# * **a slope**: it is off to one side.
#
# *Be fair to these tests: they can accuse, they cannot acquit.* A flat PIT for each variable says nothing about how the
# variables depend on each other, and a whole column may be right on average while it is wrong in every corner. So here
# is a routine for every fit.
#
# 1. Held-out nats, compared with a baseline (a Gaussian at least). With two standard errors.
# 2. Training and held-out loss side by side.
# 3. PIT and coverage of each $u_i$ on held-out data, and a look at $u$ itself.
# 4. The integral of the density, where it can be computed; the round trip, always.
# 5. Samples, last.
#
# **Check.** Points 1 and 4 for your flow.

# %%
from tinymaf.checks import check_normalised, check_round_trip

mean, cov = x_train.mean(axis=0), np.cov(x_train.T)
z = np.linalg.solve(np.linalg.cholesky(cov), (x_test - mean).T).T
log_baseline = np.sum(-0.5 * z ** 2 - 0.5 * np.log(2 * np.pi),
                      axis=1) - 0.5 * np.linalg.slogdet(cov)[1]
gain = flow.log_prob(params, x_test) - log_baseline
in_band(gain.mean(), 0.6, 1.1, "nats a point better than a Gaussian with a full covariance")
in_band(2 * gain.std() / np.sqrt(len(gain)), None, 0.03, "two standard errors of that")
confirm("integral of the density over the plane = 1", check_normalised(flow, params),
        below=1e-3)
error = check_round_trip(flow.bijection, params["bijection"], x_test, tol=1e-6)
confirm("there and back, x -> u -> x", error, below=1e-6)

# %% [markdown] tags=["instructor"]
# **Section 5, 12 minutes, 5 of them exercise.** Show the three panels on the projector without the code, and vote. A
# wins nearly always.
#
# *What goes wrong.* PIT on *training* data: model B looks better on its hundred points than on fresh ones, and that is
# the point. Quantiles of the data instead of the model: then every model has perfect coverage. Standardising u first.
#
# *Ask.* "By eye, a model's samples look like data. Is it good?" Not if it has forgotten a part of the data: a model
# that makes one perfect moon passes the eye and costs infinitely many nats. "And the other way round: good nats and bad
# samples?" Easily, in many dimensions: mix a good model with 1 % noise... or 99 % noise: log 100 is 4.6 nats, spread
# over thousands of pixels (Theis et al. 2016).
#
# *Demo.* Change 0.7 to 1.3 in `p_changed`: stray points everywhere, a hump instead of a U.

# %% [markdown]
# ## 6. Make it explode (optional)
#
# Skip this, and you miss why the library bounds alpha and clips gradients. The scale of a layer is $e^{\alpha}$, and
# the network may return any $\alpha$. On the way to $u$ we divide by it. If for one row the network says $\alpha =
# -50$, then $u$ is multiplied by $e^{50}$, and the loss has $u^2$ in it.

# %%
for alpha in [-1.0, -5.0, -50.0]:
    print(f"alpha = {alpha:5.0f}: x - mu = 0.1 becomes u = {0.1 * np.exp(-alpha):.3g}, and u^2 "
          f"/ 2 = "
          f"{0.5 * (0.1 * np.exp(-alpha)) ** 2:.3g} nats")

# %% [markdown]
# A gradient of that size sends the parameters far away, and the next $\alpha$ is worse. In the end there is `inf -
# inf`, which is `nan`, and a `nan` in one parameter is soon a `nan` in all.
#
# **Predict.** We train the same flow twice at the same, much too large, learning rate of 1. In one run the network's
# $\alpha$ is taken as it is; in the other it is bent smoothly to stay between -5 and 5. What is the largest loss of
# each within 200 steps?

# %%
predict("explosion")

# %%
def largest_loss(bound, lr, steps=200):
    """log10 of the largest loss on the way; infinite if one of them is not a number."""
    wild = maf(2, n_layers=4, hidden=(32, 32), activation="tanh", alpha_bound=bound)
    trainer = Trainer(wild, wild.init(np.random.default_rng(0)), clip_norm=None)
    with np.errstate(all="ignore"):
        losses = [trainer.step(x_train[:200], lr=lr) for _ in range(steps)]
    return np.log10(np.nan_to_num(max(losses), nan=np.inf,
                                  posinf=np.inf)) if np.isfinite(losses).all() else np.inf


in_band(largest_loss(None, lr=1), 8, None,
        "alpha as it comes, lr 1: log10 of the largest loss")
in_band(largest_loss(5.0, lr=1), 1, 13, "alpha bounded, lr 1: log10 of the largest loss")
in_band(largest_loss(5.0, lr=0.01), None, 2,
        "alpha bounded, lr 0.01: log10 of the largest loss")
reveal("explosion")

# %% [markdown]
# **Write.** The bound. It must leave small values alone, since most of them are fine, and it must never go flat, or a
# network that has once returned too much gets no gradient to take it back.

# %% tags=["exercise"]
# {{exercise bound-alpha}}

# %%
from tinymaf.elementwise import bound

a = np.linspace(-30, 30, 601)
fig, ax = new_figure(size=(5.6, 3.1))
ax.plot(a, a, color="grey", linewidth=1, label="no bound")
ax.plot(a, np.clip(a, -5, 5), ":", color=ORANGE, label="hard clip: flat beyond 5")
ax.plot(a, bound_alpha(a, 5.0), color=BLUE, label=whose(bound_alpha))
ax.set(xlabel="what the network says", ylabel="alpha", ylim=(-8, 8))
ax.legend(loc="upper left")
show(fig, "Alpha against what the network says, from -30 to 30: the identity; a hard clip at 5 "
          "and -5 with corners and plateaus; and the smooth bound, which leaves the identity "
          "at 0 and bends towards 5 and -5 without ever being flat.")

theirs = bound(a, 5.0)
in_band(np.abs(bound_alpha(a, 5.0) - theirs).max(), None, 2.5,
        "largest difference from the library's a / (1 + |a| / 5)")
in_band(grad(lambda a: bound_alpha(a, 5.0))(12.0), 1e-4, 1, "slope at a = 12")

# %% [markdown]
# (There are many such curves, and yours need not be the library's.)
#
# The library's `fit` has two more safeguards: the length of the whole gradient is cut to 10 before each step
# (*clipping*), and when a loss is not finite, training stops, returns the best parameters so far, and says why. It
# never returns `nan` silently.

# %% [markdown] tags=["instructor"]
# **Section 6, 9 minutes, 5 of them exercise, and all of it optional.**
#
# *What goes wrong.* A hard clip (no gradient beyond it). A bound from above alone: exp(-alpha) is what training meets
# first. limit * tanh(a): slope 5 at zero, so every layer starts five times too eager. Forgetting to bound in one of the
# directions: then x to u and u to x are not inverses any more, and the round trip shows it.
#
# *Ask.* "What does the bound cost?" A layer cannot stretch by more than exp(5), about 148; but layers multiply. "Why
# not softplus for the scale, as others do?" It works too: it grows linearly instead of exponentially. "Does clipping
# cure lr = 1?" Adam divides by the gradient's size anyway, so clipping changes less than one thinks.

# %% [markdown]
# ## Quiz

# %%
quiz("training")

# %% [markdown]
# ## Recap
#
# * Loss = the data's entropy + KL. Only the KL is the model's fault. A perfect model does not have loss 0.
# * The loss of a flow: $-\frac1N \sum_n [\log p_u(u) + \log|\det \partial u/\partial x|]$. Its gradient in a layer's
#   $\alpha_i$ is $1 - u_i^2$: a tug of war that ends at unit variance.
# * Check gradients along random directions, at random parameters.
# * Adam: two running means, corrected for their start. The loop: shuffle, loss, step; note the held-out loss.
# * On its own training points a flow can get as low as it likes. Held-out points show it, and patience stops it.
# * Samples flatter. Held-out nats judge; PIT and coverage accuse: U too narrow in that direction, hump too wide,
#   slope off to one side.
# * Bound $\alpha$ smoothly on both sides, clip the gradient, and stop at what is not finite.
#
# Your flow gives densities fast and samples slowly. What if you need it the other way round? That is
# [IAF](08_iaf.ipynb).

# %% [markdown]
# ## References
#
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 4: Adam, early stopping, and test log-likelihoods with
#   two standard errors.
# * D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015,
#   [arXiv:1412.6980](https://arxiv.org/abs/1412.6980). Algorithm 1; section 3 derives the corrections for the start.
# * L. Theis, A. van den Oord, M. Bethge, *A note on the evaluation of generative models*, ICLR 2016,
#   [arXiv:1511.01844](https://arxiv.org/abs/1511.01844). Good samples and good likelihood are two things.
# * T. Gneiting, F. Balabdaoui, A. E. Raftery, *Probabilistic forecasts, calibration and sharpness*, Journal of the
#   Royal Statistical Society B 69, 2007. PIT histograms and how to read them.
