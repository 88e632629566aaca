"""Questions on what notebooks 01 to 05 meet."""

from .question import Question

QUESTIONS = [
    Question(
        "autoregressive-time-series",
        "Which of these data can an autoregressive model describe?",
        {
            "a sound wave, but not a table of patients": (
                "Knows the word from time series. Ask: what does p(x2 | x1) need to know about x1 "
                "and x2?"
            ),
            "a table of patients, but not a sound wave": (
                "Has just seen tables as examples, or thinks that a wave is too long. Length is a "
                "matter of cost."
            ),
            "both: any fixed number of variables, put in any line": (
                "Right: the product rule of probability holds for any variables in any order."
            ),
            "both, but the table only if its columns are sorted by importance": (
                "Knows that an order is needed, and believes that it has to mean something. Any "
                "order gives a valid product."
            ),
        },
        "both: any fixed number of variables, put in any line",
        "p(x1) p(x2 | x1) ... holds for any variables; time is one order among many.",
    ),
    Question(
        "any-order",
        (
            "Two people fit the same 2-D data with p(x1) p(x2 | x1) and with p(x2) p(x1 | x2). "
            "Both use Gaussian conditionals whose mean and width are as flexible as one likes. "
            "Their best scores on very much data:"
        ),
        {
            "may differ, however flexible the two networks are": (
                "Right: flexible means and widths do not make a conditional that has two humps "
                "Gaussian."
            ),
            "are equal, since both products equal p(x1, x2)": (
                "Applies the product rule of the TRUE density to two models. It holds for exact "
                "conditionals, not for Gaussian ones."
            ),
            "differ only if one of the networks is too small": (
                "Thinks of capacity, and has not seen that the form of the conditional is another "
                "limit."
            ),
            "are equal if the two variables are scaled alike": (
                "Thinks of training trouble. Scaling changes neither the number of humps nor the "
                "order."
            ),
        },
        "may differ, however flexible the two networks are",
        "A family of conditionals may contain the true ones in one order and not in the other.",
    ),
    Question(
        "density-above-one",
        "A sensor's values lie evenly between 0 and 0.1. What is the density at 0.05?",
        {
            "1, because values certainly lie there": (
                "Confuses the probability of the whole interval with the density at a point."
            ),
            "0.1": (
                "Took the length of the interval instead of one over it, reading a density as a "
                "share."
            ),
            "0, since a single value has no probability": (
                "Right about the probability of a single value; a density is probability per "
                "length, and need not be 0."
            ),
            "10": "Right: height times 0.1 must be 1.",
        },
        "10",
        (
            "A density is probability per length. Where much probability lies on a short length, "
            "it is far above 1."
        ),
    ),
    Question(
        "log-det-per-batch",
        (
            "A trained flow, ready for evaluation, gets 50 rows. You hand in the same 50 rows "
            "again, but replace the last one. What happens to the log_det of the first row?"
        ),
        {
            "it changes a little, as the sum over the batch changes": (
                "Has one log-det for a batch in mind, mostly from code that sums for the loss. "
                "(Batch norm in training does couple the rows. Here it is frozen.)"
            ),
            "nothing": "Right: each row has a Jacobian of its own.",
            "it changes only if the new row is an outlier": (
                "Thinks of an average that outliers disturb. Nothing is averaged over rows."
            ),
            "the first row has none: log_det belongs to the layer": (
                "Thinks of a linear layer, whose determinant is the same for all rows. In a MAF it "
                "depends on x."
            ),
        },
        "nothing",
        "log_det has one entry for each row, computed from that row alone.",
    ),
    Question(
        "first-output-broken",
        (
            "In a trained MADE without context, you print output 1 for a thousand rows. It is the "
            "same number a thousand times. Your next step?"
        ),
        {
            "nothing: that is as it should be": (
                "Right: output 1 holds the parameters of p(x1), which is conditioned on nothing."
            ),
            "train longer: that output has not learned yet": (
                "Takes a constant for an untrained output. Its bias was trained: it holds the mean "
                "and the width of x1."
            ),
            "loosen the mask, so that output 1 sees x1": (
                "The repair that does harm: the model could then copy x1, and the product would "
                "not be a density any more."
            ),
            "put the variables in another order, so that output 1 gets inputs": (
                "The variable that comes first never gets any. The order decides which one that "
                "is, not whether there is one."
            ),
        },
        "nothing: that is as it should be",
        (
            "The first conditional is p(x1): its parameters are constants, or functions of the "
            "context."
        ),
    ),
    Question(
        "masking-avoids",
        "You set all masks of MADE to ones, and train again on the same data. What do you have?",
        {
            "an autoregressive model at last: now each output sees the others": (
                "Takes the masks for what stands in the way of an autoregressive model. They are "
                "what makes it one: output i may see earlier variables only."
            ),
            "the same densities, at a higher price": (
                "Takes masks for zeros that save work. A mask decides what an output may depend on."
            ),
            "D networks, one for each conditional": (
                "Remembers that masks spare us D networks. Without them it is still one "
                "network, only an ordinary one."
            ),
            "one network whose product of conditionals has the wrong integral": (
                "Right: output i sees x_i itself, so the integral over x is not 1 any more."
            ),
        },
        "one network whose product of conditionals has the wrong integral",
        (
            "Masks enforce the autoregressive property. Without them every output sees every "
            "input, its own variable included."
        ),
    ),
    Question(
        "maf-only-1d",
        (
            "You have 10,000 rows of 30 measurements. A colleague says: MAF will not do, because "
            "its conditionals are Gaussians of one variable. You answer:"
        ),
        {
            "true; use 30 separate MAFs": (
                "Believes the colleague. 30 separate models would lose everything that ties the "
                "measurements together."
            ),
            "true; a MAF needs a Gaussian of 30 variables as its base instead": (
                "Confuses base and conditionals. The usual base IS a Gaussian of 30 (independent) "
                "variables."
            ),
            (
                "false: there are 30 of them, each given the ones before it, and their product is "
                "the joint density"
            ): ("Right."),
            "false: MAF's conditionals are Gaussians of 30 variables": (
                "Right about the conclusion, wrong about the model: each conditional is of one "
                "variable."
            ),
        },
        (
            "false: there are 30 of them, each given the ones before it, and their product is the "
            "joint density"
        ),
        "One-dimensional conditionals, D of them, make a D-dimensional density.",
    ),
    Question(
        "maf-no-sampling",
        "A trained MAF of one layer models 6 variables. You need 1,000 new rows. Which is true?",
        {
            "it cannot be done: MAF goes from data to noise": (
                "Has learned that MAF is for densities and IAF for samples, as if one could not do "
                "the other's work."
            ),
            "it can be done approximately, with a few hundred steps of a Markov chain": (
                "Takes MAF for an unnormalised model. MAF has an exact sampler."
            ),
            "a second network has to be trained for the way back": (
                "Thinks of encoder and decoder. Here the same weights serve both ways."
            ),
            "it can be done exactly, in 6 steps, for all 1,000 rows at once": (
                "Right: variable after variable; rows are independent of each other."
            ),
        },
        "it can be done exactly, in 6 steps, for all 1,000 rows at once",
        "x_1 first, then x_2 given x_1, and so on: D steps a layer, each for the whole batch.",
    ),
    Question(
        "directions-cost-same",
        (
            "log p(x) of one image of 3,000 pixels takes a MAF layer 1 millisecond. You sample by "
            "calling the same network until all pixels are there. About how long does one image "
            "take?"
        ),
        {
            "1 millisecond: the layer is invertible": (
                "Invertible means that there is a way back, not that it is as short."
            ),
            "2 milliseconds: once for mu, once for alpha": (
                "Counts outputs. One call gives both; the waiting is from pixel to pixel."
            ),
            "3 seconds": "Right: 3,000 calls, one after another.",
            "2,500 hours, as 3,000 x 3,000 x 1,000 milliseconds": (
                "Knows that it is expensive, and squares. Each pixel waits for one more call, no "
                "more."
            ),
        },
        "3 seconds",
        "x to u is one call; u to x needs one call for each variable, in sequence.",
    ),
    Question(
        "jacobian-diagonal",
        (
            "x1 = u1 and x2 = x1^2 + sigma(x1) u2, with sigma(x1) = exp(3 x1). What is dx2/du2 at "
            "x1 = 0?"
        ),
        {
            "0": "Differentiates sigma with respect to u2, and forgets the factor u2 beside it.",
            "1": "Right: sigma(0) = exp(0) = 1, the factor of u2.",
            "3": (
                "The misconception itself: the derivative of sigma with respect to x1, since a "
                "Jacobian is made of derivatives."
            ),
            "3 u2": (
                "Differentiates sigma(x1) u2 with respect to x1, not u2: that is a part of "
                "dx2/du1, where sigma' really belongs."
            ),
        },
        "1",
        "As a function of u2 the layer is a straight line, and its slope is sigma itself.",
    ),
    Question(
        "one-dim-maf-any",
        (
            "Single numbers, drawn from an exponential density. A MAF with a standard normal base "
            "and very large networks is trained until nothing changes. What does its density look "
            "like?"
        ),
        {
            "a Gaussian": (
                "Right: with one variable mu and alpha are two constants, whatever the size of the "
                "networks."
            ),
            "nearly exponential: large networks can learn any curve": (
                "Has universal approximation in mind. The networks get no input here, so they have "
                "nothing to curve."
            ),
            "exactly exponential, because maximum likelihood finds the truth": (
                "Forgets that the model must be able to express the truth."
            ),
            "flat, because there is nothing to condition on": (
                "Sees that there is no input, and concludes too much: two constants can still be "
                "learned."
            ),
        },
        "a Gaussian",
        (
            "A straight line applied to Gaussian noise gives a Gaussian: mean and width are all "
            "there is to learn."
        ),
    ),
]
