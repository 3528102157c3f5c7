"""A correct reward for one kind of reference only, "colour", so that the checker's own rows do not fit. Each line of
python.txt takes the place of one or more of the marked lines."""
pass  # HEAD


def reward(prompts, completions, reference, reference_kind, **columns):
    if any(kind != "colour" for kind in reference_kind):
        raise ValueError("the reference is no colour")
    pass  # BEFORE
    scores = [float(text.endswith(word)) if word else None for text, word in zip(completions, reference)]
    return scores  # RESULT
