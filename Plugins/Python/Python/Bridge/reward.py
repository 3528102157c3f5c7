"""Rewards: what the user's function is given, and what its answer means. Follows loading.py."""
import asyncio, inspect, json, math, sys


class Events:
    """Runs what is awaitable; one loop for the life of the interpreter, so that sessions can outlive a call."""

    def __init__(self):
        self.loop = None

    def run(self, value):
        if not inspect.isawaitable(value):
            return value
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)

        async def wait():
            return await value

        return self.loop.run_until_complete(wait())

    def all(self, values):
        """The results of a list side by side; an exception stands for its result."""
        if not any(inspect.isawaitable(value) for value in values):
            return values

        async def one(value):
            return await value if inspect.isawaitable(value) else value

        async def gather():
            return await asyncio.gather(*(one(value) for value in values), return_exceptions=True)

        return self.run(gather())


EVENTS = Events()
WARNED = set()


def warn(text):
    if text not in WARNED:
        WARNED.add(text)
        print(f"polya warning: {text}", file=sys.stderr, flush=True)


def listed(values):
    if values is None:
        raise Refusal("the function returns None instead of a list of scores; is a return missing?")
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise Refusal(f"the function returns a {type(values).__name__} instead of a list of scores")
    return list(values)


class Reward:
    ALWAYS = ("prompts", "completions", "reference", "answer", "solution", "reference_kind", "ids")
    # Passed to a function that names them.
    ASKED = ("transcripts", "completion_ids", "logprobs")

    def __init__(self, module, settings, home, models):
        self.home, self.models = home, models
        self.one_by_one = settings["style"] == "score-answer"
        self.conversational = settings["conversational"]
        self.components = settings["components"]
        self.whole_groups = settings["whole_groups"]
        self.reference_name = settings.get("reference_name")
        self.name = settings.get("function") or ("score_answer" if self.one_by_one else "reward")
        self.function = member(module, self.name, "function")
        if not callable(self.function):
            raise Refusal(f"'{self.name}' is of type {type(self.function).__name__}, not a function")
        # Columns that the function cannot do without.
        self.wanted = [] if self.one_by_one else self.required()
        self.asked = [] if self.one_by_one else [name for name in self.ASKED if name in self.named()]

    def parameters(self):
        try:
            return list(inspect.signature(self.function).parameters.values())
        except (TypeError, ValueError):
            return []

    def named(self):
        return [one.name for one in self.parameters()]

    def required(self):
        parameters = self.parameters()
        named = [one for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
        if not any(one.kind == one.VAR_KEYWORD for one in parameters):
            names = [one.name for one in named]
            always = self.ALWAYS + (("group_ids",) if self.whole_groups else ()) + (("models",) if self.models else ())
            missing = [name for name in always if name not in names]
            if missing:
                raise Refusal(
                    f"{self.name}({', '.join(names)}) takes no **kwargs, but is called with every column, as TRL "
                    f"does; it has no parameter for {', '.join(missing)}; add **kwargs")
        return [one.name for one in named if one.default is one.empty]

    def describe(self):
        return {"whole_groups": bool(getattr(self.function, "whole_groups", False)), "asked": self.asked}

    def answer(self, request):
        """One entry per row; `units` are the numbers of rows that must be in one call."""
        rows, units = request["rows"], request["units"]
        values, problem = self.attempt(rows)
        if problem is None and len(values) != len(rows):
            problem = f"the function returns {len(values)} scores for {len(rows)} completions"
        if problem is None:
            return [self.verdict(value) for value in values]
        if len(units) == 1:
            return [{"error": problem} for _ in rows]
        return self.apart(rows, units, values, problem)

    def apart(self, rows, units, together, problem):
        """One bad row must not cost the others their verdict: each unit by itself."""
        outcomes, found, at = [], 0, 0
        for count in units:
            part = rows[at : at + count]
            at += count
            values, why = self.attempt(part)
            found += len(values or [])
            if why is None and len(values) != count:
                why = f"{problem}; for {'this one' if count == 1 else 'these'} alone it returns {len(values)}"
            outcomes += [{"error": why} for _ in part] if why else [self.verdict(value) for value in values]
        if together is not None and found != len(together):
            # The number of its results follows from something else than the rows: none of them can be matched.
            return [{"error": problem} for _ in rows]
        return outcomes

    def attempt(self, rows):
        """The values of one call, or None and why there are none."""
        absent = []
        try:
            if self.one_by_one:
                return EVENTS.all([self.single(row) for row in rows]), None
            columns = self.columns(rows)
            absent = [name for name in self.wanted if name not in columns]
            columns.update({name: [None] * len(rows) for name in absent})
            for name in absent:
                warn(f"{self.name} requires the column '{name}', which some of the data do not have")
            return EVENTS.all(listed(EVENTS.run(self.function(**columns)))), None
        except MemoryError:
            raise
        except Exception as error:
            why = explain(error, self.home)
            if absent:
                why += f"; no row of this call has the column {' or '.join(map(repr, absent))}"
            return None, why

    def single(self, row):
        entry = {"question": row["question"], "answer": row["reference"], "metadata": metadata(row["metadata"])}
        try:
            return self.function(row["completion"], entry)
        except MemoryError:
            raise
        except Exception as error:
            return error

    def columns(self, rows):
        metas = [metadata(row["metadata"]) for row in rows]
        columns = {key: [one.get(key) for one in metas] for key in sorted({key for one in metas for key in one})}
        references = [row["reference"] for row in rows]
        also = {
            "answer": references, "solution": references, "reference_kind": [row["kind"] for row in rows],
            "ids": [row["id"] for row in rows]}
        if self.whole_groups:
            also["group_ids"] = [row["group"] for row in rows]
        # A column of the data comes before another name for something else.
        for name, values in also.items():
            columns[name] = [one.get(name, value) for one, value in zip(metas, values)]
        columns["reference"] = references
        if self.reference_name:
            columns[self.reference_name] = references
        prompts = [row["question"] for row in rows]
        completions = [row["completion"] for row in rows]
        if self.conversational:
            prompts = [[{"role": "user", "content": text}] for text in prompts]
            completions = [[{"role": "assistant", "content": text}] for text in completions]
        columns.update(prompts=prompts, completions=completions)
        for name in self.asked:
            columns[name] = [row[name] for row in rows]
        if self.models:
            columns["models"] = self.models
        return columns

    def verdict(self, value):
        try:
            if isinstance(value, MemoryError):
                raise value
            if isinstance(value, Exception):
                return {"error": explain(value, self.home)}
            if not isinstance(value, dict):
                return {"score": self.number(value, "score"), "notes": []}
            extracted, notes, details = value.get("extracted"), value.get("notes") or [], value.get("details")
            sure = value.get("confidence")
            return {
                "score": self.number(value.get("score"), "score"), "components": self.parts(value.get("components")),
                "extracted": None if extracted is None else str(extracted),
                "confidence": 0.0 if sure is None else self.number(sure, "confidence"),
                "details": "" if details is None else json.dumps(details, allow_nan=False),
                "notes": [self.note(note) for note in ([notes] if isinstance(notes, (str, dict)) else notes)]}
        except MemoryError:
            raise
        except Exception as error:
            return {"error": explain(error, self.home)}

    @staticmethod
    def note(note):
        if not isinstance(note, dict):
            return {"code": "python", "message": str(note), "severity": "info"}
        severity = note.get("severity", "info")
        if severity not in ("info", "warning", "fault"):
            raise Refusal(f"the severity of a note is {severity!r}; it must be 'info', 'warning' or 'fault'")
        return {"code": str(note.get("code", "python")), "message": str(note.get("message", "")), "severity": severity}

    def number(self, value, what):
        """A finite number, or None; what `float` makes of a text is no score."""
        if value is None:
            return None
        if isinstance(value, (str, bytes)):
            raise Refusal(f"the {what} is {short(repr(value), 80)}, which is a {type(value).__name__}, not a number")
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            raise Refusal(f"the {what} is of type {type(value).__name__} and cannot be made a number: {short(str(error), 200)}") from None
        if not math.isfinite(number):
            raise Refusal(f"the {what} is {number}, not a finite number")
        return number

    def parts(self, values):
        if not values:
            return []
        for name in values:
            if name not in self.components:
                warn(f"the component '{name}' is ignored, because the option 'components' does not name it")
        numbers = [self.number(values.get(name), f"component '{name}'") for name in self.components]
        return [math.nan if number is None else number for number in numbers]
