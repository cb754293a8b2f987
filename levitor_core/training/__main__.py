"""`python -m levitor_core.training CONFIG.toml [--resume | --autoencoder]`; `accelerate launch -m` for many GPUs."""

import argparse
import logging
import sys
from dataclasses import fields, replace
from pathlib import Path

from levitor_core.datasets.clips import Ablation
from levitor_core.errors import LevitorError
from levitor_core.training.autoencoder import train_autoencoder
from levitor_core.training.config import read_config
from levitor_core.training.loop import train

ABLATIONS = tuple(item.name for item in fields(Ablation))


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m levitor_core.training", description="Train LeviTor.")
    parser.add_argument("config", type=Path, help="a TOML file; see levitor_core/training/configs")
    parser.add_argument("--resume", action="store_true", help="continue from the newest checkpoint in run.output")
    parser.add_argument("--autoencoder", action="store_true", help="train the toy's VAE instead")
    parser.add_argument("--output", help="in place of the config's run.output")
    for name in ABLATIONS:
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", help="cut the control (an ablation)")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        logging.getLogger(__name__).info("Wrote %s.", _train(chosen))
    except LevitorError as error:
        sys.exit(str(error))


def _train(chosen: argparse.Namespace) -> Path:
    """Train by the config with what the command line says instead: one file serves every ablation."""
    config = read_config(chosen.config)
    cuts = {name: True for name in ABLATIONS if getattr(chosen, name)}
    run = replace(config.run, output=chosen.output or config.run.output)
    config = replace(config, data=replace(config.data, **cuts), run=run)
    return train_autoencoder(config) if chosen.autoencoder else train(config, chosen.resume)


if __name__ == "__main__":
    main()
