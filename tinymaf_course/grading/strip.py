"""What of an exercise goes into a student's process: its cases and its judge, and no more."""

import ast


def stripped(source, name):
    """The source of an exercise without solution, wrong answers, hints and comments.

    Only what `cases` and `judge` need is kept. ValueError where that includes the solution.

    >>> print(stripped("import math\\nHINTS = ('x',)\\ntwo = 2\\ndef f():\\n    return two\\n"
    ...                "def cases():\\n    return [()]\\ndef judge(answer):\\n    return answer() - two\\n", "f"))
    import math
    two = 2
    <BLANKLINE>
    def cases():
        return [()]
    <BLANKLINE>
    def judge(answer):
        return answer() - two
    """
    tree = ast.parse(source)
    defined = {}                # name: its statements, such as a function and the line that gives it an attribute
    for node in tree.body:
        for one in _defines(node):
            defined.setdefault(one, []).append(node)
    needed, rest = {"OPTIONAL"} & defined.keys(), ["cases", "judge"]
    while rest:
        one = rest.pop()
        if one not in needed:
            needed.add(one)
            rest += {part.id for node in defined[one] for part in ast.walk(node)
                     if isinstance(part, ast.Name)} & defined.keys()
    if name in needed:
        raise ValueError(f"the judge of {name} uses the solution, which it must do without")
    kept = [node for one in needed for node in defined[one]]
    imports = (ast.Import, ast.ImportFrom)
    return ast.unparse(ast.Module([node for node in tree.body if isinstance(node, imports) or node in kept], []))


def _defines(node):
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return set()
