"""Small faults made in a function automatically: signs, transposes, off-by-one, dropped terms,
swapped names.

`mutants(source, name)` gives (the line before and after, the source with that one change) for each
place and fault.
"""

import ast
import copy
from itertools import zip_longest

ARITHMETIC = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.FloorDiv: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
}
COMPARISON = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
}
NAMES = {
    "exp": "log",
    "log": "exp",
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "ones": "zeros",
    "ones_like": "zeros_like",
    "tril": "triu",
    "triu": "tril",
    "sin": "cos",
    "cos": "sin",
    "sqrt": "square",
    "square": "sqrt",
    "prod": "sum",
    "maximum": "minimum",
    "minimum": "maximum",
    "hstack": "vstack",
    "any": "all",
    "all": "any",
    "argmax": "argmin",
    "log1p": "log",
    "logaddexp": "maximum",
    "cumsum": "cumprod",
    "tanh": "sin",
    "diag": "diagonal",
    "vstack": "hstack",
}
DROPPED = {
    "exp",
    "log",
    "abs",
    "sqrt",
    "argsort",
    "cumsum",
    "tanh",
    "sum",
    "flip",
    "reversed",
    "square",
    "log1p",
}


def faults(node):
    """(what, the faulty node) for each fault of one expression or statement."""
    for kind, made in FAULTS.items():
        if isinstance(node, kind):
            yield from made(node)


def _arithmetic(node):
    for op in ARITHMETIC.get(type(node.op), []):
        yield _operator(node, op), ast.BinOp(node.left, op(), node.right)
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        yield "left side alone", node.left
    if isinstance(node.op, (ast.Add, ast.Mult)):
        yield "right side alone", node.right
    if isinstance(node.op, ast.MatMult):
        transposed = ast.Attribute(node.right, "T", ast.Load())
        yield "right side transposed", ast.BinOp(node.left, node.op, transposed)


def _sign(node):
    if isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield "sign or negation dropped", node.operand


def _comparison(node):
    for op in COMPARISON.get(type(node.ops[0]), []):
        yield (
            _operator(node, op),
            ast.Compare(node.left, [op(), *node.ops[1:]], node.comparators),
        )


def _transpose(node):
    if node.attr == "T":
        yield "transpose dropped", node.value


def _constant(node):
    old, others = node.value, []
    if isinstance(old, bool):
        others = [not old]
    elif isinstance(old, int):
        others = [old + 1, old - 1]
    elif isinstance(old, float):
        others = [2 * old, -old]
    for new in others:
        yield f"{old} -> {new}", ast.Constant(new)


def _step(node):
    for op in ARITHMETIC.get(type(node.op), []):
        yield _operator(node, op), ast.AugAssign(node.target, op(), node.value)
    yield "line dropped", ast.Pass()


def _entry(node):
    if isinstance(node.targets[0], ast.Subscript):
        yield "line dropped", ast.Pass()


def _subscript(node):
    if isinstance(node.ctx, ast.Load):
        yield "subscript dropped", node.value


def _choice(node):
    yield "first branch alone", node.body
    yield "second branch alone", node.orelse


def _result(node):
    if isinstance(node.value, ast.Tuple):
        old = node.value.elts
        for k, part in enumerate(old):
            parts = [*old[:k], ast.UnaryOp(ast.USub(), part), *old[k + 1 :]]
            yield f"sign of result {k}", ast.Return(ast.Tuple(parts, ast.Load()))
    elif node.value is not None:
        yield "sign of the result", ast.Return(ast.UnaryOp(ast.USub(), node.value))


def _call(node):
    if isinstance(node.func, (ast.Name, ast.Attribute)):
        named = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        yield from _named_call(node, named)
        yield from _keywords(node)
        if len(node.args) == 2 and not any(isinstance(a, ast.Starred) for a in node.args):
            yield "arguments swapped", ast.Call(node.func, node.args[::-1], node.keywords)


def _named_call(node, named):
    if named in NAMES:
        other = NAMES[named]
        if isinstance(node.func, ast.Name):
            func = ast.Name(other, ast.Load())
        else:
            func = ast.Attribute(node.func.value, other, ast.Load())
        yield f"{named} -> {other}", ast.Call(func, node.args, node.keywords)
    if named in DROPPED and node.args:
        yield f"{named} dropped", node.args[0]
    if named == "range" and len(node.args) == 1:
        yield "range backwards", ast.Call(ast.Name("reversed", ast.Load()), [node], [])
        for op, what in ((ast.Add, "more"), (ast.Sub, "less")):
            end = ast.BinOp(node.args[0], op(), ast.Constant(1))
            yield f"range one {what}", ast.Call(node.func, [end], [])


def _keywords(node):
    for keyword in node.keywords:
        others = [k for k in node.keywords if k is not keyword]
        yield f"{keyword.arg}= dropped", ast.Call(node.func, node.args, others)
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            other = ast.keyword("axis", ast.Constant(0 if keyword.value.value in (1, -1) else 1))
            keywords = [other if k is keyword else k for k in node.keywords]
            yield "other axis", ast.Call(node.func, node.args, keywords)


FAULTS = {
    ast.BinOp: _arithmetic,
    ast.UnaryOp: _sign,
    ast.Call: _call,
    ast.Compare: _comparison,
    ast.Attribute: _transpose,
    ast.Constant: _constant,
    ast.AugAssign: _step,
    ast.Assign: _entry,
    ast.Subscript: _subscript,
    ast.IfExp: _choice,
    ast.Return: _result,
}


def _operator(node, op):
    old = node.ops[0] if isinstance(node, ast.Compare) else node.op
    return f"{type(old).__name__} -> {op.__name__}"


class _Replace(ast.NodeTransformer):
    def __init__(self, place, new):
        self.place, self.new = place, new

    def visit(self, node):
        return self.new if node is self.place else self.generic_visit(node)


def mutants(source, name):
    """All one-fault versions of the function `name` in `source`: [(what, text of the function)]."""
    function = next(
        n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name
    )
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:]
    found = {}
    for statement in function.body:
        for node in ast.walk(statement):
            for _, new in faults(node):
                tree = copy.deepcopy(function)
                place = _twin(function, tree, node)
                text = ast.unparse(
                    ast.fix_missing_locations(_Replace(place, copy.deepcopy(new)).visit(tree))
                )
                found[text] = None
    sound = ast.unparse(function)
    return [(_change(sound, text), text) for text in found if text != sound]


def _change(old, new):
    """The first line that differs, before and after."""
    pairs = zip_longest(old.splitlines(), new.splitlines(), fillvalue="")
    return next(f"{a.strip()}  =>  {b.strip()}" for a, b in pairs if a != b)


def _twin(tree, other, node):
    """The node of `other`, a copy of `tree`, that stands where `node` stands."""
    return next(b for a, b in zip(ast.walk(tree), ast.walk(other)) if a is node)
