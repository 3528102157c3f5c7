"""Math-Verify as a reward in TRL's form: it parses LaTeX and compares with SymPy, so equal expressions count as equal.

The standard library's `signal.alarm` ends its parses after five seconds; a worker's code runs on the main thread, so
that works as it stands.
"""
import logging

from math_verify import parse, verify

logging.getLogger("math_verify").setLevel(logging.ERROR)


def judge(completion, reference):
    wanted = parse(f"${reference}$")
    if not wanted:
        return None
    found = parse(completion)
    score = float(verify(wanted, found))
    return {"score": score, "extracted": str(found[-1]) if found else "", "notes": [] if found else ["no answer"]}


def reward(prompts, completions, reference, **columns):
    """None: the reference cannot be parsed, so there is no verdict."""
    return [judge(completion, wanted) for completion, wanted in zip(completions, reference)]
