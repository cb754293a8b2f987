"""The gallery shows what opens and leaves out what does not."""

import numpy as np
from skimage import data

from levitor_core.files.photo import frame_photo
from levitor_core.files.project_file import save
from levitor_core.structures import Project, Scene
from ui.examples import examples


def test_examples_are_projects_that_open(tmp_path):
    photo = data.coffee()[::4, ::4]
    framing = frame_photo(photo)
    disparity, partition = np.zeros(framing.size_hw, np.float32), np.zeros(framing.size_hw, np.int32)
    project = Project(
        photo=framing.photo(photo), scene=Scene(framing.image(photo), disparity, partition, "flat", "none")
    )
    save(project, tmp_path / "two_cups.levitor")
    (tmp_path / "broken.levitor").write_bytes(b"PK")
    found = examples(tmp_path)
    assert [(path.name, caption) for path, _, caption in found] == [("two_cups.levitor", "Two cups")]
    assert found[0][1].shape[1] <= 320 and found[0][1].std() > 10
