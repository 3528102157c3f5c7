"""The inside of a Python worker, after wire.py, loading.py, models.py and reward.py: answers the plugin on descriptor 3 until it is closed."""
import json, os, select, socket, threading


class Strategy:
    def __init__(self, module, settings, home, models):
        self.home, self.models = home, models
        self.heuristics = list(member(module, "heuristics", "list"))
        self.next = member(module, "next", "function")
        self.segment = getattr(module, "segment", None)

    def describe(self):
        return {"heuristics": self.heuristics, "segments": self.segment is not None}

    def answer(self, request):
        if self.models:
            request["models"] = self.models
        try:
            if "answer" in request:
                return {"segments": [self.part(part, request["answer"]) for part in EVENTS.run(self.segment(request))]}
            request["metadata"] = metadata(request["metadata"])
            return {"move": EVENTS.run(self.next(request))}
        except MemoryError:
            raise
        except Exception as error:
            return {"error": explain(error, self.home)}

    @staticmethod
    def part(part, text):
        """Places in the text become places in its UTF-8."""
        begin, end = part["begin"], part["end"]
        if not 0 <= begin <= end <= len(text):
            raise Refusal(f"the part {begin}..{end} is outside the answer, which has {len(text)} characters")
        return {"begin": len(text[:begin].encode()), "end": len(text[:end].encode()), "label": part["label"]}


class Tasks:
    def __init__(self, module, settings, home, models):
        self.home = home
        self.task = member(module, "task", "function")
        self.demonstrate = getattr(module, "demonstrate", None)
        self.splits = list(member(module, "splits", "list"))
        self.heuristics = list(getattr(module, "heuristics", []))

    def describe(self):
        return {"splits": self.splits, "heuristics": self.heuristics}

    def answer(self, request):
        place = (request["split"], request["index"], request["seed"])
        try:
            if "heuristic" in request:
                if self.demonstrate is None:
                    raise Refusal("there is no function 'demonstrate'")
                return {"solution": EVENTS.run(self.demonstrate(request["heuristic"], *place))}
            task = dict(EVENTS.run(self.task(*place)))
            if "meta" in task:
                raise Refusal("'meta' of a task is called 'metadata' now")
            task["metadata"] = json.dumps(task["metadata"], allow_nan=False) if task.get("metadata") else ""
            return {"task": task}
        except (IndexError, KeyError, StopIteration) as error:
            return {"missing": explain(error, self.home)}
        except MemoryError:
            raise
        except Exception as error:
            return {"error": explain(error, self.home)}


def watch(control):
    """Ends the process when the plugin is gone while the user's code is busy."""
    poll = select.poll()
    poll.register(control, select.POLLHUP | select.POLLRDHUP)
    while not poll.poll(1000):
        pass
    os._exit(0)


def refusal(error, settings):
    """Why the code cannot be used, and the package to install when that is why."""
    home = settings.get("path") or settings.get("file") or ""
    package = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"error": explain(error, home), "refused": isinstance(error, Refusal), "missing_module": package}


def main():
    control = socket.socket(fileno=3)
    threading.Thread(target=watch, args=(control,), daemon=True).start()
    settings = receive(control)
    try:
        module, home = load(settings)
        code = {"reward": Reward, "strategy": Strategy, "tasks": Tasks}[settings["kind"]](module, settings, home, lent(control, settings))
        send(control, {"ready": code.describe()})
    except BaseException as error:
        send(control, refusal(error, settings))
        return
    while True:
        request = receive(control)
        try:
            answer = code.answer(request)
        except MemoryError as error:
            # What filled the memory may still be there: another interpreter goes on.
            send(control, {"dies": explain(error, code.home) or "MemoryError"})
            os._exit(1)
        send(control, answer)


main()
