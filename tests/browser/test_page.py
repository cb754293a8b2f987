"""The whole job in a real browser: photo in, object picked, path drawn, depth set, video out, nothing lost."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from levitor_core import editing
from levitor_core.files.photo import frame_photo
from levitor_core.files.project_file import open_project, save
from levitor_core.files.video_io import read_frames
from levitor_core.renderers import with_settings
from levitor_core.structures import Project, Scene, Waypoint
from tests.browser.conftest import ROOT, cut_off, open_tab
from tests.browser.driving import StageDriver, open_photo, opened_by, ready, replace_photo

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(data.astronaut()).resize((320, 320)).save(folder / "astronaut.png")
    Image.fromarray(data.coffee()).resize((360, 240)).save(folder / "coffee.jpg")
    Image.fromarray(open_project(ROOT / "examples" / "balloon-and-tower.levitor").photo).save(folder / "balloon.png")
    for name in ("two-cars-crossing", "orbiting-moon"):  # a short clip is drawn sooner
        example = open_project(ROOT / "examples" / f"{name}.levitor")
        bare = Project(photo=example.photo, scene=example.scene)
        save(with_settings(bare, num_frames=12), folder / f"{name}.levitor")
    (folder / "text.png").write_text("this is no picture")
    with zipfile.ZipFile(folder / "evil.levitor", "w") as archive:
        archive.writestr("../outside.txt", "x")
    return folder


def open_generate(tab):
    """The Generate tab once it shows the project's settings."""
    tab.get_by_role("tab", name="Generate").click()
    seed = "Number(document.querySelector('#setting-seed input')?.value)"
    tab.wait_for_function(f"{seed} === window.levitorStage.app.doc.settings.seed")


def set_number(tab, name, value):
    """A number typed into a setting's widget, once the document has it."""
    tab.fill(f"#setting-{name} input", str(value))
    tab.keyboard.press("Tab")
    StageDriver(tab, "levitorStage").wait(f"stage.app.doc.settings.{name} === {value}")


def saved(tab, tmp_path):
    """The project that the header's Save hands out."""
    with tab.expect_download() as download:
        tab.click("#save")
    download.value.save_as(tmp_path / "saved.levitor")
    return open_project(tmp_path / "saved.levitor")


def told(tab):
    """The sentence of the toast that is shown; it is closed afterwards."""
    tab.wait_for_selector(".toast-body")
    text = tab.locator(".toast-body").first.inner_text()
    tab.locator(".toast-body .toast-close").first.click()
    return text


def generate(tab, button="#generate-now"):
    """Press it; its video plays, and is no earlier one."""
    before = tab.evaluate("document.querySelector('#result video')?.currentSrc ?? ''")
    tab.click(button)
    tab.wait_for_function(f"![undefined, '', '{before}'].includes(document.querySelector('#result video')?.currentSrc)")
    plays(tab)


def plays(tab):
    tab.wait_for_function("document.querySelector('#result video')?.readyState >= 2", timeout=120_000)
    tab.wait_for_function("document.querySelector('#result video').currentTime > 0.1")


@pytest.mark.slow
def test_a_balloon_drifts_behind_a_tower_then_before_it_in_eight_actions(tab, photos, tmp_path):
    stage = open_photo(tab, photos / "balloon.png")
    stage.drag((212, 150), (278, 262))  # 1: a box around the balloon
    stage.picked(1)
    tab.keyboard.press("p")  # 2
    stage.click(160, 210)  # 3: behind the tower
    stage.click(50, 235)  # 4: and out on its other side
    stage.click(150, 330)  # 5: before it
    tab.mouse.wheel(0, -600)  # 6: nearer
    generate(tab)  # 7
    (balloon,) = saved(tab, tmp_path).objects
    assert len(balloon.waypoints) == 4 and balloon.waypoints[-1].nearness is not None


def test_two_cars_cross_in_ten_actions(tab, photos, tmp_path):
    stage = open_photo(tab, photos / "two-cars-crossing.levitor")
    stage.drag((38, 120), (210, 222))  # 1: a box around the red car
    stage.picked(1)
    stage.drag((110, 175), (400, 205))  # 2
    tab.keyboard.press("Escape")  # 3
    stage.drag((298, 110), (440, 188))  # 4: a box around the blue car
    stage.picked(2)
    stage.drag((370, 150), (120, 150))  # 5
    tab.get_by_role("button", name="Play", exact=True).click()  # 6
    stage.wait("stage.app.ui.playing && stage.app.ui.time > 0.2")
    generate(tab)  # 7
    red, blue = saved(tab, tmp_path).objects
    assert red.waypoints[-1].x > 380 and blue.waypoints[-1].x < 140


@pytest.mark.slow
def test_a_planet_circles_while_the_camera_pushes_in_in_nine_actions(tab, photos, tmp_path):
    stage = open_photo(tab, photos / "orbiting-moon.levitor")
    stage.drag((80, 162), (130, 216))  # 1: a box around the moon
    stage.picked(1)
    tab.keyboard.press("o")  # 2
    stage.click(257, 145)  # 3: about the planet
    tab.get_by_role("button", name="Push in").click()  # 4
    generate(tab)  # 5
    project = saved(tab, tmp_path)
    assert len(project.objects[0].waypoints) > 6 and project.camera.keys[-1].push > 0
    nearness = [point.nearness for point in project.objects[0].waypoints if point.nearness is not None]
    assert max(nearness) > min(nearness) + 0.05


def test_files_of_a_video_are_handed_out(tab, photos):
    stage = open_photo(tab, photos / "coffee.jpg")
    stage.click(150, 150)
    stage.picked(1)
    stage.drag((150, 150), (260, 120))
    open_generate(tab)
    set_number(tab, "num_frames", 8)
    tab.click("#check")
    tab.wait_for_function("document.querySelector('#checks').innerText.includes('8 frames')")
    tab.wait_for_function("document.querySelector('#sketch img')?.naturalWidth > 600")
    generate(tab, "#generate")
    seconds, loops, width = tab.evaluate(
        "(({duration, loop, videoWidth}) => [duration, loop, videoWidth])(document.querySelector('#result video'))"
    )
    assert seconds == pytest.approx(8 / 24, abs=0.1) and loops is True and width > 200
    mp4 = b"ftyp"
    files = {"#get-mp4": mp4, "#get-gif": b"GIF8", "#get-frame": b"PNG", "#get-control": mp4}
    assert not tab.is_visible("#get-beside")  # it is Preview itself
    for button, start in files.items():
        with tab.expect_download() as download:
            tab.click(button)
        assert start in download.value.path().read_bytes()[:12]


def test_reloads_and_new_tabs_lose_neither_edits_nor_tries_nor_videos(chromium, page_url, photos):
    tab, mistakes = open_tab(chromium, page_url)
    stage = open_photo(tab, photos / "balloon.png")
    stage.click(244, 190)
    stage.picked(1)
    tab.keyboard.press("p")
    stage.click(160, 210)
    stage.click(50, 235)
    make_two_tries(tab)
    tab.click("#tries .thumbnail-item >> nth=1")
    tab.wait_for_function("document.querySelector('#notes').innerText.includes('seed 3 ')")
    tab.click("text=Bring back")
    tab.wait_for_function("document.querySelector('#setting-seed input').value === '3'")
    tab.click("#undo")
    tab.wait_for_function("document.querySelector('#setting-seed input').value === '4'")
    wanted = stage.objects()
    tab.reload()  # many more without the page around it
    tab.wait_for_function("window.levitorStage")
    ready(stage)
    assert [item["waypoints"] for item in stage.objects()] == [item["waypoints"] for item in wanted]
    finished_videos_are_there(tab)
    tab.get_by_role("tab", name="Pick and move").click()
    tab.get_by_role("button", name="Path", exact=True).click()
    stage.click(150, 330)  # it goes on, on the server too
    with tab.expect_download() as download:
        tab.click("#save")
    assert len(open_project(download.value.path()).objects[0].waypoints) == 4
    stage.wait("!stage.loader.saving")
    another_tab_goes_on_with_it(tab)
    assert [mistake for mistake in mistakes if not cut_off(mistake)] == []


def make_two_tries(tab):
    """Two short videos, of the seeds 3 and 4."""
    open_generate(tab)
    set_number(tab, "num_frames", 3)
    for seed in (3, 4):
        set_number(tab, "seed", seed)
        tab.click("#generate")
        tab.wait_for_function(f"document.querySelector('#notes').innerText.includes('seed {seed} ')")
        tab.wait_for_function("!document.querySelector('#generate').disabled")


def finished_videos_are_there(tab):
    tab.get_by_role("tab", name="Generate").click()
    plays(tab)
    assert "seed 4 " in tab.inner_text("#notes")
    assert tab.locator("#tries .thumbnail-item").count() == 2
    with tab.expect_download() as download:
        tab.click("#get-mp4")
    assert b"ftyp" in download.value.path().read_bytes()[:12]


def another_tab_goes_on_with_it(tab):
    address, context = tab.url, tab.context
    tab.close()
    other = context.new_page()
    other.goto(address)
    other.locator("#go-on").click()
    stage = StageDriver(other, "levitorStage")
    ready(stage)
    assert [len(item["waypoints"]) for item in stage.objects()] == [4]
    context.close()


def test_a_setting_is_undone_and_redone_with_the_rest(tab, photos):
    stage = open_photo(tab, photos / "coffee.jpg")
    stage.click(150, 150)
    stage.picked(1)
    open_generate(tab)
    set_number(tab, "num_frames", 9)
    tab.click("#undo")
    tab.wait_for_function("document.querySelector('#setting-num_frames input').value === '48'")
    tab.click("#undo")
    assert stage.objects() == []
    tab.click("#redo")
    tab.click("#redo")
    tab.wait_for_function("document.querySelector('#setting-num_frames input').value === '9'")
    assert len(stage.objects()) == 1
    tab.evaluate("levitorStage.setSetting('renderer', 'wan')")
    tab.get_by_text("More settings").click()
    for text in ("a red kite", ""):
        tab.fill("#setting-prompt textarea, #setting-prompt input", text)
        tab.keyboard.press("Tab")
        stage.wait(f"stage.app.doc.renderers.wan?.prompt === '{text}'")


def test_work_is_scrubbed_saved_and_opened_in_another_tab_without_mixing(tab, chromium, page_url, photos, tmp_path):
    stage = open_photo(tab, photos / "coffee.jpg")
    stage.click(150, 150)
    stage.picked(1)
    stage.drag((150, 150), (260, 120))
    tab.mouse.wheel(0, -400)
    stage.wait("stage.app.doc.objects[0].waypoints[1].nearness !== 'same' && !stage.app.draft")
    tab.keyboard.press("Control+z")
    assert stage.objects()[0]["waypoints"][1]["nearness"] == "same"
    tab.keyboard.press("Control+Shift+z")
    wanted = stage.objects()
    tab.locator(".lv-ruler").click()
    stage.wait("stage.app.ui.time > 0.3 && stage.app.ui.time < 0.7")
    saved(tab, tmp_path)
    other, mistakes = open_tab(chromium, page_url)
    opened = open_photo(other, tmp_path / "saved.levitor")
    assert [item["waypoints"] for item in opened.objects()] == [item["waypoints"] for item in wanted]
    tab.get_by_label("Name of Object 1").dblclick()
    tab.get_by_label("Name of Object 1").fill("cup")
    tab.keyboard.press("Enter")
    stage.wait("stage.app.doc.objects[0].name === 'cup'")
    other.wait_for_timeout(300)
    assert [item["name"] for item in opened.objects()] == ["Object 1"]
    other.context.close()
    assert mistakes == []


def test_a_phone_watches_an_example_and_generates(chromium, page_url):
    tab, mistakes = open_tab(
        chromium, page_url, viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="no-preference"
    )
    tab.locator("#examples .thumbnail-item").nth(1).tap()
    stage = StageDriver(tab, "levitorStage")
    ready(stage)
    stage.wait("stage.app.ui.playing && stage.app.ui.time > 0.1 && stage.app.doc.objects.length === 1")
    tab.locator("#generate-now").tap()
    plays(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.context.close()
    assert mistakes == []


def test_a_second_photo_asks_before_it_replaces(tab, photos):
    stage = open_photo(tab, photos / "astronaut.png")
    stage.click(160, 80)
    stage.picked(1)
    before = stage.ask("stage.app.sceneId")
    replace_photo(tab, photos / "coffee.jpg")
    tab.get_by_role("button", name="Keep it").click()
    assert stage.ask("stage.app.sceneId") == before
    replace_photo(tab, photos / "coffee.jpg")
    tab.get_by_role("button", name="Replace", exact=True).click()
    stage.wait(f"stage.app.sceneId !== '{before}' && !stage.app.ui.busy")
    assert stage.objects() == []


@pytest.mark.parametrize(("name", "sentence"), [("text.png", "cannot be read"), ("evil.levitor", ".")])
def test_bad_files_get_one_sentence_and_keep_the_work(tab, photos, name, sentence):
    stage = open_photo(tab, photos / "astronaut.png")
    stage.click(160, 80)
    stage.picked(1)
    before = stage.objects()
    replace_photo(tab, photos / name)
    tab.get_by_role("button", name="Replace", exact=True).click()
    shown = told(tab)
    assert sentence in shown and "Traceback" not in shown
    stage.wait("!stage.app.ui.busy")
    assert stage.objects() == before


def test_a_pasted_picture_is_opened(tab):
    file = io.BytesIO()
    Image.fromarray(data.chelsea()).save(file, "PNG")
    paste = """bytes => {
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: files, bubbles: true }));
    }"""
    opened_by(tab, lambda: tab.evaluate(paste, list(file.getvalue())))


def test_a_run_is_cancelled(tab, photos):
    stage = open_photo(tab, photos / "astronaut.png")
    stage.click(160, 80)
    stage.picked(1)
    stage.drag((160, 80), (280, 140))
    open_generate(tab)
    set_number(tab, "num_frames", 1200)
    tries = tab.locator("#tries .thumbnail-item").count()
    tab.click("#generate")
    tab.click("#cancel")
    assert "Cancelled" in told(tab)
    tab.wait_for_function("!document.querySelector('#generate').disabled")
    assert tab.locator("#tries .thumbnail-item").count() == tries


def test_what_is_real_and_what_stands_in_is_said(tab):
    tab.wait_for_selector("#status .stand-in")
    tab.click("#status .stand-in summary >> nth=0")
    assert len(tab.locator("#status .stand-in p").first.inner_text()) > 20


def test_own_depth_mask_and_plate_reach_the_project_and_are_undone(tab, photos, tmp_path):
    Image.linear_gradient("L").resize((320, 320)).save(tmp_path / "depth.png")
    mask = Image.new("L", (320, 320))
    mask.paste(255, (100, 120, 160, 200))
    mask.save(tmp_path / "mask.png")
    Image.new("RGB", (320, 320), "navy").save(tmp_path / "plate.png")
    stage = open_photo(tab, photos / "astronaut.png")
    scene = stage.ask("stage.app.sceneId")
    tab.click("text=Your own depth")
    own = "input[type=file]:has(+ #own-{})".format
    tab.set_input_files(own("depth"), str(tmp_path / "depth.png"))
    stage.wait(f"stage.app.sceneId !== '{scene}' && !stage.app.ui.busy")
    with_depth = stage.ask("stage.app.sceneId")
    tab.set_input_files(own("mask"), str(tmp_path / "mask.png"))
    stage.picked(1)
    tab.set_input_files(own("plate"), str(tmp_path / "plate.png"))
    stage.wait(f"stage.app.sceneId !== '{with_depth}' && !stage.app.ui.busy")
    tab.get_by_role("button", name="Push in").click()
    project = saved(tab, tmp_path)
    (item,) = project.objects
    ys, xs = np.nonzero(item.mask)
    scale = project.scene.size_hw[1] / 320
    found = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    assert np.allclose(found, np.array([100, 120, 160, 200]) * scale, atol=2)
    assert project.scene.depth_source == "imported map" and project.clean_plate is not None
    down, across = np.ptp(project.scene.disparity.mean(1)), np.ptp(project.scene.disparity.mean(0))
    assert down > 200 and across < 5
    assert project.camera.keys[-1].push > 0
    for _ in range(4):
        tab.click("#undo")
    stage.wait(f"stage.app.sceneId === '{scene}' && !stage.app.ui.busy")
    project = saved(tab, tmp_path)
    assert project.objects == () and project.clean_plate is None and project.scene.depth_source != "imported map"


def test_the_api_renders_a_project_file(page_url, photos, tmp_path):
    client = pytest.importorskip("gradio_client")
    photo = data.coffee()[::2, ::2]
    framing = frame_photo(photo)
    h, w = framing.size_hw
    disparity = np.tile(np.linspace(40, 220, h, dtype=np.float32)[:, None], (1, w))
    scene = Scene(framing.image(photo), disparity, np.zeros((h, w), np.int32), "ramp", "none")
    mask = np.zeros((h, w), bool)
    mask[h // 2 : h // 2 + 60, w // 3 : w // 3 + 60] = True
    project = editing.add_object(Project(photo=framing.photo(photo), scene=scene), mask, "cup")
    project = with_settings(project, num_frames=4)
    path = (Waypoint(w * 0.4, h * 0.6), Waypoint(w * 0.7, h * 0.4))
    save(editing.set_path(project, "cup", path), tmp_path / "cup.levitor")
    api = client.Client(page_url, verbose=False)
    made = api.predict(client.handle_file(tmp_path / "cup.levitor"), "preview", 3, api_name="/render")
    path = made["video"] if isinstance(made, dict) else made
    assert len(list(read_frames(Path(path)))) == 4
    (photos / "broken.levitor").write_bytes((tmp_path / "cup.levitor").read_bytes()[:2000])
    with pytest.raises(Exception, match=r"[Pp]roject"):
        api.predict(client.handle_file(photos / "broken.levitor"), "preview", 3, api_name="/render")
    steps = {"/prepare", "/select", "/outline", "/duplicate", "/path", "/order", "/mend", "/camera", "/preview"}
    assert {*api.view_api(return_format="dict")["named_endpoints"]} == {
        *steps,
        "/control",
        "/export",
        "/adherence",
        "/render",
        "/delete",
    }
