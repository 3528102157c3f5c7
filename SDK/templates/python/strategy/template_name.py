"""A strategy: solve, then look back. "direct" answers with what the model says first; "look-back" asks it to derive
the result differently. Pure: all that a move depends on is in the item."""

PROMPT = "Can you derive the result differently?"

heuristics = [
    {"id": "direct", "family": "control", "title": "direct", "idea": "Answer at once."},
    {"id": "look-back", "family": "looking-back", "title": "look back",
     "idea": "Solve, then derive the result differently."},
]


def ask(content, phase):
    return {"ask": [{"role": "user", "content": content}], "phase": phase}


def next(item):
    if item["turn"] == 0:
        return ask(f"Question: {item['question']}\nAnswer:", "carry-out")
    if item["turn"] == 1 and item["heuristic"] == "look-back":
        return ask(f"\n{PROMPT}\nAnswer:", "look-back")
    return {"answer": item["transcript"][-1]["content"]}
