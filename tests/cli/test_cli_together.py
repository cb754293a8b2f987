"""Several who change one project at once: no change is lost, and nothing is left behind or waited for."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from levitor_core import editing, whole_files
from levitor_core.cli import commands
from levitor_core.errors import InputError
from levitor_core.files.project_file import ChangedFileError, change, open_project, save
from levitor_core.whole_files import check_free, replacing
from tests.cli.jobs import JOB, run


def names(path):
    return [item.name for item in open_project(path).objects]


def with_object(project, name):
    mask = np.zeros(project.scene.size_hw, bool)
    mask[len(project.objects), :] = True
    return editing.add_object(project, mask, name)


@pytest.mark.parametrize("other", ["job.levitor", "link.levitor", "./way/job.levitor"])
def test_a_command_that_another_overtakes_adds_to_its_work(job, monkeypatch, other):
    Path("link.levitor").symlink_to(job)
    Path("way").symlink_to(".")
    find, overtaken = commands._pick_mask, []

    def picked(arguments, project, engine):
        mask = find(arguments, project, engine)
        if not overtaken:
            overtaken.append(other)
            assert run("select", other, "--name", "second", "--instance", 2) == 0
        return mask

    monkeypatch.setattr(commands, "_pick_mask", picked)
    assert run("select", job, "--name", "first", "--instance", 1) == 0
    assert sorted(names(job)) == ["ball", "first", "second"] and Path("link.levitor").is_symlink()


def test_a_command_that_no_longer_makes_sense_says_so(job, monkeypatch, capsys):
    find, overtaken = commands._pick_mask, []

    def picked(arguments, project, engine):
        if not overtaken:
            overtaken.append(0)
            save(with_object(open_project(JOB), "first"), job)
        return find(arguments, project, engine)

    monkeypatch.setattr(commands, "_pick_mask", picked)
    assert run("select", job, "--name", "first", "--instance", 1) == 2
    assert "taken" in capsys.readouterr().err and names(job) == ["ball", "first"]


def test_many_who_change_one_project_all_find_their_work_in_it(job):
    started = threading.Barrier(6)

    def add(name):
        started.wait()
        change(job, lambda project: with_object(project, name))

    threads = [threading.Thread(target=add, args=(f"thing {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(job)) == ["ball", *(f"thing {number}" for number in range(6))]
    assert list(Path().iterdir()) == [job]


def test_who_saves_over_anothers_change_is_told_and_their_own_is_none(job):
    mine, theirs = open_project(job), open_project(job.absolute())
    save(with_object(theirs, "theirs"), job)
    with pytest.raises(ChangedFileError, match="changed by someone else"):
        save(with_object(mine, "mine"), job)
    assert names(job) == ["ball", "theirs"]
    again = with_object(theirs, "again")
    save(again, job)  # their own work is no one else's
    save(theirs, job)  # nor is going back from it
    save(with_object(mine, "mine"), Path("copy.levitor"))
    save(with_object(mine, "mine"), Path("copy.levitor"))
    assert names(job) == ["ball"] and names(Path("copy.levitor")) == ["ball", "mine"]
    job.write_bytes(JOB)  # what it held when it was opened
    save(mine, job)
    job.unlink()
    save(mine, job)


def test_an_edit_that_makes_a_project_anew_is_held_to_the_opened_file_too(job):
    tries = []

    def edit(project):
        tries.append(project)
        if len(tries) == 1:
            save(with_object(open_project(job), "other"), job)
        return replace(with_object(project, "anew"), opened=None)

    change(job, edit)
    assert len(tries) == 2 and names(job) == ["ball", "other", "anew"]


def test_of_two_new_projects_the_first_stays(job):
    project, path = open_project(JOB), Path("new.levitor")
    with pytest.raises(InputError, match="there already"), replacing(path, lambda: check_free(path)) as partial:
        save(project, path, new=True)
        partial.write_bytes(b"second")
    assert names(path) == ["ball"] and {item.name for item in Path().iterdir()} == {"job.levitor", "new.levitor"}


def test_a_lock_that_is_not_ours_is_not_waited_for_long(job, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(whole_files, "TURN_S", 0.05)
    folder = os.open(".", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        assert run("delete", job, "ball") == 0 and names(job) == []
    finally:
        os.close(folder)


def test_reading_needs_no_place_to_write_to(job, monkeypatch):
    def closed(path, flags, *rest, **options):
        assert not flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR), f"wrote to {path}"
        return opened(path, flags, *rest, **options)

    opened = os.open
    monkeypatch.setattr(os, "open", closed)
    assert run("list", job) == 0
