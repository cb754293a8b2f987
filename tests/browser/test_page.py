"""The whole job in a real browser: photo in, object picked, path drawn, depth set, video out."""

import io
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage import data

from levitor_core import editing
from levitor_core.photo import frame_photo
from levitor_core.project_file import open_project, save
from levitor_core.structures import Project, Scene
from levitor_core.video_io import read_frames
from tests.browser.conftest import open_tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(data.astronaut()).resize((320, 320)).save(folder / "astronaut.png")
    Image.fromarray(data.coffee()).resize((360, 240)).save(folder / "coffee.jpg")
    (folder / "text.png").write_text("this is no picture")
    with zipfile.ZipFile(folder / "evil.levitor", "w") as archive:
        archive.writestr("../outside.txt", "x")
    return folder


def upload(tab, path):
    tab.set_input_files("#drop input[type=file]", str(path))


def open_photo(tab, path):
    upload(tab, path)
    tab.wait_for_selector("#pick-canvas img")
    tab.wait_for_function("document.querySelector('#pick-canvas img').naturalWidth > 0")


def changed(tab, canvas, act):
    """Do something and wait until the canvas shows another picture."""
    before = tab.get_attribute(f"{canvas} img", "src")
    act()
    tab.wait_for_function(
        "([canvas, before]) => { const i = document.querySelector(canvas + ' img');"
        " return i && i.src !== before && i.getAttribute('src') !== before && i.complete }",
        arg=[canvas, before],
    )


def click_at(tab, canvas, across, down):
    box = tab.locator(f"{canvas} img").bounding_box()
    tab.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def pick(tab, across, down):
    changed(tab, "#pick-canvas", lambda: click_at(tab, "#pick-canvas", across, down))
    changed(tab, "#pick-canvas", lambda: tab.click("#accept"))


def go_to_move(tab):
    tab.click("#to-move")
    tab.wait_for_selector("#nearness-1")


def add_waypoint(tab, across, down):
    number = tab.locator(".waypoint").count() + 1
    changed(tab, "#move-canvas", lambda: click_at(tab, "#move-canvas", across, down))
    tab.wait_for_selector(f"#nearness-{number}")


def message(tab):
    """The sentence of the toast that is shown; it is closed afterwards."""
    text = tab.locator(".toast-body").first.inner_text()
    tab.locator(".toast-body .toast-close").first.click()
    return text


def test_from_photo_to_video(tab, photos):
    open_photo(tab, photos / "astronaut.png")
    pick(tab, 0.43, 0.22)
    go_to_move(tab)
    add_waypoint(tab, 0.8, 0.45)
    add_waypoint(tab, 0.3, 0.75)
    nearer = tab.locator("#nearness-3 input[type=range]")

    def pull():
        box = nearer.bounding_box()
        tab.mouse.click(box["x"] + 0.95 * box["width"], box["y"] + box["height"] / 2)

    changed(tab, "#move-canvas", pull)
    assert "×1.00" not in tab.inner_text("#nearness-3")
    tab.click("#to-generate")
    tab.fill("#setting-num_frames input", "8")
    tab.click("#check")
    tab.wait_for_function("document.querySelector('#checks').innerText.includes('8 frames')")
    tab.click("#generate")
    tab.wait_for_function("document.querySelector('#result video')?.readyState >= 2", timeout=120_000)
    video = tab.evaluate(
        "(({duration, loop, videoWidth}) => [duration, loop, videoWidth])(document.querySelector('#result video'))"
    )
    assert video[0] == pytest.approx(8 / 6, abs=0.3) and video[1] is True and video[2] > 200
    tab.wait_for_function("document.querySelector('#result video').currentTime > 0.1")

    mp4 = b"ftyp"
    files = {"#get-mp4": mp4, "#get-gif": b"GIF8", "#get-frame": b"PNG", "#get-control": mp4, "#save": b"PK"}
    for button, start in files.items():
        with tab.expect_download() as download:
            tab.click(button)
        assert start in download.value.path().read_bytes()[:12]


def test_an_earlier_try_brings_its_settings_back(tab, photos):
    open_photo(tab, photos / "coffee.jpg")
    tab.get_by_role("tab", name="Generate").click()
    for seed in (3, 4):
        tab.fill("#setting-num_frames input", "3")
        tab.fill("#setting-seed input", str(seed))
        tab.click("#generate")
        tab.wait_for_function(f"document.querySelector('#notes').innerText.includes('seed {seed} ')")
        tab.wait_for_function("!document.querySelector('#generate').disabled")
    tab.click("#tries .thumbnail-item >> nth=1")
    tab.wait_for_function("document.querySelector('#notes').innerText.includes('seed 3 ')")
    tab.click("text=Bring back")
    tab.wait_for_function("document.querySelector('#setting-seed input').value === '3'")


def test_everything_is_undone_and_redone(tab, photos):
    open_photo(tab, photos / "coffee.jpg")
    pick(tab, 0.5, 0.5)
    changed(tab, "#pick-canvas", lambda: tab.click("#undo"))
    assert tab.locator("#objects").is_hidden()
    changed(tab, "#pick-canvas", lambda: tab.click("#redo"))
    tab.wait_for_selector("#objects")
    for _ in range(3):
        tab.click("#undo")
        tab.wait_for_timeout(1500)
    tab.wait_for_selector("#drop input[type=file]", state="attached")
    assert tab.locator("#drop").is_visible() and tab.locator("#undo").is_disabled()


def test_two_tabs_do_not_mix(tab, chromium, page_url, photos):
    other, mistakes = open_tab(chromium, page_url)
    open_photo(tab, photos / "astronaut.png")
    open_photo(other, photos / "coffee.jpg")
    pick(tab, 0.43, 0.22)
    other.wait_for_timeout(500)
    assert tab.inner_text("#objects label").strip() == "object 1" and other.locator("#objects").is_hidden()
    shapes = [
        page.evaluate("(({naturalWidth: w, naturalHeight: h}) => w / h)(document.querySelector('#pick-canvas img'))")
        for page in (tab, other)
    ]
    assert shapes == pytest.approx([1, 1.5], abs=0.05)
    other.context.close()
    assert mistakes == []


@pytest.mark.parametrize(("name", "sentence"), [("text.png", "cannot be read"), ("evil.levitor", ".")])
def test_bad_files_get_one_sentence_and_keep_the_work(tab, photos, name, sentence):
    open_photo(tab, photos / "astronaut.png")
    picture = tab.get_attribute("#pick-canvas img", "src")
    tab.set_input_files("input[type=file]:has(+ #new-photo)", str(photos / name))
    tab.wait_for_selector(".toast-body")
    shown = message(tab)
    assert sentence in shown and "Traceback" not in shown
    assert tab.get_attribute("#pick-canvas img", "src") == picture


def test_a_pasted_picture_is_opened(tab):
    file = io.BytesIO()
    Image.fromarray(data.chelsea()).save(file, "PNG")
    tab.evaluate(
        """bytes => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: files, bubbles: true }));
        }""",
        list(file.getvalue()),
    )
    tab.wait_for_selector("#pick-canvas img")


def test_a_run_is_cancelled(tab, photos):
    open_photo(tab, photos / "astronaut.png")
    pick(tab, 0.43, 0.22)
    go_to_move(tab)
    add_waypoint(tab, 0.8, 0.45)
    tab.click("#to-generate")
    tab.fill("#setting-num_frames input", "1200")
    tab.click("#generate")
    tab.click("#cancel")
    tab.wait_for_selector(".toast-body")
    assert "Cancelled" in message(tab)
    tab.wait_for_function("!document.querySelector('#generate').disabled")
    assert tab.locator("#result video").count() == 0


def test_what_is_real_and_what_stands_in_is_said(tab):
    tab.wait_for_selector("#status .stand-in")
    tab.click("#status .stand-in summary >> nth=0")
    assert len(tab.locator("#status .stand-in p").first.inner_text()) > 20


def test_own_depth_mask_and_camera_reach_the_project(tab, photos, tmp_path):
    Image.linear_gradient("L").resize((320, 320)).save(tmp_path / "depth.png")
    mask = Image.new("L", (320, 320))
    mask.paste(255, (100, 120, 160, 200))
    mask.save(tmp_path / "mask.png")
    open_photo(tab, photos / "astronaut.png")
    tab.click("text=Your own depth")
    for name in ("depth", "mask"):
        own = f"input[type=file]:has(+ #own-{name})"
        tab.wait_for_selector(own, state="attached")
        if name == "depth":
            tab.set_input_files(own, str(tmp_path / "depth.png"))
            tab.wait_for_timeout(3000)
        else:
            changed(tab, "#pick-canvas", lambda own=own: tab.set_input_files(own, str(tmp_path / "mask.png")))
    tab.fill("#new-name textarea, #new-name input", "box")
    changed(tab, "#pick-canvas", lambda: tab.click("#accept"))
    tab.click("#to-move")
    tab.wait_for_selector("#nearness-1")
    tab.click("text=Camera")
    tab.click("#camera-move input")
    tab.click("text=Push in")
    tab.wait_for_timeout(2000)
    with tab.expect_download() as download:
        tab.click("#save")
    project = open_project(download.value.path())
    assert [item.name for item in project.objects] == ["box"]
    ys, xs = np.nonzero(project.objects[0].mask)
    scale = project.scene.size_hw[1] / 320
    found = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    assert np.allclose(found, np.array([100, 120, 160, 200]) * scale, atol=2)
    assert project.scene.depth_source == "imported map"
    down, across = np.ptp(project.scene.disparity.mean(1)), np.ptp(project.scene.disparity.mean(0))
    assert down > 200 and across < 5
    assert project.camera.keys[-1].push > 0


def test_scenery_is_kept_shifted_and_forgotten(tab, photos):
    open_photo(tab, photos / "coffee.jpg")
    changed(tab, "#pick-canvas", lambda: click_at(tab, "#pick-canvas", 0.5, 0.5))
    tab.click("#keep-still")
    tab.wait_for_selector("#scenery")
    tab.click("#scenery >> text=Flatten")
    tab.wait_for_timeout(1500)
    assert tab.is_checked("#scenery input[type=checkbox]")
    tab.click("#scenery >> text=Forget it")
    tab.wait_for_selector("#scenery", state="hidden")


def test_closing_a_tab_deletes_its_files(chromium, page_url, page_folder, photos):
    tab, mistakes = open_tab(chromium, page_url)
    open_photo(tab, photos / "coffee.jpg")
    before = set((page_folder / "tmp").glob("levitor-*/*"))
    with tab.expect_download():
        tab.click("#save")
    made = set((page_folder / "tmp").glob("levitor-*/*")) - before
    assert len(made) == 1
    tab.context.close()
    deadline = time.monotonic() + 30
    while any(folder.exists() for folder in made):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert mistakes == []


def test_the_api_renders_a_project_file(page_url, photos, tmp_path):
    client = pytest.importorskip("gradio_client")
    photo = data.coffee()[::2, ::2]
    framing = frame_photo(photo)
    h, w = framing.size_hw
    disparity = np.tile(np.linspace(40, 220, h, dtype=np.float32)[:, None], (1, w))
    scene = Scene(framing.image(photo), disparity, np.zeros((h, w), np.int32), "ramp", "none")
    mask = np.zeros((h, w), bool)
    mask[h // 2 : h // 2 + 60, w // 3 : w // 3 + 60] = True
    project = editing.add_object(Project(framing.photo(photo), scene), mask, "cup")
    project = replace(project, settings=project.settings.updated(num_frames=4))
    save(editing.add_waypoint(project, "cup", w * 0.7, h * 0.4), tmp_path / "cup.levitor")
    api = client.Client(page_url, verbose=False)
    made = api.predict(client.handle_file(tmp_path / "cup.levitor"), "preview", 3, api_name="/render")
    path = made["video"] if isinstance(made, dict) else made
    assert len(list(read_frames(path))) == 4
    (photos / "broken.levitor").write_bytes((tmp_path / "cup.levitor").read_bytes()[:2000])
    with pytest.raises(Exception, match=r"[Pp]roject"):
        api.predict(client.handle_file(photos / "broken.levitor"), "preview", 3, api_name="/render")
    assert list(api.view_api(return_format="dict")["named_endpoints"]) == ["/render"]
