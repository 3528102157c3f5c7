"""Everything that plugins in Python can say, see OverlayContractTests."""
heuristics = [{"id": "one", "family": "all", "title": "one", "idea": "The only one."}]


def next(item):
    """Asks, has the reply checked, and answers with the reference when it was wrong."""
    if item["turn"] == 0:
        return {"ask": [{"role": "user", "content": item["question"] + str(len(item["exemplars"]))}]}
    if item["turn"] == 1:
        return {"check": item["transcript"][-1]["content"], "state": "state"}
    if item["state"] != "state":
        raise ValueError("the state is lost")
    return {"answer": "it is " + item["reference"]}


def segment(item):
    return [
        {"begin": 0, "end": 1, "label": "first"},
        {"begin": 1, "end": len(item["answer"]), "label": item["heuristic"]},
    ]


def telling(completions, reference, reference_kind, transcripts, completion_ids, logprobs, meta_word=None, **columns):
    def one(index):
        if not reference[index]:
            note = {"code": "no-reference", "message": "nothing to compare with", "severity": "warning"}
            return {"score": None, "notes": [note]}
        told = "".join(f", {turn['role']} {turn['content']}" for turn in transcripts[index])
        seen = (
            f"reference {reference[index]}, kind {reference_kind[index]}{told}, metadata {meta_word[index]}, "
            f"tokens {len(completion_ids[index])}, logprobs {len(logprobs[index])}")
        return {
            "score": -0.5, "confidence": 0.25, "components": {"length": len(completions[index].encode())},
            "extracted": completions[index][:2], "details": {"way": "told"},
            "notes": [{"code": "seen", "message": seen, "severity": "fault"}]}

    return [one(index) for index in range(len(completions))]


def ranking(completions, group_ids, **columns):
    """The share of a group that is shorter."""

    def one(text, group):
        others = [other for other, its in zip(completions, group_ids) if its == group]
        if "throw" in others:
            raise ValueError("a group that throws")
        return sum(len(other) < len(text) for other in others) / len(others)

    return [one(text, group) for text, group in zip(completions, group_ids)]


def asking(completions, models, **columns):
    model = models["toy"]

    def one(text):
        ids = model.encode([text])[0]
        rendered = model.render([[{"role": "user", "content": text}]])[0]
        samples = model.generate([ids], samples=2, max_tokens=3)[0]
        scored = model.score([(ids, 1)])[0]
        return {"score": sum(scored), "extracted": f"{len(rendered) - len(ids)} {samples[1]['text']}"}

    return [one(text) for text in completions]
