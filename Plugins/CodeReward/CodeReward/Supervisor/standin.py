"""What tests use most of pytest. Programs are not to depend on which packages the interpreter has."""

import builtins
import inspect
import re
import sys


class Mark:
    def __init__(self, name, arguments=(), keywords=()):
        self.name, self.arguments, self.keywords = name, arguments, dict(keywords)

    def __call__(self, *arguments, **keywords):
        if len(arguments) == 1 and not keywords and (inspect.isfunction(arguments[0]) or inspect.isclass(arguments[0])):
            arguments[0].pytestmark = [self] + list(arguments[0].__dict__.get("pytestmark", []))
            return arguments[0]
        return Mark(self.name, arguments, keywords)


class Marks:
    def __getattr__(self, name):
        return Mark(name)


class Parameters:
    def __init__(self, *values, marks=(), id=None):
        self.values, self.marks = values, marks if isinstance(marks, (list, tuple)) else [marks]


class Skipped(Exception):
    pass


class Raises:
    def __init__(self, expected, match=None):
        self.expected, self.match, self.value = expected, match, None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            raise AssertionError(f"{self.expected} is not raised")
        self.value, self.type = error, kind
        if isinstance(error, (Gone, Broken)) or not issubclass(kind, self.expected):
            return False
        if self.match is not None and not re.search(self.match, str(error)):
            raise AssertionError(f"'{error}' does not match '{self.match}'")
        return True


class Approximately:
    """Numbers that are close; in lists and dicts too."""

    def __init__(self, expected, rel=None, abs=None, nan_ok=False):
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok

    def __eq__(self, actual):
        return self.is_close(actual, self.expected)

    def __ne__(self, actual):
        return not self == actual

    def __repr__(self):
        return f"approx({self.expected!r})"

    def is_close(self, actual, expected):
        if isinstance(expected, dict):
            return isinstance(actual, dict) and actual.keys() == expected.keys() and all(
                self.is_close(actual[key], expected[key]) for key in expected)
        if isinstance(expected, (list, tuple)):
            return isinstance(actual, (list, tuple)) and len(actual) == len(expected) and all(
                map(self.is_close, actual, expected))
        if isinstance(actual, Remote) or isinstance(actual, bool) != isinstance(expected, bool):
            return False
        if actual == expected or self.nan_ok and actual != actual and expected != expected:
            return True
        try:
            distance, size = builtins.abs(actual - expected), builtins.abs(expected)
        except TypeError:
            return False
        absolute = 1e-12 if self.abs is None else self.abs
        relative = (1e-6 if self.rel is None else self.rel) if self.rel is not None or self.abs is None else 0
        return distance <= max(absolute, relative * size) < float("inf")


class PytestStandIn(type(sys)):
    """What tests use most of pytest. Programs are not to depend on which packages the interpreter has."""

    mark, param, approx, Mark = Marks(), Parameters, Approximately, Mark

    @staticmethod
    def raises(expected, *arguments, match=None, **keywords):
        if any(isinstance(kind, Remote) for kind in (expected if isinstance(expected, tuple) else (expected,))):
            raise Broken("the tests expect an exception of a class that the program defines, which is not supported")
        if not arguments:
            return Raises(expected, match)
        with Raises(expected) as found:
            arguments[0](*arguments[1:], **keywords)
        return found

    @staticmethod
    def fixture(function=None, name=None, **more):
        def mark(function):
            if more.get("params"):
                raise Broken("the tests use fixtures with parameters, which are not supported")
            function.__fixture__ = name
            return function
        return mark(function) if function is not None else mark

    @staticmethod
    def skip(reason="", **more):
        raise Skipped(reason)

    @staticmethod
    def fail(reason="", **more):
        raise AssertionError(reason)

    @staticmethod
    def main(*arguments, **more):
        return 0

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Broken(f"the tests use pytest.{name}, which is not supported")
