"""Values of SciPy and statsmodels for the tests of statistics.

Usage: python make_statistics.py > statistics.json   (needs scipy and statsmodels)
"""

import itertools
import json

import numpy as np
from scipy import stats
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
print(json.dumps(out))
