"""Every control of an explorer, moved on the page to its smallest, middle and largest value, by
keyboard or by mouse.

A `twin` is the same explorer in this process: it is moved along, and says what the page should
show.
"""

import json
import os
import time

import ipywidgets as widgets

from tinymaf_course.interactive import Handle, Scrub, Touched
from tinymaf_course.interactive.explorer import _hashable

from .eyes import check, distances, expected, pixels_of, seen


class Alert(AssertionError):
    """The figure shows an error: there is nothing to wait for."""


class Figure:
    """The k-th explorer on a page, and its twin."""

    def __init__(self, page, k, twin, patience=float(os.environ.get("PATIENCE", 60))):
        self.page, self.twin, self.patience, self.wanted, self.known = page, twin, patience, {}, {}
        for control in twin.controls.values():  # the twin draws when it is asked
            control.unobserve(twin._moved, "value")
        self.root = page.locator(".tm-figure").nth(k)
        self.canvas = self.root.locator("canvas.tm-canvas")
        self.box = self.root.locator("xpath=ancestor::*[contains(@class, 'tm-explorer')][1]")
        self.last = None

    def control(self, name):
        """The element of a control: an ipywidget, a handle or a scrub."""
        control = self.twin.controls[name]
        if isinstance(control, Handle):
            return self.root.locator(f".tm-handle[data-name='{name}']")
        if isinstance(control, Scrub):
            return self.root.locator(".tm-scrub [type=range]")
        controls = self.box.locator(".tm-controls > *")
        return controls.nth(self.twin.outside.children.index(control))

    def shows(self):
        """Raises AssertionError unless the page comes to show what the twin shows, and no error."""
        values = self.twin._values()
        says = self.twin.say(**values)
        self._until(lambda: self._says(says))
        if self.twin.has_fine:  # it will be asked for soon; what came first is too coarse to check
            self.page.wait_for_timeout(230)
        key = repr(values) + says
        if key not in self.wanted:
            made = self.twin._picture(values, fine=True)
            self.wanted[key] = (
                made,
                expected(made, int(self.canvas.evaluate("canvas => canvas.width"))),
            )
        picture, wanted = self.wanted[key]
        self._until(lambda: self._looks(key, picture, wanted))
        self.last = wanted

    def _looks(self, key, picture, wanted):
        data = pixels_of(self.canvas)
        if data == self.known.get(key):  # to the last byte what was checked before
            return
        pixels = seen(data)
        check(pixels, picture, wanted)
        if self.last is not None and max(distances(self.last, wanted, picture)) > 1:
            new, old = (sum(distances(pixels, other, picture)) for other in (wanted, self.last))
            assert new < old, (
                f"the picture looks more like the one before: {new:.1f} from the new, {old:.1f} "
                "from that"
            )
        self.known[key] = data

    def _says(self, says):
        alert = self.root.locator(".tm-error")
        if alert.is_visible():
            raise Alert(alert.inner_text())
        now = self.canvas.get_attribute("data-says")
        assert now == says, f"the figure says {now!r}, not {says!r}"

    def _until(self, assertion):
        end = time.monotonic() + self.patience
        while True:
            try:
                return assertion()
            except AssertionError as failure:
                if isinstance(failure, Alert) or time.monotonic() > end:
                    raise
            self.page.wait_for_timeout(40)

    def set(self, name, value):
        """Move the twin's control alone."""
        self.twin.controls[name].value = value

    def move_all(self, *hows):
        """Every control to its smallest, middle and largest value, by "keyboard", by "mouse"."""
        self.canvas.scroll_into_view_if_needed()
        self.shows()
        for name in self.twin.controls:
            for how in hows:  # one after another, so that both come to the same pictures
                for k in range(len(list(self._ways(name, how)))):
                    self.move(name, how, k)

    def move(self, name, how, k):
        """One control to the k-th of the values that it is tried at."""
        list(self._ways(name, how))[k]()
        self.shows()

    def _ways(self, name, how):
        control = self.twin.controls[name]
        return WAYS[type(control)](self, name, control, how)


def _options(control):
    """All values of a slider, in order."""
    if isinstance(control, widgets.SelectionSlider):
        return [value for _, value in control._options_full]
    steps = round((control.max - control.min) / control.step)
    values = [control.min + k * control.step for k in range(steps + 1)]
    return (
        [control.base**v for v in values] if isinstance(control, widgets.FloatLogSlider) else values
    )


def slider(figure, name, control, how):
    element, page, values = figure.control(name), figure.page, _options(control)
    knob, last = element.locator(".noUi-handle"), len(values) - 1

    def index():
        return min(range(last + 1), key=lambda k: abs(values[k] - control.value))

    def by_keys(k):
        knob.focus()
        # theirs is the end of the first range
        ends = k == last and not isinstance(control, widgets.IntSlider)
        page.keyboard.press("End" if ends else "Home")
        for key, count in (("PageUp", k // 5), ("ArrowRight", k % 5)):  # a page is five steps
            for _ in range(0 if ends else count):
                page.keyboard.press(key)
        figure.set(name, values[k])

    def by_mouse(k):
        knob.scroll_into_view_if_needed()
        track, box = element.locator(".noUi-base").bounding_box(), knob.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        x += (k - index()) / last * track["width"]
        page.mouse.move(x - 1, y)
        page.mouse.move(x, y)
        page.mouse.up()
        figure.set(name, values[k])

    for k in (0, last // 2, last):
        yield lambda k=k: (by_keys if how == "keyboard" else by_mouse)(k)


def dropdown(figure, name, control, how):
    select = figure.control(name).locator("select")
    values = [value for _, value in control._options_full]
    last = len(values) - 1

    def move(k):
        if how == "keyboard":
            select.focus()
            figure.page.keyboard.press("End" if k == last else "Home")
            for _ in range(k if k < last else 0):
                figure.page.keyboard.press("ArrowDown")
        else:  # its list is the system's own window: no page can click in it
            select.select_option(index=k)
        figure.set(name, values[k])

    for k in sorted({0, last // 2, last}):
        yield lambda k=k: move(k)


def toggles(figure, name, control, how):
    for k, (_, value) in enumerate(control._options_full):

        def move(k=k, value=value):
            press(figure, figure.control(name).locator("button").nth(k), how)
            figure.set(name, value)

        yield move


def checkbox(figure, name, control, how):
    for _ in range(2):

        def move():
            press(figure, figure.control(name).locator("input"), how)
            figure.set(name, not control.value)

        yield move


def press(figure, element, how):
    """A button or a box."""
    if how == "mouse":
        element.click()
    else:
        element.focus()
        figure.page.keyboard.press("Space")


def scrub(figure, name, control, how):
    element, last = figure.control(name), len(control.values) - 1

    def move(k):
        if how == "keyboard":
            element.focus()
            figure.page.keyboard.press("End" if k == last else "Home")
            for _ in range(k if k < last else 0):
                figure.page.keyboard.press("ArrowRight")
        else:
            element.scroll_into_view_if_needed()
            box, knob = element.bounding_box(), 16
            x = box["x"] + knob / 2 + k / last * (box["width"] - knob)
            figure.page.mouse.click(x, box["y"] + box["height"] / 2)
        figure.set(name, control.values[k])

    for k in (0, last // 2, last):
        yield lambda k=k: move(k)


def handle(figure, name, control, how):
    element, page = figure.control(name), figure.page

    def place():
        """The handle as the twin's picture has it, and its panel's place on the page."""
        panels = figure.twin._picture(figure.twin._values(), fine=False).panels
        found, k = next(
            (h, k) for k, panel in enumerate(panels) for h in panel.handles if h["name"] == name
        )
        return found, json.loads(figure.canvas.get_attribute("data-panels"))[k]

    def to(found, x, y):
        (x0, x1), (y0, y1) = found["box"]
        at = control.value
        figure.set(
            name,
            (
                at[0] if found["axis"] == "y" else min(max(x, x0), x1),
                at[1] if found["axis"] == "x" else min(max(y, y0), y1),
            ),
        )

    def by_keys(share):  # along each axis, a tenth of the panel at each key, up to the share
        found, panel = place()
        for axis, keys in enumerate((("ArrowLeft", "ArrowRight"), ("ArrowDown", "ArrowUp"))):
            if found["axis"] == "yx"[axis]:
                continue
            low, high = panel[("xlim", "ylim")[axis]]
            way = low + share * (high - low) - control.value[axis]
            element.focus()
            for _ in range(round(abs(way) / (0.1 * (high - low)))):
                page.keyboard.press(f"Shift+{keys[way > 0]}")
                moved = list(control.value)
                moved[axis] += (1 if way > 0 else -1) * 0.1 * (high - low)
                to(found, *moved)

    def by_mouse(share):
        element.scroll_into_view_if_needed()
        box, (found, panel) = element.bounding_box(), place()
        left, top = figure.root.locator(".tm-stage").evaluate(
            "stage => { const { left, top } = stage.getBoundingClientRect(); return [left, top]; }"
        )
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        x = round(left + panel["x"] + share * panel["width"])
        y = round(top + panel["y"] + (1 - share) * panel["height"])
        page.mouse.move(x, y, steps=4)
        page.mouse.up()
        (x0, x1), (y0, y1) = panel["xlim"], panel["ylim"]
        to(
            found,
            x0 + (x - left - panel["x"]) / panel["width"] * (x1 - x0),
            y0 + (panel["y"] + panel["height"] - y + top) / panel["height"] * (y1 - y0),
        )

    for share in (0.02, 0.5, 0.98):
        yield lambda share=share: (by_keys if how == "keyboard" else by_mouse)(share)


def touched(figure, name, control, how):
    """Three of the spots that set it, by mouse. (One key leads from spot to spot: no path is known
    here.)
    """

    def spots():
        panels = figure.twin._picture(figure.twin._values(), fine=False).panels
        return [
            (k, spot)
            for k, panel in enumerate(panels)
            for spot in panel.spots
            if name in (spot["sets"] or ())
        ]

    def move(share):
        found = spots()
        k, spot = found[round(share * (len(found) - 1))]
        x, y = place_of(figure, k, spot["at"][0])
        figure.page.mouse.click(x, y)
        figure.page.mouse.move(1, 1)  # or its web stays lit
        figure.set(name, _hashable(spot["sets"][name]))

    for share in (0, 0.5, 1) if how == "mouse" else ():
        yield lambda share=share: move(share)


def place_of(figure, k, at):
    """A point of the k-th panel, in pixels of the page."""
    box = figure.canvas.bounding_box()
    panel = json.loads(figure.canvas.get_attribute("data-panels"))[k]
    (x0, x1), (y0, y1) = panel["xlim"], panel["ylim"]
    return (
        box["x"] + panel["x"] + (at[0] - x0) / (x1 - x0) * panel["width"],
        box["y"] + panel["y"] + (1 - (at[1] - y0) / (y1 - y0)) * panel["height"],
    )


SLIDERS = widgets.IntSlider, widgets.FloatSlider, widgets.FloatLogSlider, widgets.SelectionSlider
WAYS = {
    **dict.fromkeys(SLIDERS, slider),
    widgets.Dropdown: dropdown,
    widgets.ToggleButtons: toggles,
    widgets.Checkbox: checkbox,
    Scrub: scrub,
    Handle: handle,
    Touched: touched,
}
