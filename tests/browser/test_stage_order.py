"""Depth in an artist's words: behind and in front of, level with, on the ground, always; scenery; the depth view."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.structures import OrderOverride, SceneObject, Scenery, Waypoint
from tests.browser.driving import as_labels, rename
from tests.browser.stage_scene import BALLOON, TOWER, picked

pytestmark = pytest.mark.browser

START, BEFORE_TOWER = (372, 68), (150, 150)


@pytest.fixture
def bare(opened):
    return opened.site.bare


@pytest.fixture
def tab(opened, bare):
    """The balloon flies to the middle of the tower, which is nearer; its last waypoint is selected."""
    balloon = picked(bare, BALLOON, "Balloon", Waypoint(*START), Waypoint(*BEFORE_TOWER))
    opened.show(replace(bare, objects=(balloon,)))
    opened.ask("stage.app.selectWaypoint(1)")
    opened.settled()
    return opened


def balloon_at_end(tab):
    """How many pixels of the first object the engine shows in the last frame, after what the page has sent."""
    tab.settled()
    tab.page.evaluate("window.applied")
    return int((render(animate(tab.site.project, 2)).labels[-1] == 1).sum())


def words(tab):
    """What the panel says of the waypoint, once it has settled."""
    tab.settled()
    return tab.part("Waypoint").locator(".lv-words").inner_text()


def levels(tab):
    """The still scene's disparity at two places of the trees, as the page has it."""
    return tab.ask(
        "import('/js/model/world.js').then(({ stillScene }) => stillScene(stage.app.doc, stage.app.world).disparity)"
        ".then(({ data, width }) => [[400, 230], [60, 300]].map(([x, y]) => data[y * width + x]))"
    )


def seen(tab):
    """Whether the balloon's red or yellow is what the picture shows there."""
    r, _, b, _ = tab.pixel(*BEFORE_TOWER)
    return r > 150 and r > b + 60


def test_just_behind_and_just_in_front_are_one_click(tab):
    assert not seen(tab) and words(tab) == "Here it passes behind the area in the middle."
    tab.button("Just in front of the area in the middle")
    assert seen(tab) and words(tab) == "Here it passes in front of the area in the middle."
    shown = balloon_at_end(tab)
    tab.button("Just behind the area in the middle")
    assert not seen(tab) and words(tab) == "Here it passes behind the area in the middle."
    assert balloon_at_end(tab) < 0.1 * shown


def test_a_thing_lights_up_while_its_button_is_pointed_at(tab):
    outline = "stage.app.ui.pointedAt"
    tab.page.get_by_role("button", name="Just behind the area in the middle").hover()
    assert tab.ask(outline) == "#3"
    tab.page.mouse.move(1, 1)
    assert tab.ask(outline) is None


def test_match_the_scene_here_gives_the_depth_under_the_waypoint(tab):
    tab.button("The depth of what is under this waypoint")
    level = tab.site.project.scene.disparity[BEFORE_TOWER[1], BEFORE_TOWER[0]] / 255
    assert tab.path()[1]["nearness"] == pytest.approx(level, abs=0.005)


def test_on_ground_takes_depth_from_beneath_and_the_wheel_says_so(tab):
    tab.click(*BEFORE_TOWER)
    tab.drag(BEFORE_TOWER, (330, 200))
    far = tab.ask("stage.app.plan(stage.app.selected).trajectory.depths[1]")
    tab.page.get_by_role("button", name="Its depth follows the ground").click()
    near = tab.ask("stage.app.plan(stage.app.selected).trajectory.depths[1]")
    assert tab.objects()[0]["on_ground"] and near != pytest.approx(far, rel=0.02)
    assert tab.part("Waypoint").get_by_role("slider", name="Depth").is_disabled()
    tab.hover(330, 200)
    tab.page.mouse.wheel(0, -240)
    tab.page.get_by_role("alert").filter(has_text="follows the ground").wait_for()
    assert tab.path()[1]["nearness"] == "same"
    tab.part("Path").get_by_label("On ground").uncheck()
    assert not tab.objects()[0]["on_ground"]


def test_always_in_front_of_a_still_object_overrules_depth(tab, bare):
    balloon = picked(bare, BALLOON, "Balloon", Waypoint(*START), Waypoint(*BEFORE_TOWER))
    tab.show(replace(bare, objects=(balloon, picked(bare, TOWER, "Tower"))))
    tab.ask("stage.app.selectWaypoint(1)")
    tab.settled()
    assert not seen(tab)
    tab.choose("And Tower", "front")
    assert seen(tab) and "in front of Tower" in words(tab)
    assert balloon_at_end(tab) > 1000
    tab.choose("And Tower", "behind")
    assert not seen(tab) and balloon_at_end(tab) == 0
    tab.choose("And Tower", "depth")
    assert tab.objects()[0]["order_overrides"] == []


def test_two_moving_objects_keep_a_fixed_order(tab, bare):
    balloon = picked(bare, BALLOON, "Balloon", Waypoint(*START), Waypoint(*BEFORE_TOWER))
    tower = picked(bare, TOWER, "Tower", Waypoint(150, 150), Waypoint(152, 150))
    tab.show(replace(bare, objects=(balloon, tower)), time=1, onion=False)
    assert not seen(tab)
    tab.choose("And Tower", "front")
    assert seen(tab) and balloon_at_end(tab) > 1000
    rename(tab.page, "Tower", "Pagoda")
    assert tab.objects()[0]["order_overrides"] == [
        {"name": "Pagoda", "relation": "front", "start": 0, "end": 1}
    ] and seen(tab)


ORDERS = {
    "by depth": {},
    "in front of what is nearest": {"Far": [("Near", "front")]},
    "behind what is between": {"Near": [("Middle", "behind")]},
    "one after the other": {"Middle": [("Near", "front")], "Far": [("Middle", "front")]},
    "before what stands behind a still thing": {"Far": [("Middle", "front")], "Middle": [("Tower", "front")]},
}


@pytest.mark.parametrize("orders", ORDERS.values(), ids=ORDERS)
def test_three_objects_at_one_place_are_seen_as_the_engine_renders_them(tab, bare, orders):
    rows, columns = np.indices(bare.scene.size_hw)
    ways = {"Far": (330, 190, 215, 150, 0.2), "Near": (400, 190, 250, 165, 0.55), "Middle": (300, 250, 225, 130, 0.35)}
    objects = [
        SceneObject(
            name,
            (columns - x) ** 2 + (rows - y) ** 2 < 24**2,
            waypoints=(Waypoint(x, y), Waypoint(u, v, near)),
            order_overrides=tuple(OrderOverride(*rule) for rule in orders.get(name, ())),
        )
        for name, (x, y, u, v, near) in ways.items()
    ]
    project = replace(bare, objects=tuple(objects), scenery=(Scenery("Tower", bare.scene.partition == TOWER),))
    tab.show(project)
    expected = render(animate(project, 2)).labels
    answers = tab.page.evaluate((Path(__file__).parent / "stage_masks.js").read_text(), 2)
    shown = as_labels(answers, expected.shape)[-1]
    rendered = np.where(expected[-1] <= 3, expected[-1], 0)
    assert (shown != rendered).sum() < 0.08 * ((shown > 0) | (rendered > 0)).sum()


def test_pinned_objects_stay_on_the_screen_when_the_camera_moves(tab):
    tab.button("Just in front of the area in the middle")
    tab.part("Camera").get_by_role("button", name="Pan left").click()
    tab.slide("Camera", "Amount", 60)
    tab.ask("stage.app.set({ time: 1 })")
    assert not seen(tab)
    tab.part("Path").get_by_label("Pinned to the screen").check()
    assert seen(tab)


def test_scenery_is_made_shifted_flattened_and_deleted(tab):
    tab.press("Escape", "Escape")
    tab.click(60, 280)
    tab.picked(2)
    before = tab.site.project.scene.disparity[[230, 300], [400, 60]]
    tab.button("Keep Object 2 still, as scenery")
    (thing,) = tab.ask("stage.app.doc.scenery")
    assert thing["name"] == "Object 2" and len(tab.objects()) == 1
    assert np.allclose(levels(tab), before, atol=6)
    tab.part("Objects").get_by_label("Object 2 flat").check()
    flat = levels(tab)
    assert flat[0] == flat[1]
    slider = tab.part("Objects").get_by_role("slider", name="Depth of Object 2")
    slider.fill("40")
    assert levels(tab)[0] == pytest.approx(flat[0] + 40, abs=0.01)
    assert tab.ask("stage.app.doc.scenery[0].shift") == 40
    rename(tab.page, "Object 2", "Trees")
    tab.button("Delete Trees")
    assert tab.ask("stage.app.doc.scenery") == [] and np.allclose(levels(tab), before, atol=6)


def test_the_depth_view_and_the_read_out(tab):
    tab.press("Escape", "Escape")
    photo = tab.pixel(300, 260)
    tab.press("d")
    (far, near) = (np.array(tab.pixel(*place)[:3]) for place in ((20, 20), (30, 310)))
    assert near.sum() > far.sum() + 150 and tab.pixel(300, 260) != photo
    tab.hover(30, 310)
    readout = tab.page.locator(".lv-readout")
    level = tab.site.project.scene.disparity[310, 30]
    shown = int(readout.inner_text().split()[1])
    assert shown == pytest.approx(100 * level / 255, abs=2)
    tab.press("d")
    assert tab.pixel(300, 260) == photo


def test_onion_skins_stand_at_the_waypoints_until_they_are_switched_off(tab):
    tab.button("Just in front of the area in the middle")
    tab.ask("stage.app.set({ time: 0 })")
    ghost = tab.pixel(*BEFORE_TOWER)
    tab.button("Ghosts at the waypoints")
    bare = tab.pixel(*BEFORE_TOWER)
    assert ghost[0] > bare[0] + 15, "no ghost"
    tab.ask("stage.app.set({ time: 1 })")
    assert seen(tab) and tab.pixel(*BEFORE_TOWER)[0] > ghost[0] + 15


def test_a_button_that_changes_while_it_is_pressed_is_still_clicked(tab):
    button = tab.page.get_by_role("button", name="Just in front of the area in the middle")
    button.hover()
    tab.page.mouse.down()
    renamed = "stage.app.doc.objects.map((object) => ({ ...object, name: 'Ball' }))"
    tab.ask(f"stage.app.commit({{ ...stage.app.doc, objects: {renamed} }})")
    tab.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    tab.page.mouse.up()
    tab.wait("document.body.textContent.includes('Here it passes in front of the area in the middle.')")


def test_with_guessed_depth_whoever_orders_against_an_area_picks_it(tab, bare):
    guess = replace(bare, scene=replace(bare.scene, depth_is_stand_in=True))
    balloon = picked(guess, BALLOON, "Balloon", Waypoint(*START), Waypoint(*BEFORE_TOWER))
    tab.show(replace(guess, objects=(balloon,)))
    tab.ask("(stage.app.world.guessed = true, stage.app.selectWaypoint(1))")  # the photo has been sent already
    tab.settled()
    tab.button("Just behind the area in the middle")
    assert [thing["name"] for thing in tab.document()["scenery"]] == ["Area in the middle"]
    tab.wait("stage.app.world.scenery.length === 1")
    assert not seen(tab)
    tab.press("Control+z")
    assert tab.document()["scenery"] == [] and tab.path()[1]["nearness"] == "same"


def test_a_chip_at_the_crossing_puts_the_balloon_before_the_tower_in_one_click(tab):
    assert not seen(tab)
    front = tab.page.get_by_role("button", name="Balloon in front of the area in the middle")
    assert front.get_attribute("aria-pressed") == "false"
    front.click()
    (rule,) = tab.objects()[0]["order_overrides"]
    assert rule == {"name": "Area in the middle", "relation": "front", "start": 0, "end": 1}
    assert seen(tab) and balloon_at_end(tab) > 1000
    tab.press("x")
    assert not seen(tab) and tab.objects()[0]["order_overrides"][0]["relation"] == "behind"
    tab.press("Control+z", "Control+z")
    assert tab.objects()[0]["order_overrides"] == [] and tab.document()["scenery"] == []


def test_the_depth_brush_mends_the_map_and_undo_takes_it_back(tab):
    before = levels(tab)
    tab.press("d")
    tab.page.get_by_role("button", name="Brush it nearer; with Alt farther").click()
    tab.drag((395, 225), (405, 235))
    tab.wait("stage.app.world.strokes.length === 1")
    after = levels(tab)
    assert after[0] > before[0] + 20 and after[1] == pytest.approx(before[1], abs=0.1)
    assert tab.site.project.depth_strokes[0].tool == "nearer"
    tab.press("Control+z")
    tab.wait("stage.app.world.strokes.length === 0")
    assert np.allclose(levels(tab), before, atol=0.1)
    tab.press("d")
    assert tab.ask("stage.app.ui.tool") == "select"
