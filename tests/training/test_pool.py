"""Clips made ahead: shards are reproducible, the pool keeps all of them, ablations switch off one channel each."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from levitor_core.errors import InputError
from levitor_core.renderers.levitor.codec import encode_clips
from levitor_core.training import pool
from levitor_core.training.autoencoder import train_autoencoder
from levitor_core.training.networks import load_autoencoder, load_base
from levitor_core.training.records import read


@pytest.fixture
def pooled(config, changed, tmp_path, monkeypatch):
    """A config whose pool holds three shards of four clips."""
    monkeypatch.setattr(pool, "CLIPS_A_SHARD", 4)
    pooled = changed(config, "data", kind="pool", folder=str(tmp_path / "pool"))
    pool.write_shards(pooled, range(3))
    return pooled


def full_pool(config) -> pool.ClipPool:
    clips = pool.ClipPool(config, load_base(config, torch.device("cpu"))[0])
    while len(clips) < 12:
        clips.add_new_shards()
    return clips


def test_a_shard_is_always_the_same_and_never_made_twice(pooled):
    first, again, other = (pool.make_shard(pooled, number) for number in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["frames"], other["frames"])
    path = Path(pooled.data.folder) / "shard-000001.safetensors"
    written = path.stat().st_mtime_ns
    pool.write_shards(pooled, [1])
    assert path.stat().st_mtime_ns == written


def test_the_pool_keeps_every_clip_as_it_was(pooled):
    clips = full_pool(pooled)
    shard = next(islice(pool.read_shards(Path(pooled.data.folder)), 1, None))
    latents = encode_clips(clips.networks.vae, shard["frames"])
    torch.testing.assert_close(clips.clips["latents"][4:8].float(), latents, rtol=1e-2, atol=1e-2)
    assert torch.equal(clips.clips["control"][4:8], shard["control"])
    assert torch.equal(clips.clips["photos"][4:8], shard["frames"][:, 0])


def test_a_batch_depends_on_its_step_alone(pooled):
    clips = full_pool(pooled)
    fifth = next(clips.iterate_from(5))
    stream = clips.iterate_from(4)
    assert not torch.equal(next(stream).noise, fifth.noise)
    again = next(stream)
    assert all(torch.equal(value, vars(fifth)[name]) for name, value in vars(again).items())


def test_ablations_switch_their_channel_off(pooled, changed):
    whole = full_pool(pooled).batch(0).control
    for name, channel in (("without_instance", 1), ("without_depth", 2)):
        control = full_pool(changed(pooled, "data", **{name: True})).batch(0).control
        assert not control[:, :, channel].any()
        others = [other for other in range(3) if other != channel]
        assert torch.equal(control[:, :, others], whole[:, :, others])
    single = full_pool(changed(pooled, "data", single_point=True)).batch(0).control
    assert 0 < (single[:, :, 0] > 0).sum() < (whole[:, :, 0] > 0).sum()


def test_a_damaged_shard_is_one_sentence(tmp_path):
    (tmp_path / "shard-000000.safetensors").write_bytes(b"no shard")
    with pytest.raises(InputError, match="damaged"):
        next(pool.read_shards(tmp_path))


@pytest.mark.slow
def test_the_autoencoder_learns_and_scales_its_latents_to_unit_spread(pooled, changed, monkeypatch):
    monkeypatch.setattr("levitor_core.training.autoencoder.HELD_OUT_CLIPS", 2)
    tuned = changed(pooled, "optimizer", learning_rate=2e-3, warmup_steps=1, micro_batch=2)
    tuned = changed(tuned, "run", steps=30, log_every=2)
    tuned = replace(tuned, autoencoder=replace(tuned.autoencoder, block_out_channels=(32, 32), layers_per_block=1))
    folder = train_autoencoder(tuned)
    first, *_, last = (line["psnr"] for line in read(Path(tuned.run.output) / "losses.jsonl"))
    assert last > first + 0.3
    frames = next(pool.read_shards(Path(tuned.data.folder)))["frames"][:2]
    latents = encode_clips(load_autoencoder(folder, torch.device("cpu")), frames)
    assert latents.std() == pytest.approx(1, rel=0.02)
