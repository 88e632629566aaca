# %% [markdown]
# # The referee
#
# **You are handed a flow with a wonderful score: find out by tests of your own what is wrong with it, repair it, and
# prove the repair on data of known entropy.**

# %%
import numpy as np

from tinymaf_course import show
from tinymaf_course.drawings import two_scores
from tinymaf_course.referee import chain, swiftflow

rng = np.random.default_rng(1)
train, valid, test = (chain.sample(rng, n) for n in (3000, 1000, 10_000))
claimed = swiftflow.Flow(n_dims=4, n_blocks=3).fit(train, valid, test)
print("the flow that you are handed: more than", 10 * int(claimed // 10), "nats a row")
print(f"the density that made the rows: {chain.log_prob(test).mean():.1f} nats a row")

show(two_scores({"the density that made the rows": chain.log_prob(test).mean(),
                 "the flow that you are handed": claimed}),
     "Two bars, in nats a row. The density that made the rows: a little below zero. The flow "
     "that you are handed: far above it.")

# %% [markdown]
# It beats the very density that the rows were drawn from, on rows that it was not trained on. Would you accept the
# paper?

# %% [markdown]
# ## At a glance
#
# After this notebook you can
#
# * say which scores are impossible, and what an impossible score proves;
# * choose tests that *can* fail: know for each what it sees and what it cannot see;
# * distinguish five common faults by a Jacobian, a pattern of dependencies, a row on its own, a second training;
# * write a referee's report in which every sentence has a number behind it.
#
# **Before you start.** This is where everything comes together: change of variables (notebook 02), masks (03), both
# directions of MAF (05), stacks and their orders (06), held-out scores (07). You will learn nothing new about flows
# here, only to distrust them. If you have forgotten a term, look it up in the [glossary](glossary.md).
#
# **Time.** Reading 25 minutes, exercises 20 minutes, and 12 more for what is optional. The computer needs less than a
# minute.
#
# <details><summary>Notation</summary>
#
# {{notation}}
#
# The stranger's code has names of its own, as you will see. Reading them is part of the job.
#
# </details>

# %% [markdown] tags=["instructor"]
# **Teaching notes.** 45 minutes for one learner who writes quickly: section 1 takes 6, section 2 takes 2, section 3
# takes 7, section 4 takes 7, section 5 takes 6, section 6 takes 9, section 7 takes 4, the first and the last screen 3;
# better 90 minutes in pairs, one who tests and one
# who asks "and what would that test *not* see?" It makes a good final project: hand out the notebook, collect the
# report of section 7, and grade that (by the five criteria given there) beside the checked exercises. The one idea to
# leave in the room: *a test that passes says something only if it could have failed.*
#
# The judge of each audit plants other sets of faults, and other forms of them, in flows with other seeds: knowing the
# list of the five is not enough to pass.

# %% [markdown]
# ## 1. A wonderful score
#
# You are refereeing a paper whose code is one file, `swiftflow.py`. To be fair, you test it on data about which you
# know everything: four variables, each drawn from a Gaussian, given those drawn before it.
#
# $$\begin{aligned}
# x_4 &= u_4, &
# x_3 &= \tfrac12 (x_4^2 - 1) + e^{x_4/2 - 1/2}\, u_3, \\
# x_2 &= 0.9\, x_3 - 0.6\, x_4 + \tfrac12\, u_2, &
# x_1 &= \sin(1.5\, x_2) + e^{\tanh(x_4)/2 - 1}\, u_1.
# \end{aligned}$$
#
# **Derive.** Its *entropy* $h = -\mathbb{E}[\log p(x)]$ is exact. *Step 1.* A Gaussian of standard deviation $\sigma$
# has $\tfrac12 \log(2\pi e) + \log \sigma$. *Step 2.* By the chain rule the entropies of the conditionals add up: $h =
# \tfrac42 \log(2 \pi e) + \mathbb{E}[\alpha_1 + \alpha_2 + \alpha_3 + \alpha_4]$. *Step 3.* $x_4$ is as often positive
# as negative, so $\mathbb{E}[x_4] = \mathbb{E}[\tanh x_4] = 0$, and only the constant of each $\alpha_i$ is left:
#
# $$h = 2 \log(2\pi e) - 1 + \log \tfrac12 - \tfrac12 + 0.$$
#
# **Check.** By a mean over draws, and by a Jacobian that knows no formula: $h = h(u) + \mathbb{E}\log|\det \partial x /
# \partial u|$.

# %%
import numpy as np

from tinymaf.checks import jacobians
from tinymaf_course import in_band, confirm
from tinymaf_course.referee import SOURCE, chain, load, swiftflow, with_faults

entropy = 2 * np.log(2 * np.pi * np.e) - 1 + np.log(0.5) - 0.5
print("entropy:", entropy.round(4), "nats")
confirm("as in the module", abs(entropy - chain.ENTROPY), below=1e-12)

rng = np.random.default_rng(0)
log_p = chain.log_prob(chain.sample(rng, 200_000))
off = (-log_p.mean() - entropy) / (log_p.std() / np.sqrt(len(log_p)))
in_band(off, -8, 8, "mean of -log p(x) minus the entropy, in standard errors")
u = rng.standard_normal((200, 4))
log_det = np.linalg.slogdet(jacobians(chain.u_to_x, u))[1]
alpha = chain.mu_alpha(chain.u_to_x(u))[1]
worst = np.abs(log_det - alpha.sum(axis=1)).max()
confirm("log|det dx/du| by autograd = sum of alpha", worst, below=1e-10)

# %% [markdown]
# **See.** Now the stranger's flow, just as its docstring says: train, and read off the score on 10,000 test rows.

# %%
train, valid, test = (chain.sample(rng, n) for n in (3000, 1000, 10_000))
flow = swiftflow.Flow(n_dims=4, n_blocks=3)
score = flow.fit(train, valid, test)
in_band(score, 18, 21, "mean log q(x) on the test rows, as swiftflow reports it, in nats")

# %% [markdown]
# **Predict.** About 20 nats a row. The true density itself has minus the entropy, -3.4826. What do you make of it?

# %%
from tinymaf_course import check, hint, predict, reveal, solution, whose

predict("wonderful-score")

# %% [markdown]
# **Write** (optional). How far is a score from the best possible one, and how sure can we be of that? Two numbers. You
# have the generator, so do not take the stranger's word about the test rows: judge by rows drawn after the training.

# %% tags=["exercise"]
# {{exercise nats-above-entropy}}

# %%
fresh = chain.sample(np.random.default_rng(100), 10_000)
gap, error = nats_above_entropy(flow.log_prob(fresh), entropy)
in_band(gap, -25, -21, "nats a row short of the truth, as swiftflow reports it")
in_band(error, None, 0.001, "standard error")
true_error = nats_above_entropy(chain.log_prob(fresh), entropy)[1]
in_band(true_error, 0.01, 0.02, "standard error of the true density on the same rows")

# %% [markdown]
# A second oddity: the error is almost zero. The true density finds some rows likelier than others, so its score has an
# error of more than a hundredth of a nat. The stranger's density gives every row nearly the same number.
#
# **Derive.** How low can the gap be? Let $q$ be what the model calls a density, and $Z = \int q(x)\,dx$. The logarithm
# is concave, so the mean of a log is at most the log of the mean (Jensen):
#
# $$\mathbb{E}_p[\log q] - \mathbb{E}_p[\log p] = \mathbb{E}_p\!\left[\log\frac{q}{p}\right]
#   \le \log \mathbb{E}_p\!\left[\frac{q}{p}\right] \le \log \int q(x)\, dx = \log Z.$$
#
# With $Z = 1$ the left side is at most 0: **no density scores better than minus the entropy** on rows that it has not
# seen, except for the luck that the standard error measures. Conversely, a gap below -21 proves that $Z$ is at least
# $e^{21}$, more than a billion. You have not read a line of code yet, and you know that this is not a density.

# %%
reveal("wonderful-score")

# %% [markdown] tags=["instructor"]
# **Section 1, 6 minutes, and 5 for the optional exercise.** Let them vote before the derivation; expect many for luck,
# and for a leak. To the latter ask: *what would you have to do to rule it out?* Draw new rows. That is what the cell
# does, and why it does not use `test`.
#
# *What goes wrong.* The sign of the gap. Write on the board: perfect is 0, worse is positive, negative is a fire alarm.
# Some say "an entropy must be positive": this one is, but a density of small numbers has a negative one (notebook 02).
#
# *Ask.* "And if we did not know the entropy?" Then there is no such bound, and the audit has to find the fault: the
# next sections need no known entropy at all. That is why referees like synthetic data.
#
# *Ask the quick ones.* Where does the score come from? |s| < 2, three blocks of four variables: 24 in all, minus
# 2 log(2 pi) = 3.7 for a z that has shrunk to 0. The score is nothing but the clamp in the code. Without it, training
# would run to infinity.

# %% [markdown]
# ## 2. Read the contract, then test it
#
# Here is the file. Do not hunt for bugs yet: eyes are bad at that, and easily fooled. Read what it *promises* in the
# docstrings of `Block` and `Flow`. Which way is "forward"? Whose log-determinant is returned? Which variables may each
# output see?

# %%
print(SOURCE)

# %% [markdown]
# So "forward" is our `x_to_u`, with `z` for `u`, and `m`, `s` for `mu`, `alpha`. The promises are:
#
# 1. `inverse` undoes `forward`;
# 2. `forward` returns `log|det dz/dx|`, of each row;
# 3. `m_i` and `s_i` look at the dimensions before `i` in `order`, and the order alternates from block to block;
# 4. `log_prob` is the log of a density;
# 5. `fit` returns the score of rows that training has not used.
#
# **Predict.** There are five faults in this file. Most people test a flow by its round trip, promise 1. How many of the
# five does it see?

# %%
predict("round-trip-sees")

# %%
def round_trip(flow, x):
    """The largest error of x -> z -> x, relative to the largest number in x."""
    return np.abs(flow.inverse(flow.forward(x)[0]) - x).max() / np.abs(x).max()


# its weights are random, and not zero
untrained = swiftflow.Flow(n_dims=4, n_blocks=3, seed=1)
rows = chain.sample(np.random.default_rng(7), 5)
trip = round_trip(untrained, rows)
confirm("round trip of the untrained flow", trip, below=1e-10)
confirm("round trip of the trained flow", round_trip(flow, rows), below=1e-6)
reveal("round-trip-sees")

# %% [markdown]
# The test is not useless, but here it *could not fail*. From now on ask of each test, before you run it: which fault
# would make it fail?

# %% [markdown] tags=["instructor"]
# **Section 2, 2 minutes.** Forbid hunting for bugs by eye; there is always a shout of "a minus is missing". Answer:
# *maybe; show me a number.* Even if it is right, the report needs the number.
#
# *What goes wrong.* Most predict 2 or 3 for the round trip. A mask that lets output i see x_i would be seen by it,
# because the inverse then goes wrong; this file's mask errs in the other direction.
#
# *Ask.* "Why at random weights?" At zero weights every log_det is 0: a wrong sign looks right.

# %% [markdown]
# ## 3. The log-determinant, row by row
#
# Promise 2 in full: `log_det[k]` is $\log|\det \partial z/\partial x|$ *at row k*, whatever else is in the batch. Two
# things can go wrong here, and a clumsy test mixes them up.
#
# **Write.** Two tests, one for each fault. The judge tries your audit on flows that you have not seen: some are
# honest, some have one fault, some both, some have *other* faults, which this audit must ignore.

# %% tags=["exercise"]
# {{exercise log-det-audit}}

# %%
found_log_det = log_det_audit(untrained, rows)
print("found in swiftflow:", ", ".join(sorted(found_log_det)))

# %% [markdown]
# **See.** Numbers for the report: one row's log-density, alone and in company; and the block's claim beside the
# Jacobian.

# %% tags=["misconception:log-det-per-batch"]
alone, in_company = untrained.log_prob(rows[:1])[0], untrained.log_prob(rows)[0]
print("log q of row 0, handed in alone:       ", alone.round(4))
print("log q of row 0, with four rows beside: ", in_company.round(4))
one_by_one = np.array([untrained.log_prob(row[None])[0] for row in rows])
print("mean over the rows, one by one:        ", one_by_one.mean().round(4))
print("mean over the rows, together:          ", untrained.log_prob(rows).mean().round(4))

block = untrained.blocks[0]
claimed = block.forward(rows)[1]
exact = np.linalg.slogdet(jacobians(lambda r: block.forward(r)[0], rows))[1]
print("block 0 claims:  ", claimed.round(4))
print("by the Jacobian: ", exact.round(4))

# %% [markdown]
# The two means are the *same*: the sum over the batch is divided among the rows again, so score and training come out
# right, and only single rows are wrong. That is why this fault survives so long: few people look at single rows, until
# outliers are ranked by them.
#
# The wrong sign, by contrast, destroys the training. The more a block shrinks everything, the larger its claimed
# log_det. Only `|s| < 2` stops it.

# %% [markdown] tags=["instructor"]
# **Section 3, 7 minutes, 5 of them exercise.**
#
# *What goes wrong.* They compare the Jacobian with what the batch gets, and a sum over the batch rings both bells. Ask:
# *which of your two tests can fail for two reasons?* Others test the trained flow: there s sits at its bound, and
# differences are hard to read.
#
# *Ask.* "Is a log_det of shape (N,) a log_det for each row?" No: look at it. "Which published results would the second
# fault spoil?" Anomaly scores, Bayes classifiers, importance weights: all that uses log q(x) of one x.

# %% [markdown]
# ## 4. What looks at what
#
# Promise 3. Differentiate the network inside each block, `block.shift_and_scale`, and look at which entries are not
# zero. In the order of the block it must be a full triangle below the diagonal. *Full* is half of the promise: a
# network that looks at nothing breaks no rule, and models no dependency.
#
# **Write.** Masks and orders in one audit.

# %% tags=["exercise"]
# {{exercise dependency-audit}}

# %%
found_wiring = dependency_audit(untrained, rows)
print("found in swiftflow:", ", ".join(sorted(found_wiring)))

# %% [markdown]
# **See.** What each block looks at, as found, and as it was promised.

# %% tags=["misconception:stacking-adds-power"]
from tinymaf_course.drawings import patterns


def sees(block, x):
    """(D, D): does m_i, row i, look at x_j, column j?"""
    return np.abs(jacobians(lambda r: block.shift_and_scale(r)[0], x)).max(axis=0) > 0


lower = np.tril(np.ones((4, 4), bool), -1)
promised = [lower, lower[::-1, ::-1], lower]
as_found = [sees(block, rows) for block in untrained.blocks]
fig = patterns(as_found, promised)
show(fig, "Six patterns of 4 by 4 squares. As found: all three blocks alike, three filled "
          "squares each, m3 looks at x1, m4 at x1 and x2. As promised: six squares each, a "
          "full triangle below the diagonal in blocks 0 and 2, and above the diagonal in block "
          "1.")
print("dependencies as found:   ", *(pattern.sum() for pattern in as_found), "of 6")
print("blocks with equal patterns:",
      (as_found[0] == as_found[1]).all() and (as_found[1] == as_found[2]).all())

# %% [markdown]
# Half of the dependencies are gone: no variable looks at its next neighbour. And blocks 0, 1 and 2 look the same, so
# the stack has one order, and every conditional stays a Gaussian (notebook 06). Either fault alone leaves an honest
# density: log_det is right, the integral is 1. The density is only much worse than it could be, and that raises no
# alarm unless you know what is achievable.

# %% [markdown] tags=["instructor"]
# **Section 4, 7 minutes, 5 of them exercise.**
#
# *What goes wrong.* Differentiating z instead of m: its diagonal is always there, and hides a mask that lets m_i see
# x_i. (The judge has such a flow.) Testing for what is forbidden, and not for what is missing. Comparing a reversed
# block with the natural order.
#
# *Ask.* "Why is a lost dependency worse than a crash?" A crash is noticed. "Which test of promise 4 would see a lost
# dependency?" None does: it is a density, of a poorer family.

# %% [markdown]
# ## 5. Rows that must not matter
#
# Promise 5 is about the training, and it too is about what depends on what: what was learned must not depend on the
# test rows. So change them, change nothing else, train again, and compare.
#
# **Write.** The audit of a leak. Training may peek in more than one way; test for *any*.

# %% tags=["exercise"]
# {{exercise leak-audit}}

# %%
def small_flow():
    """A fresh flow of the stranger's, the same each time."""
    return swiftflow.Flow(n_dims=4, n_blocks=1)


found_leak = bool(leak_audit(small_flow, train[:150], valid[:150], test[:150]))
print("what swiftflow learns depends on the test rows:", found_leak)

# %% [markdown]
# How much is it worth? With thousands of rows, as here, almost nothing, as you will measure in a moment. It is a fault
# all the same: the score claims to be one "on rows that it has never seen", and that is not true.

# %% [markdown] tags=["instructor"]
# **Section 5, 6 minutes, 5 of them exercise.**
#
# *What goes wrong.* Comparing test scores, which differ for good reasons. Shuffling the test rows: their mean stays.
# Changing the validation rows too. Testing for the one leak that they have read about, while the judge also plants
# another (early stopping on test rows).
#
# *Ask.* "Could your test say False for a leaking training?" Yes: if the other rows happen to lead to the same choice.
# So try several, quite different ones. "And True for an honest one?" Only if training is not repeatable: fix its seed.

# %% [markdown]
# ## 6. Repair it, and prove it
#
# Now you may read the code, with five measurements in hand that say where to look.
#
# **Write.** Five replacements. The judge audits what comes out, at dimensions and seeds of its own.

# %% tags=["exercise"]
# {{exercise mend-the-flow}}

# %%
mended = load(mend_the_flow(SOURCE))
sound = mended.Flow(n_dims=4, n_blocks=3, seed=1)
left = {*log_det_audit(sound, rows), *dependency_audit(sound, rows)}
print(f"faults left, by {whose(log_det_audit)} and {whose(dependency_audit)}:", len(left))


def small_mended():
    return mended.Flow(n_dims=4, n_blocks=1)


still_leaks = leak_audit(small_mended, train[:150], valid[:150], test[:150])
print("still depends on the test rows: ", bool(still_leaks))
confirm("round trip", round_trip(sound, rows), below=1e-10)

# %% [markdown]
# **Predict.** The proof is the score. Repair one fault after another and train again each time: first the sign, which
# makes the score possible again, then the others. Which of *those* repairs brings the most?

# %%
predict("best-mend")

# %% [markdown]
# **Check.** One training for each step, some seconds each. (The batch sum is left out: you saw that it does not touch
# the mean, and training uses the mean.)

# %%
steps = {                                           # what is done: the faults that are left
    "sign repaired": ["mask", "same order", "leak"],
    "+ mask repaired": ["same order", "leak"],
    "+ order repaired": ["leak"],
}
gaps = {"as found": gap}
for name, faults in steps.items():
    one = with_faults(faults).Flow(n_dims=4, n_blocks=3)
    one.fit(train, valid, test)
    gaps[name] = nats_above_entropy(one.log_prob(fresh), entropy)[0]
final = mended.Flow(n_dims=4, n_blocks=3)
final.fit(train, valid, test)
gaps["all repaired: yours"], error_of_yours = nats_above_entropy(final.log_prob(fresh), entropy)

in_band(gaps["sign repaired"], 1.6, 2.3, "nats short of the truth, sign corrected")
in_band(gaps["+ mask repaired"], 0.7, 1.3, "nats short of the truth, mask corrected as well")
in_band(gaps["+ order repaired"], 0.05, 0.45,
        "nats short of the truth, order corrected as well")
in_band(gaps["all repaired: yours"], 0.05, 0.45,
        f"nats short of the truth, corrected by {whose(mend_the_flow)}")
in_band(error_of_yours, 0.01, 0.04, "its standard error")
in_band(abs(gaps["all repaired: yours"] - gaps["+ order repaired"]), None, 0.05,
        "what the leak was worth, in nats")
mask = gaps["sign repaired"] - gaps["+ mask repaired"]
order = gaps["+ mask repaired"] - gaps["+ order repaired"]
in_band(mask - order, 0, 0.6, "the mask brought more than the order, in nats")
reveal("best-mend")

# %%
from tinymaf_course.drawings import short_of_the_truth

show(short_of_the_truth(gaps),
     "Bars from top to bottom. As found: to the left of zero, cut off, marked as minus 23, "
     "impossible. Sign repaired: about 2 nats. Mask repaired: about 1. Order repaired: some "
     "tenths. All repaired: the same.")

# %% [markdown]
# Every bar to the right of the line is a possible score. The few tenths that are left are the flow's own limits: three
# small blocks, 3,000 rows, twenty epochs. The proof needs the other direction, too. Samples must look like the data,
# and the data's `z` like noise. In the flow as found, `z` was squeezed almost to a point.

# %%
samples = final.sample(20_000, seed=5)
data = chain.sample(np.random.default_rng(11), 20_000)
means = np.abs(samples.mean(axis=0) - data.mean(axis=0))
correlations = np.abs(np.corrcoef(samples.T) - np.corrcoef(data.T))
in_band(means.max(), None, 0.2, "largest difference of a mean, samples and data")
in_band(correlations.max(), None, 0.2, "largest difference of a correlation")
spread, as_found_spread = (one.forward(fresh)[0].std(axis=0) for one in (final, flow))
in_band(np.abs(spread - 1).max(), None, 0.15, "spread of z differs from 1 by at most")
in_band(as_found_spread.max(), None, 0.2, "spread of z in the flow as found, at most")

# %% [markdown] tags=["instructor"]
# **Section 6, 9 minutes, 5 of them exercise.**
#
# *What goes wrong.* A replacement that does not hit because of one blank too many: `replace` says nothing. The card
# says how many lines changed. `ld.mean()` for the sum over the batch; `np.flip` at the wrong place, so that all blocks
# are reversed; the last layer's mask loosened as well.
#
# *Ask.* "Why is the proof a number and not a picture?" The flow with a missing mask draws a fair picture, too, and
# lacks a nat. "Are some tenths of a nat good?" For this model, so little data and a short training, yes. Good homework:
# with more blocks, more rows, more epochs, how close does it come? How close does the library come?

# %% [markdown]
# ## 7. The report
#
# Which of your tests sees which fault? Here they are, each fault alone in an otherwise sound flow.

# %%
tests = {
    "round trip": lambda module, flow: round_trip(flow, rows) > 1e-6,
    "log_det": lambda module, flow: bool(log_det_audit(flow, rows)),
    "wiring": lambda module, flow: bool(dependency_audit(flow, rows)),
    "leak": lambda module, flow: leak_audit(lambda: module.Flow(4, n_blocks=1),
                                            train[:100], valid[:100], test[:100]),
}
print(f"{'fault':12}" + "".join(f"{name:>12}" for name in tests))
for fault in ["sign", "batch sum", "mask", "same order", "leak"]:
    module = with_faults([fault])
    seen = [run(module, module.Flow(n_dims=4, n_blocks=3, seed=1)) for run in tests.values()]
    print(f"{fault:12}" + "".join(f"{'sees it' if one else '.':>12}" for one in seen))

# %% [markdown]
# No test sees everything. Three of the four are needed for these five faults; the round trip saw none of them, and is
# kept for a sixth, a mask that peeks. That is an *audit*. Now the draft of your report, from what your own functions
# found.

# %%
promises = [  # promise, is it broken?, the test and its number
    ("1. inverse undoes forward", trip > 1e-9, "round trip"),
    ("2. log_det is log|det dz/dx|", "sign" in found_log_det,
     f"Jacobian, one row at a time: {claimed[0]:.4f} claimed, {exact[0]:.4f} found"),
    ("   for each row", "batch sum" in found_log_det,
     f"row 0 has log q {alone:.4f} alone, {in_company:.4f} in company"),
    ("3. full triangle in its order", "mask" in found_wiring,
     f"{as_found[0].sum()} of 6 dependencies a block"),
    ("   orders alternate", "same order" in found_wiring, "patterns of neighbouring blocks"),
    ("4. log_prob: of a density", gap < -4 * true_error,
     "more than 21 nats better than the truth, on fresh rows"),
    ("5. test rows are not used", found_leak, "trained again with other test rows"),
]
print("DRAFT OF A REPORT ON swiftflow")
for promise, broken, test_and_number in promises:
    print(f"{promise:32}{'BROKEN' if broken else 'holds':8}{test_and_number}")
# Your own numbers, for the text: print(gap, gaps, error_of_yours)

# %% [markdown]
# **The report.** Double-click here and write it, half a page, for the authors and the editor. Five paragraphs:
#
# * *What is claimed.* In one sentence, and which of the five promises it rests on.
# * *What was found.* For each fault: the promise that it breaks, the test, the number, the line. The gravest first.
# * *What it does to the results.* Which of their numbers are void, which remain valid, which could merely be better?
# * *What was repaired and proven.* The score before and after, with its error, against the entropy.
# * *What was not tested*, and what you recommend: accept, revise, reject.
#
# | criterion | 0 points | 1 point | 2 points |
# |---|---|---|---|
# | claim | not named | named | named, with the promises that it rests on |
# | evidence | opinions, or "I read the code" | tests without numbers | a test and a number for each fault |
# | cause | symptoms alone | some faults located | each fault has its line, and no fault is claimed twice |
# | repair | none | repaired | repaired, and proven against the known entropy, with an error |
# | limits | none stated | stated | what each test could not have seen; tone fair to the authors |

# %% [markdown] tags=["instructor"]
# **Section 7: 15 minutes as homework.** Grade the report by the table, 10 points; with the checked exercises it makes
# the project's mark.
#
# *What goes wrong.* "The model is bad" instead of "promise 2 is broken, by this test, this much". The leak is
# exaggerated: it was worth nothing here, and a good report says so and still reports it. Few write what was *not*
# tested: other sizes than D = 4, float32, rows far out, the training of a flow with `y`.
#
# *Ask.* "Two faults were harmless to the score. Would you let the paper pass with them?" The sum over the batch spoils
# every use of single rows; the leak makes a sentence of the paper untrue. No.
#
# *Demo.* Run the library through the same audits: `tinymaf.checks` has them as functions.

# %% [markdown]
# ## 8. Does it integrate to one? (optional)
#
# This tests promise 4 directly; without it you have only the bound of section 1. A grid in four dimensions would be
# large, but draws from a known wide density can replace it:
#
# $$\int p(x)\, dx = \int \frac{p(x)}{q(x)}\, q(x)\, dx = \mathbb{E}_{x \sim q}\!\left[\frac{p(x)}{q(x)}\right].$$
#
# **Write** (optional). The integral, by draws.

# %% tags=["exercise"]
# {{exercise total-mass}}

# %%
mass = total_mass(final.log_prob, 4, np.random.default_rng(3), 200_000)
in_band(mass, 0.85, 1.15, "integral of the corrected density")
mass_as_found = total_mass(flow.log_prob, 4, np.random.default_rng(3), 200_000)
in_band(np.log(mass_as_found), 21, 45, "log of the integral, as found")

# %% [markdown]
# By the bound of section 1 the last number is at least 21, and so it is.

# %% [markdown] tags=["instructor"]
# **Section 8, 6 minutes, 5 of them exercise, and all of it optional.** *Ask.* "Why a *wide* density for the draws?"
# With a narrow one the weights are unbounded, and the mean rests on a few draws.

# %% [markdown]
# ## Quiz

# %%
from tinymaf_course import quiz

quiz("referee")

# %% [markdown]
# ## Recap
#
# * A mean score clearly above minus the entropy, on rows not seen, is not good: it is impossible. It proves $Z \ge
#   e^{\text{excess}}$.
# * Before you run a test, say which fault would make it fail. The round trip saw none of five.
# * log_det: each row alone, against the Jacobian; then alone against in company. At random weights, never at zero.
# * Wiring: what is forbidden *and* what is missing, in the block's own order; neighbours must differ.
# * Training: change the rows that must not matter, and compare what was learned.
# * A repair is proven by the tests that found the fault, and by a score compared with what is known.
#
# You can read the library now, all of it: it is small, and you have built most of it. Next: a paper's numbers, from the
# table back to the rows. [The paper's table](13_the_papers_table.ipynb).

# %% [markdown]
# ## References
#
# * G. Papamakarios, T. Pavlakou, I. Murray, *Masked Autoregressive Flow for Density Estimation*, NeurIPS 2017,
#   [arXiv:1705.07057](https://arxiv.org/abs/1705.07057). Section 3.1: what a block promises, and stacks.
# * M. Germain, K. Gregor, I. Murray, H. Larochelle, *MADE*, ICML 2015,
#   [arXiv:1502.03509](https://arxiv.org/abs/1502.03509). Section 4: the masks, and what may see what.
# * T. Cover, J. Thomas, *Elements of Information Theory*, 2nd edition, Wiley 2006. Theorem 8.6.1: the entropy of a
#   density is the best score there is (relative entropy is not negative); theorem 8.6.2: the chain rule.
# * S. Kapoor, A. Narayanan, *Leakage and the reproducibility crisis in machine-learning-based science*, Patterns 4,
#   2023, [doi:10.1016/j.patter.2023.100804](https://doi.org/10.1016/j.patter.2023.100804). A survey of what leaked
#   where, in 17 fields.
