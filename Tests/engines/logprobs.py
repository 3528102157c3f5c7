"""Compares the log-probs of samples with scores of the same tokens; reads what common.sh has written.

`join` prints prompts and samples as sequences. `compare LIMIT` prints the differences, and fails if their mean exceeds the limit
or most samples do not repeat.
"""

import json
import sys


def rows(name):
    with open(name) as file:
        return [json.loads(line) for line in file]


samples = rows("samples-1.jsonl")
if sys.argv[1] == "join":
    prompts = rows("prompt-ids.jsonl")
    for sample in samples:
        print(json.dumps({"ids": prompts[sample["row"]]["ids"] + sample["ids"]}))
else:
    differences = []
    for sample, score in zip(samples, rows("scores.jsonl"), strict=True):
        if sample["logprobs"]:
            own = score["logprobs"][-len(sample["ids"]) :]
            differences += [abs(a - b) for a, b in zip(sample["logprobs"], own, strict=True)]
    mean = sum(differences) / len(differences)
    repeated = sum(a["ids"] == b["ids"] for a, b in zip(samples, rows("samples-2.jsonl"), strict=True))
    line = (
        f"{repeated} of {len(samples)} samples repeat; log-probs of {len(differences)} tokens differ by {mean:.2g} on "
        f"average, {max(differences):.2g} at most"
    )
    # Which requests a server computes together changes last bits, and with them now and then a sample.
    if mean > float(sys.argv[2]) or 2 * repeated < len(samples):
        sys.exit(line)
    print(line)
