"""Student's t distribution, by the regularised incomplete beta function.

Pure Python, because scipy would weigh more than all the rest of the program. Nothing else belongs
here: what is done with the distribution is in `statistics`.
"""

import math
from statistics import NormalDist

_TINY = 1e-300
_EPSILON = 1e-16
_TERMS = 100_000


def cdf(t: float, freedom: float) -> float:
    """The probability, in [0, 1], that a t variable with `freedom` > 0 degrees is at most `t`.

    Accurate to about 1e-14. Source: Abramowitz and Stegun, Handbook of Mathematical Functions,
    26.7.1 (relation to the incomplete beta function). Raises ValueError unless `freedom` > 0.
    """
    if not freedom > 0:
        raise ValueError(f"degrees of freedom must be positive, not {freedom}")
    if math.isinf(t):
        return 1.0 if t > 0 else 0.0
    ratio = t * t / freedom
    centre = _incomplete_beta(0.5, freedom / 2, ratio / (1 + ratio), 1 / (1 + ratio))
    return 0.5 + math.copysign(centre / 2, t)


def quantile(probability: float, freedom: float) -> float:
    """The t below which a variable with `freedom` degrees lies with `probability` in (0, 1).

    Newton's method from the normal quantile. Above the median the distribution function is
    concave and the normal quantile lies left of the root, so that the steps only ever go right
    and end when rounding stops them. Raises ValueError for a probability outside (0, 1).
    """
    if not 0 < probability < 1:
        raise ValueError(f"a probability must lie between 0 and 1, not {probability}")
    if probability < 0.5:
        return -quantile(1 - probability, freedom)
    t = NormalDist().inv_cdf(probability)
    while (further := t + (probability - cdf(t, freedom)) / _density(t, freedom)) > t:
        t = further
    return t


def _density(t: float, freedom: float) -> float:
    logarithm = (
        math.lgamma((freedom + 1) / 2)
        - math.lgamma(freedom / 2)
        - 0.5 * math.log(freedom * math.pi)
        - (freedom + 1) / 2 * math.log1p(t * t / freedom)
    )
    return math.exp(logarithm)


def _incomplete_beta(a: float, b: float, x: float, y: float) -> float:
    """I_x(a, b) for a, b > 0 and x in [0, 1], with `y` = 1 - x given apart for its precision.

    Source: NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction) and
    8.17.4 (symmetry, used where the fraction converges slowly).
    """
    if x <= 0 or y <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, y, x)
    logarithm = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(y)
    )
    return math.exp(logarithm) * _continued_fraction(a, b, x) / a


def _continued_fraction(a: float, b: float, x: float) -> float:
    """The fraction 1/(1+ d1/(1+ d2/(1+ ...))) of DLMF 8.17.22, by Lentz's method.

    Source of the method: W. J. Lentz, Applied Optics 15 (1976) 668, as modified by Thompson and
    Barnett, Journal of Computational Physics 64 (1986) 490.
    """
    value, numerator, denominator = 1.0, 1.0, 0.0
    for step in range(1, _TERMS):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        denominator = 1 / ((1 + term * denominator) or _TINY)
        numerator = (1 + term / numerator) or _TINY
        value *= numerator * denominator
        if abs(numerator * denominator - 1) <= _EPSILON:
            break
    return 1 / value
