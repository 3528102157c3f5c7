#!/usr/bin/env bash
# grade.sh POLYA DATA: MathReward's verdicts on the graded solutions that come with GSM8K must equal their labels.
set -euo pipefail
polya=$1 data=$2
python3 - "$data/gsm8k/example_model_solutions.jsonl" rows <<'PY' | "$polya" reward score --use polya.math-answer |
import json, sys
for line in open(sys.argv[1]):
    row = json.loads(line)
    for model in ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"):
        solution = row[model]
        print(json.dumps({"id": solution["is_correct"], "question": row["question"], "completion": solution["solution"],
                          "reference": row["ground_truth"].split("####")[-1].strip(), "reference_kind": "math"}))
PY
python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
agree = sum((row["outcome"] == "right") == row["id"] for row in rows)
print(f"MathReward agrees with is_correct on {agree} of {len(rows)} solutions")
sys.exit(agree != len(rows))'
