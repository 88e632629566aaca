# %% [markdown]
# # Start here
#
# **In half an hour you will have trained a normalizing flow, watched it turn two moons into plain noise, checked its
# mathematics to eight digits and more, and used it to draw handwritten digits.**

# %%
from tinymaf_course import show_film

show_film("moons")

# %% [markdown]
# *A trained flow turns noise into two moons; every point keeps its colour. Only the two ends come from the flow; how it
# really gets from one to the other, you will find out below.*

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * say what a flow is, and read the one formula behind it;
# * fit a MAF to data, draw samples from it, and ask it for densities;
# * judge a trained model against the truth, and against a simple baseline, in *nats*;
# * say why intermediate layers need not look like anything in particular.
#
# **Before you start.** You can read Python with NumPy, you know what a normal distribution is, and you once met a
# Jacobian. No deep learning framework is needed, and none is used.
#
# **Time.** Reading 19 minutes, exercises 5 minutes. The computer needs less than a minute in all.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 24 minutes, and 5 more in class to get the machines running: section 1 takes 1 (and these 5),
# section 2 takes 1, section 3 takes 3, section 4 takes 3, section 5 takes 9, section 6 takes 5, the opening and the
# recap 2; the quiz is homework. The one idea to leave in the room: *an invertible map turns data into noise, and one
# formula says how likely each point is.* The class need not understand the code today, or the masks, or why there are
# five layers. Every answer of the kind "how does it do that?" is "notebook 03", "05" or "06".
#
# The whole notebook ran in 34 s on two busy cores. Most of that goes into the two training runs, in
# sections 3 and 6.

# %% [markdown]
# ## 1. How this works
#
# A *density model* learns from examples how likely every possible example is. A *normalizing flow* does so with a
# beautiful trick: it learns an invertible map between the data and simple noise. A *masked autoregressive flow*, MAF
# for short, is the flow that this course builds from scratch. Here you only use it. Building it comes later.
#
# The course repeats one cycle: **predict** what will happen, **see** it, **derive** why, **write** a
# line yourself, **check** it. Guessing wrong is the useful part: you remember a guess that failed.
#
# Run a cell with <kbd>Shift</kbd> + <kbd>Enter</kbd>. The first one checks that everything is in place.

# %%
from tinymaf_course import check_environment

check_environment()

# %% [markdown] tags=["instructor"]
# **Section 1, 1 minute, and 5 more for the machines.** All five go into getting them to run. Students who are ready
# help a neighbour; those who are not ready after five minutes watch on a neighbour's screen, and you fix their
# machine in the break. *Ask:* "Does your slider move? Hands up." The students without a hand up are your list.
#
# *What goes wrong on the first day.* `course.py` says most of it in one sentence, and `.venv/setup.log` has the rest.
# Deleting the folder `.venv` and starting again is always safe.
#
# * **`python` opens the Microsoft Store, or does nothing** (Windows). Python is not installed yet. From python.org,
#   "for this user" needs no administrator. Then a *new* terminal, and `py course.py lab`.
# * **`python: command not found`** (macOS, Linux). It is called `python3` there: `python3 course.py lab`.
# * **"The course needs Python 3.11 or newer and this is 3.9"** (macOS's own, for one). Install a newer one beside it
#   and name it: `python3.12 course.py lab`, on Windows `py -3.12 course.py lab`.
# * **`can't open file ... course.py`**. The terminal is in the wrong folder: `cd` to the one that holds course.py.
#   On Windows a ZIP must be extracted first, not just opened.
# * **"This Python lacks venv or ensurepip"** (Debian, Ubuntu). `apt install python3-venv` needs an administrator.
#   Without one, any other Python will do, uv's or conda's.
# * **"The package index cannot be reached"**. Behind a proxy: set `HTTPS_PROXY=http://name:port`, or give your mirror
#   as `PIP_INDEX_URL` and `UV_DEFAULT_INDEX`. If the log says `certificate verify failed`, the proxy decrypts the
#   traffic: set `PIP_CERT` and `SSL_CERT_FILE` to its certificate file. Offline: use the wheels on your USB stick, as
#   the guide says.
# * **"... cannot be written"**. An earlier run is still going: stop it. Or the folder belongs to someone else, or
#   OneDrive is syncing it: copy the course to a folder of the student's own, with a short path.
# * **"The disk is full"**. It takes 2 GB, and quotas count.
# * **No browser opens**. Copy the whole address from the terminal, `token=` included.
# * **Cells stay at `[*]`, or "Connecting"**. The browser cannot reach the kernel, usually because a proxy takes
#   requests to `127.0.0.1` as well (add it to `NO_PROXY` and to the browser's exceptions). At the first start a virus
#   scanner may take a minute.
# * **`No module named 'tinymaf'`**. That is their usual JupyterLab, not the course's. Close it and run `course.py lab`.
# * **Words in place of the slider**. The cell was not run, or the notebook is open in a preview.
#
# Everything is installed in the course's folder (and cached in the user's own), so no administrator is needed. Solved
# exercises are remembered in the user's data folder and never leave the machine.
#
# *Ask, while they wait:* "Which machine learning model can say how likely a point is?" A classifier cannot. That
# is what today is about.

# %% [markdown]
# ## 2. Data whose true density we know
#
# Two moons: pick one of two half circles, pick a point on it, add a little noise. It is a good first test because its
# shape is nothing like a Gaussian's, and because its density can be computed exactly. So we shall *know* how good a
# model is rather than hope.

# %%
import numpy as np

from tinymaf.datasets import TOYS
from tinymaf.plotting import new_figure, plot_density, plot_points, use_style
from tinymaf_course import show

use_style()
moons = TOYS["two moons"]
x_train = moons.sample(np.random.default_rng(0), 4000)

fig, (left, right) = new_figure(2, size=(3.7, 2.9))
plot_points(left, x_train, moons.box)
left.set_title("4,000 points to learn from")
image = plot_density(right, moons.log_prob, moons.box)
right.set_title("the density that they come from")
fig.colorbar(image, ax=right, shrink=0.8, label="density")
show(fig, "Left: 4,000 points in the shape of two interlocking half moons. Right: their exact "
          "density, two bright arcs.")

# %% [markdown]
# *Left, the points that the model gets to see. Right, the density they were drawn from, which it never sees.*

# %% [markdown] tags=["instructor"]
# **Section 2, 1 minute.** *Ask:* "The colour bar reads 0.6. Is that a probability?" No, a probability per area:
# integrated over the plane it gives 1, and it could exceed 1 if the moons were thinner. Leave it at that; notebook 02
# is about it.
#
# *What goes wrong.* Some take the right picture for a smoothed version of the left one. It is the other way round:
# the points were drawn from it.

# %% [markdown]
# ## 3. Fit a flow
#
# It takes two lines. The first builds a flow of five layers; the second makes the data as probable as it can (maximum
# likelihood, a few seconds). Before it has learned anything, the flow is the identity: it takes the data for noise.

# %%
from tinymaf import fit, maf

flow = maf(dim=2, n_layers=5, activation="tanh")

untrained = flow.init(np.random.default_rng(0))
print("untrained flow, log p(0, 0):", flow.log_prob(untrained, np.zeros((1, 2))).round(6)[0],
      "nats")
print("standard normal, -log(2 pi):", round(-np.log(2 * np.pi), 6), "nats")

# %%
fitted = fit(flow, x_train, rng=np.random.default_rng(0),
             epochs=80, batch_size=256, lr=1e-2, schedule="cosine")
params = fitted.params
print("training ended because", fitted.stopped)

# %% [markdown]
# That is a trained flow. It does two things: it **draws samples**, and it **evaluates densities**.

# %%
samples = flow.sample(params, np.random.default_rng(1), 4000)

fig, axes = new_figure(2, 2, size=(3.7, 2.75))
plot_points(axes[0, 0], x_train, moons.box)
plot_points(axes[0, 1], samples, moons.box)
scale = {"vmax": np.exp(moons.log_prob(x_train)).max()}
plot_density(axes[1, 0], moons.log_prob, moons.box, **scale)
image = plot_density(axes[1, 1], lambda x: flow.log_prob(params, x), moons.box, **scale)
for ax, title in zip(axes.flat, ["data", "samples from the flow", "true density",
                                 "learned density"]):
    ax.set_title(title)
fig.colorbar(image, ax=axes[1], shrink=0.8, label="density")
show(fig, "Four panels. Top: the data and 4,000 samples from the flow, both two moons. Bottom: "
          "the true density and the learned one, alike but for faint bridges and uneven "
          "brightness along the learned arcs.")

# %% [markdown]
# *Top: data and samples. Bottom: truth and model, in the same colours. Look for faults, too: a flow is continuous, so
# it cannot cut the plane in two, and a faint thread may join the moons.*
#
# How good is that? On fresh points, compare `log p` of the truth with `log p` of the model. The mean difference
# estimates the Kullback-Leibler divergence, in nats: zero for a perfect model, positive for any other.

# %%
from tinymaf_course import in_band

x_test = moons.sample(np.random.default_rng(2), 20_000)
lost = moons.log_prob(x_test) - flow.log_prob(params, x_test)
in_band(lost.mean(), None, 0.2, "nats a point lost to the truth, on 20,000 fresh points")

before = moons.log_prob(x_test) - flow.log_prob(untrained, x_test)
in_band(before.mean(), 1.2, 1.8, "nats a point lost before training")

# %% [markdown]
# The cell prints bands, not digits: training amplifies the last bit of every sum, so the third digit differs from
# computer to computer. The band does not. (Curious? `print(lost.mean())`.)

# %% [markdown] tags=["instructor"]
# **Section 3, 3 minutes.** Training takes some seconds: use them. *Ask:* "What must be in the samples, if the model
# is good? And in the density?" Then let them look for faults in the lower right picture: a bridge, uneven brightness.
#
# *What goes wrong.* "The samples look right, so the model is right." The number below is the judge: nats lost on fresh
# points. "0.1 nats: is that much?" The untrained flow lost more than 1.2, so most of the way is done. "My number
# differs from my neighbour's": in the third digit, and the text says why.
#
# *Ask.* "Why fresh points?" On the training points the model may be flattered (notebook 07). "Which two things can a
# flow do that a picture cannot?" Draw samples, and evaluate densities.

# %% [markdown]
# ## 4. Watch it happen
#
# In a moment you will push the data through the five layers, one after another, from `x` to `u`. After the last layer
# it should be a round cloud of standard normal noise: that is what the flow was trained for.
#
# **Predict.** What does the cloud look like *on the way*? Commit to a guess before you go on.

# %%
from tinymaf_course import check, hint, predict, reveal, solution

predict("on-the-way")

# %%
from tinymaf_course import explore
from tinymaf_course.interactive import Scrub, film

picture = film(flow, params, x_train[:1500], moons.box)  # a function: layers passed -> picture
layers_passed = Scrub(np.linspace(0, 5, 41), "layers passed", seconds=8)


def in_words(t):
    return f"{t:g} of 5 layers passed" + ("" if t == int(t) else ", points drawn on their way")


explore(
    picture, {"t": layers_passed}, sheet=[{"t": t} for t in (0, 1, 2, 3.5, 5)], say=in_words,
    title="The flow as a film",
    alt="Five frames of the two moons on their way through the flow. Each point keeps its "
        "colour; a grid is carried along. Data: two moons on a square grid. After layers 1 and "
        "2: the moons are sheared and bent, the grid with them. Half way between layers 3 and "
        "4: a spread-out, lopsided cloud. After layer 5: a round cloud, neighbours still alike "
        "in colour.",
)

# %% [markdown]
# *Press play or the space bar, or drag the slider. The dashed circles hold 50 and 95 % of a standard normal. Whole
# numbers are what comes out of the layers. In between, points move along straight lines to guide the eye: the flow
# itself has no half layers.*
#
# Look at three things.
#
# 1. **Nothing is torn.** Neighbours stay neighbours: colours flow, they do not mix. Every layer can be undone. (Along
# the seam between the moons, colours that were far apart in the data come to lie side by side: a gap can be closed,
# as long as no point crosses it. And blue is at both ends because a colour wheel closes.)
# 2. **One direction at a time.** In the first layer `x1` is shifted and scaled as a whole, and `x2` by amounts that
#    depend on `x1`: vertical lines stay vertical. The next layer swaps the roles. Swapping is what gives a stack its
#    power.
# 3. **The frames in between need not be Gaussian.** Training looks only at the last one.

# %% tags=["misconception:hidden-gaussian"]
reveal("on-the-way")

# %% [markdown]
# Is the last frame really standard normal? If so, both coordinates have mean 0 and standard deviation 1, and no
# correlation.

# %%
u = flow.to_noise(params, x_test)
in_band(np.abs(u.mean(axis=0)).max(), None, 0.15, "largest |mean| of u1, u2")
in_band(np.abs(u.std(axis=0) - 1).max(), None, 0.15, "largest |standard deviation - 1|")
in_band(abs(np.corrcoef(u.T)[0, 1]), None, 0.15, "|correlation| of u1 and u2")

# %% [markdown] tags=["instructor"]
# **Section 4, 3 minutes, 1 of them for the guess.** Hands up for each choice *before* the cells are run; write
# the count on the board. Expect many for "rounder after every layer".
#
# *Demo.* Drag the film back and forth, on the projector. Choose one colour, and let the class follow it aloud. Stop
# after layer 1 and ask: "Which lines are still straight?" The vertical ones: x1 may only be shifted and scaled as a
# whole.
#
# *What goes wrong.* "It gets rounder layer by layer" survives even the film, since its last frames fit. Ask: *what
# rewards layer 3 for being round?* Nothing does (notebook 06). "The points travel on those straight lines": no,
# between whole numbers the lines are only there to guide the eye.
#
# *Ask.* "Could two points land on one place?" No: a map that can be undone never does that.

# %% [markdown]
# ## 5. The one formula
#
# Stretch noise by a factor `exp(alpha)`, so that `x = exp(alpha) u`. The same probability now covers more room, so the
# density must fall by just that factor. At the centre:

# %%
for stretch in [1, 2, 4]:
    alpha = np.log(stretch)
    log_p = -0.5 * np.log(2 * np.pi) - alpha  # log p(x) = log p_u(u) + log|du/dx| at u = 0
    grid = np.linspace(-40, 40, 8001)
    p = np.exp(-0.5 * (grid / stretch) ** 2 + log_p)
    print(f"stretched by {stretch}: p(0) = {np.exp(log_p):.6f}, integral of p = "
          f"{np.sum(p) * 0.01:.6f}")

# %% [markdown]
# Wider, lower, and the integral stays 1. In several dimensions the factor becomes the determinant of the Jacobian, the
# factor by which the map from $x$ to $u$ multiplies small volumes:
#
# $$\log p(x) = \log p_u(u) + \log\left|\det \frac{du}{dx}\right|, \qquad u = f^{-1}(x).$$
#
# This is the *change of variables*, and it says what a flow needs: a map that can be inverted, that is differentiable
# both ways, and whose determinant is cheap. MAF gets all of it from its autoregressive form, $x_i = \mu_i +
# \exp(\alpha_i)\, u_i$, where $\mu_i$ and $\alpha_i$ may look at $x_1, \dots, x_{i-1}$ only: the Jacobian is
# triangular, and $\log|\det du/dx| = -\sum_i \alpha_i$.
#
# **Write.** Replace `...` by one line, and run the cell. It says whether you are right, and if not, why not. Remove
# the `#` from one of the last two lines for a hint or for a solution.

# %% tags=["exercise"]
# {{exercise flow-log-prob}}

# %% [markdown]
# **Check.** Do not take the library's word for it. *Autograd* is a program that differentiates NumPy code exactly: it
# records the elementary operations as the code runs, and applies the chain rule to them. It knows nothing of flows.
# Here the library's formula is checked against a Jacobian from autograd, then against its own inverse, then by
# integrating the density over the plane.

# %%
from tinymaf.checks import check_log_det, check_normalised, check_round_trip, jacobians
from tinymaf_course import confirm

x, bijection, theta = x_test[:20], flow.bijection, params["bijection"]
u = flow.to_noise(params, x)
J = jacobians(lambda x: bijection.x_to_u(theta, x)[0], x)       # du/dx by autograd, (20, 2, 2)
log_p = -0.5 * np.sum(u ** 2 + np.log(2 * np.pi), axis=1) + np.linalg.slogdet(J)[1]

error = np.abs(log_p - flow.log_prob(params, x)).max()
confirm("log p(x) = log p_u(u) + log|det du/dx|", error, below=1e-10)
confirm("log_det of both directions", check_log_det(bijection, theta, x), below=1e-8)
confirm("there and back, x -> u -> x", check_round_trip(bijection, theta, x_test), below=1e-8)
confirm("integral of p over the plane = 1", check_normalised(flow, params, n=250), below=1e-3)

# %%
layer, p = bijection.layers[0], theta[0]
mu, alpha = layer.mu_alpha(p, x)
u, log_det = layer.x_to_u(p, x)
confirm("x_i = mu_i + exp(alpha_i) u_i", np.abs(mu + np.exp(alpha) * u - x).max(), below=1e-12)
confirm("log|det du/dx| = -sum_i alpha_i", np.abs(log_det + alpha.sum(axis=1)).max(),
        below=1e-12)

# %% [markdown] tags=["instructor"]
# **Section 5, 9 minutes, 5 of them for the exercise.** *Ask:* "Stretched by four: what happens to the height, and why
# must it?" (It falls to a quarter, because the area stays 1.) Do not derive more: notebook 02 does.
#
# *What goes wrong in the exercise.* `log_p_u - log_det`, out of worry about signs. Ask: *which map does this log_det
# belong to?* The one from x to u, which is exactly what the formula asks for. `log_p_u` alone. A sum over the batch.
# The card names each. Some look for a place to type outside the cell: replace the three dots after `return`, then
# Shift + Enter. A wrong answer does no harm later: whatever they write, the rest of the notebook runs, with the
# course's own function in its place.
#
# *Ask.* "Four checks passed. Which would have noticed a wrong sign of log_det?" If it is wrong on the way to u
# only: all four. If it is wrong on the way to x only: the second and the third; the other two never go that way. If it
# is wrong in both: all but the third, as there and back they still cancel.

# %% [markdown]
# ## 6. From two dimensions to sixty-four
#
# The same two lines work for pictures. scikit-learn has 1,797 handwritten digits of 8 x 8 pixels, whole numbers from 0
# to 16. They get three standard preparations:
#
# * **Dequantise**: whole numbers have no density, so add uniform noise from [0, 1), fresh in every epoch.
# * **Logit**: stretch the bounded grey scale over the whole real line. The result is `x`.
# * **Standardise**: `z = (x - mean) / sd`, pixel by pixel. That too is a change of variables, so it has a price:
#   `log p(x) = log p(z) - sum log sd`.
#
# The nats below are log-densities of `x`, the logits. They include the volume change of the last step, but not that of
# the logit. Notebook 10 converts them to the pixels' own scale.

# %%
from tinymaf.datasets import digits

data, rng = digits(a=0.05), np.random.default_rng(0)
many = np.concatenate([data.to_logits(data.train_pixels, rng) for _ in range(20)])
mean, sd = many.mean(axis=0), many.std(axis=0)
x_val = data.to_logits(data.val_pixels, rng)
x_test = data.to_logits(data.test_pixels, rng)

print(f"{len(data.train_pixels)} digits to train on, {len(x_val)} to validate, {len(x_test)} "
      f"to test")
lost = np.floor(data.to_pixels(x_test)) != data.test_pixels
print(f"pixels that noise, logit and the way back have changed: {lost.sum()} of {lost.size}")
log_det = np.linalg.slogdet(jacobians(lambda x: (x - mean) / sd, x_test[:3]))[1]
confirm("log|det dz/dx| = -sum log sd", np.abs(log_det + np.log(sd).sum()).max(), below=1e-10)

# %% [markdown]
# A number of nats means nothing without something to compare it with. The baseline is a Gaussian with a full covariance
# matrix: all means, all pairwise correlations, fitted exactly (to 20 noisy copies of each training digit, so that it
# is not short of data). The flow gets fresh noise every epoch, and the validation digits choose its best epoch. The
# test digits are touched once.

# %%
from scipy.stats import multivariate_normal

gaussian = multivariate_normal(many.mean(axis=0), np.cov(many.T))


def fresh_noise(rng):
    """The training digits, standardised, with new dequantisation noise."""
    return (data.to_logits(data.train_pixels, rng) - mean) / sd


digit_flow = maf(dim=64, n_layers=5, hidden=(128,))
digit_fit = fit(digit_flow, fresh_noise, x_val=(x_val - mean) / sd,
                rng=np.random.default_rng(0),
                epochs=40, batch_size=100, lr=3e-3, schedule="cosine", weight_decay=0.03)
print("training ended because", digit_fit.stopped)

# %%
from tinymaf.plotting import plot_images

log_p_flow = digit_flow.log_prob(digit_fit.params, (x_test - mean) / sd) - np.log(sd).sum()
log_p_gaussian = gaussian.logpdf(x_test)
drawn_flow = mean + sd * digit_flow.sample(digit_fit.params, np.random.default_rng(3), 40)
drawn_gaussian = gaussian.rvs(40, random_state=np.random.default_rng(3))


def with_error(values):
    """The mean and two standard errors."""
    return f"{values.mean():.1f} ± {2 * values.std(ddof=1) / np.sqrt(len(values)):.1f} nats"


fig, axes = new_figure(3, size=(3.2, 2.25))
for ax, x, title in zip(axes, [x_test[:40], drawn_gaussian, drawn_flow], [
        "real digits", f"Gaussian: {with_error(log_p_gaussian)}",
    f"MAF: {with_error(log_p_flow)}"]):
    plot_images(ax, np.clip(data.to_pixels(x), 0, 17), columns=8)
    ax.set_title(title)
show(fig, "Three sheets of 40 small pictures. Real digits have clean strokes on white. Samples "
          "from the Gaussian are blotchy, some can be guessed. Samples from the MAF are a "
          "little cleaner. The titles give both models' mean test log-density of the logits.")

gain = log_p_flow - log_p_gaussian  # the same 180 digits for both: compare row by row
in_band(gain.mean(), 8, 16, "nats a digit that the MAF gains over the Gaussian")
in_band(gain.mean() / (gain.std(ddof=1) / len(gain) ** 0.5), 10, 50,
        "the same in standard errors")

# %% [markdown]
# *The titles give the mean log-density of the 180 test digits (of their logits), in nats, with two standard errors.
# They differ by at least eight nats: in the geometric mean, the flow gives a digit that it has never seen at least
# e⁸ times the density that the Gaussian gives it. That is thousands of times as much.*
#
# In the pictures the gain is easy to miss, in nats it is not: that is what the numbers are for. And be fair to both.
# The Gaussian knows which pixels go together, but only along straight lines. The flow can bend them, yet it is tiny,
# and it had seconds and 1,437 pictures to learn from. Its digits are a beginning.

# %% [markdown] tags=["instructor"]
# **Section 6, 5 minutes.** The training takes a while: start it, then talk about the three preparations. In a hurry,
# show the last picture alone.
#
# *Ask.* "Which sheet is the Gaussian's?" Cover the titles; expect wrong guesses, and that is the point. "Eight nats
# a digit and more: which model wins?" Clearly the MAF, whatever the eye says. "Is that a good model of digits?" No: it
# had 1,437 examples and seconds of training. Notebook 10 goes on from here, and gives it the class.
#
# *What goes wrong.* Someone compares our number with a log-likelihood from another paper. With a different `a` in the
# logit, different noise or different pixels, the number is different too. Only the difference between two models on
# the *same* rows means something.

# %% [markdown]
# ## Quiz
#
# Choose, and read the comment on your choice, and on the others. Your answers stay on your machine.

# %%
from tinymaf_course import quiz

quiz("start")

# %% [markdown]
# ## Recap
#
# * A flow is an invertible map between data `x` and noise `u`; one formula turns it into a density:
#   `log p(x) = log p_u(u) + log|det du/dx|`.
# * In a MAF, `x_i = mu_i + exp(alpha_i) u_i` with `mu_i`, `alpha_i` computed from the variables before `x_i`. So the
#   determinant is a sum: `-sum_i alpha_i`.
# * Layers in alternating orders, stacked, bend moons into noise. Nothing in the training constrains what the cloud
#   looks like in between.
# * A number means little alone: compare it with the truth where that is known, with a baseline where it is not.
# * Everything can be checked: against autograd, by going there and back, by an integral.

# %% [markdown]
# ## References
#
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). The change of variables: section 2.2. The layer:
#   section 3.1.
# * M. Germain, K. Gregor, I. Murray, H. Larochelle, *MADE: Masked Autoencoder for Distribution Estimation*, ICML 2015,
#   [arXiv:1502.03509](https://arxiv.org/abs/1502.03509). The masks, which let one network compute all `mu_i`, `alpha_i`
#   at once.
# * D. P. Kingma, T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever, M. Welling, *Improving Variational Inference with
#   Inverse Autoregressive Flow*, NeurIPS 2016, [arXiv:1606.04934](https://arxiv.org/abs/1606.04934). The first to read
#   Gaussian autoregressive models as flows; its layer is MAF's, run the other way.
# * L. Dinh, J. Sohl-Dickstein, S. Bengio, *Density Estimation Using Real NVP*, ICLR 2017,
#   [arXiv:1605.08803](https://arxiv.org/abs/1605.08803). Coupling layers, dequantisation and the logit for pictures.
#
# Which paper built on which, from 1952 to TarFlow: see the [history](../docs/history.md).
