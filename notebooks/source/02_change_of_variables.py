# %% [markdown]
# # Change of variables
#
# **Push noise through a map, and its density changes by one factor: you will derive that factor on a line and in any
# dimension, and find out how never to get its sign wrong again.**

# %%
import autograd.numpy as anp
import numpy as np

from tinymaf.plotting import new_figure, plot_density, plot_points, use_style
from tinymaf_course import check, confirm, hint, predict, quiz, reveal, show, solution, whose

use_style()
u = np.random.default_rng(0).standard_normal(100_000)

fig, ax = new_figure(size=(5.2, 2.6))
ax.hist(np.exp(u), np.linspace(0, 6, 61), density=True, color="#D55E00", alpha=0.4)
ax.axvline(1, color="#0072B2", ls="--", label="$e^0$: where the likeliest $u$ goes")
ax.set(xlabel="$x = e^u$, with $u$ standard normal", ylabel="density", xlim=(0, 6))
ax.legend()
show(fig, "A histogram of e to the power u. It rises steeply, is highest well to the left of a "
          "dashed line at x = 1, and has a long tail to the right. The dashed line marks the "
          "place to which u = 0 goes.")

# %% [markdown]
# *The likeliest $u$ is 0, and $e^0 = 1$. Yet the likeliest $x$ is not 1: the dashed line misses the peak. The formula
# that says where the peak must be is the one that every flow is built on.*

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * derive the density of `x = f(u)` from that of `u`, on a line and in D dimensions;
# * say why a density may be larger than 1;
# * get the sign of the log-determinant right, and prove it by three independent checks;
# * say why flows like triangular Jacobians;
# * read the autoregressive model of notebook 01 as a change of variables.
#
# **Before you start.** You can differentiate, you have multiplied matrices in NumPy, and you once met a determinant.
# The last section looks back at [Autoregressive models](01_autoregressive_models.ipynb).
#
# **Time.** Reading 30 minutes, exercises 15 minutes, and 5 more for what is optional. The computer needs a few
# seconds.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# Throughout, `u` is standard normal noise, $p_u$ its density, and $p$ without an index the density of `x`.
#
# </details>

# %% [markdown]
# ## 1. A squeeze
#
# Take standard normal noise. Its density at the centre is $1/\sqrt{2\pi}$. Now squeeze it: divide every number by ten.

# %%
def normal(u):
    return np.exp(-0.5 * u ** 2) / np.sqrt(2 * np.pi)


x = u / 10
print(f"p_u(0) = {normal(0):.4f}")

# %% [markdown]
# **Predict.** What is the density of `x = u / 10` at 0?

# %%
predict("squeezed-peak")

# %% [markdown]
# **See.** A density is what a histogram approaches: the share of the points in a bar, *divided by the width of the
# bar*.

# %%
edges = np.linspace(-0.5, 0.5, 51)
share, _ = np.histogram(x, edges)
heights = share / len(x) / (edges[1] - edges[0])

fig, ax = new_figure(size=(6.4, 3.1))
t = np.linspace(-4, 4, 1601)
ax.plot(t, normal(t), label="noise: $p_u(u)$")
ax.fill_between(t, normal(t), alpha=0.25)
ax.stairs(heights, edges, fill=True, alpha=0.35, color="#D55E00", label="histogram of $u / 10$")
ax.plot(t / 10, 10 * normal(t), color="#D55E00", label="$10\\,p_u(10\\,x)$")
ax.set(xlabel="$u$, and on the same scale $x$", ylabel="density", xlim=(-4, 4), ylim=(0, 4.4))
ax.legend(loc="upper left")
show(fig, "Two bells on one axis. The noise: 0.4 high, from -3 to 3. The histogram of u / 10: "
          "ten times narrower and ten times higher, on the curve 10 p_u(10 x).")

# %% tags=["misconception:density-above-one"]
p_0 = 10 * normal(0)
grid = np.linspace(-2, 2, 4001)
print(f"p(0) = {p_0:.4f}, log p(0) = {np.log(p_0):+.4f} nats")
print(f"probability of |x| < 0.05: {np.mean(np.abs(x) < 0.05):.2f}")
print(f"integral of p: {np.sum(10 * normal(10 * grid)) * (grid[1] - grid[0]):.6f}")

peak = normal(0) / 0.07         # people's heights: standard deviation 0.07 m = 7 cm
print(f"peak of a density of heights: {peak:.4f} per metre = {peak / 100:.4f} per centimetre")

# %%
reveal("squeezed-peak", round(p_0, 4))

# %% [markdown]
# **A density may exceed 1.** It is not a probability. It is probability *per length*, as speed is length per hour.
# Only its area has to be 1. Change the unit of `x` and the number changes: people's heights have a density above 1 in
# metres, and far below 1 in centimetres. So a model may well report `log p(x) = +1.4` nats. Nothing is broken.

# %% [markdown] tags=["instructor"]
# **Instructor (5 minutes, with the opening).** *What goes wrong:* expect 0.04 as a popular guess: "I divided x by
# ten, so I divide p by ten". Do not correct it yet; ask: "If that were so, what would be the area under the curve?"
# (A tenth of the width, a tenth of the height: 0.01.)
#
# *Questions.* "Can a density be infinite somewhere?" Yes: x = u^3 has an infinite density at 0, and still has area 1.
# "Does log p > 0 mean that the model overfits?" No: it may be the unit. What makes sense is to compare two models in
# the *same* units.
# 1. "Does log p > 0 mean that the model overfits?" No: it may be the unit. What makes sense is to compare two models
# in the *same* units.

# %% [markdown]
# ## 2. A strip keeps its mass
#
# **See.** The curve is a map from noise to data. Below it is the density of `u` with a thin strip, beside it the
# density of `x`. The map carries the points of the one strip to the other. Drag the strip. Try other maps, and
# slopes.

# %%
from tinymaf_course.explorers import equal_mass

equal_mass()

# %% [markdown]
# The strip gets wider where the map is steep, narrower where it is flat, and its height makes up for it. The *area*
# never changes, because both strips hold the same points.
#
# **Derive.** Take a small interval of length $|du|$ at $u$. Its mass is $p_u(u)\,|du|$, height times width. The map
# sends it to an interval at $x = f(u)$ of length $|dx| = |f'(u)|\,|du|$. Both hold the same points, so the same mass:
#
# $$p(x)\, |dx| = p_u(u)\, |du| \qquad\Longrightarrow\qquad p(x) = p_u(u) \left|\frac{du}{dx}\right|,
# \qquad u = f^{-1}(x).$$
#
# That is all. (On a decreasing map $f'$ is negative, and lengths are $|f'|$: hence the absolute value.)
#
# <details><summary>Does "small" make you uneasy? Here it is once more without it.</summary>
#
# Let $f$ be increasing. All noise below $u$ goes to all data below $f(u)$, and nothing else does. With $F$ for the
# probability of everything below,
#
# $$F_x(f(u)) = F_u(u).$$
#
# Differentiate both sides with respect to $u$. The derivative of $F$ is the density, and on the left the chain rule
# brings out $f'(u)$:
#
# $$p(f(u))\, f'(u) = p_u(u).$$
#
# If $f$ is decreasing, all noise below $u$ goes to all data *above* $f(u)$: $1 - F_x(f(u)) = F_u(u)$, and a minus
# appears, $-p(f(u))\, f'(u) = p_u(u)$. But then $f'$ is negative, and $-f'$ is $|f'|$.
#
# </details>
#
# In logs, as we shall use it from now on:
#
# $$\log p(x) = \log p_u(u) + \log\left|\frac{du}{dx}\right|.$$
#
# **Check.** For four maps: the mass of a strip of noise, by the normal distribution function, against the area of its
# image under $p(x)$. The derivative is autograd's.

# %%
from math import erf, sqrt

from autograd import elementwise_grad

maps = {                                        # u -> x, and back
    "x = 3 u": (lambda u: 3 * u, lambda x: x / 3),
    "x = -u / 2 (falling)": (lambda u: -u / 2, lambda x: -2 * x),
    "x = sinh u": (np.sinh, anp.arcsinh),
    "x = tanh u (bounded)": (np.tanh, anp.arctanh),
}
a, b = 0.3, 1.1                                 # the strip on the u-axis
mass = (erf(b / sqrt(2)) - erf(a / sqrt(2))) / 2

for name, (f, back) in maps.items():
    ends = np.sort([f(a), f(b)])
    step = (ends[1] - ends[0]) / 10_000
    x = ends[0] + step * (np.arange(10_000) + 0.5)
    du_dx = elementwise_grad(back)(x)
    p = normal(back(x)) * np.abs(du_dx)
    confirm(f"{name:22} mass {mass:.4f} on both sides", abs(np.sum(p) * step - mass),
            below=1e-8)

# %% [markdown]
# ### How never to get the sign wrong again
#
# Is it $|du/dx|$ or $|dx/du|$, plus the log or minus the log? Do not try to remember it. Any one of three questions
# gives the answer.
#
# 1. **The unit.** A density of `x` is probability *per `x`*. So `x` must be in the denominator: per `u` times `u` per
#    `x` is per `x`. That is $p_u \cdot du/dx$.
# 2. **The stretch.** If the map stretches, the density must fall. Stretching means that $dx/du$ is large and $du/dx$ is
#    small. Multiply by the small one.
# 3. **The area.** With the wrong sign it is not 1. Let the computer add it up.
#
# The third one needs no thinking at all:

# %%
grid = np.linspace(-60, 60, 24_001)
for stretch in [0.5, 1, 3]:
    log_p_u = -0.5 * (grid / stretch) ** 2 - 0.5 * np.log(2 * np.pi)
    right = np.sum(np.exp(log_p_u - np.log(stretch))) * 0.005
    wrong = np.sum(np.exp(log_p_u + np.log(stretch))) * 0.005
    print(f"stretched by {stretch:<4}area with log|du/dx| {right:.4f}, with log|dx/du| "
          f"{wrong:.4f}")

# %% [markdown]
# Look at the middle line. With a stretch of 1 both signs pass. A test with a map that does not stretch says nothing
# about the sign.
#
# **Write.** Let $x = e^u$, as at the top of the notebook. Many quantities look a little like that: incomes, file
# sizes, the lengths of trips.

# %% tags=["exercise"]
# {{exercise exp-log-prob}}

# %% [markdown]
# **Check**, with the riddle of the first picture: the most likely `u` is 0. So why is the most likely `x` not $e^0 =
# 1$?

# %%
grid = np.linspace(0.001, 6, 60_000)
p = np.exp(exp_log_prob(grid))
peak = grid[np.argmax(p)]
print(f"p(x) is highest at x = {peak:.3f}; exp(-1) = {np.exp(-1):.3f}")
print(f"share of the points below x = 1: {np.mean(np.exp(u) < 1):.2f}")

fig, ax = new_figure(size=(5.2, 2.9))
ax.hist(np.exp(u), np.linspace(0, 6, 61), weights=np.full(len(u), 1 / len(u) / 0.1),
        color="#D55E00", alpha=0.3, label="histogram of $e^u$")
ax.plot(grid, p, color="#D55E00", label=f"$p(x)$ by {whose(exp_log_prob)}")
ax.axvline(1, color="#0072B2", ls="--", lw=1.5, label="$e^0$, where the likeliest $u$ goes")
ax.set(xlabel="$x = e^u$", ylabel="density", xlim=(0, 6))
ax.legend()
show(fig, "A skewed density that rises steeply, peaks at x = 0.37 and has a long tail. The "
          "histogram lies on it. A dashed line marks x = 1, well to the right of the peak.")

# %% [markdown]
# The map squeezes more and more towards the left, and that is where the factor $1/x$ is large. Half of the points
# still lie below 1, but they are closer together. A map need not carry the peak of one density to the peak of the
# other. It carries *mass*.

# %% [markdown] tags=["instructor"]
# **Instructor (12 minutes, 5 of them for the exercise).** *Demo script.* `equal_mass()`, map "affine", slope from 0.5
# to 2: read the two areas aloud; they do not change. Map "falling": nothing changes except that the picture is
# mirrored, which is what the absolute value is for. Map "S-curve", slope 2, drag the strip outwards: it gets thin and
# tall, and p(x) gets two humps. Ask: "Where did the second hump come from? u has one." From the factor, not from the
# noise.
#
# *What goes wrong in the exercise:* p_u(x) instead of p_u(log x); du/dx added without a log; the sum of log x over the
# rows.
#
# *Question:* "What if f is not invertible, such as x = u^2?" Then two strips land in one place, and their masses add
# up. Flows avoid that by being invertible.

# %% [markdown]
# ## 3. From strips to boxes
#
# In the plane the strip becomes a small square. Push it through a map, and it turns, nearly, into a parallelogram.
#
# **Predict.** Take $x_1 = a\,u_1$ and $x_2 = c\,u_1 + d\,u_2$. What does $c$ do to the area of the parallelogram?

# %%
predict("off-diagonal")

# %% [markdown]
# **See.** Start with the linear map and `b = 0`. Move `c`, and watch the area above the right picture. Then move `b`
# as well. Finally, take the smooth map and drag the square about.

# %%
from tinymaf_course.explorers import warp

warp(kind="linear", b=0.0)

# %%
reveal("off-diagonal")

# %% [markdown]
# **Derive**, in three steps.
#
# *A triangular matrix.* The square with the corners $(0,0), (1,0), (1,1), (0,1)$ under $A = \begin{pmatrix} a & 0 \\
# c & d \end{pmatrix}$ is a parallelogram with the sides $(a, c)$ and $(0, d)$: one side is vertical with length
# $|d|$, and the opposite side is $|a|$ away. Side times distance: the area is $|a\,d|$. No $c$.
#
# *Any matrix.* Let $A = \begin{pmatrix} a & b \\ c & d \end{pmatrix}$ with $a \ne 0$. (If $a = 0$ and $c \ne 0$, swap
# the rows first: that mirrors the plane, which keeps areas. If both are 0, the first side has length 0, so the area
# is 0, as the formula says.) Subtract $c/a$ times the first row from the second. In the plane that slides every point
# vertically, by an amount that depends on $x_1$ alone: a shear, which keeps areas. What is left is $\begin{pmatrix} a
# & b \\ 0 & d - bc/a \end{pmatrix}$, triangular again, with the zero on the other side. So the area is $|a\,(d -
# bc/a)| = |a d - b c| = |\det A|$.
#
# In $D$ dimensions the same steps, repeated, lead to the volume $|\det A|$: swapping two rows mirrors, which keeps
# volumes, and a column without a pivot flattens everything, to volume 0. (This is Gaussian elimination. Keep it in
# mind.)
#
# *Any smooth map.* Near a point it is nearly linear: $f(u + \delta) = f(u) + J\,\delta + \dots$ with the **Jacobian**
# $J_{ij} = \partial x_i / \partial u_j$. A cube of side $h$ has the volume $h^D$ and the mass $p_u(u)\,h^D$. Its
# image has the same mass and the volume $|\det J|\,h^D$, the more exactly the smaller $h$ is:
#
# $$p(x)\, |\det J|\, h^D = p_u(u)\, h^D \qquad\Longrightarrow\qquad
# p(x) = \frac{p_u(u)}{\left|\det \frac{dx}{du}\right|}.$$
#
# The way back has the inverse Jacobian: $f^{-1}(f(u)) = u$ gives $\frac{du}{dx} \frac{dx}{du} = I$, and so
# $\det\frac{du}{dx} = 1 / \det\frac{dx}{du}$. In logs:
#
# $$\log p(x) = \log p_u(u) + \log\left|\det\frac{du}{dx}\right| = \log p_u(u) - \log\left|\det\frac{dx}{du}\right|.$$
#
# **Check** the only step with a "nearly" in it: take ever smaller squares, send their outline through a smooth map,
# and measure the area that it encloses.

# %%
from autograd import jacobian


def bend(u):
    """A smooth map of the plane, for one point (2,) or many (N, 2)."""
    u1, u2 = u[..., 0], u[..., 1]
    x1, x2 = 1.2 * u1 + 0.5 * anp.sin(u2), 0.8 * anp.sin(2 * u1) + anp.exp(0.4 * u1) * u2
    return anp.stack([x1, x2], axis=-1)


def area(outline):
    """Of a closed polygon (n, 2), by the shoelace formula."""
    x1, x2 = outline.T
    return abs(np.sum(x1 * np.roll(x2, -1) - x2 * np.roll(x1, -1))) / 2


at = np.array([0.8, 0.6])
J = jacobian(bend)(at)
print("J = dx/du by autograd:", J.round(4).tolist())
print(f"|det J| = {abs(np.linalg.det(J)):.5f}")

s = np.arange(1000) / 1000
side = np.stack([s - 0.5, 0 * s - 0.5], axis=1)  # the bottom of a unit square, then turned
turn = np.array([[0, 1], [-1, 0]])
square = np.concatenate([side, side @ turn, side @ turn @ turn, side @ turn @ turn @ turn])
for h in [1, 0.3, 0.1, 0.03, 0.01]:
    ratio = area(bend(at + h * square)) / h ** 2
    print(f"side {h:<5} area of the image / area of the square = {ratio:.5f}")

# %%
def bend_back(x, start):
    """Newton's method, one point."""
    u = start
    for _ in range(30):
        u = u - np.linalg.solve(jacobian(bend)(u), bend(u) - x)
    return u


x_0, h = bend(at), 1e-5
columns = [(bend_back(x_0 + h * e, at) - bend_back(x_0 - h * e, at)) / (2 * h)
           for e in np.eye(2)]
inverse_J = np.stack(columns, axis=1)                   # du/dx by differences
confirm("du/dx is the inverse of dx/du", np.abs(inverse_J @ J - np.eye(2)).max(), below=1e-8)
there_and_back = np.linalg.slogdet(J)[1] + np.linalg.slogdet(inverse_J)[1]
confirm("log|det du/dx| = -log|det dx/du|", abs(there_and_back), below=1e-8)

# %% [markdown]
# **Write.** The simplest map in $D$ dimensions, $x = A u + b$. Rows are points, as always.

# %% tags=["exercise"]
# {{exercise affine-log-prob}}

# %% [markdown]
# **Check** by eye, with a matrix that mirrors: its determinant is negative.

# %%
A, b = np.array([[0.3, 1.0], [0.8, 0.2]]), np.array([0.5, -0.5])
print(f"det A = {np.linalg.det(A):.2f}")
points = np.random.default_rng(1).standard_normal((3000, 2)) @ A.T + b
box = ((-3.5, 4.5), (-4, 3))

axis_1, axis_2 = np.linspace(-6, 7, 521), np.linspace(-6, 5, 441)
plane = np.stack([a.ravel() for a in np.meshgrid(axis_1, axis_2)], axis=1)
total = np.exp(affine_log_prob(plane, A, b)).sum() * 0.025 ** 2
confirm("integral of p = 1", abs(total - 1), below=1e-5)

fig, (left, right) = new_figure(2, size=(3.6, 3.1))
plot_points(left, points, box, color="#D55E00")
left.set_title("3,000 points $x = A u + b$")
image = plot_density(right, lambda x: affine_log_prob(x, A, b), box)
right.set_title(f"their density by {whose(affine_log_prob)}")
fig.colorbar(image, ax=right, shrink=0.8, label="density")
show(fig, "Left: a tilted elliptical cloud of points. Right: the density from the formula, a "
          "tilted ellipse in the same place with the same shape.")

# %% [markdown] tags=["instructor"]
# **Instructor (13 minutes, 5 of them for the exercise).** *Demo script.* `warp()`, linear, b = 0. Drag c from end to
# end: the title over the right picture does not change. Set c = 1, then move b: now it does. Ask for which b the area
# is 0, and what has happened to the plane there. (a d = b c: everything falls on a line, and there is no way back.)
# Then smooth: put the square far out, where the dashed image and the parallelogram differ, and let the class say why
# only the limit matters for a density.
#
# *What goes wrong in the exercise:* np.log(np.linalg.det(A)) is nan for mirrors; (x - b) @ inv(A) instead of inv(A).T.
# The determinant cannot tell these two apart, the density can.
#
# *Question:* "Does the image of a *big* square have that area?" No; the printed ratios at side 1 and 0.3 show it.

# %% [markdown]
# ## 4. Why flows love triangles
#
# A determinant is work. The way to compute one is the elimination of the last section: subtract multiples of a row
# from the rows below, column after column, until the matrix is triangular. Then multiply the diagonal.
#
# **Derive** the price. In column $k$ there are $D - k$ rows to treat, with $D - k$ entries each to the right of the
# column. That is $(D-k)^2$ multiplications, for $k = 1, \dots, D - 1$: together $(D-1)\,D\,(2D-1)/6$, about $D^3/3$.
#
# And if the matrix *is* triangular? Expand the determinant along the first row. It has one entry, $J_{11}$, and what
# remains is a triangular matrix that is one smaller:
#
# $$\det J = J_{11} \cdot \det\begin{pmatrix} J_{22} & & \\ J_{32} & J_{33} & \\ \vdots & & \ddots \end{pmatrix}
# = \dots = \prod_{i=1}^{D} J_{ii}, \qquad \log|\det J| = \sum_{i=1}^{D} \log|J_{ii}|.$$
#
# $D$ logs and a sum. Nothing below the diagonal is even looked at. **Check** both claims by counting.

# %%
def by_elimination(J):
    """log|det J| of one matrix, and how many multiplications it took to get it triangular."""
    J, count = J.copy(), 0
    for k in range(len(J)):
        pivot = k + np.argmax(np.abs(J[k:, k]))  # swapping two rows changes the sign alone
        J[[k, pivot]] = J[[pivot, k]]
        factors = J[k + 1:, k] / J[k, k]
        J[k + 1:, k + 1:] -= factors[:, None] * J[k, k + 1:]
        count += (len(J) - k - 1) ** 2
    return np.sum(np.log(np.abs(np.diag(J)))), count


rng = np.random.default_rng(2)
print("   D   multiplications   D^3 / 3   logs if triangular")
for dim in [2, 8, 64, 512]:
    J = rng.standard_normal((dim, dim))
    log_det, count = by_elimination(J)
    assert abs(log_det - np.linalg.slogdet(J)[1]) < 1e-8
    print(f"{dim:4d}{count:16,d}{dim ** 3 / 3:13,.0f}{dim:12d}")

small = np.tril(rng.standard_normal((8, 8)))
confirm("triangular: the sum of log|diagonal|",
        abs(np.sum(np.log(np.abs(np.diag(small)))) - np.linalg.slogdet(small)[1]), below=1e-10)

# %% [markdown]
# That is for one point. In training there is such a matrix for every row of every batch, and it would have to be
# computed before it could be eliminated.
#
# So the flows of this course are built from maps whose Jacobian is triangular by construction. (There are other ways
# to a cheap determinant: planar, residual and continuous flows, and Glow's linear layer in notebook 09.) And what is
# a map with a triangular Jacobian? One in which $x_i$ depends only on $u_1, \dots, u_i$: $\partial x_i / \partial u_j
# = 0$ for $j > i$. You have met the word for that: *autoregressive*.

# %% [markdown]
# **Write** (optional). All of it in one line.

# %% tags=["exercise"]
# {{exercise triangular-log-det}}

# %% [markdown] tags=["instructor"]
# **Instructor (4 minutes, without the optional exercise).** *Question:* "The determinant of a product is the product
# of the determinants. Does that help?" Yes: layers may be stacked, and their log-dets add up. It is the plan of the
# course. "Could one use a diagonal Jacobian, which is even simpler?" Yes, but then no variable knows about any other.
#
# *What goes wrong:* np.log(np.prod(...)), which is fine for D = 3 and -inf for D = 400. Let a student compute
# 0.05 ** 400 in the notebook: it prints 0.0.

# %% [markdown]
# ## 5. Notebook 01, read backwards
#
# There you sampled by $x_i = \mu_i + \exp(\alpha_i)\,u_i$, where $\mu_i$ and $\alpha_i$ look at $x_{<i}$. That is a
# map from noise to data. Read it backwards: $u_i = (x_i - \mu_i)\,\exp(-\alpha_i)$.
#
# **Derive** its determinant. $u_i$ depends on $x_1, \dots, x_i$ only: triangular. On the diagonal $\mu_i$ and
# $\alpha_i$ are constants, because they do not see $x_i$:
#
# $$\frac{\partial u_i}{\partial x_i} = \exp(-\alpha_i), \qquad \log\left|\det\frac{du}{dx}\right| = -\sum_i \alpha_i.$$
#
# Now put both into this notebook's formula:
#
# $$\log p(x) = \sum_i \left( -\tfrac12\log 2\pi - \tfrac12 u_i^2 \right) - \sum_i \alpha_i
# = \sum_i \left( -\tfrac12\log 2\pi - \alpha_i - \tfrac12\left[(x_i - \mu_i) \exp(-\alpha_i)\right]^2 \right).$$
#
# That is, term by term, the sum of Gaussian log-conditionals in notebook 01. **The autoregressive model *was* a flow
# all along.**
#
# **Write.** Here is that density as code, for any $\mu$ and $\alpha$, with one wrong sign. Before you repair it, say
# which of the three questions of section 2 catches it.

# %% tags=["exercise"]
# {{exercise layer-log-prob}}

# %% [markdown]
# **Check** with three variables, against the sum of conditionals and against a Jacobian that autograd computes
# without knowing that it is triangular.

# %%
from tinymaf.checks import jacobians


def mu(x):
    return anp.stack([0.5 + 0 * x[:, 0], anp.sin(2 * x[:, 0]), x[:, 0] * x[:, 1]], axis=1)


def alpha(x):
    return anp.stack([-0.7 + 0 * x[:, 0], 0.5 * anp.cos(x[:, 0]), 0.4 - anp.tanh(x[:, 1])],
                     axis=1)


x = np.random.default_rng(2).standard_normal((5, 3))
J = jacobians(lambda x: (x - mu(x)) * anp.exp(-alpha(x)), x)            # du/dx, (5, 3, 3)
print("du/dx of the first row:")
print(np.array2string(J[0] + 0.0, precision=3, suppress_small=True))
confirm("above the diagonal: zero", np.abs(np.triu(J, 1)).max(), below=1e-14)
error = np.abs(np.linalg.slogdet(J)[1] + alpha(x).sum(axis=1)).max()
confirm("log|det du/dx| = -sum_i alpha_i", error, below=1e-12)

u = (x - mu(x)) * np.exp(-alpha(x))
conditionals = -0.5 * np.log(2 * np.pi) - alpha(x) - 0.5 * u ** 2
error = np.abs(layer_log_prob(x, mu, alpha) - conditionals.sum(axis=1)).max()
confirm("flow = sum of log-conditionals", error, below=1e-12)

# %% [markdown]
# ### Two bugs that hide
#
# The first is the sign that you have just repaired. All three questions catch it, if they are asked where the map
# stretches. Where it does not, the bug hides. Many people test a new layer when it is freshly initialised. Then
# $\alpha$ is often exactly 0, and either sign is right.

# %%
def wrong_sign(x, mu, alpha):
    u = (x - mu(x)) * np.exp(-alpha(x))
    return -0.5 * np.sum(u ** 2 + np.log(2 * np.pi), axis=1) + np.sum(alpha(x), axis=1)


def zero(x):
    return 0 * x


print("largest difference between right and wrong sign, in nats")
for name, a in [("alpha = 0", zero), ("alpha as above", alpha)]:
    difference = np.abs(layer_log_prob(x, mu, a) - wrong_sign(x, mu, a)).max()
    print(f"  {name:18}{difference:.4f}")

# %% [markdown]
# So test at random parameters that are not zero, as the checks of this course do.
#
# The second bug is the sum over the wrong axis. `log_det` has one number for each *row*, because every point has a
# Jacobian of its own. Forget `axis=1`, and NumPy returns one number for the batch, adds it to every row, and says
# nothing.

# %% tags=["misconception:log-det-per-batch"]
def one_log_det_a_batch(x, mu, alpha):
    u = (x - mu(x)) * np.exp(-alpha(x))
    return -0.5 * np.sum(u ** 2 + np.log(2 * np.pi), axis=1) - np.sum(alpha(x))     # no axis


print("log p of the first row, in nats, when it is ...     one log_det a row   one a batch")
for n, company in [(1, "alone"), (2, "with one other row"), (5, "with four other rows")]:
    right, wrong = (f(x[:n], mu, alpha)[0] for f in (layer_log_prob, one_log_det_a_batch))
    print(f"  {company:48}{right:10.4f}{wrong:18.4f}")

# %% [markdown]
# A point's density cannot depend on the other rows of the batch. That is the whole test: call the function with one
# row, then with many, and compare.

# %% [markdown] tags=["instructor"]
# **Instructor (10 minutes, 5 of them for the exercise).** *What goes wrong in the exercise:* the sign of the exponent
# in the first line is flipped instead. The result is a density, with integral 1, of another map; only the comparison
# with the map itself finds it. Good to discuss: "Which of the three questions does *not* catch that?" (The area.)
#
# *Questions.* "Is one log_det a batch easy to see in training?" In the form above, yes: the log_det term weighs N
# times too much, so the model learns scales that are too small by a factor of sqrt(N), though the loss goes down.
# Divided by N it hides: the mean loss is right, and only single rows are wrong (notebook 12). "Is log_det ever the
# same for all rows?" Yes: for affine maps, and for layers with constant alpha.

# %% [markdown]
# ## Quiz
#
# Four questions. Choose, and read the comment even when you were right.

# %%
quiz("change_of_variables")

# %% [markdown]
# ## Recap
#
# * A map moves mass and creates none: $p(x)\,|dx| = p_u(u)\,|du|$.
# * $\log p(x) = \log p_u(u) + \log|\det du/dx|$. To get the sign right: the unit (per $x$), the stretch (wider, so
#   lower), the area (1).
# * A density may exceed 1. It has a unit.
# * $|\det J|$ is the factor by which small volumes grow. An entry below the diagonal of a triangular Jacobian shears,
#   and leaves volumes alone.
# * Triangular: $\log|\det J| = \sum_i \log|J_{ii}|$, $D$ logs instead of $D^3/3$ multiplications. Autoregressive maps
#   are triangular.
# * `log_det` has shape `(N,)`. Test at parameters that are not zero, and with one row and with many.
# * Gaussian conditionals are a flow with $\log|\det du/dx| = -\sum_i \alpha_i$.
#
# One thing is still missing: a way to get all $\mu_i$ and $\alpha_i$ from *one* network that does not peek. That is
# MADE, in the next notebook.

# %% [markdown]
# ## References
#
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). The change of variables: section 2.2. The way back
#   and its determinant: section 3.1.
# * L. Dinh, D. Krueger, Y. Bengio, *NICE: Non-linear Independent Components Estimation*, 2014,
#   [arXiv:1410.8516](https://arxiv.org/abs/1410.8516). Maps with a triangular Jacobian as the building blocks of a
#   density.
# * G. Papamakarios, E. Nalisnick, D. J. Rezende, S. Mohamed, B. Lakshminarayanan, *Normalizing Flows for Probabilistic
#   Modeling and Inference*, JMLR 22 (2021), [arXiv:1912.02762](https://arxiv.org/abs/1912.02762). A survey; the change
#   of variables is in section 2.1.
