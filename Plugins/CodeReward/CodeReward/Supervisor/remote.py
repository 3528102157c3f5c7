"""The conversation of the tests with one answer, and its objects as the tests see them. Follows values.py."""

import builtins
import math


class AnswerError(Exception):
    """The answer raised something of its own."""


class Remote:
    """Something that lives with the answer.

    It can be called, looked into and handed back. It equals no value, has no order among values, and what it computes with
    them is again no value: an object that computes its own comparisons would pass every test. Two such objects may be
    compared and computed with, as the class that is tested says. What they contain and how they are ordered is theirs to
    say only where the tests have made them, by calling what is named like a class.
    """

    def __init__(self, channel, number, name=""):
        object.__setattr__(self, "_remote_channel", channel)
        object.__setattr__(self, "_remote_number", number)
        object.__setattr__(self, "_remote_name", name)
        object.__setattr__(self, "_remote_is_made", False)

    def __call__(self, *arguments, **keywords):
        result = self._remote_channel.perform("call", self, list(arguments), list(keywords.items()))
        return result if not isinstance(result, Remote) else result._remote_made(self._remote_name[:1].isupper())

    def _remote_made(self, is_made):
        object.__setattr__(self, "_remote_is_made", is_made or self._remote_is_made)
        return self

    def __getattr__(self, name):
        return self._remote_channel.perform("getattr", self, name)

    def __setattr__(self, name, value):
        self._remote_channel.perform("setattr", self, name, value)

    def __getitem__(self, key):
        return self._remote_channel.perform("getitem", self, key)

    def __setitem__(self, key, value):
        self._remote_channel.perform("setitem", self, key, value)

    def __eq__(self, other):
        return isinstance(other, Remote) and self._remote_channel.perform("eq", self, other) is True

    def __ne__(self, other):
        return not self == other

    def __abs__(self):
        return self._remote_channel.object("abs", self)

    def __neg__(self):
        return self._remote_channel.object("neg", self)

    def __pos__(self):
        return self._remote_channel.object("pos", self)

    def __invert__(self):
        return self._remote_channel.object("invert", self)

    def __contains__(self, item):
        if not self._remote_is_made:
            return any(item is found or item == found for found in self)
        return self._remote_channel.perform("contains", self, item) is True

    def __delitem__(self, key):
        self._remote_channel.perform("delitem", self, key)

    def __reversed__(self):
        return self._remote_channel.perform("reversed", self)

    def __hash__(self):
        return self._remote_channel.perform("hash", self)

    def __bool__(self):
        return self._remote_channel.perform("bool", self) is True

    def __len__(self):
        return self._remote_channel.perform("len", self)

    def __str__(self):
        return self._remote_channel.perform("str", self)

    def __repr__(self):
        return self._remote_channel.perform("repr", self)

    def __iter__(self):
        iterator = self._remote_channel.perform("iter", self)
        if not isinstance(iterator, Remote):
            raise TypeError("the answer's object does not return an iterator")
        return iterator

    def __next__(self):
        return self._remote_channel.perform("next", self)

    def __await__(self):
        return self._remote_channel.perform("await", self)
        yield

    def __enter__(self):
        return self._remote_channel.perform("getattr", self, "__enter__")()

    def __exit__(self, *error):
        self._remote_channel.perform("getattr", self, "__exit__")(None, None, None)  # an answer must not catch errors of its tests


def ordered(op):
    def compare(self, other):
        if not isinstance(other, Remote) or not (self._remote_is_made or other._remote_is_made):
            return NotImplemented
        return self._remote_channel.perform(op, self, other) is True
    return compare


def computed(op):
    def compute(self, other):
        return self._remote_channel.object(op, self, other)
    return compute


def computed_from_right(op):
    def compute(self, other):
        return self._remote_channel.object(op, other, self)
    return compute


for op in ORDER:
    setattr(Remote, f"__{op}__", ordered(op))
for op in ARITHMETIC:
    setattr(Remote, f"__{op.rstrip('_')}__", computed(op))
    setattr(Remote, f"__r{op.rstrip('_')}__", computed_from_right(op))


def near(tolerance):
    """Floats that equal what is near, as EvalPlus has it (numpy's `allclose` with a relative tolerance of 1e-7)."""

    class Near(float):
        def __eq__(self, other):
            if not isinstance(other, float):
                return float.__eq__(self, other)
            return float.__eq__(self, other) or abs(float(self) - float(other)) <= tolerance + 1e-7 * abs(float(other)) < math.inf

        def __ne__(self, other):
            return not self == other

        __hash__ = float.__hash__

    return Near


def names_in(value):
    if isinstance(value, list) and value and all(isinstance(name, str) and name.isidentifier() for name in value):
        return value
    raise Gone("the program tampers with its connection to the tests")


def attribute_of_error(error, name):
    if name.startswith("__") or "_remote_object" not in error.__dict__:
        raise AttributeError(name)
    return getattr(error._remote_object, name)


class Channel:
    """The conversation with one answer."""

    def __init__(self, inward, outward, tolerance=0):
        self.inward, self.outward = inward, outward
        self.real = near(tolerance) if tolerance else float
        self.classes, self.callbacks, self.remotes, self.exceptions = {}, [], {}, {}

    def ask(self, **request):
        write_message(self.outward, request)
        reply = self.hear()
        while "callback" in reply:
            write_message(self.outward, self.called(reply))
            reply = self.hear()
        if "error" in reply:
            error = self.error(names_in(reply["error"]), str(reply.get("text", "")))
            error.is_of_answer = True
            if isinstance(error, tuple(self.exceptions.values())) and type(reply.get("object")) is int:
                error._remote_object = Remote(self, reply["object"])
            raise error
        return reply

    def hear(self):
        reply = read_message(self.inward)
        if not isinstance(reply, dict):
            raise Gone("the program tampers with its connection to the tests")
        return reply

    def error(self, names, text):
        """As the first of these classes that the tests know."""
        name = next((name for name in names if self.known(name)), "")
        known = self.known(name)
        if known is None:
            return AnswerError(f"{names[0]}: {text}")
        try:
            if known in self.classes.values():
                error = known.__new__(known, text)
                error.args = (text,)
                return error
            if name in (names[0], *self.exceptions) or known is not Exception:
                return known(text)
        except TypeError:  # one that wants other arguments
            pass
        return AnswerError(f"{names[0]}: {text}")

    def known(self, name):
        found = self.classes.get(name) or self.exceptions.get(name) or getattr(builtins, name, None)
        return found if isinstance(found, type) and issubclass(found, Exception) else None

    def exception(self, number, family):
        """A class of the answer's as the tests see it: one of their own, with the same name and below the same ones."""
        for name, outer in reversed(family):
            if self.known(name) or getattr(builtins, name, None):
                continue
            bases = tuple(base for base in map(self.known, outer) if base) or (Exception,)
            try:
                self.exceptions[name] = type(name, bases, {"__getattr__": attribute_of_error})
            except TypeError:  # bases that do not go together
                self.exceptions[name] = type(name, bases[:1], {"__getattr__": attribute_of_error})
        found = self.known(family[0][0]) or Exception
        if found in self.exceptions.values():
            found._remote_number = number
        return found

    def called(self, reply):
        """The answer calls a function that it was given."""
        call = self.callbacks[reply["callback"]]
        reader = self.reader()
        reader.read(reply["objects"])
        arguments, keywords = (reader.decode(item) for item in reply["args"])
        try:
            writer = self.writer()
            result = call(*arguments, **dict(keywords))
            try:
                return {"op": "return", "ok": writer.encode(result), "objects": writer.states()}
            except Broken as error:  # the answer's doing: it has chosen what to call it with
                raise TypeError(str(error)) from None
        except Exception as error:
            return {"op": "return", "error": type(error).__name__, "text": str(error)[:500]}

    def name_of(self, kind):
        return kind.__name__ if self.classes.get(kind.__name__) is kind else None

    def class_of(self, name):
        return self.classes[name]

    def writer(self):
        return Writer(self.name_of, self.number)

    def reader(self, objects=()):
        return Reader(self.class_of, self.resolve, objects, self.real)

    def number(self, value):
        """What has no value: what is the answer's anyway, and what it can call."""
        if isinstance(value, Remote):
            return ["h", value._remote_number]
        if isinstance(value, type) and value in self.exceptions.values() and hasattr(value, "_remote_number"):
            return ["h", value._remote_number]
        if type(value) is self.real:
            return ["f", repr(float(value))]
        if callable(value):
            self.callbacks.append(value)
            return ["b", len(self.callbacks) - 1]
        if hasattr(type(value), "__next__"):
            self.callbacks.append(value.__next__)
            return ["j", len(self.callbacks) - 1]
        raise Broken(f"the tests cannot pass a {type(value).__name__} to the program")

    def resolve(self, mark, number, family=()):
        if mark == "b":
            return self.callbacks[number]
        if mark == "x":
            return self.exception(number, [(names_in([name])[0], names_in(outer)) for name, outer in family if outer])
        if mark != "h" or type(number) is not int:
            raise Gone("the program tampers with its connection to the tests")
        return self.remotes.setdefault(number, Remote(self, number))

    def perform(self, op, *arguments):
        writer = self.writer()
        encoded = [writer.encode(item) for item in arguments]
        states = writer.states()
        try:
            reply = self.ask(op=op, args=encoded, objects=states)
        except StopIteration as error:
            if op == "next":
                raise
            raise RuntimeError(f"the program raises StopIteration {error}") from None  # it would end loops of the tests
        return self.take(reply, writer.objects[:len(states)], arguments)

    def object(self, op, *arguments):
        """What an operator gives. A value may be one that the answer has made up, unless the tests have made the object."""
        result = self.perform(op, *arguments)
        is_made = any(item._remote_is_made for item in arguments if isinstance(item, Remote))
        if isinstance(result, Remote):
            return result._remote_made(is_made)
        if is_made or all(isinstance(item, Remote) for item in arguments) and len(arguments) == 2:
            return result
        raise TypeError(f"the program's object gives a {type(result).__name__} for the operator '{op.rstrip('_')}'")

    def take(self, reply, objects, arguments=()):
        reader = self.reader(objects)
        try:
            return self.taken(reader, reply, arguments)
        except ImportError:  # a kind of value that the tests cannot have
            raise Gone("the program returns a value that the tests cannot read") from None

    @staticmethod
    def taken(reader, reply, arguments):
        reader.read(reply.get("objects", []))
        for place, value in reply.get("changed", []):
            given = list(arguments[1]) + [item for _, item in arguments[2]]
            change(given[place], reader.decode(value))
        return reader.decode(reply.get("ok"))

    def has(self, names):
        told = self.ask(op="names", names=names).get("ok")
        # What else the answer would like to bring is not taken.
        return [name for name in names if isinstance(told, list) and name in told]

    def name(self, name):
        found = self.take(self.ask(op="name", name=name), [])
        if isinstance(found, Remote):
            object.__setattr__(found, "_remote_name", name)
        return found
