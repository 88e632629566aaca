"""LaTeX as MathML, which browsers show without a script: latex2mathml's, with TeX's spaces."""

import html
import re
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

SIGNS = {"+", "-", "\u2212", "\u00b1"}
# After one of these a minus is a sign.
OPEN = SIGNS | {*"([{=<>,;:", "\u2264", "\u2265", "\u22c5", "\u223c"}
PRIME, THIN = "\u2032", "0.17em"


def mathml(tex, display="inline"):
    """A formula in LaTeX as MathML.

    >>> mathml("x_1")[-47:]
    '<msub><mi>x</mi><mn>1</mn></msub></mrow></math>'
    """
    # latex2mathml knows {align*} and plain bars.
    tex = html.unescape(tex).strip().replace("{aligned}", "{align*}")
    tree = convert_to_element(re.sub(r"\\[bB]ig[lr]?\\\|", r"\\|", tex), display=display)
    for parent in tree.iter():
        _space(parent)
        if parent.tag in ("msup", "msubsup") and text_of(parent[-1]) == PRIME:
            _lower_prime(parent)
        for script in parent[1:] if parent.tag in ("msub", "msup", "msubsup") else ():
            for one in script.iter("mo"):
                one.attrib.update(lspace="0", rspace="0")
    # latex2mathml writes signs as references.
    return tostring(tree, "unicode").replace("&amp;#", "&#")


def text_of(element):
    return html.unescape(element.text or "")


def _space(row):
    """Browsers take every bar, minus and name for an operator between two things."""
    before, bars = "(", 0  # what stands to the left
    for k, one in enumerate(row):
        text = text_of(one)
        if text == "|":
            one.attrib.update(lspace="0", rspace="0")
            bars, text = bars + 1, ")" if bars % 2 else "("
        elif one.tag == "mi" and text == "~":
            one.tag, one.text = "mo", "\u223c"
            one.attrib.update(lspace="0.28em", rspace="0.28em")
        elif text == "\u2015":  # \overline, which does not stretch in most fonts
            row.tag = "mrow"
            row.attrib["style"] = "border-top: 1px solid; padding-top: 0.15em"
            row.remove(one)
        elif one.tag == "mo" and text in SIGNS and before in OPEN:
            one.attrib["form"] = "prefix"
        elif one.tag in ("mi", "mo") and len(text) > 1 and text.isalpha():  # log, det, max
            after = html.unescape("".join(row[k + 1].itertext()))[:1] if k + 1 < len(row) else "("
            one.tag, one.attrib["form"] = "mo", "prefix"
            one.attrib.update(
                lspace="0" if before in OPEN else THIN, rspace="0" if after in "([" else THIN
            )
        before = text if one.tag == "mo" else "x"


def _lower_prime(script):
    """A prime is a raised sign already. As a superscript it would be small and far up."""
    prime = Element("mo")
    base = Element("msub" if script.tag == "msubsup" else "mrow")
    prime.text = script[-1].text
    base.extend(script[:-1])
    script.tag, script[:] = "mrow", [base, prime]
