"""Seeing and picking: zoom, pan, fit, fingers and pen, hover, candidates, brush, help, guide, files, a lost context."""

from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from levitor_core.structures import CameraKey, CameraMove, Waypoint
from tests.browser.conftest import launched
from tests.browser.driving import StageTab
from tests.browser.stage_scene import BALLOON, picked

pytestmark = pytest.mark.browser

CENTRE, END = (372, 68), (340, 185)
# What a finger drags without the page scrolling, but is taken for a fling, which swallows the tap after it.
KEPT_STROKES = """() => [...document.querySelectorAll(".lv-stage *")]
  .filter((part) => getComputedStyle(part).touchAction === "none")
  .filter((part) => part.dispatchEvent(new TouchEvent("touchmove", { bubbles: true, cancelable: true })))
  .map((part) => part.className)"""
COUNT = "stage.app.world.masks.get(stage.app.doc.objects[0].mask).data.reduce((a, b) => a + b)"


@pytest.fixture
def tab(opened):
    """Nothing picked yet."""
    opened.show(opened.site.bare)
    opened.press("f")
    return opened


@pytest.fixture
def flying(tab):
    """The balloon flies over the lake, selected at its end."""
    balloon = picked(tab.site.bare, BALLOON, "Balloon", Waypoint(*CENTRE), Waypoint(*END))
    tab.show(replace(tab.site.bare, objects=(balloon,)))
    tab.ask("stage.app.selectWaypoint(1)")
    return tab


def flame(pixel):
    """The balloon's red or yellow."""
    return pixel[0] > 150 and pixel[0] > pixel[2] + 60


def test_control_wheel_zooms_where_the_pointer_is_space_pans_and_f_fits(tab):
    fitted = tab.ask("stage.viewport.scale")
    place = tab.at(100, 100)
    tab.page.mouse.move(*place)
    with tab.holding("Control"):
        tab.page.mouse.wheel(0, -300)
    tab.wait(f"stage.viewport.scale > {fitted * 1.5}")
    assert tab.at(100, 100) == pytest.approx(place, abs=1.5)  # a wheel tells whole pixels
    place = tab.at(100, 100)
    with tab.holding("Space"):
        tab.pull(place, (place[0] + 80, place[1] - 30))
    assert tab.at(100, 100) == pytest.approx((place[0] + 80, place[1] - 30), abs=0.5)
    tab.drag((60, 120), (80, 130), button="middle")
    assert tab.at(100, 100)[0] > place[0] + 90
    tab.press("f")
    assert tab.ask("stage.viewport.scale") == fitted and tab.objects() == []


def test_the_toolbar_zooms_and_says_how_far(tab):
    before = tab.ask("stage.viewport.scale")
    tab.button("Make the view larger")
    assert tab.ask("stage.viewport.scale") == pytest.approx(1.25 * before)
    expect(tab.page.locator(".lv-zoom")).to_have_text(f"{round(125 * before)} %")


def test_hovering_lights_an_instance_up_and_reads_its_nearness(tab):
    tab.hover(150, 150)
    assert tab.ask("stage.app.ui.hover") == 3
    tab.hover(*CENTRE)
    assert tab.ask("stage.app.ui.hover") == 5
    expect(tab.page.locator(".lv-readout")).to_have_text("nearness 18 %")
    drawn = tab.ask("stage.drawn")
    tab.wait("!stage.app.scheduled && !stage.app.stale")
    tab.page.mouse.move(1, 1)
    tab.wait(f"stage.app.ui.hover === null && stage.drawn >= {drawn}")


def test_under_a_camera_a_click_picks_what_is_seen(tab):
    tab.show(replace(tab.site.bare, camera=CameraMove((CameraKey(0.0), CameraKey(1.0, push=0.35)))))
    tab.ask("stage.app.set({ time: 1 })")
    x, y = tab.ask(
        "import('/js/model/geometry.js').then(({ project, nearestDepth, depthFromDisparity }) => {"
        "const { softness } = stage.app.doc, { view, center, near } = stage.picture.frame(1);"
        f"return project({CENTRE[0]}, {CENTRE[1]}, depthFromDisparity(45, softness), view, center, near); }})"
    )[:2]
    assert abs(x - CENTRE[0]) > 4, "the camera moves nothing"
    tab.click(x + 22, y)
    tab.picked(1)
    assert tab.ask(COUNT) == (tab.site.bare.scene.partition == BALLOON).sum()


def test_candidates_are_cycled_by_key_and_by_button(tab):
    tab.click(*CENTRE)
    tab.picked(1)
    sizes = [tab.ask(COUNT)]
    for step in (lambda: tab.press("c"), lambda: tab.button("Next candidate mask"), lambda: tab.press("c")):
        step()
        tab.wait("stage.app.ui.refine.candidates.length === 3 && !stage.app.ui.refine.busy")
        sizes.append(tab.ask(COUNT))
    assert sizes[3] == sizes[0] and len(set(sizes)) == 3
    expect(tab.page.get_by_role("group", name="guess 1 of 3")).to_be_visible()
    tab.page.get_by_role("button", name="Guess 2", exact=True).click()
    assert tab.ask(COUNT) == sizes[1]


def test_right_click_and_shift_take_away_and_enter_ends_picking(tab):
    tab.click(150, 150)
    tab.picked(1)
    tab.click(430, 250)
    tab.wait("stage.app.ui.refine.points.length === 2 && !stage.app.ui.refine.busy")
    both = tab.ask(COUNT)
    tab.click(440, 260, button="right")
    tab.wait("stage.app.ui.refine.points.length === 3 && !stage.app.ui.refine.busy")
    less = tab.ask(COUNT)
    assert less < both
    tab.click(430, 250)
    tab.wait("stage.app.ui.refine.points.length === 4 && !stage.app.ui.refine.busy")
    with tab.holding("Shift"):
        tab.click(432, 254)
    tab.wait("stage.app.ui.refine.points.length === 5 && !stage.app.ui.refine.busy")
    assert tab.ask(COUNT) == less and len(tab.objects()) == 1
    tab.press("Enter")
    assert tab.ask("stage.app.ui.refine") is None
    tab.click(*CENTRE)
    tab.picked(2)


def test_a_box_picks_what_is_in_it(tab):
    tab.drag((335, 30), (412, 125))
    tab.picked(1)
    assert tab.ask(COUNT) == (tab.site.bare.scene.partition == BALLOON).sum()


def test_the_brush_takes_away_with_its_switch_the_right_button_and_alt(tab):
    tab.click(*CENTRE)
    tab.picked(1)
    whole = tab.ask(COUNT)
    tab.press("b", "]")
    tab.part("Mask").get_by_label("Take away").check()
    tab.drag((360, 60), (362, 62))
    less = tab.ask(COUNT)
    assert less < whole - 300
    tab.part("Mask").get_by_label("Take away").uncheck()
    tab.pen((360, 60), (362, 62))
    assert tab.ask(COUNT) > less + 300
    tab.drag((360, 60), (380, 80), button="right")
    assert tab.ask(COUNT) < whole - 300
    with tab.holding("Alt"):
        tab.drag((360, 90), (380, 90))
    assert tab.ask(COUNT) < whole - 900


def test_a_pen_pulls_a_waypoint(flying):
    flying.pen(END, (300, 150))
    assert flying.path()[1]["x"] == pytest.approx(300, abs=2) and flying.path()[1]["y"] == pytest.approx(150, abs=2)


def test_files_that_are_dropped_are_handed_over_and_would_be_losses_are_asked_about(tab):
    drop = """([kind, name]) => {
      const files = new DataTransfer();
      files.items.add(new File(["x"], name, { type: "image/png" }));
      const options = { dataTransfer: files, bubbles: true, cancelable: true };
      document.querySelector(".lv-view").dispatchEvent(new DragEvent(kind, options));
    }"""
    sent = "events.filter(([name]) => name === 'photo').map(([, data]) => data.path)"
    tab.page.evaluate(drop, ["dragover", "one.png"])
    expect(tab.page.locator(".lv-dropping")).to_have_count(1)
    tab.page.evaluate(drop, ["drop", "one.png"])
    tab.page.wait_for_function(f"{sent}.length === 1")
    expect(tab.page.locator(".lv-dropping")).to_have_count(0)
    tab.ask("stage.app.set({ busy: '' })")
    tab.settled()
    tab.click(*CENTRE)
    tab.picked(1)
    tab.page.evaluate(drop, ["drop", "two.png"])
    tab.page.get_by_role("alertdialog").get_by_role("button", name="Keep it").click()
    assert tab.page.evaluate(sent) == ["one.png"] and len(tab.objects()) == 1
    tab.page.evaluate(drop, ["drop", "three.png"])
    tab.page.get_by_role("alertdialog").get_by_role("button", name="Replace").click()
    tab.page.wait_for_function(f"{sent}.length === 2")
    assert tab.page.evaluate(sent) == ["one.png", "three.png"]


def test_help_opens_takes_the_focus_and_gives_it_back(tab):
    tab.press("?")
    dialog = tab.page.get_by_role("dialog", name="Keys and gestures")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.querySelector('.lv-bar').inert")
    tab.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(tab.page.locator(".lv-overlay")).to_be_focused()
    tab.button("Keys and gestures")
    dialog.click(position={"x": 4, "y": 4})
    expect(dialog).to_be_hidden()


def test_a_lost_context_comes_back_with_the_same_picture(flying):
    before = [flying.pixel(*END), flying.pixel(*CENTRE), flying.pixel(150, 150)]
    assert flame(before[0])
    flying.ask("(window.lost = stage.picture.renderer.gl.getExtension('WEBGL_lose_context'), lost.loseContext(), 0)")
    flying.wait("stage.picture.renderer.gl.isContextLost()")
    flying.drag(END, (260, 190))
    flying.drag((260, 190), END)
    flying.page.evaluate("lost.restoreContext()")
    flying.wait("!stage.picture.renderer.gl.isContextLost()")
    flying.settled()
    now = [flying.pixel(*END), flying.pixel(*CENTRE), flying.pixel(150, 150)]
    for was, is_now in zip(before, now, strict=True):
        assert is_now == pytest.approx(was, abs=6)


@pytest.mark.parametrize("seen", ["skipped", "followed"])
def test_the_guide_has_three_steps_goes_on_with_the_work_and_shows_once(chromium, served, seen):
    tab = StageTab(chromium, served, "")
    guide = tab.page.get_by_role("complementary", name="First steps")
    expect(guide).to_contain_text("1 · Pick")
    if seen == "skipped":
        guide.get_by_role("button", name="Skip the guide").click()
    else:
        tab.click(*CENTRE)
        expect(guide).to_contain_text("2 · Move")
        tab.drag(CENTRE, END)
        expect(guide).to_contain_text("3 · Give it depth")
        tab.hover(*END)
        tab.page.mouse.wheel(0, -240)
    expect(guide).to_be_hidden()
    tab.page.reload()
    tab.page.wait_for_function("window.ready")
    expect(guide).to_be_hidden()
    tab.close()


def test_fingers_pinch_pick_pull_and_draw(chromium, served):
    tab = StageTab(chromium, served, has_touch=True, viewport={"width": 390, "height": 844})
    scale = tab.ask("stage.viewport.scale")
    tab.touch("touchStart", (200, 160))
    tab.touch("touchStart", (200, 160), (280, 160))
    for spread in (10, 20, 40):
        tab.touch("touchMove", (200 - spread, 160), (280 + spread, 160))
    tab.touch("touchEnd")
    assert tab.ask("stage.viewport.scale") > 1.5 * scale and tab.objects() == []
    tab.ask("stage.fit()")
    tab.page.touchscreen.tap(*tab.at(*CENTRE))
    tab.picked(1)
    path = tab.page.get_by_role("button", name="Path", exact=True).first
    tab.stroke([(372 - 20 * step, 68 + 10 * step) for step in range(8)], then=path)
    assert tab.path()[1]["x"] == pytest.approx(232, abs=3)
    expect(path).to_have_attribute("aria-pressed", "true")
    tab.stroke([(340 - 25 * step, 200 + 10 * step) for step in range(9)])
    assert len(tab.path()) >= 3 and tab.path()[-1]["x"] == pytest.approx(140, abs=6)
    assert tab.page.evaluate(KEPT_STROKES) == []
    tab.close()


def test_the_flat_picture_follows_drags_size_camera_and_hiding(playwright, served):
    with launched(playwright, ["--no-sandbox", "--disable-3d-apis"]) as plain:
        tab = StageTab(plain, served)
        bare = tab.site.bare
        balloon = picked(bare, BALLOON, "Balloon", Waypoint(*CENTRE), Waypoint(*END, size=1.0))
        tab.show(replace(bare, objects=(balloon,)), time=1, onion=False)
        assert tab.ask("stage.picture.renderer.kind") == "2d"
        lake = tab.pixel(150, 290)
        assert flame(tab.pixel(*END))
        tab.drag(END, (280, 60))
        assert flame(tab.pixel(280, 60)) and not flame(tab.pixel(*END))
        tab.part("Camera").get_by_role("button", name="Pan left").click()
        assert not flame(tab.pixel(280, 60))
        tab.button("Camera stands still")
        tab.button("Hide Balloon")
        assert not flame(tab.pixel(280, 60)) and tab.pixel(150, 290) == lake
        tab.close()


def test_a_full_project_says_so_instead_of_picking(tab):
    many = [replace(picked(tab.site.bare, BALLOON, f"Balloon {n}"), mask=dot(tab, n)) for n in range(64)]
    tab.show(replace(tab.site.bare, objects=tuple(many)))
    tab.click(150, 150)
    expect(tab.page.get_by_role("alert")).to_contain_text("at most 64 objects")
    assert len(tab.objects()) == 64


def dot(tab, n):
    """A few pixels in the sky, others for every n."""
    mask = np.zeros_like(tab.site.bare.scene.partition, bool)
    mask[4:8, 4 + 6 * n : 8 + 6 * n] = True
    return mask
