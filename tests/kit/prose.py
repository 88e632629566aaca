"""Seven habits of prose to lose, counted with a word list.

`PYTHONPATH=tests python -m kit.prose [FILE ...]` prints every hit; with `--write` it makes
`prose.json` anew, the number that each file may have. The goal is an empty table.
"""

import ast
import collections
import io
import json
import re
import sys
import tokenize

from kit import ROOT

TABLE = ROOT / "tests" / "kit" / "prose.json"
STORY = "masks nets elementwise distributions conditionals made flows vae variational uses checks"
FILES = [
    "*.md",
    "docs/*.md",
    "packages/*/README.md",
    "notebooks/*.md",
    "notebooks/instructor/*.md",
    "notebooks/source/*",
    "tinymaf_course/exercises/**/*.py",
    "tinymaf_course/questions/*.py",
    "tinymaf_course/inventory/*.py",
    "tinymaf_course/misconceptions.py",
    "tinymaf/layers/*.py",
    *(f"tinymaf/{name}.py" for name in STORY.split()),
]
LEFT_OUT = ["docs/bands.md", "CHANGELOG.md"]  # made by a command; history

PEOPLE = "you|me|us|them|him|her|people|someone|everyone|anyone|learners|students|readers"
SOMEONE = rf"(?:{PEOPLE}|(?:your|the|a|my) (?:class|friend|reader|student|story|author)s?)"
ASIDE = "(?:whether|if|which|who|whose|what|how|from)"
IDIOMS = "longer|more|less|better|worse|matter|use|way|need|accident|news|secret|surprise|wonder"
HABITS = {
    # compute, say, report. One tells a person something, or two things apart
    "tell": rf"\b(?<!-)(?:tells?|telling|told)\b(?! {SOMEONE}\b)(?! to\b)"
    rf"(?! (?:[\w'-]+ ){{0,5}}apart\b)(?<!\bcan tell(?= {ASIDE}))(?<!\bcannot tell(?= {ASIDE}))",
    # name the thing, or say that nothing does it
    "nobody": r"\b(?:nobody|somebody)\b",
    # fix, repair
    "mend": r"\bmend(?:s|ed|ing)?\b(?!-)",
    # is not a density
    "no": rf"(?<!\bthere )\b(?:is|are|was|were) (?:no\b(?! (?:{IDIOMS})\b)|none\b(?! (?:of|at)\b))",
    # which; a layer that; once y is known
    "who": r"\b(?:whoever|whom)\b"
    r"|(?<!one )(?<!people )\bwho (?:depends|sees|knows|holds|waits|imports|has to wait)\b",
    # expensive
    "dear": r"\bdear(?:er|est)?\b",
    # network calls, the data's density
    "of the": r"\b(?:calls?|pass|passes) of (?:the|a|one) net(?:work)?s?\b"
    r"|\bdensit(?:y|ies) of the data\b|\bof the [\w-]+ of the [\w-]+ of the\b",
}
HABITS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in HABITS.items()}
# What is said on purpose. Each entry names the file and the words around the hit.
EXCEPTIONS = []


def words_of(path):
    """The prose of a page, or of a Python file's comments and strings, on one line a paragraph."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n".join(_said(text))
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\{\{.*?\}\}|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$", "_", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)\s]*\)", "]", text)  # what a link says, not where it leads
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n|\n(?=[*|])", text)]


def _said(code):
    """Comments, without their #, and strings, parts that stand side by side joined."""
    lines = collections.defaultdict(str)
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0]] += token.string.lstrip("#").strip().removeprefix("%%")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            said = "".join(v.value if isinstance(v, ast.Constant) else "_" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            continue
        if re.search(r"\s", said.strip()):  # a word alone is a key
            lines[node.lineno] += f"\n\n{said}\n\n"
    last = max(lines, default=0)
    return [lines.get(number, "") for number in range(1, last + 1)]


def files():
    """Every file that is read, as (name, path)."""
    found = {path for pattern in FILES for path in ROOT.glob(pattern) if path.is_file()}
    named = {path.relative_to(ROOT).as_posix(): path for path in found}
    return sorted((name, path) for name, path in named.items() if name not in LEFT_OUT)


def hits(name, paragraphs):
    """`[(habit, the words around it)]`, without what is said on purpose."""
    found = []
    for paragraph in paragraphs:
        for habit, pattern in HABITS.items():
            for hit in pattern.finditer(paragraph):
                around = paragraph[max(hit.start() - 50, 0) : hit.end() + 50]
                if not any(name == file and words in around for file, words in EXCEPTIONS):
                    found.append((habit, around))
    return found


def count(name, path):
    """`{habit: number}` of one file."""
    return dict(collections.Counter(habit for habit, _ in hits(name, words_of(path))))


def allowed():
    """The table: `{file: {habit: number}}`."""
    return json.loads(TABLE.read_text(encoding="utf-8"))


def main(arguments):
    if "--write" in arguments:
        counts = {name: found for name, path in files() if (found := count(name, path))}
        TABLE.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{TABLE.relative_to(ROOT)}: {sum(sum(one.values()) for one in counts.values())}")
        return
    for name, path in files():
        if not arguments or name in arguments:
            for habit, around in hits(name, words_of(path)):
                print(f"{name}: {habit:7} ...{around}...")


if __name__ == "__main__":
    main(sys.argv[1:])
