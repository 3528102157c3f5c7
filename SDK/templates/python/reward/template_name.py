"""A reward: 1 when the trimmed completion equals the reference."""

FOLD_CASE = False


def clean(text):
    text = text.strip()
    return text.lower() if FOLD_CASE else text


def reward(prompts, completions, reference=None, **columns):
    """One score per completion; None: nothing to compare with, which is not "wrong"."""
    references = reference or [""] * len(completions)
    return [
        None if not wanted else float(clean(completion) == clean(wanted))
        for completion, wanted in zip(completions, references)
    ]
