"""Tasks of reasoning-gym, and its scores: one file for polya.python-tasks and, style "score-answer", polya.python-reward.
"""
import hashlib
from functools import lru_cache

import reasoning_gym
from reasoning_gym.utils import extract_answer

# Which datasets, each with its settings. They stand here because a stage is found again by this file's content; a
# change of an environment variable would not be noticed.
DATASETS = {
    "chain_sum": {"min_terms": 3, "max_terms": 5, "min_digits": 2},
    "letter_counting": {"min_words": 10, "max_words": 20},
    "family_relationships": {},
    "countdown": {"min_numbers": 3, "max_numbers": 4},
}
SIZE = 2**40  # datasets are endless; some refuse to count without an end
ATTEMPTS = 1024

splits = [
    {"name": "train", "help": "Seven of eight questions."},
    {"name": "test", "help": "The other one of eight: never in train, whatever the seeds."},
]


@lru_cache(maxsize=64)
def dataset(name, seed):
    return reasoning_gym.create_dataset(name, seed=seed, size=SIZE, **DATASETS[name])


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def is_test(question):
    return int(digest(question), 16) % 8 == 0


def task(split, index, seed):
    """Disjoint seeds do not make disjoint splits: small datasets repeat questions, and most datasets draw entry i of
    seed s by s + i. So the question itself says where it belongs, and a place takes the first of its own entries that
    does."""
    name = list(DATASETS)[index % len(DATASETS)]
    # Of 32 bits: all that the random generators behind the datasets take.
    source = dataset(name, int(digest(f"seed {seed}"), 16) % 2**32)
    for attempt in range(ATTEMPTS):
        entry = source[index // len(DATASETS) * ATTEMPTS + attempt]
        if is_test(entry["question"]) == (split == "test"):
            return {
                "key": f"{name}-{digest(entry['question'])[:16]}", "question": entry["question"],
                "reference": entry["answer"] or "", "kind": name, "metadata": entry["metadata"],
            }
    raise IndexError(f"none of {ATTEMPTS} questions of {name} belongs to {split}")


def final_answer(completion):
    """What stands in <answer> tags, or after the last "####", or the whole: reasoning-gym scores answers alone."""
    tagged = extract_answer(completion)
    return tagged if tagged is not None else completion.rpartition("####")[2].strip()


def score_answer(answer, entry):
    """The entry's metadata becomes the task's: it says which dataset it is from, and what its scorer needs."""
    found = final_answer(answer)
    score = reasoning_gym.get_score_answer_fn(entry["metadata"]["source_dataset"])
    return {"score": score(found, entry), "extracted": found}
