"""What the values in an improver are (scores, programs, replies) and what reaches its prompts.

Built on `source_bindings` and as coarse: it asks what may flow where, never when or whether.
"""

import ast
import re
from collections.abc import Iterable
from enum import IntFlag

from stop_tui.core.analysis.bindings import APPLY_TO_EACH, Bindings, Function, Variable, called_name
from stop_tui.core.analysis.tree import FunctionNode

Loop = ast.For | ast.AsyncFor | ast.While


class Kind(IntFlag):
    """What a value may be, or be made of."""

    NOTHING = 0
    UTILITY = 1
    MODEL = 2
    SCORE = 4
    PROGRAM = 8
    REPLY = 16
    ERROR = 32


_HANDLES = Kind.UTILITY | Kind.MODEL
_TEXT = Kind.PROGRAM | Kind.REPLY
_PROMPTING = ("prompt", "batch_prompt")
_PROMPT_KEYWORDS = ("expertise", "message", "message_batch")
_NUMBERS = frozenset(
    [
        "sum",
        "float",
        "int",
        "round",
        "abs",
        "mean",
        "fmean",
        "median",
        "pstdev",
        "stdev",
        "variance",
        "exp",
        "log",
        "sqrt",
        "pow",
        "bool",
    ]
)
_NO_VALUE = frozenset(
    ["len", "range", "print", "isinstance", "any", "all", "id", "type", "hash", "callable"]
)
_TRACEBACKS = frozenset(["format_exc", "format_exception", "format_exception_only", "format_tb"])
_NUMBER_FORMAT = re.compile(r"[-+ ]?[\d,]*\.?\d*[eEfFgG%]")
_MOST_PASSES = 12
_PATIENCE = 200_000


class Flow:
    """Kinds of values, rounds of asking the model, and what flows into prompts, of one program.

    A round is one pass through a loop whose body asks the model. `prompt_texts` holds every
    expression that may end up in a prompt, `prompted_programs` those through which a program does.
    `patience` is how many nodes may still be looked at behind names: a hostile program can make
    every name stand for half of its text.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.bindings = Bindings(tree)
        self.patience = _PATIENCE
        self._variables: dict[Variable, Kind] = {}
        self._fields: dict[str, Kind] = {}
        self._returns: dict[Function, Kind] = {}
        self.calls = [node for node in self.bindings.nodes if isinstance(node, ast.Call)]
        self._settle()
        self.model_calls = [call for call in self.calls if asks_model(call)]
        self._asking = self._functions_that_ask()
        self._round_statements = {
            statement
            for node in self.bindings.nodes
            if isinstance(node, Loop) and self._asks(node.body)
            for statement in node.body
        }
        self._in_rounds = self._functions_in_rounds()
        prompts = [text for call in self.model_calls for text in prompts_of(call)]
        self.prompt_texts = self._slice(prompts, None)
        self.prompted_programs = self._slice(prompts, Kind.PROGRAM)
        places = {self.bindings.place(expression) for expression in self.prompted_programs}
        self._prompted_places = places - {None}

    def in_round(self, node: ast.AST) -> bool:
        """Whether `node` is in the body of a round, or in a function called from one."""
        return any(
            outer in self._round_statements or outer in self._in_rounds
            for outer in (node, *self.bindings.enclosing(node))
        )

    def is_prompted(self, expression: ast.expr) -> bool:
        """Whether programs get into prompts by way of what `expression` is, or is a part of."""
        return self.bindings.place(expression) in self._prompted_places

    def kinds(self, expression: ast.expr) -> Kind:
        """What `expression` may be."""
        match expression:
            case ast.Name():
                return self._variables.get(self.bindings.variable(expression), Kind.NOTHING)
            case ast.Attribute(value=owner, attr=name):
                return self._kinds_of_attribute(owner, name)
            case ast.Call():
                return self._kinds_of_call(expression)
            case ast.BinOp(left=left, op=op, right=right):
                found = self.kinds(left) | self.kinds(right)
                keeps = isinstance(op, ast.Add | ast.BitOr) or isinstance(
                    left, ast.List | ast.Constant | ast.JoinedStr
                )
                return found if keeps else found & ~_TEXT
            case ast.BoolOp(values=parts):
                return self._union(parts)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return self._union(parts)
            case ast.JoinedStr(values=parts):
                return self._union(parts)
            case ast.FormattedValue(value=part):
                return self.kinds(part) & ~(_TEXT if is_number(expression) else Kind.NOTHING)
            case ast.Compare(left=left, comparators=others):
                return self._union([left, *others]) & Kind.SCORE
            case ast.IfExp(body=body, orelse=orelse):
                return self.kinds(body) | self.kinds(orelse)
            case ast.Dict(keys=keys, values=values):
                return self._union([*(key for key in keys if key is not None), *values])
            case ast.DictComp(key=key, value=value):
                return self.kinds(key) | self.kinds(value)
            case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
                return self.kinds(part)
            case (
                ast.Subscript(value=part)
                | ast.Starred(value=part)
                | ast.NamedExpr(value=part)
                | ast.Await(value=part)
                | ast.UnaryOp(operand=part)
            ):
                return self.kinds(part)
        return Kind.NOTHING

    def _union(self, parts: Iterable[ast.expr]) -> Kind:
        found = Kind.NOTHING
        for part in parts:
            found |= self.kinds(part)
        return found

    def _kinds_of_attribute(self, owner: ast.expr, name: str) -> Kind:
        if name == "stderr":
            return Kind.ERROR
        if self.bindings.is_property(name):
            return self._returned(self.bindings.functions[name])
        if name in self._fields:
            return self._fields[name]
        return self.kinds(owner) & ~_HANDLES

    def _kinds_of_call(self, call: ast.Call) -> Kind:
        name = called_name(call)
        arguments = self._union([*call.args, *(keyword.value for keyword in call.keywords)])
        if name == "extract_code":
            return Kind.PROGRAM
        if self.kinds(call.func) & Kind.UTILITY or (arguments & Kind.UTILITY and name == "map"):
            return Kind.SCORE
        if isinstance(call.func, ast.Name) and name in self.bindings.classes:
            return arguments & ~_HANDLES
        if functions := self.bindings.callees(call):
            return self._returned(functions)
        if asks_model(call):
            return Kind.REPLY
        if name in _TRACEBACKS:
            return Kind.ERROR
        if name in APPLY_TO_EACH and call.args:
            applied = self.bindings.named_functions(call.args[0])
            return self._returned(applied) | self._union(call.args[1:])
        if name in _NO_VALUE:
            return Kind.NOTHING
        if isinstance(call.func, ast.Attribute):
            arguments |= self.kinds(call.func.value)
        elif "__call__" in self.bindings.functions:
            arguments |= self._returned(self.bindings.functions["__call__"])
        return arguments & ~(_HANDLES | _TEXT if name in _NUMBERS else _HANDLES)

    def _returned(self, functions: Iterable[Function]) -> Kind:
        found = Kind.NOTHING
        for function in functions:
            found |= self._returns.get(function, Kind.NOTHING)
        return found

    def _settle(self) -> None:
        """Pass what is known along the sources of everything until nothing new is learnt."""
        bindings = self.bindings
        for function in bindings.functions["improve_algorithm"]:
            roles = (Kind.PROGRAM, Kind.UTILITY, Kind.MODEL)
            for parameter, role in zip(bindings.parameters(function), roles, strict=False):
                self._variables[function, parameter.arg] = role
        for variable in bindings.caught:
            self._variables[variable] = Kind.ERROR
        for _ in range(_MOST_PASSES):
            before = (sum(self._variables.values()), sum(self._fields.values()))
            returns_before = sum(self._returns.values())
            for variable, sources in bindings.variables.items():
                known = self._variables.get(variable, Kind.NOTHING)
                self._variables[variable] = known | self._union(sources)
            for name, sources in bindings.fields.items():
                self._fields[name] = self._fields.get(name, Kind.NOTHING) | self._union(sources)
            for returning, sources in bindings.returns.items():
                known = self._returns.get(returning, Kind.NOTHING)
                self._returns[returning] = known | self._union(sources)
            for call in self.calls:
                self._mark_scored(call)
            after = (sum(self._variables.values()), sum(self._fields.values()))
            if before == after and returns_before == sum(self._returns.values()):
                break

    def _mark_scored(self, call: ast.Call) -> None:
        """What is passed to the utility is a program, however it came out of the reply."""
        if self.kinds(call.func) & Kind.UTILITY and call.args:
            match call.args[0]:
                case ast.Name() as name:
                    variable = self.bindings.variable(name)
                    known = self._variables.get(variable, Kind.NOTHING)
                    self._variables[variable] = known | Kind.PROGRAM

    def _asks(self, statements: Iterable[ast.AST]) -> bool:
        return any(
            isinstance(node, ast.Call)
            and (asks_model(node) or any(f in self._asking for f in self.bindings.callees(node)))
            for statement in statements
            for node in ast.walk(statement)
        )

    def _functions_that_ask(self) -> set[FunctionNode]:
        """Functions that ask the model themselves or by calling others that do."""
        callers: dict[FunctionNode, set[FunctionNode]] = {}
        waiting: list[FunctionNode] = []
        for call in self.calls:
            caller = self.bindings.function_of(call)
            if caller is None:
                continue
            if asks_model(call):
                waiting.append(caller)
            for callee in self.bindings.callees(call):
                callers.setdefault(callee, set()).add(caller)
        return _closure(waiting, callers)

    def _functions_in_rounds(self) -> set[FunctionNode]:
        """Functions called from the body of a round, and those that ask and call themselves."""
        called: dict[FunctionNode, set[FunctionNode]] = {}
        for call in self.calls:
            caller = self.bindings.function_of(call)
            if caller is not None:
                called.setdefault(caller, set()).update(self.bindings.callees(call))
        start = [f for f in self._asking if f in called.get(f, ())]
        for statement in self._round_statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call):
                    start.extend(self.bindings.callees(node))
        return _closure(start, called)

    def _slice(self, start: Iterable[ast.expr], kind: Kind | None) -> set[ast.expr]:
        """All expressions whose value may end up in `start`; with `kind`, by way of that alone."""
        reached: set[ast.expr] = set()
        waiting = list(start)
        while waiting:
            expression = waiting.pop()
            if expression in reached or (kind is not None and not self.kinds(expression) & kind):
                continue
            reached.add(expression)
            waiting.extend(self._origins(expression))
        return reached

    def _origins(self, expression: ast.expr) -> list[ast.expr]:
        bindings = self.bindings
        match expression:
            case ast.Name():
                return bindings.variables.get(bindings.variable(expression), [])
            case ast.Attribute(attr=name) if bindings.is_property(name):
                return [e for f in bindings.functions[name] for e in bindings.returns.get(f, [])]
            case ast.Attribute(value=owner, attr=name) if name in bindings.fields:
                return [owner, *bindings.fields[name]]
            case ast.Call() if asks_model(expression) or self.kinds(expression.func) & Kind.UTILITY:
                return []
            case ast.Call(func=ast.Attribute(value=ast.Name(id="ast"))):
                return []  # what is read out of a program, or put together, is not that program
            case ast.Call(args=args, func=func):
                functions = bindings.callees(expression)
                if functions and called_name(expression) not in bindings.classes:
                    return [e for f in functions for e in bindings.returns.get(f, [])]
                return [*args, func.value] if isinstance(func, ast.Attribute) else list(args)
            case ast.IfExp(body=body, orelse=orelse):
                return [body, orelse]
            case ast.Compare() | ast.Lambda():
                return []
            case ast.DictComp(key=key, value=value):
                return [key, value]
            case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
                return [part]
        return [node for node in ast.iter_child_nodes(expression) if isinstance(node, ast.expr)]


def is_number(inserted: ast.FormattedValue) -> bool:
    """Whether a part of an f-string is formatted as a number."""
    match inserted.format_spec:
        case ast.JoinedStr(values=[ast.Constant(value=str(text))]):
            return bool(_NUMBER_FORMAT.fullmatch(text))
    return False


def asks_model(call: ast.Call) -> bool:
    """Whether `call` is one of the language model, by the name of the method."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _PROMPTING


def prompts_of(call: ast.Call) -> list[ast.expr]:
    """The texts of a call of the language model: role and message or messages."""
    named = [k.value for k in call.keywords if k.arg in _PROMPT_KEYWORDS]
    return [*call.args[:2], *named]


def _closure(
    start: Iterable[FunctionNode], further: dict[FunctionNode, set[FunctionNode]]
) -> set[FunctionNode]:
    found: set[FunctionNode] = set()
    waiting = list(start)
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.add(function)
            waiting.extend(further.get(function, ()))
    return found
