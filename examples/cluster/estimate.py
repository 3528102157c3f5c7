#!/usr/bin/env python3
"""What the published setting takes, by formulas: python3 estimate.py [NAME=VALUE]… with the names below.

Lengths and rates are assumptions; `polya plan` replaces them by what a trial has measured.
"""

import sys

SETTING = {
    "questions": 7112, "heuristics": 64, "candidates": 4,  # mid-training data
    "variants": 16, "epochs": 1,
    "prompts": 17000, "rollouts": 16, "arms": 2,  # reinforcement: from the base, and from the mid-trained model
    "test_questions": 1563, "samples": 64, "models": 4,  # evaluation
}
LENGTHS = {"prompt": 900, "solution": 300, "bare_prompt": 150, "rollout": 800}  # tokens, on average
MODEL = {"weights": 3.2e9}
GPU = {
    "flops": 989e12,  # of bf16 products, dense
    "training_share": 0.4, "prefill_share": 0.5,  # of them, in practice
    "sampling": 12000,  # tokens per second of one GPU, in large batches
    "dollars": 2.5,  # per hour of one GPU
    "gpus": 32,
}


def hours(values):
    """GPU hours by part, with the formula of each."""
    v = values
    prefill = 2 * v["weights"] / (v["flops"] * v["prefill_share"])  # seconds per token
    train = 6 * v["weights"] / (v["flops"] * v["training_share"])
    asked = v["questions"] * v["heuristics"]
    rollouts = v["prompts"] * v["rollouts"] * v["arms"]
    tests = v["test_questions"] * v["samples"] * v["models"]
    sequence = v["bare_prompt"] + v["rollout"]
    examples = v["questions"] * v["variants"] * v["epochs"]
    seconds = {
        "bootstrap: prompts": asked * v["prompt"] * prefill,
        "bootstrap: samples": asked * v["candidates"] * v["solution"] / v["sampling"],
        # The likelihood of each candidate with and without its heuristic, if all are right.
        "adherence": asked * v["candidates"] * (v["prompt"] + v["bare_prompt"] + 2 * v["solution"]) * prefill,
        "mid-training": examples * (v["bare_prompt"] + v["solution"]) * train,
        "reinforce: rollouts": rollouts * v["rollout"] / v["sampling"],
        # The log-probs of our own forward, and forward and backward: 8 operations for each weight and token.
        "reinforce: updates": rollouts * sequence * train * 8 / 6,
        "evaluation": tests * v["rollout"] / v["sampling"],
    }
    return {name: value / 3600 for name, value in seconds.items()}


def main(arguments):
    values = SETTING | LENGTHS | MODEL | GPU
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name not in values:
            sys.exit(f"there is no '{name}'; known here: {', '.join(values)}")
        values[name] = float(value)
    parts = hours(values)
    print(f"{'part':22}{'GPU hours':>10}{'dollars':>10}")
    for name, value in (parts | {"in all": sum(parts.values())}).items():
        print(f"{name:22}{value:10.1f}{value * values['dollars']:10.0f}")
    print(f"{sum(parts.values()) / values['gpus']:.1f} hours on {values['gpus']:.0f} GPUs, if all of them are always busy")


if __name__ == "__main__":
    main(sys.argv[1:])
