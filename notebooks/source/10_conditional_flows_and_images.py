# %% [markdown]
# # Conditional flows and images
#
# **You will teach a flow to draw the digit that you ask for, to classify digits and to notice what is not one, and on
# the way find two faults of published code.**

# %%
from tinymaf_course import show
from tinymaf_course.drawings import ten_gaussians

show(ten_gaussians(), "Three rows of ten small grey pictures. First row: a real digit of each "
                      "class, 0 to 9. Second and third row: what ten Gaussians draw, one for "
                      "each class: rough and smudged.")

# %% [markdown]
# Above: ten real digits. Below: ten Gaussians, one for each class, were asked for a 0, a 1, a 2, ... Here *one* flow
# will take the class as an input, draw what you ask for, and name what it is shown.

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * condition a flow on a label, and make sure that *every* variable hears it;
# * turn whole numbers, such as grey values, into real ones, and say what that does to a likelihood;
# * read bits per dimension, and know what they are measured against;
# * turn $p(x \mid y)$ into a classifier, and say where it fails;
# * (optional) turn $-\log p(x)$ into an alarm, find a wrong constant in a density by one integral, and say what a MAF
#   does not know about pictures.
#
# **Before you start.** You know masks and degrees (notebook 03), MAF (05), why orders change from layer to layer (06),
# and training (07). The pictures are scikit-learn's 1,797 handwritten digits, 8 by 8 pixels. They come with the
# package; nothing is downloaded.
#
# **Time.** Reading 29 minutes, exercises 15 minutes, and 23 more for what is optional. The computer needs about half a
# minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# Today the context `y` does the work. Grey values are whole numbers from 0 to 16, `pixels`; with noise added they are
# called $v$, squeezed into the unit interval $z$, and on the whole line $x$.
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 45 minutes are tight: section 1 takes 14, section 2 takes 14, section 3 takes 3, section 4 takes
# 9, the first and the last screen 3. Sections 5, 6 and 7 are optional and can be homework, each on its own. The line to
# leave in the room: *conditioning is one more input of degree 0; all else is bookkeeping, and bookkeeping is where
# published results went wrong.*

# %% [markdown]
# ## 1. The variable that never hears the question
#
# A *conditional* density $p(x \mid y)$ is one density for each $y$. The chain rule does not mind:
#
# $$\log p(x \mid y) = \sum_{i=1}^{D} \log p(x_i \mid x_1, \dots, x_{i-1}, y).$$
#
# So $y$ becomes a further input of the masked network. That sounds too simple to go wrong, yet it did go wrong in the
# MAF paper's code, and in nflows, pytorch-flows and (until 2024) FlowJAX after it. Take the easiest of problems:
#
# $$y \sim \mathcal{N}(0, 1), \qquad x_1 \mid y \sim \mathcal{N}(3 y,\; 1), \qquad x_2 \sim \mathcal{N}(0, 1).$$
#
# Once $y$ is known, $x_1$ is known up to a unit normal. The best possible score is minus two entropies of a standard
# normal, $-\log 2\pi - 1$.
#
# The published wiring: $y$ is an input of degree 0, every hidden unit may see it, and hidden units have the degrees
# $1, \dots, D - 1$ that you know from notebook 03.
#
# **Predict.** How will one layer with that wiring score, compared with the truth?

# %%
import autograd.numpy as anp
import numpy as np

from tinymaf import Density, fit
from tinymaf_course import check, confirm, hint, in_band, predict, quiz
from tinymaf_course import reveal, show, solution, whose
from tinymaf_course.drawings import bands_over_context, sheets, titled_digits

print(f"the truth's score: {-np.log(2 * np.pi) - 1:.4f} nats a point")
predict("context-cost")

# %% [markdown]
# **See.** A stack of Gaussian MADEs with one hidden layer each, which takes any two masks. Between layers the order is
# reversed. You have written the rest yourself by now.

# %%
class Wired(Density):
    """Gaussian MADEs with one hidden layer and hand-made masks; they read x and the context."""

    def __init__(self, masks, n_layers=1):
        self.first, self.last = (np.asarray(mask, float) for mask in masks)
        self.dim, self.n_layers = self.last.shape[1], n_layers
        self.context_dim = len(self.first) - self.dim

    def init(self, rng, x=None, dtype=float):
        width = self.last.shape[0]
        return [[rng.standard_normal(self.first.shape), rng.standard_normal(width),
                 np.zeros((2, width, self.dim)), np.zeros((2, self.dim))]
                for _ in range(self.n_layers)]

    def mu_alpha(self, layer, x, y):
        W, b, V, c = layer
        h = anp.maximum(anp.dot(anp.concatenate([x, y], axis=1), W * self.first) + b, 0)
        return [anp.dot(h, V[k] * self.last) + c[k] for k in (0, 1)]

    def log_prob(self, params, x, context=None):
        log_det = 0.0
        for layer in params:
            mu, alpha = self.mu_alpha(layer, x, context)
            # the next layer has the order reversed
            x = ((x - mu) * anp.exp(-alpha))[:, ::-1]
            log_det = log_det - anp.sum(alpha, axis=1)
        return anp.sum(-0.5 * x ** 2 - 0.5 * np.log(2 * np.pi), axis=1) + log_det


def draw(rng, n=4000):
    y = rng.standard_normal((n, 1))
    return rng.standard_normal((n, 2)) + y * [3, 0], y


def trained(masks, n_layers=1):
    """A fitted model of that wiring: `(model, params, score on 100,000 fresh points)`."""
    model = Wired(masks, n_layers)
    params = fit(model, draw, rng=np.random.default_rng(0), epochs=15, lr=1e-2,
                 schedule="cosine", progress=False).params
    score = model.log_prob(params, *draw(np.random.default_rng(1), 100_000)).mean()
    return model, params, score


def published_masks(D, C, H):
    inputs = np.concatenate([np.arange(1, D + 1), np.zeros(C)])
    hidden = 1 + np.arange(H) % (D - 1)
    return inputs[:, None] <= hidden, hidden[:, None] < np.arange(1, D + 1)


deaf = trained(published_masks(2, 1, 32))
in_band(deaf[2], -4.03, -3.95, "score of one layer with the published wiring")
reveal("context-cost")

# %% [markdown]
# **Derive.** Follow the wires. A hidden unit of degree $m$ feeds outputs of degree *above* $m$. Output 1 listens to
# units with $m < 1$, and there are none. So the two parameters of $p(x_1 \mid y)$ are constants: it cannot hear $y$.
# Without a context that was right (notebook 03), because $p(x_1)$ is conditioned on nothing. With a context it is a
# fault.
#
# What does deafness cost? The best that a model of $x_1$ without $y$ can do is the marginal density of $x_1$. Its
# entropy is that of $x_1$ given $y$, plus what $y$ would have added:
#
# $$H(x_1) = H(x_1 \mid y) + I(x_1; y).$$
#
# So the loss is *at least* this **mutual information**, and more if the layer cannot express the marginal density. Here
# it can: $x_1 = 3 y + \varepsilon$ is a normal number of variance $9 + 1$, and the loss is the mutual
# information exactly. The entropy of a normal is $\frac12 \log 2\pi e \sigma^2$, so $I(x_1; y) = \tfrac12 \log 10 -
# \tfrac12 \log 1$.

# %%
information = 0.5 * np.log(10)
print(f"mutual information of x1 and y: {information:.4f} nats")
print(f"the truth, {-np.log(2 * np.pi) - 1:.4f}, minus that: "
      f"{-np.log(2 * np.pi) - 1 - information:.4f} nats")
confirm("deaf model: distance from that bound",
        abs(deaf[2] + np.log(2 * np.pi) + 1 + information), below=0.04)

# %% [markdown]
# **Write.** The repair takes one idea. Make the masks for any number of variables and of context numbers.

# %% tags=["exercise"]
# {{exercise context-masks}}

# %% [markdown]
# **Check.** Train again with your masks, and once more with the published wiring and *two* layers.

# %%
hears = trained(context_masks(2, 1, 32))
two_layers = trained(published_masks(2, 1, 32), n_layers=2)
in_band(hears[2], -2.9, -2.79, f"score of one layer, masks by {whose(context_masks)}")
in_band(two_layers[2], -2.9, -2.79, "score of two layers with the published wiring")

# %%
x, y = draw(np.random.default_rng(2), 600)
line = np.linspace(-3, 3, 60)[:, None]
conditionals = [[part[:, 0] for part in model.mu_alpha(params[0], np.zeros((60, 2)), line)]
                for model, params, _ in (deaf, hears)]
titles = "published wiring", whose(context_masks)
fig = bands_over_context(x, y, line, conditionals, titles)
show(fig, "Two panels of x1 against the context y, the same slanting cloud of data in both. "
          "Left, published wiring: a level line with a broad level band, the same for every y. "
          "Right, your masks: a slanting line through the cloud with a narrow band around it.")

# %% [markdown]
# *Line: the mean of $p(x_1 \mid y)$ in the trained model. Band: two standard deviations on either side.*
#
# The second number explains why this went unnoticed. The second layer has the order reversed, so there $x_1$ comes
# last, sees everything, and makes up for the deafness below. In deep stacks with changing orders the fault hides. It
# shows in one layer, in layers of one order, and in whatever comes first in *every* layer.

# %% [markdown] tags=["instructor"]
# **Section 1, 14 minutes, 5 of them exercise.** *Demo script.* Draw D = 2 on the board: three inputs (degrees 1, 2,
# 0), hidden units of degree 1, two outputs. Let someone trace a path from y to output 1. There is none. Then ask which
# unit is missing, and let them find degree 0 themselves.
#
# *What goes wrong.* "y sees all hidden units, so all is well": yes, and none of them may speak to output 1. Giving y
# the degree 1. Loosening the *last* comparison, so that every output sees itself.
#
# *Ask.* "What if y were just the first C variables, degrees 1 to C?" That works, with wide enough layers, and then half
# of the hidden units model p(y), which was not asked for: leave those outputs out and you are back at degree 0. "Does
# it matter for pictures, read row by row?" Hardly: the first pixel is a corner, it is always white, and says nothing
# about the class. A fault may be harmless where it was tested, and cost a nat elsewhere.

# %% [markdown]
# ## 2. Pictures are whole numbers
#
# A pixel of our digits is one of 17 grey values. A flow models real numbers. May we feed it the whole numbers? Take one
# pixel, and a density that is a row of 17 narrow Gaussians, one for each grey value, each weighted by how often the
# value occurs. Only the width $s$ is free.

# %%
from tinymaf.datasets import digits

data = digits(a=0.05)
print("pictures for training, validation, test:",
      *map(len, (data.train_pixels, data.val_pixels, data.test_pixels)))

grey = data.train_pixels[:, 36].astype(int)                         # one pixel near the middle
frequency = np.bincount(grey, minlength=17) / len(grey)


def row_of_gaussians(v, s, centres):
    """log of the sum of frequency_k N(v; centre_k, s^2), for v (N,)."""
    log_normal = -0.5 * ((v[:, None] - centres) / s) ** 2 - np.log(s * np.sqrt(2 * np.pi))
    return np.logaddexp.reduce(np.log(frequency + 1e-12) + log_normal, axis=1)


for s in (1, 0.1, 0.01, 0.001):
    print(f"s = {s:5}: {row_of_gaussians(grey, s, np.arange(17)).mean():7.4f} nats a pixel")

# %% [markdown]
# The score has no upper limit: once the Gaussians no longer overlap, each division of $s$ by 10 brings $\log 10$ nats.
# The density integrates to one, and has learned nothing but *these are whole numbers*.
#
# **Derive.** The cure is **dequantisation**: add uniform noise, $v = k + \nu$ with $\nu \in [0, 1)$, fresh in every
# epoch. A density $p(v)$ of the noisy pixel then *is* a model of the whole number. The probability of $k$ is its
# mass between $k$ and $k + 1$:
#
# $$P(k) = \int_0^1 p(k + \nu)\, d\nu.$$
#
# The logarithm of a mean is at least the mean of the logarithm (Jensen):
#
# $$\mathbb{E}_{\nu} \log p(k + \nu) \;\le\; \log \int_0^1 p(k + \nu)\, d\nu = \log P(k).$$
#
# On the right is the probability of a whole number. On average over the pixels, $\log P(k)$ is at most minus the
# entropy of the whole numbers (notebook 01), so the score of noisy pixels has that ceiling. The two sides are equal
# when $p$ is flat between $k$ and $k + 1$.
#
# **Check.** The same row of Gaussians, now in the middle of the cells, scored on noisy pixels.

# %%
noisy = np.repeat(grey, 50) + np.random.default_rng(0).random(50 * len(grey))
seen = frequency[frequency > 0]
print(f"ceiling: {np.sum(seen * np.log(seen)):.4f} nats a pixel")
for s in (1, 0.5, 0.3, 0.1):
    print(f"s = {s:5}: {row_of_gaussians(noisy, s, np.arange(17) + 0.5).mean():7.3f} nats a "
          f"pixel")

v = (np.arange(17_000) + 0.5) / 1000                                # 1000 points in each cell
log_p = row_of_gaussians(v, 0.5, np.arange(17) + 0.5).reshape(17, 1000)
log_P = np.log(np.exp(log_p).mean(axis=1))
print(f"E log p(k + noise) > log P(k): for {np.sum(log_p.mean(axis=1) > log_P)} of 17 values "
      f"of k")

# %% [markdown]
# Narrower is no longer better, and nothing passes the ceiling.
#
# One thing is left: $v$ lies between 0 and 17, the flow's $x$ on the whole line. A linear map and a logit bridge the
# gap:
#
# $$z = a + (1 - 2a)\, \frac{v}{17}, \qquad x = \log \frac{z}{1 - z}.$$
#
# The small number $a$ keeps $z$ away from 0 and 1, where the logit is infinite. Both steps work pixel by pixel, so the
# Jacobian is diagonal. The slopes are $dz/dv = (1 - 2a)/17$ and $dx/dz = \frac{1}{z} + \frac{1}{1-z} =
# \frac{1}{z (1 - z)}$.
#
# **Write.** Add up the logs.

# %% tags=["exercise"]
# {{exercise pixels-to-logits}}

# %% [markdown]
# **Check.** Against autograd, and against a density that needs no computer. If all 17 grey values are equally likely, a
# pixel costs $\log_2 17$ bits. In $x$ that density looks curved and strange, and the change of variables must bring
# back the 4.09 bits. The field's unit is **bits per dimension**:
#
# $$\text{bits} = -\frac{\log p(x) + \log|\det \partial x / \partial v|}{D \log 2}.$$

# %%
from tinymaf.checks import jacobians

rng = np.random.default_rng(3)
pixels, noise = data.test_pixels[:5, 18:24], rng.random((5, 6))


def logits(v):
    z = data.a + (1 - 2 * data.a) * v / 17
    return anp.log(z) - anp.log(1 - z)


J = jacobians(logits, pixels + noise)
x, log_det = pixels_to_logits(pixels, noise, data.a)
confirm("log_det against autograd", np.abs(log_det - np.linalg.slogdet(J)[1]).max(), below=1e-8)


def bits_per_pixel(log_p_of_x, log_det, D=64):
    """From the log-density of x, in nats, to bits for each pixel; log_det = log|det dx/dv|."""
    return -(log_p_of_x + log_det) / (D * np.log(2))


x_test, log_det_test = pixels_to_logits(data.test_pixels, rng.random(data.test_pixels.shape),
                                        data.a)
# p(v) = 1 / 17 for each pixel, seen from x
uniform_log_p = -64 * np.log(17) - log_det_test
bits = bits_per_pixel(uniform_log_p, log_det_test)
print(f"uniform: between {uniform_log_p.min():.0f} and {uniform_log_p.max():.0f} nats in x, "
      f"and always {bits.mean():.4f} bits a pixel; log2(17) = {np.log2(17):.4f}")
confirm("uniform: the same number of bits for every picture", np.ptp(bits), below=1e-10)

# %% [markdown]
# In nats of $x$ the very same model scores differently from picture to picture, and with another $a$ all these nats
# change. So nats "in logit space" can be compared only at the same $a$ and the same preprocessing. Bits per pixel can
# be compared whenever the pixels are the same whole numbers. (They are bounds. A model with learned noise has a tighter
# one than a model with uniform noise.) A baseline for the digits: each pixel by itself, with its own 17 frequencies
# (plus one everywhere, so that nothing is impossible).

# %%
counts = np.stack([np.bincount(column.astype(int), minlength=17)
                   for column in data.train_pixels.T]) + 1
log2_share = np.log2(counts / counts.sum(axis=1, keepdims=True))
own = log2_share[np.arange(64), data.test_pixels.astype(int)]
print(f"each pixel by itself: {-own.mean():.4f} bits a pixel")

# %% [markdown] tags=["instructor"]
# **Section 2, 14 minutes, 5 of them exercise.** *Demo script.* Run the loop over s, and ask before each
# line what it will say. Stop at the first protest. The protest is the lesson: a record score that is worth nothing.
#
# *What goes wrong.* The factor 17 is forgotten (4.09 bits too few, a world record). Noise on [-0.5, 0.5), after which
# black pixels leave the unit interval. Noise drawn once, before training: then 64 numbers a picture are learned by
# heart. The sign of the logit's slope.
#
# *Ask.* "Is uniform noise the best?" No: a learned one makes the bound tighter (Ho et al. 2019, variational
# dequantisation). "Why does the table of the MAF paper show -1300 *nats* on MNIST and others 1 *bit*?" Logit space with
# another a, and other units. "May bits per dimension be negative?" With dequantised whole numbers on average never:
# they are a bound on a code length.

# %% [markdown]
# ## 3. A flow that draws what you ask for
#
# Now the digits. The context is the class as a *one-hot* row: ten numbers, a single 1 among zeros. Four layers, a few
# seconds of training, fresh noise in every epoch.

# %%
from tinymaf import maf
from tinymaf.uses import one_hot

flow = maf(64, n_layers=4, hidden=(128,), context_dim=10)
noise_of = np.random.default_rng(0)
train_labels, val_labels, test_labels = (one_hot(labels, 10) for labels in
                                         (data.train_labels, data.val_labels, data.test_labels))
x_val, x_test = (data.to_logits(one, noise_of) for one in (data.val_pixels, data.test_pixels))

# fresh noise every epoch
result = fit(flow, lambda rng: (data.to_logits(data.train_pixels, rng), train_labels),
             rng=np.random.default_rng(1), x_val=x_val, context_val=val_labels, epochs=60,
             lr=3e-3, schedule="cosine", weight_decay=1e-2, patience=None, progress=False)
params = result.params

_, log_det_test = pixels_to_logits(data.test_pixels, data.to_pixels(x_test) - data.test_pixels,
                                   data.a)
log_p = flow.log_prob(params, x_test, test_labels)
in_band(bits_per_pixel(log_p, log_det_test).mean(), 1.98, 2.22,
        "bits a pixel on the test digits, class given")

# %% [markdown]
# A tenth of a bit here is $0.1 \cdot 64 \log 2 \approx 4.4$ nats a picture, so the flow is far ahead of single pixels.
# But a number is not a picture.

# %%
asked = np.repeat(np.arange(10), 12)
drawn = flow.sample(params, np.random.default_rng(4), len(asked), one_hot(asked, 10))
real = np.concatenate([data.train_pixels[data.train_labels == digit][:12]
                       for digit in range(10)])
fig = sheets({"from the training set": real + 0.5, "drawn by the flow": data.to_pixels(drawn)})
show(fig, "Two sheets of small grey pictures, ten rows of twelve. Left: handwritten digits 0 "
          "to 9, a class in each row. Right: digits drawn by the flow, a class in each row; "
          "most can be read, some are broken or smudged.")

# %% [markdown]
# **Predict.** A sample is $x = f(u; y)$ with $u \sim \mathcal{N}(0, I)$. People like to multiply the noise by a
# *temperature* $T$ first, $u = T \varepsilon$. What does $T = 0$ give?

# %%
predict("temperature-zero")

# %% [markdown]
# **See.** *Try this.* Class 3, and turn the temperature to 0. Then walk through the classes with the noise held still:
# the hand stays, the digit changes. Then $T = 2$. At which temperature would *you* stop calling them digits, and
# what does the model say?

# %%
from tinymaf_course.explorers import digit_classes

digit_classes(flow, params, data)

# %%
same = flow.bijection.u_to_x(params["bijection"], np.zeros((16, 64)),
                             one_hot(np.full(16, 3), 10))[0]
confirm("T = 0: sixteen draws, one picture", np.ptp(same, axis=0).max(), below=1e-12)
reveal("temperature-zero")

# %% [markdown]
# At $T = 2$ hardly anything can be read, and yet the model takes most of it for the class that was asked for. It only
# compares ten classes with each other; *none of them* is not on its list (see section 5).
#
# Samples at $T < 1$ look better. They are not samples of the model that was scored, but of a narrower one.
# Pictures at $T = 0.7$ beside a likelihood show two different models.

# %% [markdown] tags=["instructor"]
# **Section 3, 3 minutes.** Let the class give orders: "a seven, please, and hot".
#
# *What goes wrong.* "The flow has stored the digits." Compare a draw with its nearest training picture if a student
# insists. "Low temperature means better model." See the text. "The context must be a class": any numbers will do, what
# a simulator put out for instance.
#
# *Ask.* "Why do the pictures look smudged beside those of large models?" 1,437 examples, no convolutions, 64 numbers.
# "What happens with a context halfway between 3 and 8?" Try `0.5 * (one_hot 3 + one_hot 8)`: the network answers
# something, but it has never been shown such a row. "Is the same u for another class the same handwriting?" Often it
# looks like it: slant and weight of the stroke stay. Nothing in the training asks for that.

# %% [markdown]
# ## 4. A flow that draws can also read
#
# We have $p(x \mid y)$; to read we need $p(y \mid x)$. **Derive.** Bayes' rule, in logs:
#
# $$\log p(y \mid x) = \log p(x \mid y) + \log p(y) - \log p(x), \qquad
#   \log p(x) = \log \sum_{y'} p(x \mid y')\, p(y').$$
#
# This takes ten passes of the flow, one for each class, and one sum. Nothing has to be trained.
#
# **Predict.** Guessing would be right for one test digit in ten. And this classifier?

# %%
predict("bayes-accuracy")

# %% [markdown]
# **Write.** Beware of tiny numbers. On MNIST $\log p(x \mid y)$ is around $-1300$, and $e^{-1300}$ is zero for a
# computer.

# %% tags=["exercise"]
# {{exercise bayes-rule}}

# %%
from tinymaf.uses import class_marginal_log_prob, classify


def log_p_given_each_class(x):
    """log p(x | y) for every class y: (N, 10)."""
    return np.stack([flow.log_prob(params, x, np.eye(10)[[k]]) for k in range(10)], axis=1)


log_p_x = log_p_given_each_class(x_test)
log_prior = np.full(10, -np.log(10))                                # all classes equally likely
posterior = bayes_rule(log_p_x, log_prior)
confirm(f"log p(y | x) by {whose(bayes_rule)} and by the library",
        np.abs(posterior - classify(flow, params, x_test, 10)).max(), below=1e-8)
named = posterior.argmax(axis=1)
in_band(100 * np.mean(named == data.test_labels), 85, None,
        "test digits that are named rightly, in percent")
reveal("bayes-accuracy")

# %% [markdown]
# **See.** Its mistakes, and how sure it was.

# %%
wrong_ones = np.flatnonzero(named != data.test_labels)[:5]
fig = titled_digits(data.test_pixels[wrong_ones],
                    [f"a {data.test_labels[k]}, named {named[k]},\n"
                     f"{np.exp(posterior[k].max()):.0%} sure" for k in wrong_ones])
show(fig, "A row of test digits that the classifier names wrongly, each with its true class, "
          "the class that it was given and how sure that was in the title. Several would make "
          "a human hesitate as well.")
in_band(np.exp(posterior.max(axis=1))[named == data.test_labels].mean(), 0.95, None,
        "how sure when right, on average")
in_band(np.exp(posterior.max(axis=1))[named != data.test_labels].mean(), 0.55, None,
        "how sure when wrong, on average")

# %% [markdown]
# It is too sure when it is wrong. Differences of log-densities over 64 pixels are large numbers, and Bayes' rule takes
# them at their word. If a pixel's conditional is a little off, that error counts, pixel by pixel.
#
# The sum $\log p(x)$ is useful in its own right. It scores a conditional model on pictures whose class is unknown, so
# it can be compared with an unconditional one. Over *its own* $\log p(x)$, knowing the class gains at most $\log 10$:

# %%
log_p_alone = np.logaddexp.reduce(log_p_x + log_prior, axis=1)
confirm("log p(x) against the library's",
        np.abs(log_p_alone - class_marginal_log_prob(flow, params, x_test, 10)).max(),
        below=1e-8)
gain = log_p_x[np.arange(len(x_test)), data.test_labels] - log_p_alone
print(f"pictures that gain more than log 10 = {np.log(10):.4f} nats: "
      f"{np.sum(gain > np.log(10) + 1e-9)}")
in_band(gain.mean(), 1, None, "nats that the class is worth, on average")

# %% [markdown] tags=["instructor"]
# **Section 4, 9 minutes, 5 of them exercise.** *What goes wrong.* The prior itself is added instead of its logarithm: a
# published re-implementation did so. With equal classes that adds one constant, so the choice is unharmed, and the p(x)
# that it reports is wrong. In the same function the true label was passed for *every* class in turn. Also: exp before
# the sum, and then 0 / 0.
#
# *Ask.* "The post office moves to a town where every second digit is a 0. What changes?" The prior alone, one vector;
# nothing is trained. A classifier trained the usual way has its prior baked in. "Why can the gain not exceed log 10?"
# p(x) contains p(x | y) / 10 as one of its summands. "A plain logistic regression reaches about as much on these
# digits. What is the flow for?" It also knows when *no* class fits: next section.

# %% [markdown]
# ## 5. What is not a digit? (optional)
#
# Skip this, and you miss why a density is a poor judge of what is strange; nothing below needs it. A strange picture
# should have a low density, a high score $s(x) = -\log p(x)$. Choose a threshold: an alarm for every score above it.
# Which one? Take digits that the model was not trained on, the validation set, and allow, say, 5 in 100 of them to
# raise a false alarm.
#
# **Predict.** Flip the pictures upside down; shuffle their pixels; or show the *median* of all training digits, pixel
# by pixel, which is a smudge. One of these looks more normal to the model than a typical real digit. Which?

# %%
predict("odd-one")

# %%
from tinymaf_course.explorers import anomaly

anomaly(flow, params, data)

# %%
score_test = -log_p_alone
# 100 times the same, with fresh noise
smudge = np.tile(np.rint(np.median(data.train_pixels, axis=0)), (100, 1))
score_smudge = -class_marginal_log_prob(flow, params,
                                        data.to_logits(smudge, np.random.default_rng(5)), 10)
in_band(score_test.mean() - score_smudge.mean(), 5, 18,
        "nats by which the smudge beats the average test digit")
reveal("odd-one")

# %% [markdown]
# Why? Think of a standard normal in 64 dimensions. Its density is highest at 0. But draws are never near 0: their
# length is about $\sqrt{64} = 8$. *Most probable* and *typical* are different places. The smudge is close to the middle
# of everything, a place with a high density and hardly any volume. Real digits live outside, where there is room. The
# same thing happens on a large scale: flows trained on photographs of many things give pictures of house numbers, which
# are plainer, a higher density than the photographs themselves (Nalisnick et al. 2019).

# %%
u = np.random.default_rng(6).standard_normal((10_000, 64))
length = np.sqrt((u ** 2).sum(axis=1))
print(f"64 dimensions: draws have lengths from {length.min():.2f} to {length.max():.2f}, never "
      f"near 0")
print(f"yet log p(0) is {0.5 * (u ** 2).sum(axis=1).mean():.1f} nats above that of an average "
      f"draw")

# %% [markdown]
# So an alarm on low density catches what is *broken*. It need not catch what is *boring*. Try "half the ink" in the
# figure as well, and "blank paper", which does ring: every digit has ink somewhere. A density does not measure how
# digit-like something is.
#
# **Write** (optional). The threshold itself, by counting.

# %% tags=["exercise"]
# {{exercise alarm-threshold}}

# %%
score_val = -class_marginal_log_prob(flow, params, x_val, 10)
threshold = alarm_threshold(score_val, 0.05)
shuffled = np.random.default_rng(7).permuted(data.test_pixels, axis=1)
score_shuffled = -class_marginal_log_prob(flow, params,
                                          data.to_logits(shuffled, np.random.default_rng(8)),
                                          10)
print("validation digits above it:", int((score_val > threshold).sum()), "of", len(score_val))
in_band(100 * np.mean(score_test > threshold), None, 20, "fresh digits above it, in percent")
in_band(100 * np.mean(score_shuffled > threshold), 99, None,
        "shuffled pictures above it, in percent")
in_band(100 * np.mean(score_smudge > threshold), None, 1, "smudges above it, in percent")

# %% [markdown] tags=["instructor"]
# **Section 5, 9 minutes, 5 of them exercise, and all of it optional.** Let the class bet on the smudge before the cell
# runs.
#
# *What goes wrong.* The threshold is taken from the *training* scores: these are too good, and more than 5 % of fresh
# digits ring. With 180 validation digits the rate on fresh ones is itself uncertain by a few percent (a Beta law; see
# `tinymaf.uses.anomaly_threshold`). "Then take both tails": a score that is too *good* is strange as well, and that
# may catch a picture that is too smooth, not this one: its scores lie among those of the plainest digits.
#
# *Ask.* "Would another preprocessing change who is above the threshold?" Yes: scores in x and in pixels differ by
# log_det, from picture to picture. *Density depends on the coordinates; probability does not.* That is a good last
# sentence.

# %% [markdown]
# ## 6. An erratum, found by one integral (optional)
#
# Skip this, and you miss the second fault of published code, which [notebook 13](13_the_papers_table.ipynb) explains
# again from the table alone. Anna and Ben have each written a conditional flow, for two variables and any number C of
# context numbers. Their scores differ a little. Which of the two do you believe? You have no truth to compare with. But
# you know one thing that every conditional density must obey. **Derive** it: for each single $y$,
#
# $$\int p(x \mid y)\, dx = 1.$$
#
# The integral runs over $x$, for each single $y$. An integral over $y$ means nothing.
#
# **Write.** That check, on a grid.

# %% tags=["exercise"]
# {{exercise mass-given-context}}

# %% [markdown]
# **Check.** Anna's and Ben's code share the layer below, with random weights. What they add to it is further down; do
# not peek.

# %%
from tinymaf import AffineAutoregressive
from tinymaf.checks import random_params


def two_codes(C):
    """Anna's and Ben's log p(x | y) for two variables and C context numbers; some contexts."""
    layer = AffineAutoregressive(2, hidden=(16,), context_dim=C, activation="tanh")
    weights = random_params(layer, np.random.default_rng(C), scale=0.4)

    def noise(x, y):
        return layer.x_to_u(weights, x, np.repeat(y, len(x), axis=0))

    return (lambda x, y: anna(*noise(x, y), x, y)), (lambda x, y: ben(*noise(x, y), x, y)), (
        np.random.default_rng(9).standard_normal((3, C)))


def anna(u, log_det, x, y):
    n_inputs = y.shape[1]
    return -0.5 * n_inputs * np.log(2 * np.pi) - 0.5 * np.sum(u ** 2, axis=1) + log_det


def ben(u, log_det, x, y):
    n_outputs = x.shape[1]
    return -0.5 * n_outputs * np.log(2 * np.pi) - 0.5 * np.sum(u ** 2, axis=1) + log_det


axis = np.linspace(-15, 15, 241)
grid = np.stack([part.ravel() for part in np.meshgrid(axis, axis)], axis=1)
cell = (axis[1] - axis[0]) ** 2
for name, log_prob in zip(("Anna", "Ben"), two_codes(1)):
    print(f"{name}, C = 1:", mass_given_context(log_prob, grid, cell, two_codes(1)[2]).round(4))

# %% [markdown]
# Anna's density has too much mass, 2.5066 times. It is the same for every $y$, so nothing in the network is to blame.
# It is a constant. You know this number: $\sqrt{2\pi}$. Now peek. Anna's code counts $\log 2\pi$ once for each *input*
# of the network, and in a conditional model the inputs are the numbers of the context. It has to be counted once for
# each variable of $x$.
#
# **Predict.** So the mass is $(2\pi)^{(D - C)/2}$. Anna protests: "I tested it, with D = 2 and a certain C, and the
# integral was 1." Which C?

# %%
predict("which-c")

# %%
for C in (1, 2, 3, 4):
    log_prob, _, contexts = two_codes(C)
    mass = mass_given_context(log_prob, grid, cell, contexts)
    print(f"C = {C}: Anna's mass {mass[0]:.4f}, (2 pi)^((D - C) / 2) = "
          f"{(2 * np.pi) ** ((2 - C) / 2):.4f}")
    confirm(f"C = {C}: the formula, and Ben's mass of 1",
            max(np.abs(mass - (2 * np.pi) ** ((2 - C) / 2)).max(),
                np.abs(mass_given_context(two_codes(C)[1], grid, cell, contexts) - 1).max()),
            below=1e-4)
reveal("which-c")

# %% [markdown]
# Anna is the MAF paper's code, as it was in 2017. There were four near-copies of one class. In the unconditional ones
# `n_inputs` was the number of variables. In the conditional MAF the same name meant the length of the context, and one
# line had not been adapted. For MNIST, with 784 pixels and 10 labels, that adds

# %%
print(f"(784 - 10) / 2 log(2 pi) = {0.5 * (784 - 10) * np.log(2 * np.pi):.4f} nats to every "
      f"picture")

# %% [markdown]
# The gradient never noticed: a constant has none. The samples were fine. Only the table was wrong, in four entries, and
# in the direction that raises no questions. A reader found it and told the authors, who repaired the code in 2018,
# published corrected numbers, and thanked the reader in the paper. That is how it should be. It could have been found
# on the first day by the function that you have just written, at D = 2.

# %% [markdown] tags=["instructor"]
# **Section 6, 10 minutes, 5 of them exercise, and all of it optional.** Play it as a detective story: two suspects, one
# test. Do not show the two functions before the number 2.5066 is on the board; it will be recognised.
#
# *What goes wrong.* Integration over y. One integral for all contexts together, in which errors may cancel. Dividing
# by the sum "so that it is a distribution". Testing with D = C.
#
# *Ask.* "Which published numbers did it touch?" Those of the conditional MAF, with 5 and with 10 layers, on MNIST and
# CIFAR-10; not the unconditional ones, and not MAF MoG, which has another class. "Is a score that is 711 nats too high
# not obvious?" No law forbids it: the bound of section 4, log 10, holds for log p(x given y) against the *same* model's
# log p(x), and a conditional model is trained anew. But compare: elsewhere in that column labels brought 22 nats at
# most. A large surprise in a good direction is where to look first. "Where else do copies of a class live in your own
# code?"

# %% [markdown]
# ## 7. Walking between digits, and shuffling their pixels (optional)
#
# Two more experiments with the flow of section 3; without them you miss what a MAF does not know about pictures.
#
# **A walk.** Every real digit has its $u$, and mapping that back gives exactly the digit. So take two digits, go from
# one $u$ to the other in a straight line, and look at the pictures on the way; beside it the naive way, a straight line
# in the pixels.

# %%
from tinymaf_course.explorers import digit_path

digit_path(flow, params, data)

# %% [markdown]
# At both ends the two ways agree to the last pixel, as they must for a bijection. In between, a walk in the pixels
# fades one digit out and the other in: half way you see both. In $u$ the stroke itself moves, and the picture stays
# more probable. Or does it? **Check** it on many pairs.

# %%
gaps = []
for digit in range(10):
    ends = x_test[data.test_labels == digit]
    y = np.repeat(np.eye(10)[[digit]], len(ends), axis=0)
    # for each its most unlike mate
    others = ((ends[:, None] - ends) ** 2).sum(axis=2).argmax(axis=1)
    u = flow.to_noise(params, ends, y)
    half_u = flow.bijection.u_to_x(params["bijection"], (u + u[others]) / 2, y)[0]
    v = (data.to_pixels(ends) + data.to_pixels(ends[others])) / 2
    gaps.append(flow.log_prob(params, half_u, y) - flow.log_prob(params, logits(v), y))
in_band(np.concatenate(gaps).mean(), 3, 20,
        "nats by which half way in u beats half way in the pixels, on average")

# %% [markdown]
# It does. But be fair: the middle of a chord lies nearer to the centre than the farther of its ends, mostly nearer
# than both. So half way in $u$ is a cooler place, too.

# %% [markdown]
# **What a MAF does not know about pictures.** It reads 64 numbers in a row. Nothing in it says that the pixel below is
# a neighbour, and the last one of the line before is not. So it should not mind if the pixels of *all* pictures
# are shuffled in the same way, though no human could read them then. **Check**: the same training again, on shuffled
# digits.

# %%
shuffle = np.random.default_rng(5).permutation(64)
again = fit(flow,
            lambda rng: (data.to_logits(data.train_pixels, rng)[:, shuffle], train_labels),
            rng=np.random.default_rng(1), x_val=x_val[:, shuffle], context_val=val_labels,
            epochs=60, lr=3e-3, schedule="cosine", weight_decay=1e-2, patience=None,
            progress=False).params
log_p_again = flow.log_prob(again, x_test[:, shuffle], test_labels)
in_band((log_p_again - log_p).mean() / (64 * np.log(2)), -0.02, 0.1,
        "bits a pixel that shuffling saves")

# %% [markdown]
# It does not mind; this other order even suits it a little better. So a MAF has to learn from examples what is built
# into a convolution: neighbouring pixels belong together, and in the same way everywhere. That is why other models win
# on photographs: flows with convolutions, such as RealNVP and Glow, and above all autoregressive models with
# convolutions or attention. A MAF is at home where the variables do not form a grid: tables, measurements, the
# parameters of a simulator. Much of its use today is there, in *simulation-based inference*: a conditional MAF learns
# the density of a simulator's output given its parameters, or of the parameters given the output, from runs of the
# simulator, and is then asked about real data (Papamakarios et al. 2019, Cranmer et al. 2020). A later chapter takes
# that up.

# %% [markdown] tags=["instructor"]
# **Section 7, 4 minutes, or homework.** The walk first, then let the class bet on the shuffle.
#
# *Ask.* "If the order of the pixels does not matter to a MAF, does it to you?" Show a shuffled digit. To a MAF
# it makes no difference, because it never knew which pixels are neighbours.

# %% [markdown]
# ## Quiz

# %%
quiz("conditional")

# %% [markdown]
# ## Recap
#
# * A context is one more input, of degree 0. It needs hidden units of degree 0, or the first variable never hears it.
#   The loss is at least the mutual information of the two, and changing orders hide it.
# * A density on whole numbers has no upper limit. Add uniform noise: then the score is a lower bound of a
#   log-probability, and bits per dimension mean something, for the same pixels and any preprocessing.
# * Bayes' rule makes a classifier of $p(x \mid y)$, and $\log p(x)$ is one log-sum-exp away. Knowing one of ten classes
#   is worth at most $\log 10$ nats over the same model's $\log p(x)$.
# * A MAF reads pixels in a row and does not know which are neighbours.
# * Low density finds what is broken, not what is boring: what is most probable need not be typical.
# * $\int p(x \mid y)\, dx = 1$ for every $y$. Check it, with sizes that differ.

# %% [markdown]
# ## References
#
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.4: conditional MAF; section 4.3: images, the logit,
#   and conditional models scored by their sum over classes.
# * B. Uria, I. Murray, H. Larochelle, *RNADE: The real-valued neural autoregressive density-estimator*, NeurIPS 2013,
#   [arXiv:1306.0186](https://arxiv.org/abs/1306.0186). Uniform noise on whole numbers.
# * L. Theis, A. van den Oord, M. Bethge, *A note on the evaluation of generative models*, ICLR 2016,
#   [arXiv:1511.01844](https://arxiv.org/abs/1511.01844). Section 3.1: why the noisy score is a lower bound.
# * J. Ho, X. Chen, A. Srinivas, Y. Duan, P. Abbeel, *Flow++*, ICML 2019,
#   [arXiv:1902.00275](https://arxiv.org/abs/1902.00275). Section 3.1: learned noise.
# * E. Nalisnick, A. Matsukawa, Y. W. Teh, D. Gorur, B. Lakshminarayanan, *Do Deep Generative Models Know What They
#   Don't Know?*, ICLR 2019, [arXiv:1810.09136](https://arxiv.org/abs/1810.09136).
# * G. Papamakarios, D. Sterratt, I. Murray, *Sequential Neural Likelihood*, AISTATS 2019,
#   [arXiv:1805.07226](https://arxiv.org/abs/1805.07226). MAFs that learn from a simulator.
# * K. Cranmer, J. Brehmer, G. Louppe, *The frontier of simulation-based inference*, PNAS 117, 2020,
#   [arXiv:1911.01429](https://arxiv.org/abs/1911.01429).
