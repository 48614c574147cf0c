"""Which expressions a name, an attribute, a parameter or a call of a program may stand for.

One pass over the syntax tree, blind to order and to conditions: whatever is anywhere assigned to
a variable, appended to it, or passed for it, is one of its sources. Attributes are told apart by
name alone, not by object. That is coarse, and enough for the small programs that models write.
It says nothing about what the values mean; that is `source_flow`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from stop_tui.core.analysis.tree import FunctionNode

Function = FunctionNode | ast.Lambda
Variable = tuple[ast.AST, str]
"""The scope that binds a name, and the name."""

Place = Variable | str
"""What can hold a value: a variable, or an attribute by its name alone."""

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_MUTATORS = frozenset(
    [
        "append",
        "appendleft",
        "add",
        "insert",
        "extend",
        "extendleft",
        "update",
        "setdefault",
        "put",
        "heappush",
    ]
)
APPLY_TO_EACH = frozenset(["map", "imap", "imap_unordered", "starmap", "filter", "submit"])
_TAKES_KEY = frozenset(["sorted", "max", "min", "sort", "nlargest", "nsmallest"])
_MOST_NAMESAKES = 8


class Bindings:
    """The sources of everything in one module.

    `variables`, `fields` (attributes, by name) and `returns` list the expressions whose values
    they may take or hold; `caught` are the names of exceptions, `stepped` the variables and
    attributes that are changed in place, as a counter is.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.parent: dict[ast.AST, ast.AST] = {}
        self.nodes: list[ast.AST] = []
        self.variables: dict[Variable, list[ast.expr]] = defaultdict(list)
        self.fields: dict[str, list[ast.expr]] = defaultdict(list)
        self.returns: dict[Function, list[ast.expr]] = defaultdict(list)
        self.functions: dict[str, list[FunctionNode]] = defaultdict(list)
        self.classes: dict[str, ast.ClassDef] = {}
        self.caught: set[Variable] = set()
        self.stepped: set[Place] = set()
        self._bound: dict[ast.AST, set[str]] = defaultdict(set)
        self._walk()
        for node in self.nodes:
            self._bind_names(node)
        for node in self.nodes:
            self._record(node)
        for node in self.nodes:
            if isinstance(node, ast.Call):
                self._record_call(node)

    def enclosing(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around `node`, innermost first."""
        while (outer := self.parent.get(node)) is not None:
            yield outer
            node = outer

    def function_of(self, node: ast.AST) -> FunctionNode | None:
        """The innermost named function around `node`."""
        for outer in self.enclosing(node):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                return outer
        return None

    def variable(self, name: ast.Name) -> Variable:
        """The variable that `name` stands for; of the module if nothing binds it."""
        return self._lookup(name, name.id)

    def place(self, expression: ast.expr) -> Place | None:
        """The variable or attribute that `expression` is, or takes a part of."""
        while isinstance(expression, ast.Subscript | ast.Starred):
            expression = expression.value
        match expression:
            case ast.Name():
                return self.variable(expression)
            case ast.Attribute(attr=name):
                return name
        return None

    def callees(self, call: ast.Call) -> list[FunctionNode]:
        """The functions of this module that `call` may reach (a class stands for its __init__)."""
        match call.func:
            case ast.Name(id=name) if name in self.classes:
                return self.methods(self.classes[name], "__init__")
            case ast.Name(id=name):
                return [f for f in self.functions[name] if not self._is_method(f)]
            case ast.Attribute(value=owner, attr=name):
                if name in _MUTATORS and not self._is_own_object(owner):
                    return []
                return [f for f in self.functions[name] if self._is_method(f)]
        return []

    def methods(self, owner: ast.ClassDef, name: str) -> list[FunctionNode]:
        """The methods called `name` of a class."""
        return [f for f in self.functions[name] if self.parent[f] is owner]

    def parameters(self, function: Function) -> list[ast.arg]:
        """The parameters that a call fills by position, without `self`."""
        found = [*function.args.posonlyargs, *function.args.args]
        if isinstance(function, ast.Lambda) or not self._is_method(function):
            return found
        return found if _decorated(function, "staticmethod") else found[1:]

    def is_property(self, name: str) -> bool:
        """Whether an attribute `name` is computed by a method."""
        wanted = ("property", "cached_property")
        return any(_decorated(f, *wanted) for f in self.functions.get(name, ()))

    def _walk(self) -> None:
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            self.nodes.append(node)
            for child in ast.iter_child_nodes(node):
                self.parent[child] = node
                waiting.append(child)

    def _is_own_object(self, owner: ast.expr) -> bool:
        """Whether `owner` was made by a class of this module, for all that is known of it."""
        match owner:
            case ast.Name(id=name):
                made = self.variables.get(self.variable(owner), [])
            case ast.Attribute(attr=name):
                made = self.fields.get(name, [])
            case _:
                return False
        makers = [called_name(source) for source in made if isinstance(source, ast.Call)]
        return name == "self" or any(maker in self.classes for maker in makers)

    def _is_method(self, function: FunctionNode) -> bool:
        return isinstance(self.parent[function], ast.ClassDef)

    def _scope(self, node: ast.AST) -> ast.AST:
        for outer in self.enclosing(node):
            if isinstance(outer, (_SCOPES, _COMPREHENSIONS)):
                return outer
        return self.tree

    def _lookup(self, node: ast.AST, name: str) -> Variable:
        for outer in self.enclosing(node):
            if name in self._bound[outer]:
                return outer, name
        return self.tree, name

    def _bind_names(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                self._bound[self._scope(node)].add(name)
            case ast.arg(arg=name):
                self._bound[self._scope(node)].add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if len(self.functions[node.name]) < _MOST_NAMESAKES:
                    self.functions[node.name].append(node)
            case ast.ClassDef(name=name):
                self.classes[name] = node
            case ast.AugAssign(target=ast.Attribute(attr=name)):
                self.stepped.add(name)
            case ast.ExceptHandler(name=str(name)):
                scope = self._scope(node)
                self._bound[scope].add(name)
                self.caught.add((scope, name))

    def _record(self, node: ast.AST) -> None:
        match node:
            case ast.AugAssign(target=ast.Name() as name):
                self.stepped.add(self.variable(name))
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case (
                ast.AugAssign(target=target, value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
                | ast.withitem(optional_vars=ast.expr() as target, context_expr=value)
            ):
                self._bind(target, value)
            case (
                ast.For(target=target, iter=iterated)
                | ast.AsyncFor(target=target, iter=iterated)
                | ast.comprehension(target=target, iter=iterated)
            ):
                self._bind_item(target, iterated)
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                if (function := self.function_of(node)) is not None:
                    self.returns[function].append(value)
            case ast.Lambda(body=body):
                self.returns[node].append(body)
                self._bind_defaults(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._bind_defaults(node)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case (
                (ast.Tuple(elts=targets) | ast.List(elts=targets)),
                (ast.Tuple(elts=values) | ast.List(elts=values)),
            ) if len(targets) == len(values):
                for one, its_value in zip(targets, values, strict=True):
                    self._bind(one, its_value)
            case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), _):
                for one in targets:
                    self._bind(one, value)
            case ast.Starred(value=one), _:
                self._bind(one, value)
            case ast.Name(), _:
                scope, _name = variable = self.variable(target)
                if isinstance(scope, ast.ClassDef):
                    self.fields[target.id].append(value)
                self.variables[variable].append(value)
            case ast.Attribute(attr=name), _:
                self.fields[name].append(value)
            case ast.Subscript(value=container, slice=index), _:
                self._mutate(container, [value, index])

    def _bind_item(self, target: ast.expr, iterated: ast.expr) -> None:
        match target, iterated:
            case ast.Tuple(elts=[_, item]), ast.Call(
                func=ast.Name(id="enumerate"), args=[inner, *_]
            ):
                self._bind_item(item, inner)
            case ast.Tuple(elts=items), ast.Call(func=ast.Name(id="zip"), args=args) if len(
                items
            ) == len(args):
                for item, inner in zip(items, args, strict=True):
                    self._bind_item(item, inner)
            case _:
                self._bind(target, iterated)

    def _mutate(self, container: ast.expr, values: Iterable[ast.expr]) -> None:
        while not isinstance(container, ast.Name | ast.Attribute):
            match container:
                case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner)):
                    container = inner
                case _:
                    return
        for value in values:
            self._bind(container, value)

    def _bind_defaults(self, function: Function) -> None:
        given = function.args
        positional = [*given.posonlyargs, *given.args]
        pairs = [
            *zip(reversed(positional), reversed(given.defaults), strict=False),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        for parameter, value in pairs:
            if value is not None:
                self.variables[function, parameter.arg].append(value)

    def _record_call(self, call: ast.Call) -> None:
        name = called_name(call)
        match call.func:
            case ast.Attribute(value=container) if name in _MUTATORS:
                self._mutate(container, call.args)
        if name == "heappush" and call.args:
            self._mutate(call.args[0], call.args[1:])
        for function in self.callees(call):
            self._pass(function, call.args, call.keywords)
        match call.func:
            case ast.Name(id=name) if name in self.classes and not self.callees(call):
                self._fill_dataclass(self.classes[name], call)
        self._pass_to_functions_in(call)

    def _pass(self, function: Function, args: list[ast.expr], keywords: list[ast.keyword]) -> None:
        parameters = self.parameters(function)
        for index, value in enumerate(args):
            spread = isinstance(value, ast.Starred)
            filled = parameters[index:] if spread else parameters[index : index + 1]
            for parameter in filled:
                self.variables[function, parameter.arg].append(value)
            if spread:
                parameters = parameters[: index + 1] + parameters[index:]
        for keyword in keywords:
            if keyword.arg is not None:
                self.variables[function, keyword.arg].append(keyword.value)

    def _fill_dataclass(self, owner: ast.ClassDef, call: ast.Call) -> None:
        names = [
            s.target.id
            for s in owner.body
            if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
        ]
        for name, value in zip(names, call.args, strict=False):
            self.fields[name].append(value)
        for keyword in call.keywords:
            if keyword.arg is not None:
                self.fields[keyword.arg].append(keyword.value)

    def _pass_to_functions_in(self, call: ast.Call) -> None:
        """Parameters of a function that another applies, as ``map(f, items)`` does."""
        name, items = called_name(call), call.args
        if name in APPLY_TO_EACH and len(items) >= 2:
            for function in self.named_functions(items[0]):
                self._pass(function, items[1:], [])
        elif name in _TAKES_KEY:
            own = [call.func.value] if isinstance(call.func, ast.Attribute) and not items else []
            for keyword in call.keywords:
                if keyword.arg == "key":
                    for function in self.named_functions(keyword.value):
                        self._pass(function, [*items, *own][-1:], [])

    def named_functions(self, expression: ast.expr) -> list[Function]:
        """The functions of this module that `expression` names, or is."""
        match expression:
            case ast.Lambda():
                return [expression]
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return list(self.functions.get(name, ()))
        return []


def called_name(call: ast.Call) -> str:
    """The last part of the name of what is called; empty where it has none."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _decorated(function: FunctionNode, *names: str) -> bool:
    return any(
        isinstance(d, ast.Name | ast.Attribute)
        and (d.id if isinstance(d, ast.Name) else d.attr) in names
        for d in function.decorator_list
    )
