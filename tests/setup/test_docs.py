"""The pages in docs/ name what exists, link to what is there, and leave no public name out."""

import importlib
import inspect
import re

import pytest
from kit import ROOT

import tinymaf

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# their public names are all in the index
INDEXED = ("tinymaf.uses", "tinymaf.estimator", "tinymaf.checks")


def read(name):
    return (DOCS / name).read_text(encoding="utf-8")


def without_blocks(text):
    """The page without ``` blocks and inline math: what is left between backticks is code."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\$`[^`]*`\$", "", text)


def resolve(dotted):
    """The object behind `MADE`, `Flow.log_prob` or `masks.made_masks`, all as seen from tinymaf."""
    first, *rest = dotted.split(".")
    found = (
        getattr(tinymaf, first)
        if first in tinymaf.__all__
        else importlib.import_module(f"tinymaf.{first}")
    )
    for part in rest:
        found = getattr(found, part)
    return found


def test_resolve_knows_what_is_missing():
    assert resolve("masks.made_masks").__name__ == "made_masks"
    assert resolve("Flow.log_prob") is tinymaf.Flow.log_prob
    for wrong in ("NoSuchFlow", "Flow.no_such_method", "masks.no_such_function", "log_prob"):
        with pytest.raises((AttributeError, ImportError)):
            resolve(wrong)


CODE_IN_EQUATIONS = sorted(
    set(re.findall(r"`([^`\n]+)`", without_blocks(read("equations.md")))) - {"tinymaf"}
)


def test_the_equations_name_much_of_the_library():
    assert len(CODE_IN_EQUATIONS) > 40


@pytest.mark.parametrize("name", CODE_IN_EQUATIONS)
def test_code_named_in_the_equations_exists_and_is_documented(name):
    assert inspect.getdoc(resolve(name))


def test_every_section_with_an_equation_names_its_code():
    sections = re.split(r"^## ", read("equations.md"), flags=re.MULTILINE)[1:]
    with_equation = [section for section in sections if "```math" in section]
    assert with_equation
    for section in with_equation:
        assert "Code: " in section, section.splitlines()[0]


def test_every_source_that_is_cited_is_listed():
    body, sources = read("equations.md").split("## Sources")
    for paper in ("MADE", "MAF", "NICE", "RealNVP", "Glow", "NSF"):
        assert re.search(rf"\(?{paper}[^)]*(equation|section|appendix)", body), paper
        assert f"**{paper}**" in sources
    authors = re.findall(r"(\w+) (?:et al\.|and \w+) \d{4}", body)
    assert authors
    for author in authors:
        assert author in sources


@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_math_is_balanced(page):
    text = read(page)
    assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0
    blocks = re.findall(r"^```math\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for formula in blocks + re.findall(r"\$`(.*?)`\$", text):
        bare = formula.replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}"), formula
        assert len(re.findall(r"\\left\b", formula)) == len(re.findall(r"\\right\b", formula)), (
            formula
        )
        assert r"\operatorname" not in formula, "GitHub does not render it"


def index():
    """{module: [names]} from the tables of api.md."""
    names = {}
    for section in re.split(r"^## ", read("api.md"), flags=re.MULTILINE)[1:]:
        module = re.match(r"`([\w.]+)`", section).group(1)
        names.setdefault(module, []).extend(re.findall(r"^\| \[`(\w+)`\]", section, re.MULTILINE))
    return names


@pytest.mark.parametrize("name", tinymaf.__all__)
def test_every_public_name_is_in_the_index_and_has_a_docstring(name):
    assert name in index()["tinymaf"]
    assert inspect.getdoc(getattr(tinymaf, name)).strip()


@pytest.mark.parametrize("module", INDEXED)
def test_the_index_of_a_module_is_complete(module):
    there = importlib.import_module(module)
    public = {
        name
        for name, thing in vars(there).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module
    }
    assert public <= set(index()[module])


@pytest.mark.parametrize(
    "module, name", [(module, name) for module, names in index().items() for name in names]
)
def test_every_name_in_the_index_exists(module, name):
    if module == "tinymaf":
        assert name in tinymaf.__all__
    assert hasattr(importlib.import_module(module), name)


def test_the_index_links_each_name_to_the_file_that_defines_it():
    links = re.findall(r"^\| \[`(\w+)`\]\(([^)]+)\)", read("api.md"), re.MULTILINE)
    assert links
    for name, target in links:
        defined = re.compile(rf"^((def|class) {name}\b|{name} = )", re.MULTILINE)
        text = (DOCS / target).read_text(encoding="utf-8")
        assert defined.search(text), f"{name} is not defined in {target}"


def test_the_public_methods_of_the_protocols_have_docstrings():
    for protocol in (tinymaf.Density, tinymaf.Bijection):
        for name, method in inspect.getmembers(protocol, inspect.isfunction):
            assert name.startswith("_") or method.__doc__, f"{protocol.__name__}.{name}"


@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_relative_links_resolve(page):
    text = read(page)
    for link in LINK.findall(without_blocks(text)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (DOCS / path) if path else DOCS / page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            plain = [re.sub(r"[^\w\- ]", "", heading).strip() for heading in headings]
            assert anchor in {one.lower().replace(" ", "-") for one in plain}, link


def test_the_page_of_pages_lists_all_pages():
    linked = set(LINK.findall(read("README.md")))
    assert {page.name for page in PAGES} == linked | {"README.md"}
