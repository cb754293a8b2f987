"""Laws of one person's work: nothing is mutated, everything can be undone, nothing but InputError is raised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core import editing as edits
from levitor_core.errors import InputError
from levitor_core.settings import GenerationSettings
from levitor_core.structures import CameraKey, CameraMove, MaskCandidates, Project, Scene, Waypoint
from ui.session import MAX_HISTORY, MAX_PHOTOS_KEPT, Session

# The shape checker draws random samples whenever a value is built, also inside strategies.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")

H, W = 24, 32
numbers = st.one_of(st.floats(-60, 80), st.sampled_from([float("nan"), float("inf")]))
names = st.sampled_from(["object 1", "object 2", "cup", "scenery 1", "", "x" * 61, "a\nb"])
fractions = st.one_of(st.none(), st.floats(-0.5, 1.5))


def blank_project(fill=0):
    image = np.full((H, W, 3), fill, np.uint8)
    disparity = np.tile(np.linspace(0, 255, H, dtype=np.float32)[:, None], (1, W))
    partition = np.zeros((H, W), np.int32)
    partition[12:] = 7
    for array in (image, disparity, partition):
        array.setflags(write=False)
    return Project(image, Scene(image, disparity, partition, "flat", "blocks"))


def disc(project, prompts, box):
    """Two nested discs around the last inside click, or the box: enough of a segmenter for laws about sessions."""
    ys, xs = np.mgrid[:H, :W]
    if box is not None:
        inner = (xs >= box[0]) & (xs <= box[2]) & (ys >= box[1]) & (ys <= box[3])
    else:
        last = [prompt for prompt in prompts if prompt.inside][-1]
        inner = np.hypot(xs - last.x, ys - last.y) < 4
    masks = np.stack([inner, np.ones_like(inner)])
    masks.setflags(write=False)
    return MaskCandidates(masks, np.array([0.9, 0.5], np.float32))


def picked(name=None, at=(10, 8)):
    return Session().opened(blank_project()).click(*at, disc).accept(name)


photos = st.integers(0, 255).map(blank_project)
waypoint_changes = st.one_of(
    st.fixed_dictionaries({"x": numbers, "y": numbers}),
    st.fixed_dictionaries({"nearness": fractions}),
    st.fixed_dictionaries({"time": fractions}),
    st.fixed_dictionaries({"size": numbers, "rotation": numbers}),
)
indices = st.integers(-1, 4)
masks = st.sampled_from([np.ones((H, W), bool), np.zeros((H, W), bool), np.ones((2, 2), bool)])
cameras = st.lists(st.builds(CameraKey, st.floats(0, 1), st.tuples(numbers, numbers), numbers, numbers), max_size=3)


def action(name, *arguments):
    return st.tuples(st.just(lambda session, *given: getattr(session, name)(*given)), st.tuples(*arguments))


def edit(change, *arguments):
    return st.tuples(st.just(lambda session, *given: session.edit(change, *given)), st.tuples(*arguments))


def edit_with(change, options, *arguments):
    return st.tuples(
        st.just(lambda session, chosen, *given: session.edit(change, *given, **chosen)),
        st.tuples(options, *arguments),
    )


motions = st.fixed_dictionaries(
    {
        "timing": st.sampled_from([None, "even", "per-click", "late"]),
        "easing": st.sampled_from([None, "in", "both"]),
        "on_ground": st.sampled_from([None, True]),
        "pinned_to_screen": st.sampled_from([None, True, False]),
    }
)
edit_settings = st.tuples(
    st.just(lambda session, chosen: session.updated(settings=chosen)),
    st.tuples(st.builds(GenerationSettings, seed=st.integers(0, 99))),
)
actions = st.one_of(
    action("opened", photos),
    action("click", numbers, numbers, st.just(disc)),
    action("box", st.tuples(numbers, numbers, numbers, numbers), st.just(disc)),
    action("next_candidate"),
    action("with_mask", masks),
    action("clear_pick"),
    action("accept", st.one_of(st.none(), names)),
    action("accept_scenery", st.one_of(st.none(), names)),
    action("rename", names, names),
    action("delete", names),
    edit_settings,
    edit(edits.recolour, names, st.sampled_from(["#A0b1C2", "red", "#12345g"])),
    edit(edits.set_hidden, names, st.booleans()),
    edit_with(edits.set_motion, motions, names),
    edit(edits.set_order, names, names, st.sampled_from(["front", "behind", "depth", "left"])),
    edit(edits.add_waypoint, names, numbers, numbers, fractions),
    edit(edits.insert_waypoint, names, indices, numbers, numbers),
    edit_with(edits.change_waypoint, waypoint_changes, names, indices),
    edit(edits.delete_waypoint, names, indices),
    edit(edits.set_path, names, st.lists(st.builds(Waypoint, numbers, numbers, fractions), max_size=3).map(tuple)),
    edit_with(edits.change_scenery, st.fixed_dictionaries({"shift": fractions, "flatten": st.booleans()}), names),
    edit(edits.delete_scenery, names),
    edit(edits.set_camera, st.builds(CameraMove, cameras.map(tuple))),
)
off_record = st.one_of(
    action("undo"),
    action("redo"),
    action("select", st.one_of(st.none(), names)),
    action("use_tool", st.sampled_from(["inside", "outside", "box", "instance"])),
)
starts = st.sampled_from([Session(), Session().opened(blank_project()), picked("cup"), picked()])


def play(session, steps):
    """Every session that a sequence of actions goes through; refused actions change nothing."""
    for act, arguments in steps:
        try:
            session = act(session, *arguments)
        except InputError as error:
            assert str(error).strip().endswith((".", ")")) and "\n" not in str(error)
        yield session


@settings(max_examples=150, deadline=None)
@given(starts, st.lists(st.one_of(actions, off_record), max_size=12))
def test_any_sequence_of_actions_is_undone_step_by_step_and_redone(start, steps):
    session = list(play(start, steps))[-1] if steps else start
    works = [*session.past, session.work, *session.future]
    while session.past:
        session = session.undo()
    assert session.work is works[0]
    for expected in works[1:]:
        session = session.redo()
        assert session.work is expected
    with pytest.raises(InputError):
        session.redo()


@settings(max_examples=150, deadline=None)
@given(starts, st.lists(st.one_of(actions, off_record), max_size=6), actions)
def test_one_action_is_one_undo_and_forgets_what_was_taken_back(start, steps, last):
    before = list(play(start, steps))[-1] if steps else start
    act, arguments = last
    snapshot = (before.work, before.past, before.future, before.tool)
    try:
        after = act(before, *arguments)
    except InputError:
        after = None
    assert (before.work, before.past, before.future, before.tool) == snapshot
    if after is not None:
        assert after.undo().work is before.work
        assert after.future == ()


@settings(max_examples=100, deadline=None)
@given(starts, st.lists(actions, max_size=15))
def test_projects_stay_sound(start, steps):
    for session in play(start, steps):
        if session.work.project is None:
            continue
        project = session.project
        taken = edits.names(project)
        assert len(set(taken)) == len(taken)
        assert session.selected is None or session.selected in taken
        for item in project.objects:
            assert all(order.name in taken and order.name != item.name for order in item.order_overrides)
            assert not item.waypoints or item.waypoints[0].nearness is None
            times = [point.time for point in item.waypoints if point.time is not None]
            assert times == sorted(times)


def test_history_is_bounded_and_keeps_few_photos():
    session = picked()
    for index in range(MAX_HISTORY + 20):
        session = session.edit(edits.set_hidden, "object 1", index % 2 == 0)
    assert len(session.past) == MAX_HISTORY
    for shade in range(10):
        session = session.opened(blank_project(shade))
    photos = {id(work.project.photo) for work in session.past}
    assert len(photos) <= MAX_PHOTOS_KEPT


def test_an_object_starts_where_its_mask_is_even_when_the_middle_is_hollow():
    ring = np.zeros((H, W), bool)
    ring[4:20, 4:20] = True
    ring[6:18, 6:18] = False
    session = Session().opened(blank_project()).with_mask(ring).accept()
    start = session.project.objects[0].waypoints[0]
    assert ring[int(start.y), int(start.x)]


def test_clicks_refine_one_selection_until_it_is_accepted():
    session = Session().opened(blank_project()).click(10, 8, disc).use_tool("outside").click(20, 20, disc)
    assert [prompt.inside for prompt in session.pick.prompts] == [True, False]
    assert session.next_candidate().pick.mask.all()
    assert session.next_candidate().next_candidate().pick.chosen == 0
    session = session.accept("cup")
    assert session.pick.mask is None and session.selected == "cup"


def test_two_corners_make_a_box_and_changing_the_tool_forgets_the_first():
    session = Session().opened(blank_project()).use_tool("box").click(20, 15, disc)
    assert session.use_tool("inside").pick.corner is None
    assert session.click(4, 5, disc).pick.box == (4, 5, 20, 15)


def test_the_instance_tool_takes_an_automatic_mask():
    session = Session().opened(blank_project()).use_tool("instance")
    assert (session.click(3, 20, disc).pick.mask == (blank_project().scene.partition == 7)).all()
    with pytest.raises(InputError, match="No automatic mask"):
        session.click(3, 2, disc)


def test_renaming_follows_selection_and_orders_and_deleting_clears_them():
    session = picked("cup").click(25, 18, disc).accept("spoon").edit(edits.set_order, "spoon", "cup", "behind")
    session = session.select("cup").rename("cup", " mug ")
    assert session.selected == "mug"
    assert session.project.objects[1].order_overrides[0].name == "mug"
    session = session.delete("mug")
    assert session.selected == "spoon" and session.project.objects[0].order_overrides == ()


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda s: Session().click(1, 1, disc), "Open a photo first"),
        (lambda s: s.click(W, 3, disc), "outside the photo"),
        (lambda s: s.click(float("nan"), 3, disc), "outside the photo"),
        (lambda s: s.use_tool("outside").click(3, 3, disc), "inside the object first"),
        (lambda s: s.accept(), "Select something first"),
        (lambda s: s.click(3, 3, disc).accept("cup"), "is taken"),
        (lambda s: s.delete("vase"), "no object called 'vase'"),
        (lambda s: s.edit(edits.change_waypoint, "cup", 0, nearness=0.5), "object's own"),
        (lambda s: s.edit(edits.add_waypoint, "cup", 1e9, 0), "too far outside"),
        (lambda s: s.edit(edits.set_order, "cup", "cup", "front"), "nothing else called"),
        (lambda s: Session().undo(), "nothing to undo"),
        (lambda s: s.redo(), "nothing to redo"),
    ],
)
def test_mistakes_get_one_sentence(act, sentence):
    with pytest.raises(InputError, match=sentence):
        act(picked("cup"))


def test_a_project_holds_at_most_64_objects():
    project = blank_project()
    for _ in range(edits.MAX_OBJECTS):
        project = edits.add_object(project, np.ones((H, W), bool))
    with pytest.raises(InputError, match="at most 64"):
        edits.add_object(project, np.ones((H, W), bool))
