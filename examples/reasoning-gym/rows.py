"""Rows for `polya reward score` from gym_tasks.py: each dataset's first test question, answered right and wrong."""
import json

import gym_tasks

for index in range(len(gym_tasks.DATASETS)):
    task = gym_tasks.task("test", index, 0)
    for completion in [f"Let me see.\n<answer>{task['reference']}</answer>", "No idea."]:
        print(json.dumps({
            "id": task["key"], "question": task["question"], "completion": completion, "reference": task["reference"],
            "metadata": task["metadata"]}))
