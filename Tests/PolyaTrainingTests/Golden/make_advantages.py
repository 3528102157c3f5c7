"""Advantages of every estimator, weighting and shaping, from their definitions.

Usage: python make_advantages.py > advantages.json   (needs numpy)

Where a paper defines an advantage as a mean over subsets of a group, all subsets are enumerated here.
"""

import itertools
import json
import math

import numpy as np

rng = np.random.default_rng(16)
EPS = 1e-6


def comb_mean(values):
    return sum(values) / len(values) if values else 0.0


# Estimators: (rewards, right) of one group, without missing ones.


def standardized(r, right):
    r = np.array(r)
    return [0.0] * len(r) if len(r) < 2 else list((r - r.mean()) / (r.std(ddof=1) + EPS))


def centered(r, right):
    return list(np.array(r) - np.mean(r))


def leave_one_out(r, right):
    return [0.0 if len(r) < 2 else r[i] - np.mean(r[:i] + r[i + 1 :]) for i in range(len(r))]


def max_rl(r, right):
    return [0.0 if np.mean(r) <= 0 else (x - np.mean(r)) / np.mean(r) for x in r]


def pass_at_k(k):
    def values(r, right):
        k_ = min(k, len(r))
        subsets = list(itertools.combinations(range(len(r)), k_))
        reward = [float(any(right[i] for i in s)) for s in subsets]
        mean, deviation = np.mean(reward), np.std(reward)
        if deviation == 0:
            return [0.0] * len(r)
        advantage = [(x - mean) / deviation for x in reward]
        return [comb_mean([a for a, s in zip(advantage, subsets) if i in s]) for i in range(len(r))]

    return values


def pkpo(k):
    def values(r, right):
        k_ = min(k, len(r))
        if k_ == 1:
            return leave_one_out(r, right)
        subsets = list(itertools.combinations(range(len(r)), k_))
        return [
            len(r) / len(subsets) * sum(max(r[j] for j in s) - max(r[j] for j in s if j != i) for s in subsets if i in s)
            for i in range(len(r))
        ]

    return values


def signed(weight):
    return lambda r, right: [weight if ok else -1.0 for ok in right]


def by_group(estimator):
    def values(case):
        out = [None] * len(case["rewards"])
        for group in sorted(set(case["groups"])):
            rows = [i for i, g in enumerate(case["groups"]) if g == group and case["rewards"][i] is not None]
            if rows:
                found = estimator([case["rewards"][i] for i in rows], [case["right"][i] for i in rows])
                for i, x in zip(rows, found):
                    out[i] = float(x)
        return out

    return values


def normalized(values):
    known = np.array([v for v in values if v is not None])
    if len(known) < 2 or np.ptp(known) == 0:
        return [None if v is None else 0.0 for v in values]
    return [None if v is None else (v - known.mean()) / (known.std(ddof=1) + EPS) for v in values]


estimators = [
    ("standardized", by_group(standardized)),
    ("centered", by_group(centered)),
    ("leave-one-out", by_group(leave_one_out)),
    ("batch-normalized", lambda c: normalized(c["rewards"])),
    ({"kind": "batch-normalized", "baseline": "group"}, lambda c: normalized(by_group(centered)(c))),
    ("max-rl", by_group(max_rl)),
    ({"kind": "pass-at-k", "k": 1}, by_group(pass_at_k(1))),
    ({"kind": "pass-at-k", "k": 3}, by_group(pass_at_k(3))),
    ({"kind": "pass-at-k", "k": 99}, by_group(pass_at_k(99))),
    ({"kind": "pkpo", "k": 1}, by_group(pkpo(1))),
    ({"kind": "pkpo", "k": 3}, by_group(pkpo(3))),
    ({"kind": "pkpo", "k": 99}, by_group(pkpo(99))),
    ("signed", by_group(signed(0.1))),
    ({"kind": "signed", "positive-weight": 0}, by_group(signed(0.0))),
]

# Weights and terms of a whole case.


def each_group(case, function):
    out = [None] * len(case["rewards"])
    for group in sorted(set(case["groups"])):
        rows = [i for i, g in enumerate(case["groups"]) if g == group and case["rewards"][i] is not None]
        for i, x in zip(rows, function(rows) if rows else []):
            out[i] = float(x)
    return out


def focal(exponent):
    return lambda c: each_group(
        c, lambda rows: [(1 - sum(c["right"][i] for i in rows) / len(rows)) ** exponent] * len(rows)
    )


def rarity(exponent):
    def values(case):
        def group(rows):
            right = [i for i in rows if case["right"][i]]
            size = {i: sum(case["heuristics"][j] == case["heuristics"][i] for j in right) for i in right}
            mean = comb_mean([size[i] ** -exponent for i in right])
            return [size[i] ** -exponent / mean if i in size else 1.0 for i in rows]

        return each_group(case, group)

    return values


def unsolved(case):
    return [None if r is None else float(not s) for r, s in zip(case["rewards"], case["solved"])]


weightings = [
    ("focal", focal(1)),
    ({"kind": "focal", "exponent": 2.5}, focal(2.5)),
    ("rarity", rarity(1)),
    ({"kind": "rarity", "exponent": 0.5}, rarity(0.5)),
    ("unsolved", unsolved),
]


def unlikeliness(strength):
    def values(case):
        def group(rows):
            order = sorted(rows, key=lambda i: -case["logprobs"][i])
            rank = {i: place + 1 for place, i in enumerate(order)}
            size = len(rows)
            return [-strength * case["rewards"][i] * (size - rank[i]) / size * case["right"][i] for i in rows]

        return each_group(case, group)

    return values


def length(limit, buffer, factor):
    def term(n):
        if n <= limit - buffer:
            return 0.0
        return factor * (-1.0 if n > limit else ((limit - buffer) - n) / buffer)

    return lambda c: [None if r is None else term(n) for r, n in zip(c["rewards"], c["tokens"])]


def composition(bonus):
    return lambda c: [
        None if r is None else bonus * (ok and len(set(h)) > 1)
        for r, ok, h in zip(c["rewards"], c["right"], c["heuristics"])
    ]


LIMIT = 40
shapings = [
    ("unlikeliness", unlikeliness(0.25)),
    ({"kind": "unlikeliness", "strength": 1}, unlikeliness(1.0)),
    ("length", length(LIMIT, LIMIT / 5, 1)),
    ({"kind": "length", "buffer": 30, "factor": 2.5}, length(LIMIT, 30, 2.5)),
    ("composition", composition(0.1)),
]

names = ["analogy", "decompose", "invert"]


def batch(kind):
    sizes = [8, 6, 8, 1, 5]
    groups = [g for g, n in enumerate(sizes) for _ in range(n)]
    rewards = []
    for g in groups:
        x = rng.random()
        if kind == "binary":
            r = 1.0 if g == 1 else 0.0 if g == 4 else float(x < 0.4)
        else:
            r = round(float(rng.choice([0, 0.25, 0.5, 1, x])), 4)
        rewards.append(None if rng.random() < 0.1 else r)
    case = dict(rewards=rewards, right=[r is not None and r > 0.5 for r in rewards], groups=groups)
    case["logprobs"] = [round(float(v), 4) for v in rng.normal(-20, 8, len(groups))]
    case["tokens"] = [int(v) for v in rng.integers(1, LIMIT + 1, len(groups))]
    case["heuristics"] = [
        sorted(str(n) for n in rng.choice(names, int(rng.integers(0, 3)), replace=False)) for _ in groups
    ]
    case["solved"] = [bool(g % 2) for g in groups]
    return case


cases = []
for kind in ("binary", "binary", "real", "real"):
    case = batch(kind)
    case["limit"] = LIMIT
    case["advantages"] = [[form, values(case)] for form, values in estimators]
    case["weights"] = [[form, values(case)] for form, values in weightings]
    case["terms"] = [[form, values(case)] for form, values in shapings]
    for _, found in case["advantages"] + case["weights"] + case["terms"]:
        assert all(x is None or math.isfinite(x) for x in found)
    cases.append(case)
print("[" + ",\n".join(json.dumps(c) for c in cases) + "]")
