# %% [markdown]
# # MADE as a density
#
# **You will turn the outputs of one masked network into honest log-densities, with Gaussians, with mixtures and for
# zeros and ones, draw digits from them pixel by pixel, and see what a single MADE cannot say.**

# %%
import numpy as np

x = np.random.default_rng(0).standard_normal((1000, 63))        # 1,000 rows of 63 numbers
careful = np.sum(-0.5 * np.log(2 * np.pi) - 0.5 * x ** 2, axis=1).mean()
careless = np.mean(-0.5 * np.log(2 * np.pi) - 0.5 * np.sum(x ** 2, axis=1))
print(f"one model, one data set, scored by two people: {careful:.1f} and {careless:.1f} nats")

# %% [markdown]
# Models are compared by tenths of a nat, and here two scores are more than fifty apart, because of one misplaced
# bracket. Both people trained the same network: what its numbers *mean* is a choice of its own, the *head*, and this
# notebook is about it.

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * write the log-density of a MADE, and not lose a constant on the way;
# * say what Gaussian conditionals cannot express, however large the network, and what a mixture adds;
# * compute a mixture's log-density without overflow;
# * check that a model of zeros and ones sums to one, and draw from it in exactly $D$ calls;
# * (section 6, optional) combine several orders into one density, and say which way is valid and which two are not.
#
# **Before you start.** You know the masks from [MADE: one network, D conditionals](03_made.ipynb). Nothing else is new:
# logarithms, the normal density, the logistic function $\sigma(z) = 1 / (1 + e^{-z})$.
#
# **Time.** Reading 26 minutes, exercises 15 minutes, and 12 more for what is optional. The computer needs half a
# minute in all.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# The network's output is called $\theta$, of shape $(N, K, D)$: $K$ numbers for each of $D$ variables in each of $N$
# rows.
#
# </details>

# %% [markdown]
# ## 1. A sum of D terms

# %%
import numpy as np

from tinymaf import MADE, Bernoulli, MixtureOfGaussians, OrderEnsemble, fit
from tinymaf.checks import check_normalised, random_params
from tinymaf.datasets import TOYS, digits
from tinymaf.nets import MLP
from tinymaf.plotting import new_figure, plot_images, use_style
from tinymaf_course import check, confirm, hint, in_band, predict, quiz
from tinymaf_course import reveal, show, solution, whose

use_style()

# %% [markdown]
# **Derive.** The chain rule says that a density is a product of conditionals. So its log is a sum:
#
# $$\log p(x) = \sum_{i=1}^{D} \log p(x_i \mid x_{<i}).$$
#
# One pass through the masked network gives the parameters of all $D$ conditionals. With a Gaussian head these are
# $\mu_i$ and $\alpha_i$:
#
# $$\log p(x_i \mid x_{<i}) = \log\left[\frac{1}{\sqrt{2\pi}\, e^{\alpha_i}}
# \exp\left(-\frac{(x_i - \mu_i)^2}{2 e^{2\alpha_i}}\right)\right]
# = -\tfrac12 \log 2\pi - \alpha_i - \tfrac12 \big((x_i - \mu_i)\, e^{-\alpha_i}\big)^2.$$
#
# Evaluating the density needs no loop and no waiting: all of $x$ is known, so all conditionals are computed at once.
#
# **Write.** The network has done its part. Yours is the last line of the model.

# %% tags=["exercise"]
# {{exercise made-log-prob}}

# %% [markdown]
# **Check** it against the library, at random weights, and against an integral: in two dimensions we can add up the
# density over the whole plane.

# %%
made = MADE(dim=5, hidden=(16, 16), order=[2, 0, 1, 4, 3])
params = random_params(made, np.random.default_rng(0))
x = np.random.default_rng(1).normal(size=(100, 5))
mu, alpha = made.conditional.affine.mu_alpha(made.net(params, x))
difference = made_log_prob(x, mu, alpha) - made.log_prob(params, x)
confirm(f"log p by {whose(made_log_prob)} and by the library", np.abs(difference).max(),
        below=1e-10)

two = MADE(dim=2, hidden=(16, 16))
weights = random_params(two, np.random.default_rng(2))
confirm("integral of p over the plane = 1", check_normalised(two, weights, n=250), below=1e-3)

# %% [markdown]
# That constant, $-\tfrac12 \log 2\pi$, looks harmless. It has no gradient, so a model trains just as well without it,
# and nothing in the training shows that it is missing. But it belongs to *every* conditional. Counted once a row
# instead of once a variable, as by the careless person at the top, the score is off by

# %%
for D in (2, 21, 63):
    print(f"D = {D}: {(D - 1) * 0.5 * np.log(2 * np.pi):.4f} nats")

# %% [markdown]
# The MAF paper itself was corrected once: some of its first published numbers were off because terms of $\log 2\pi$
# had been miscounted (notebooks 10 and 13). It happens to the best. An integral would have shown it.

# %% [markdown] tags=["instructor"]
# **Instructor (10 minutes with the opening, 5 of them for the exercise).** *What goes wrong:* the sum over the wrong
# axis, or over all axes; $+\alpha$; exp(alpha) taken for a variance; the constant outside the sum.
#
# *Question:* "Which of these mistakes would training reveal?" +alpha does (the scales run away), the variance does not
# (it only renames alpha), the constant does not. *Question:* "Which would an integral reveal?" All but the renaming,
# which is not a mistake in the density, only a breach of the contract.

# %% [markdown]
# ## 2. What a Gaussian head cannot say
#
# Back to the boomerang, the density in the plane whose conditionals are Gaussian with $x_2$ first, and not with $x_1$
# first. In [notebook 01](01_autoregressive_models.ipynb) slices were fitted one by one. Now a network fits them all
# at once.

# %%
boomerang = TOYS["figure1"]
x_test = boomerang.sample(np.random.default_rng(1), 20_000)
truth = boomerang.log_prob(x_test)


def train(model, epochs=60, lr=3e-2):
    """Parameters after training on the boomerang, with 4,000 fresh points every epoch."""
    return fit(model, lambda rng: boomerang.sample(rng, 4000), rng=np.random.default_rng(0),
               epochs=epochs, batch_size=250, lr=lr, schedule="cosine").params


good = MADE(dim=2, hidden=(32,), order="reversed", activation="tanh")              # x2 first
bad = MADE(dim=2, hidden=(32,), order="natural", activation="tanh")                # x1 first
good_params, bad_params = train(good), train(bad)
in_band((truth - good.log_prob(good_params, x_test)).mean(), -0.005, 0.05,
        "nats lost with x2 first")
in_band((truth - bad.log_prob(bad_params, x_test)).mean(), 0.3, 0.37, "nats lost with x1 first")

# %% [markdown]
# **Derive.** Is that bad luck, too few units, too little training? No. For every slice the best Gaussian is the one
# with the slice's own mean and variance, and the mean of minus its log is $\tfrac12 \log(2\pi e \operatorname{Var})$.
# The truth has $-\log p$ of $H$ on average, its entropy. So no Gaussian MADE with $x_1$ first can lose less than
#
# $$\tfrac12 \log(2\pi e \operatorname{Var} x_1) + \mathbb E_{x_1}\!\big[\tfrac12 \log(2\pi e
# \operatorname{Var}(x_2 \mid x_1))\big] - H.$$

# %%
t1, t2 = np.linspace(-8, 50, 1200), np.linspace(-16, 16, 600)
grid = np.stack([a.ravel() for a in np.meshgrid(t1, t2, indexing="ij")], axis=1)
p = np.exp(boomerang.log_prob(grid)).reshape(1200, 600)
p = p / p.sum()
p1 = p.sum(axis=1)
var_1 = p1 @ t1 ** 2 - (p1 @ t1) ** 2
var_2 = p @ t2 ** 2 / p1 - (p @ t2 / p1) ** 2
least = np.log(2 * np.pi * np.e) + 0.5 * np.log(var_1) + p1 @ (0.5 * np.log(var_2))
least = least - boomerang.entropy
print(f"Var x1 = {var_1:.4f}, entropy = {boomerang.entropy:.4f}, least loss with x1 first: "
      f"{least:.4f} nats")

for hidden in [(8,), (128, 128)]:
    larger = MADE(dim=2, hidden=hidden, activation="tanh")
    lost = (truth - larger.log_prob(train(larger, epochs=25, lr=1e-2), x_test)).mean()
    in_band(lost, 0.3, 0.37, f"nats lost with x1 first and hidden layers {hidden}")

# %% [markdown]
# Eight units or two layers of 128, the loss is the same third of a nat. The network is not the bottleneck. The head
# is.
#
# **See.** Here is what the network with $x_1$ first has learned: the *model's* density, not the data's. Drag the cut.
# With `x₁ first` every slice of the model lies exactly on its dashed Gaussian: it has no choice. Now swap to `x₂
# first`, and cut the same model the other way.

# %%
from tinymaf_course.explorers import slice_density

slice_density(lambda x: bad.log_prob(bad_params, x), boomerang.box, alt=(
    "Four frames of the density that a MADE with x₁ first has learned: a wide trumpet, open "
    "to the right, filled where the boomerang is hollow. First two, cut vertically: both "
    "factors lie on their dashed Gaussians. Last two, cut horizontally: p(x₂) has a sharper "
    "top than its Gaussian, and at x₂ = 4.2 the slice leans to one side."))

# %% [markdown]
# Cut across its own order, the model is *not* Gaussian. A MADE with Gaussian conditionals is Gaussian only in its own
# order, one conditional at a time. The whole density can have odd shapes, like this trumpet.

# %% [markdown] tags=["instructor"]
# **Instructor (5 minutes).** *Demo script.* Before the explorer, let people sketch on paper what a model with x1
# first will look like. Many draw a blurred boomerang. Then show the trumpet: for x1 = 6 the truth has two spots of
# light, the model one wide bar over both and over the gap between them. Maximum likelihood *covers*: a gap costs less
# than a missing hump.
#
# *Question:* "Then why not always choose the good order?" With two variables one can look. With 64 there are 64!
# orders, and mostly none is good everywhere. *Where it leads:* stack several MADEs with different orders. That is
# MAF, notebooks 05 and 06.

# %% [markdown]
# ## 3. More than one hump: mixtures
#
# **Derive.** Let the head say more. A mixture of $C$ Gaussians has $3C$ numbers for each variable: $C$ weights, $C$
# means, $C$ log scales. The weights must be positive and sum to one, so the network returns *logits* $\ell_c$, and
#
# $$\pi_c = \frac{e^{\ell_c}}{\sum_b e^{\ell_b}}, \qquad p(x_i \mid x_{<i}) = \sum_c \pi_c\, \mathcal N(x_i;\, \mu_c,
# e^{2\alpha_c}).$$
#
# Take the log, and write $a_c = \ell_c + \log \mathcal N(x_i;\, \mu_c, e^{2\alpha_c})$:
#
# $$\log p(x_i \mid x_{<i}) = \log \sum_c e^{a_c} - \log \sum_c e^{\ell_c}.$$
#
# Both terms are the same function, *log-sum-exp*. Written down like this it breaks: $e^{-1200}$ is zero for a
# computer, and the log of zero is minus infinity. So take the largest term out first. For any $m$
#
# $$\log \sum_c e^{a_c} = m + \log \sum_c e^{a_c - m}, \qquad\text{and with}\qquad m = \max_c a_c$$
#
# one term is $e^0 = 1$ and no other is larger. Nothing overflows, and the sum is at least 1.

# %%
def log_normal(x, mu, alpha):
    return -0.5 * np.log(2 * np.pi) - alpha - 0.5 * ((x - mu) * np.exp(-alpha)) ** 2


def log_sum_exp(a):
    m = a.max(axis=-1, keepdims=True)
    return m[..., 0] + np.log(np.exp(a - m).sum(axis=-1))


def log_mixture(x, logits, mu, alpha):
    return log_sum_exp(logits + log_normal(x[:, None], mu, alpha)) - log_sum_exp(logits)


logits, mu, alpha = np.array([[0.3, -1.0, 0.5], [-2.0, 0.0, 3.0], [-0.5, 0.2, 0.0]])
far = np.array([60.0])
with np.errstate(divide="ignore"):
    sums = np.sum(np.exp(logits + log_normal(far[:, None], mu, alpha)), axis=1)
    naive = np.log(sums) - np.log(np.exp(logits).sum())
print(f"log p(60), as it is written: {naive[0]:.4f}, with the largest term taken out: "
      f"{log_mixture(far, logits, mu, alpha)[0]:.4f}")

t = np.linspace(-12, 14, 2601)
print(f"integral of the mixture: {np.exp(log_mixture(t, logits, mu, alpha)).sum() * 0.01:.6f}")
theta = np.concatenate([logits, mu, alpha])[None, :, None] * np.ones((len(t), 1, 1))
head = MixtureOfGaussians(3, alpha_bound=None)
confirm("the library's head says the same",
        np.abs(head.log_prob(theta, t[:, None])[:, 0] -
               log_mixture(t, logits, mu, alpha)).max(), below=1e-12)

# %% [markdown]
# **Predict.** With $x_1$ first the slices of the boomerang have up to two humps. One Gaussian a conditional loses
# 0.33 nats. How many are lost with a mixture of *two*?

# %%
predict("two-components")

# %%
counts, mixtures = (1, 2, 3, 8), {}
bands = {1: (0.3, 0.37), 2: (0.01, 0.045), 3: (0.0, 0.03), 8: (-0.003, 0.015)}
for C in counts:
    model = MADE(dim=2, hidden=(32,), conditional=MixtureOfGaussians(C), activation="tanh")
    mixtures[C] = model, train(model)
    lost = (truth - model.log_prob(mixtures[C][1], x_test)).mean()
    in_band(lost, *bands[C], f"nats lost, components: {C}")

reveal("two-components")

# %% [markdown]
# **See.** Same order, same network, same data. Only the head grows. Drag the cut, and step through the number of
# components. Thin lines: the components of the slice. Black dashes: the true slice.

# %%
from tinymaf_course.explorers import components

components(mixtures, boomerang)

# %% [markdown]
# *Orange: the model's slice. Dashes: the truth. Move the cut to the left and watch the two components meet: where the
# truth has one hump, they share it.*

# %% [markdown] tags=["instructor"]
# **Instructor (6 minutes).** *What goes wrong:* "a mixture of densities is a sum of variables". No: with weight 0.5
# each draw comes from one *or* the other. *What goes wrong in training:* equal starting means. All components then
# have the same gradient and stay equal for ever; the library spreads them from -2 to 2. And patience: with a third of
# this learning rate and 40 epochs, two components sit on a plateau, 0.12 nats short, before they find their places.
#
# *Question:* "Why not always 100 components?" Three hundred numbers for each variable, and overfitting. *Question:*
# "Is the order then irrelevant?" With enough components any order will do here. In many dimensions the number needed
# grows, but the amount of data does not.

# %% [markdown]
# ## 4. Zeros and ones
#
# If a variable is 0 or 1, one number is enough: a logit $z_i$, and $p(x_i = 1 \mid x_{<i}) = \sigma(z_i)$. In one
# formula for both cases,
#
# $$\log p(x_i \mid x_{<i}) = x_i \log \sigma(z_i) + (1 - x_i) \log(1 - \sigma(z_i)) = -\log\big(1 + e^{(1 - 2 x_i)\,
# z_i}\big),$$
#
# because $-\log \sigma(z) = \log(1 + e^{-z})$ and $1 - \sigma(z) = \sigma(-z)$. This is cross-entropy, and it is what
# MADE was first built with.

# %%
z, ones = np.linspace(-6, 6, 13), np.arange(13) % 2
sigma = 1 / (1 + np.exp(-z))
left = ones * np.log(sigma) + (1 - ones) * np.log(1 - sigma)
right = -np.logaddexp(0, (1 - 2 * ones) * z)
confirm("both sides of the formula", np.abs(left - right).max(), below=1e-12)
confirm("and the library's head",
        np.abs(Bernoulli().log_prob(z[None, None], ones[None] * 1.0)[0] - right).max(),
        below=1e-12)

# %% [markdown]
# Zeros and ones have a great advantage for a sceptic: there are only $2^D$ vectors of them. So the most important
# property of a model can be checked without any integral: list all vectors, and add up their probabilities.
#
# **Write** that check. Your function will be given models that sum to one, and models that do not. It must return the
# sum for both.

# %% tags=["exercise"]
# {{exercise sums-to-one}}

# %% [markdown]
# **Check.** A MADE over ten variables, with random weights, and beside it the lazy network of notebook 03 with the
# same kind of head: its logit for $x_i$ has seen $x_i$.

# %%
binary = MADE(dim=10, hidden=(20,), order=np.random.default_rng(3).permutation(10),
              conditional=Bernoulli())
binary_params = random_params(binary, np.random.default_rng(4), scale=2)
print(f"MADE: {sums_to_one(lambda x: binary.log_prob(binary_params, x), 10):.6f}")

lazy = MLP(10, 10, hidden=(20,))
rng = np.random.default_rng(5)
lazy_weights = [(rng.normal(size=W.shape) / np.sqrt(len(W)), rng.normal(size=b.shape))
                for W, b in lazy.init(rng)]


def lazy_log_prob(x):
    return -np.logaddexp(0, (1 - 2 * x) * lazy(lazy_weights, x)).sum(axis=1)


print(f"a network without masks: {sums_to_one(lazy_log_prob, 10):.6f}")

# %% [markdown]
# Why is it one for the MADE? Sum over the last variable first. Only its own factor contains it, and that factor sums
# to one: $\sigma(z) + (1 - \sigma(z)) = 1$, whatever $z$ is. Then the last but one, and so on, until only a 1 is
# left. This is where the masks are needed: the factor that is summed away must be the *only* one that has seen the
# variable, apart from those that are already gone.

# %% [markdown] tags=["instructor"]
# **Instructor (8 minutes, 5 of them for the exercise).** *What goes wrong:* summing logs; listing 2^D - 1 vectors;
# returning True or False and so hiding how far off the sum is.
#
# *On the board:* do the telescope for D = 2 with numbers. p(x1 = 1) = 0.3, p(x2 = 1 | 0) = 0.9, p(x2 = 1 | 1) = 0.2.
# Four products, one sum.
#
# *Question:* "Random weights. Why not test the trained model?" A trained model is one point in weight space, and may
# happen to hide the fault. *Question:* "What can one do at D = 64?" Not this: 2^64 terms. Test the code at D = 10,
# then trust the code.

# %% [markdown]
# ## 5. Drawing, pixel by pixel
#
# **Predict.** You want 1,000 pictures of 64 binary pixels from a MADE. Evaluating the density of 1,000 pictures takes
# one network call, because all of them go through together. How many calls does it take to draw them?

# %%
predict("sampling-calls")

# %% [markdown]
# **Write.** Draw the first variable, put it into the input, call the network again, draw the second. Rows do not have
# to wait for one another; variables do. Mind the order: `degrees[i]` is the place of variable `i`, counted from 1,
# and `np.argsort(degrees)` lists the variables by place.

# %% tags=["exercise"]
# {{exercise made-sampler}}

# %%
many = MADE(dim=64, hidden=(100,), conditional=Bernoulli())
weights = random_params(many, np.random.default_rng(6))
u = np.random.default_rng(7).random((1000, 64))
_, calls = made_sampler(lambda x: many.net(weights, x)[:, 0], many.net.degrees, u)
print("network calls for 1,000 samples:", calls)
reveal("sampling-calls")

# %% [markdown]
# **Check.** Do the sampler's draws follow the density? With three variables there are eight vectors. Count how often
# each comes up in 200,000 draws, in an order that is not its own inverse.

# %%
three = MADE(dim=3, hidden=(12,), order=[1, 2, 0], conditional=Bernoulli())
weights = random_params(three, np.random.default_rng(8), scale=2)
u = np.random.default_rng(9).random((200_000, 3))
x, _ = made_sampler(lambda x: three.net(weights, x)[:, 0], three.net.degrees, u)
vectors = np.array([[a, b, c] for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)])
counted = np.array([(x == v).all(axis=1).mean() for v in vectors])
confirm("frequencies and probabilities",
        np.abs(counted - np.exp(three.log_prob(weights, vectors))).max(), below=0.005)

# %% [markdown]
# Now real pictures: scikit-learn's digits, 8 x 8 pixels, made black and white. One MADE reads them row by row.
# Another starts in the middle and goes outwards, ring by ring. For comparison, the simplest model there is: 64
# independent coins, each with the right probability of ink.

# %%
data = digits()
train_ink, val_ink, test_ink = [(pixels >= 8).astype(float) for pixels in
                                (data.train_pixels, data.val_pixels, data.test_pixels)]
q = (train_ink.sum(axis=0) + 1) / (len(train_ink) + 2)
coins = (test_ink * np.log(q) + (1 - test_ink) * np.log(1 - q)).sum(axis=1)

down, right = np.indices((8, 8)) - 3.5
ring, turn = np.maximum(abs(down), abs(right)).ravel(), np.arctan2(down, right).ravel()
drawers = {}
for name, order in {"row by row": np.arange(64),
                    "from the middle": np.lexsort((turn, ring))}.items():
    model = MADE(dim=64, hidden=(200,), order=order, conditional=Bernoulli())
    weights = fit(model, train_ink, x_val=val_ink, rng=np.random.default_rng(0), epochs=60,
                  batch_size=100, lr=5e-3, schedule="cosine", weight_decay=0.003).params
    drawers[name] = model, weights
    in_band((model.log_prob(weights, test_ink) - coins).mean(), 6, 9.5,
            f"nats a digit above the coins, {name}")

print(f"64 independent coins: {coins.mean():.4f} nats a test digit")

# %%
net, weights = drawers["row by row"][0].net, drawers["row by row"][1]
drawn, calls = made_sampler(lambda x: net(weights, x)[:, 0], net.degrees,
                            np.random.default_rng(11).random((40, 64)))
tossed = (np.random.default_rng(12).random((40, 64)) < q).astype(float)

fig, axes = new_figure(3, size=(3.2, 2.3))
for ax, x, title in zip(axes, (test_ink[:40], tossed, drawn),
                        ("real digits", "64 coins", f"MADE, {calls} calls")):
    plot_images(ax, 17 * x, columns=8)
    ax.set_title(title)
show(fig, "Three sheets of 40 small black and white pictures. Real digits have clear strokes. "
          "Those from independent coins are blots with ragged edges. Those from the MADE have "
          "strokes, and many can be read as digits.")

# %% [markdown]
# **See** how such a picture comes about. Move the slider under the figure: it needs no computing, all frames are
# there. Left: the picture so far. Middle: the probability of ink that each pixel was drawn with. Right: how $\log p$
# falls, step by step: a flat piece was certain, a steep one was a surprise. Each step is one network call.
#
# Then start from a real digit. "given" copies its first pixels, and the model goes on from there. Give it the upper
# half, and let it draw the lower one.

# %%
from tinymaf_course.explorers import pixels

pixels(drawers, test_ink, alt=(
    "Four frames, each with a picture of 8 by 8 pixels, the probabilities of ink that its "
    "pixels were drawn with, and the falling curve of log p. Row by row after 21 pixels: the "
    "top is drawn, the rest is grey, 21 network calls. The same after all 64: a complete "
    "picture that resembles a digit, 64 calls. From the middle, half way: a filled square in "
    "the centre of the grey sheet. Row by row with the upper half of a real digit given, "
    "framed in blue: the model has completed it in 32 calls."))

# %% [markdown]
# *Try this.* Find a pixel that surprised the model (a steep step), and look at what the next pixels do about it. Then
# give 32 pixels and change the order: row by row that is the upper half, from the middle it is the core. Why can
# neither of these models complete a picture whose *lower* half is given?

# %% [markdown] tags=["instructor"]
# **Instructor (11 minutes, 5 of them for the exercise).** *What goes wrong:* `degrees - 1` used as an order; all at
# once; row by row in a Python loop, N D calls; a threshold at one half.
#
# *Answer to the question in the text:* each model's conditionals follow its order, so the given pixels must be the
# first ones. For others one would need p(upper | lower), which is a sum over all pictures. A MADE in the reversed
# order does it, or an ensemble with such an order.
#
# *Demo:* same picture number, both orders: the same random numbers, different pictures. *Question:* "64 calls, each
# of the whole network. Is that not wasteful?" It is: a hidden unit of degree m is final after m steps. Computing each
# unit only once brings the *work* down to that of one pass, in the same 64 steps. The library does so; notebook 05
# shows it.

# %% [markdown]
# ## 6. Many orders at once (optional)
#
# Without this section you would miss how models in several orders are combined, and why the most natural way is
# wrong. Let $M$ networks, or one network with $M$ sets of masks, read the digits in $M$ orders. Each gives a density
# $p_m$. How are they combined?
#
# **Derive.** A mean of probabilities is a probability:
#
# $$p(x) = \frac1M \sum_m p_m(x) \quad\Rightarrow\quad \sum_x p(x) = \frac1M \sum_m \sum_x p_m(x) = \frac1M \sum_m 1 =
# 1.$$
#
# And it is never worse than its members are on average, for any $x$: the logarithm is concave, so the log of a mean is
# at least the mean of the logs (Jensen's inequality),
#
# $$\log \frac1M \sum_m p_m(x) \;\ge\; \frac1M \sum_m \log p_m(x).$$
#
# Two other ways look just as natural, and both are wrong. *Average the logits*, pixel by pixel, and use them in one
# Bernoulli formula. Or *average each pixel's probability*, and multiply. In both cases the number for pixel $i$ comes
# from several orders, so that between them they have seen nearly all other pixels, and the telescoping sum of section
# 4 does not close.
#
# **Write** (optional). The valid ensemble, from the logits of all members. Stay in the logarithm.

# %% tags=["exercise"]
# {{exercise order-ensemble}}

# %%
rng = np.random.default_rng(15)
members = [MADE(dim=8, hidden=(20,), order=rng.permutation(8), conditional=Bernoulli())
           for _ in range(4)]
theirs = [random_params(member, rng, scale=3) for member in members]
# all vectors of eight zeros and ones
every = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(float)
logits = np.array([member.net(w, every)[:, 0] for member, w in zip(members, theirs)])


def bernoulli(z):
    return -np.logaddexp(0, (1 - 2 * every) * z)


each = bernoulli(logits).sum(axis=2)
print("sums over all 256 vectors:")
print(f"  mean of the probabilities {np.exp(order_ensemble(logits, every)).sum():.6f}")
print(f"  averaged logits           "
      f"{np.exp(bernoulli(logits.mean(axis=0)).sum(axis=1)).sum():.6f}")
print(f"  averaged pixel by pixel   "
      f"{np.exp(np.log(np.exp(bernoulli(logits)).mean(axis=0)).sum(axis=1)).sum():.6f}")
print(f"  mean of the log p         {np.exp(each.mean(axis=0)).sum():.6f}")
worse = order_ensemble(logits, every) < each.mean(axis=0) - 1e-12
print(f"vectors at which Jensen's inequality fails: {worse.sum()} of {len(worse)}")

# %% [markdown]
# Only the first sum is one. The second and the third can fall on either side of one, and here they are close. So does
# it matter? Let us see with real digits. The library's `OrderEnsemble` has one set of weights under eight orders,
# trained by picking an order at random for each minibatch.

# %%
ensemble = OrderEnsemble(64, members=8, hidden=(200,), conditional=Bernoulli())
shared = fit(ensemble, train_ink, x_val=val_ink, rng=np.random.default_rng(0), epochs=60,
             batch_size=100, lr=1e-2, schedule="cosine", weight_decay=0.003).params
alone = np.array([member.log_prob(shared, test_ink) for member in ensemble.members])
together = ensemble.log_prob(shared, test_ink)
confirm("the library averages probabilities",
        np.abs(np.logaddexp.reduce(alone, axis=0) - np.log(8) - together).max(), below=1e-10)
in_band(together.mean() - alone.mean(), 0.2, 0.8,
        "nats a digit that the ensemble gains over its average member")


def averaged_logits(x):
    z = np.mean([member.net(shared, x)[:, 0] for member in ensemble.members], axis=0)
    return -np.logaddexp(0, (1 - 2 * x) * z).sum(axis=1)


flattered = averaged_logits(test_ink).mean() - together.mean()
in_band(flattered, 1.4, 2.7, "nats a digit that averaged logits score above the ensemble")

# %% [markdown]
# **Predict.** Two nats more, on digits that neither has seen. Why?

# %%
predict("averaged-logits")

# %% [markdown]
# **Check.** There are $2^{64}$ pictures, too many to list. But a sum can be estimated with samples. Call the averaged
# logits $q$ and the honest ensemble $p$. Then
#
# $$\sum_x q(x) = \sum_x p(x)\, \frac{q(x)}{p(x)} = \mathbb E_{x \sim p}\!\left[\frac{q(x)}{p(x)}\right]:$$
#
# draw pictures from $p$, and average the quotients.

# %%
x = ensemble.sample(shared, np.random.default_rng(16), 10_000)
quotients = np.exp(averaged_logits(x) - ensemble.log_prob(shared, x))
in_band(quotients.mean(), 3.5, 7.5, "the sum of q over all pictures, estimated")
in_band(quotients.std() / 100 / quotients.mean(), None, 0.03, "its relative standard error")

reveal("averaged-logits")

# %% [markdown]
# The score was flattered. One could divide by that sum, and what remains of the gain would be honest. But the sum
# over $2^{64}$ pictures cannot be computed exactly, and there is no way left to draw a sample pixel by pixel: the
# chain of conditionals is gone. The mean of probabilities has neither problem.

# %% [markdown] tags=["instructor"]
# **Instructor (12 minutes, 5 of them for the exercise; optional).** *What goes wrong:* "averaging logits is what
# ensembles of classifiers do, and it works there". It does, because a classifier has *one* softmax, which is
# normalised again after averaging. Here there are D of them in a chain, each conditioned on other variables.
#
# *Question:* "Is a geometric mean of the p_m not allowed at all?" It is, with its normalising constant, a sum over
# 2^D terms. *Question:* "What does the ensemble cost?" M passes for a density; a sample needs only one member, drawn
# at random.

# %% [markdown]
# ## Quiz
#
# Four questions.

# %%
quiz("made_density")

# %% [markdown]
# ## Recap
#
# * $\log p(x)$ is a sum of $D$ terms from one pass. Every term needs all its constants.
# * Gaussian conditionals stay Gaussian, however large the network. On the boomerang with $x_1$ first that costs a third
#   of a nat, and a mixture of two Gaussians wins most of it back.
# * Log-sum-exp: take the largest term out.
# * For zeros and ones, add up all $2^D$ probabilities: the sum must be one.
# * Sampling takes $D$ calls, one after another, for any number of samples.
# * (Section 6) Average the probabilities of whole vectors, not logits and not single pixels.
#
# A better head is one cure for what a single MADE cannot say. The other cure is to read MADE backwards, and to stack
# it: [MAF: read MADE backwards](05_maf.ipynb).

# %% [markdown]
# ## References
#
# * M. Germain, K. Gregor, I. Murray, H. Larochelle, *MADE: Masked Autoencoder for Distribution Estimation*, ICML 2015,
#   [arXiv:1502.03509](https://arxiv.org/abs/1502.03509). Section 3: the product of Bernoulli conditionals. Section 4:
#   training with many orders and masks, and averaging the probabilities of an ensemble.
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.1: Gaussian conditionals. Figure 1: the boomerang,
#   what the wrong order makes of it, and how a stack whose first layer has the wrong order repairs that (notebook 06).
#   Section 4: MADE with a mixture of ten Gaussians, as a baseline.
# * C. M. Bishop, *Mixture Density Networks*, 1994, report NCRG/94/004, Aston University. Networks whose outputs are the
#   parameters of a mixture.
# * B. Uria, I. Murray, H. Larochelle, *A Deep and Tractable Density Estimator*, ICML 2014,
#   [arXiv:1310.1757](https://arxiv.org/abs/1310.1757). One network trained for all orders.
