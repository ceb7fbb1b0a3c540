"""Money-weighted returns of a block: the XIRR, by Newton's method for all lanes in step.

The yearly rate at which the flows grow to the final value. With x = log(1 + rate) the worth of the flows at
the end is Σ F e^(x·years): convex and rising in x where nothing is withdrawn, so that Newton's method cannot
fail there. The block's iterations use an exponential that is made of multiplications alone, because that
vectorises; a last step with the exact one follows lane by lane. Lanes with withdrawals, and any that did not
settle, are solved inside a bracket instead.

Which rate, where deposits follow on withdrawals and several may fit: what came back beyond what was paid in
makes it positive, a loss negative (some rate always fits there, because the true returns of its days, good and
bad, lie on both sides of it), and of several on that side it is the one next to 0 that steps of growing
length find first. It is refused (NaN) where an account that had earned it all along would at some time have
owed more than it had ever held: that is the return of a loan, and nobody had it. For one that never owes
anything the rate is the only one that fits. Source: Teichroew, Robichek and Montalbano, "An Analysis of
Criteria for Investment and Financing Decisions under Certainty", Management Science, 1965.

``flows`` (n, FLOW_ROW): external flows of the block, and in column FLOW_YEARS the years (days / 365) to the end.
"""

from __future__ import annotations

import math

from engine.ledger.compile.jit import inlined, inner
from engine.ledger.layout import FLOW_YEARS, LANES, RATES

LEAST, MOST = math.log(1e-9), math.log(1e4)  # of x
FIRST_STEP = 0.1  # of x, away from 0


@inlined
def exponential(y):
    """e^y for small |y|: seven terms of the series at y/64, squared six times; good to 2.5e-12 for |y| < 5."""
    z = y * (1.0 / 64.0)
    e = 1.0 + z * (
        1.0 + z * (0.5 + z * (1 / 6 + z * (1 / 24 + z * (1 / 120 + z * (1 / 720 + z * (1 / 5040))))))
    )
    e *= e
    e *= e
    e *= e
    e *= e
    e *= e
    return e * e


@inner
def block_rates(flows, count, scratch):
    """Row LOG_RATE of ``scratch``: log-rates of all lanes, good for a last exact step, from their FINAL values."""
    for j in range(LANES):
        scratch[RATES.GAP, j] = 0.0
        scratch[RATES.SLOPE, j] = 0.0
        scratch[RATES.MOVED, j] = 1.0
    for i in range(count):
        for j in range(LANES):
            scratch[RATES.GAP, j] += flows[i, j]
            scratch[RATES.SLOPE, j] += flows[i, j] * flows[i, FLOW_YEARS]
    for j in range(LANES):
        paid, final = scratch[RATES.GAP, j], scratch[RATES.FINAL, j]
        known = final > 0.0 and paid > 0.0 and scratch[RATES.SLOPE, j] > 0.0
        guess = math.log(final / paid) * paid / scratch[RATES.SLOPE, j] if known else 0.0
        scratch[RATES.LOG_RATE, j] = min(max(guess, -0.5), 0.5)
    for _ in range(8):
        for j in range(LANES):
            scratch[RATES.GAP, j] = -scratch[RATES.FINAL, j]
            scratch[RATES.SLOPE, j] = 0.0
        for i in range(count):
            span = flows[i, FLOW_YEARS]
            for j in range(LANES):
                worth = flows[i, j] * exponential(scratch[RATES.LOG_RATE, j] * span)
                scratch[RATES.GAP, j] += worth
                scratch[RATES.SLOPE, j] += worth * span
        going = 0.0
        for j in range(LANES):  # a lane that has settled stays, whatever its neighbours still do
            move = scratch[RATES.GAP, j] / scratch[RATES.SLOPE, j]
            settled = abs(scratch[RATES.MOVED, j]) < 1e-10 or not abs(move) < 10.0
            scratch[RATES.LOG_RATE, j] -= 0.0 if settled else move
            scratch[RATES.MOVED, j] = 0.0 if settled else move
            going += 0.0 if settled or abs(move) < 1e-10 else 1.0
        if going == 0.0:
            break


@inner
def exact_rate(flows, count, final, guess, j):
    """The XIRR of one lane from its guess; −1 where nothing came back, NaN where no rate fits."""
    least, most = 0.0, 0.0
    for i in range(count):
        least = min(least, flows[i, j])
        most = max(most, flows[i, j])
    if most <= 0.0 or final < 0.0:
        return math.nan
    if final <= 0.0 and least >= 0.0:
        return -1.0
    while (
        final <= 0.0 and flows[count - 1, j] == 0.0
    ):  # a simulation without a final value ends with its last flow
        count -= 1
    if least >= 0.0 and abs(guess) < 5.0 / max(flows[0, FLOW_YEARS], 1.0):
        gap, slope = future(flows, count, guess, final, 0.0, j)
        move = gap / slope
        if abs(move) < 1e-8:
            return math.expm1(guess - move)
    return bracketed_rate(flows, count, final, j)


@inner
def bracketed_rate(flows, count, final, j):
    """Newton's method inside a bracket that is halved where Newton leaves it, or is no faster than halving.

    The bracket is the first step away from 0, on the side of the profit, over which the sign changes. Source:
    "rtsafe" in Press et al., Numerical Recipes.
    """
    end = flows[count - 1, FLOW_YEARS] if final <= 0.0 else 0.0
    near, far = 0.0, 0.0
    gap_near = future(flows, count, near, final, end, j)[0]
    gap_far = gap_near
    step = FIRST_STEP if gap_near < 0.0 else -FIRST_STEP
    while LEAST < far < MOST and gap_near * gap_far > 0.0:
        near, gap_near = far, gap_far
        far = min(max(near + step, LEAST), MOST)
        gap_far = future(flows, count, far, final, end, j)[0]
        step *= 2.0
    if not gap_near * gap_far <= 0.0:
        return math.nan
    low, high = min(near, far), max(near, far)
    gap_low = gap_near if near < far else gap_far
    x = 0.5 * (low + high)
    moved = high - low
    for _ in range(200):
        gap, slope = future(flows, count, x, final, end, j)
        if abs(gap) <= 1e-15 * abs(slope):  # the step is below what a double of the rate can show
            break
        if (gap < 0.0) == (gap_low < 0.0):
            low = x
        else:
            high = x
        new = x - gap / slope
        if not low < new < high or abs(new - x) > 0.5 * moved:
            new = 0.5 * (low + high)
        moved = abs(new - x)
        x = new
        if moved <= 1e-14:
            break
    return math.nan if is_a_loan(flows, count, x, j) else math.expm1(x)


@inner
def is_a_loan(flows, count, x, j):
    """Whether an account with these flows at log-rate ``x`` owes more, once, than it had ever held until then.

    Where the rate is above zero, everything is discounted to the first flow, so that nothing overflows; a debt
    that is noise beside what was held by then is none.
    """
    held, most, scale = 0.0, 0.0, 0.0
    before = flows[0, FLOW_YEARS]
    for i in range(count):
        years = flows[i, FLOW_YEARS]
        change = math.exp(-abs(x) * (before - years))
        most *= change if x > 0.0 else 1.0
        held *= 1.0 if x > 0.0 else change
        scale *= 1.0 if x > 0.0 else change
        most = max(most, held)
        held += flows[i, j] * math.exp(-max(x, 0.0) * (flows[0, FLOW_YEARS] - years))
        if held < -most - 1e-11 * scale:
            return True
        most = max(most, held)
        scale = max(scale, abs(held))
        before = years
    return False


@inner
def future(flows, count, x, final, end, j):
    """Worth of all flows at the end at log-rate ``x``, less the final value; and its slope.

    The end is ``end`` years before the block's. Where the rate is above zero, everything is discounted to the
    first flow, so that nothing overflows.
    """
    back = x * (flows[0, FLOW_YEARS] - end) if x > 0.0 else 0.0
    gap = -final * math.exp(-back)
    slope = 0.0
    for i in range(count):
        years = flows[i, FLOW_YEARS] - end
        worth = flows[i, j] * math.exp(x * years - back)
        gap += worth
        slope += worth * years
    return gap, slope
