"""Values and gradients of every combination of the loss's parts, by PyTorch's autograd in double precision.

Usage: python make_objectives.py > objectives.json   (needs torch and numpy)

The model is a table of logits, one row for each previous token. Three questions have four scripted completions each, with
planted log-probs of the sampler. Each case takes two updates with AdamW on the same rollouts; of each gradient by the
table, its product with one fixed random table is kept, and of the first loss its value. The formulas are written down from
the papers, over padded tensors, and share no code with what they check.
"""

import itertools
import json
import math

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
V, LIMIT, RATE = 5, 8, 0.3
rng = np.random.default_rng(20261201)


def floats(values):
    return [float(np.float32(v)) for v in values]


table = [[round(float(x), 6) for x in row] for row in rng.normal(0, 1, (V, V))]
reference = [[round(float(x), 6) for x in row] for row in rng.normal(0, 1, (V, V))]
direction = [[round(float(x), 6) for x in row] for row in rng.normal(0, 1, (V, V))]
questions = {"a": [1], "b": [2], "ab": [1, 2]}
rewards = {"a": [10, 0, 0, 3], "b": [10, 10, 0, 10], "ab": [0, 7, 1, 0]}
rollouts = []
for question, prompt in questions.items():
    for sample in range(4):
        length = int(rng.integers(1, 6))
        tokens = [int(t) for t in rng.integers(1, V, length)] + ([0] if rng.random() < 0.7 else [])
        before = [prompt[-1]] + tokens[:-1]
        logprobs = torch.log_softmax(torch.tensor(table), 1)[before, tokens].numpy()
        rollouts.append(
            dict(
                question=question, sample=sample, tokens=tokens, before=before, reward=rewards[question][sample],
                sampled=floats(np.minimum(logprobs + rng.normal(0, 0.25, len(tokens)), -0.01)),
            )
        )

assert len({(r["question"], *r["tokens"]) for r in rollouts}) == len(rollouts), "the test tells them by their tokens"
width = max(len(r["tokens"]) for r in rollouts)


def padded(key, kind):
    out = torch.zeros(len(rollouts), width, dtype=kind)
    for i, r in enumerate(rollouts):
        out[i, : len(r[key])] = torch.tensor(r[key], dtype=kind)
    return out


tokens, before, sampled = padded("tokens", torch.long), padded("before", torch.long), padded("sampled", torch.float64)
mask = torch.zeros(len(rollouts), width)
for i, r in enumerate(rollouts):
    mask[i, : len(r["tokens"])] = 1
lengths = mask.sum(1, keepdim=True)


def log_distributions(logits):
    return torch.log_softmax(logits, 1)[before]


def group_standardized():
    out = torch.zeros(len(rollouts), 1)
    for question in questions:
        rows = [i for i, r in enumerate(rollouts) if r["question"] == question]
        values = torch.tensor([float(rollouts[i]["reward"]) for i in rows])
        out[rows, 0] = (values - values.mean()) / (values.std() + 1e-6)
    return out


advantage = group_standardized()
A = advantage.expand(-1, width)


def aggregate(x, how):
    x = x * mask
    if how == "token-mean":
        return x.sum() / mask.sum()
    if how == "sequence-mean":
        return (x.sum(1, keepdim=True) / lengths).mean()
    return x.sum() / (len(rollouts) * LIMIT)


def covariances(old):
    count = mask.sum()
    return (old - (old * mask).sum() / count) * (A - (A * mask).sum() / count)


def policy(loss, ratio, logprob, old, low, high):
    kind = loss["kind"]
    clipped = ratio.clamp(1 - low, 1 + high)
    surrogate = torch.minimum(ratio * A, clipped * A)
    if kind == "clipped":
        return -surrogate
    if kind == "dual-clipped":
        return -torch.where(A < 0, torch.maximum(surrogate, loss["bound"] * A), surrogate)
    if kind == "cispo":
        return -clipped.detach() * A * logprob
    if kind == "dppo":
        p, q = logprob.exp().detach(), old.exp()
        if loss["divergence"] == "kl":
            d = q * (q / p).log() + (1 - q) * ((1 - q) / (1 - p)).log()
        else:
            d = (p - q).abs()
        away = torch.where(A > 0, p > q, p < q)
        return -torch.where(away & (d > loss["threshold"]), torch.zeros_like(ratio), ratio * A)
    if kind == "sapo":
        tau = torch.where(A > 0, torch.tensor(loss["temperature-positive"]), torch.tensor(loss["temperature-negative"]))
        return -4 / tau * torch.sigmoid(tau * (ratio - 1)) * A
    # The covariances are of the log-probs that were sampled.
    cov = covariances(sampled)
    if kind == "clip-cov":
        chosen = (cov > loss["low"]) & (cov < loss["high"])
        return -torch.where(chosen, torch.zeros_like(ratio), surrogate)
    chosen = torch.zeros_like(mask, dtype=torch.bool)
    order = sorted(((cov[i, t].item(), i, t) for i in range(len(rollouts)) for t in range(int(lengths[i]))), reverse=True)
    for _, i, t in order[: max(int(len(order) * loss["share"]), 1)]:
        chosen[i, t] = True
    return -ratio * A + torch.where(chosen, loss["coefficient"] * (logprob - old).abs(), torch.zeros_like(ratio))


def corrected(correction, begun):
    if correction["kind"] == "none":
        return torch.ones_like(begun)
    w = (begun - sampled) * mask
    w = (w.sum(1, keepdim=True).expand(-1, width) if correction["level"] == "sequence" else w).exp()
    if correction["kind"] == "truncated":
        return w.clamp(max=correction["cap"])
    if correction["kind"] == "masked":
        return torch.where(w > correction["cap"], torch.zeros_like(w), w)
    return torch.where((w < correction["low"]) | (w > correction["high"]), torch.zeros_like(w), w)


def total(case, logits, begun):
    every = log_distributions(logits)
    logprob = every.gather(2, tokens.unsqueeze(2)).squeeze(2)
    entropy = -(every.exp() * every).sum(2)
    if begun is None:
        begun = logprob.detach()
    old = sampled if case["correction"]["kind"] == "none" else begun
    difference = (logprob - old) * mask
    if case["ratio"] == "sequence":
        difference = (difference.sum(1, keepdim=True) / lengths).expand(-1, width)
    loss = policy(case["policy-loss"], difference.exp(), logprob, old, case["clip-low"], case["clip-high"])
    loss = loss * corrected(case["correction"], begun)
    if case["entropy-tokens"] < 1:
        # The entropies of the step's beginning, before its first update.
        start = log_distributions(torch.tensor(table))
        first = -(start.exp() * start).sum(2)
        least = torch.quantile(first[mask > 0], 1 - case["entropy-tokens"])
        loss = loss * (entropy >= least)
    if case["kl-coefficient"] > 0:
        other = torch.log_softmax(torch.tensor(reference), 1)[before].gather(2, tokens.unsqueeze(2)).squeeze(2)
        d = logprob - other
        estimate = {"k1": d, "k2": d * d / 2, "k3": (-d).exp() + d - 1}[case["kl-estimator"]]
        loss = loss + case["kl-coefficient"] * estimate
    loss = loss - case["entropy-coefficient"] * entropy
    return aggregate(loss, case["aggregation"]), begun


def run(case):
    logits = torch.tensor(table, requires_grad=True)
    optimizer = torch.optim.AdamW([logits], lr=RATE, betas=(0.9, 0.95), eps=1e-8, weight_decay=0)
    found, begun = [], None
    for update in range(2):
        optimizer.zero_grad()
        loss, begun = total(case, logits, begun)
        loss.backward()
        if update == 0:
            found.append(loss.item())
        found.append((logits.grad * torch.tensor(direction)).sum().item())
        optimizer.step()
    return [float(f"{x:.10g}") for x in found]


losses = [
    dict(kind="clipped"),
    dict(kind="dual-clipped", bound=1.5),
    dict(kind="cispo"),
    dict(kind="dppo", divergence="total-variation", threshold=0.05),
    dict(kind="dppo", divergence="kl", threshold=0.02),
    {"kind": "sapo", "temperature-positive": 1.0, "temperature-negative": 1.3},
    {"kind": "clip-cov", "share": 1.0, "low": 0.05, "high": 0.6},
    {"kind": "kl-cov", "share": 0.2, "coefficient": 0.7},
]
corrections = [dict(kind="none")] + [
    dict(form, level=level)
    for form in (dict(kind="truncated", cap=1.1), dict(kind="masked", cap=1.3), dict(kind="banded", low=0.8, high=1.4))
    for level in ("token", "sequence")
]
kls = [(0.0, "k3"), (0.3, "k1"), (0.3, "k2"), (0.3, "k3")]
axes = [
    ("policy-loss", losses), ("ratio", ["token", "sequence"]),
    ("aggregation", ["token-mean", "sequence-mean", "constant"]), ("kl", kls), ("entropy-coefficient", [0.0, 0.2]),
    ("entropy-tokens", [1.0, 0.5]), ("correction", corrections),
]
cases = []
for choice in itertools.product(*(range(len(values)) for _, values in axes)):
    case = {name: values[i] for i, (name, values) in zip(choice, axes)}
    case["kl-coefficient"], case["kl-estimator"] = case.pop("kl")
    case.update({"clip-low": 0.2, "clip-high": 0.28})
    found = run(case)
    assert all(map(math.isfinite, found)), case
    cases.append(found)

for r in rollouts:
    del r["before"]
head = dict(table=table, reference=reference, direction=direction, limit=LIMIT, rate=RATE, rollouts=rollouts, axes=[[n, v] for n, v in axes])
print(json.dumps(head)[:-1] + ', "cases": [')
print(",\n".join(json.dumps(c) for c in cases))
print("]}")
