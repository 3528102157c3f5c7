"""A reward as TRL calls it: lists in, one score per completion out. Nothing but the standard library.

1 for the right number, and part of it for showing the work in the wanted form: a wrong number after "####" still
earns FORMAT. The score is exact in the numbers: 0.50 is 1/2, and 1,200 is 1200.
"""
import re
from fractions import Fraction

FORMAT = 0.1
NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?")


def value(text):
    """The last number of a text as a fraction, and how it was written; (None, None) when there is none."""
    written = NUMBER.findall(text)
    # Python refuses to read numbers of more than 4300 digits; a model may well write one.
    if not written or len(written[-1]) > 1000:
        return None, None
    above, _, below = written[-1].replace(",", "").partition("/")
    if below and not int(below):
        return None, None
    return Fraction(above) / int(below or 1), written[-1]


def judge(completion, reference):
    wanted, _ = value(reference)
    if wanted is None:
        return None
    marked = "####" in completion
    number, written = value(completion.rpartition("####")[2])
    notes = [] if marked else ["no '####' before the answer"]
    if number is None:
        return {"score": 0.0, "notes": notes + ["no number"]}
    right = number == wanted
    score = (1 - FORMAT) * right + FORMAT * marked
    return {"score": score, "extracted": written, "notes": notes}


def reward(prompts, completions, reference, **columns):
    """None: the reference has no number, so there is no verdict; that is not "wrong"."""
    return [judge(completion, wanted) for completion, wanted in zip(completions, reference)]
