"""Values of SciPy and statsmodels for the tests of statistics.

Usage: python make_statistics.py > statistics.json   (needs scipy and statsmodels)
"""

import itertools
import json

import numpy as np
from scipy import stats
from scipy.special import roots_jacobi
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower

rng = np.random.default_rng(2026)
out = {}

families = [[0.01], [0.04, 0.03, 0.5, 0.001, 0.03], list(np.round(rng.uniform(0, 1, 12) ** 3, 6)), [1, 1, 0.2]]
out["fdr"] = [[list(map(float, p)), [float(x) for x in multipletests(p, method="fdr_bh")[1]]] for p in families]

pairs = [(0, 0), (1, 0), (0, 7), (3, 9), (10, 10), (40, 61)]
out["mcnemar"] = [[b, c, float(mcnemar([[5, b], [c, 5]], exact=True).pvalue)] for b, c in pairs]

tables = [(5, 0, 16, 16), (1, 0, 64, 64), (12, 3, 20, 30), (0, 0, 4, 4), (30, 0, 64, 8)]
out["fisher"] = [
    [a, b, n, m, float(stats.fisher_exact([[a, n - a], [b, m - b]], alternative="greater").pvalue)] for a, b, n, m in tables
]


def mean(x, axis):
    return np.mean(x, axis=axis)


samples = [[0.5], [0.1, -0.2, 0.4], list(np.round(rng.normal(0.2, 0.5, 9), 4)), [0, 0, 0.25, 0.25, -0.25]]
out["flips"] = []
for x in samples:
    flips = [np.mean([s * v for s, v in zip(signs, x)]) for signs in itertools.product([1, -1], repeat=len(x))]
    p = float(np.mean(np.abs(flips) >= abs(np.mean(x)) - 1e-12))
    if len(x) > 1:
        found = stats.permutation_test((np.array(x),), mean, permutation_type="samples", n_resamples=np.inf, vectorized=True)
        assert abs(found.pvalue - p) < 1e-9, (x, found.pvalue, p)
    out["flips"].append([x, p])
many = list(np.round(rng.normal(0.05, 0.4, 200), 4))
found = stats.permutation_test(
    (np.array(many),), mean, permutation_type="samples", n_resamples=200_000, vectorized=True, rng=np.random.default_rng(1)
)
out["many_flips"] = [many, float(found.pvalue)]

out["power"] = []
for effect, deviation, power, error in [(0.03, 0.3, 0.8, 0.05), (0.01, 0.45, 0.9, 0.05), (0.1, 0.2, 0.8, 0.01)]:
    n = NormalIndPower(ddof=0).solve_power(
        effect_size=effect / deviation, nobs1=None, alpha=error, power=power, ratio=0, alternative="two-sided"
    )
    out["power"].append([effect, deviation, power, error, float(n)])


def majority(tallies, k):
    answers = [i for i, (_, count) in enumerate(tallies) for _ in range(count)]
    total, subsets = 0.0, 0
    for subset in itertools.combinations(answers, k):
        counts = [subset.count(i) for i in range(len(tallies))]
        winners = [i for i, c in enumerate(counts) if c == max(counts)]
        total += sum(tallies[i][0] for i in winners) / len(winners)
        subsets += 1
    return total / subsets


votes = [[(True, 3), (False, 2), (False, 1)], [(False, 5), (True, 4)], [(True, 1)], [(False, 4), (False, 4)], [(True, 2), (False, 2), (False, 2)]]
out["majority"] = [
    [tallies, k, majority(tallies, k)] for tallies in votes for k in range(1, sum(c for _, c in tallies) + 1)
]
def resampled(arms, clusters):
    """All resamples of clusters and of each arm's seeds, which are equally likely: quantiles of the mean difference."""
    names = sorted(set(clusters))
    members = [np.array([i for i, c in enumerate(clusters) if c == name]) for name in names]
    rows = []
    for arm in arms:
        arm = np.array(arm)
        draws = itertools.product(range(len(arm)), repeat=len(arm))
        rows.append(np.array([arm[list(draw)].mean(0) for draw in draws]))
    each = rows[0] if len(arms) == 1 else (rows[0][:, None] - rows[1][None]).reshape(-1, len(clusters))
    found = []
    for draw in itertools.product(range(len(names)), repeat=len(names)):
        questions = np.concatenate([members[i] for i in draw])
        found.append(each[:, questions].mean(1))
    found = np.concatenate(found)
    low, high = np.quantile(found, [0.025, 0.975])
    sides = min(np.mean(found <= 1e-12), np.mean(found >= -1e-12))
    return [float(low), float(high), float(min(1, 2 * sides))]


out["levels"] = []
for seeds, clusters in [([1], 5), ([4], 4), ([1, 1], 5), ([3, 2], 4), ([3, 1], 5)]:
    names = [i for i in range(clusters) for _ in range(i % 3 + 1)]
    arms = [np.round(rng.uniform(0, 1, (n, len(names))) + 0.2 * (1 - place), 4).tolist() for place, n in enumerate(seeds)]
    out["levels"].append([arms, names, resampled(arms, names)])
def chen(n, c, k):
    """pass@k by counting subsets."""
    from math import comb

    return 1 - comb(n - c, k) / comb(n, k)


out["beta"] = []
for mean_rate, deviation, k, n in [(0.4, 0.3, 1, 8), (0.4, 0.3, 8, 8), (0.1, 0.2, 4, 16), (0.5, 0.1, 16, 64), (0.8, 0.35, 2, 5)]:
    total = mean_rate * (1 - mean_rate) / deviation**2 - 1
    # Gauss-Jacobi quadrature is exact, since the variance is a polynomial of the rate.
    nodes, weights = roots_jacobi(n + 1, (1 - mean_rate) * total - 1, mean_rate * total - 1)
    rates = (nodes + 1) / 2
    estimates = np.array([chen(n, c, k) for c in range(n + 1)])
    probabilities = stats.binom.pmf(np.arange(n + 1)[:, None], n, rates[None])
    first = estimates @ probabilities
    variance = (estimates**2) @ probabilities - first**2
    out["beta"].append([mean_rate, deviation, k, n, float(np.sqrt(2 * np.average(variance, weights=weights)))])
print(json.dumps(out))
