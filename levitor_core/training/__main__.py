"""`python -m levitor_core.training CONFIG.toml [--resume | --autoencoder]`; `accelerate launch -m` for many GPUs."""

import argparse
import logging
import sys
from pathlib import Path

from levitor_core.errors import LevitorError
from levitor_core.training.config import read_config


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m levitor_core.training", description="Train LeviTor.")
    parser.add_argument("config", type=Path, help="a TOML file; see levitor_core/training/configs")
    parser.add_argument("--resume", action="store_true", help="continue from the newest checkpoint in run.output")
    parser.add_argument("--autoencoder", action="store_true", help="train the toy's VAE instead")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        logging.getLogger(__name__).info("Wrote %s.", _train(chosen))
    except LevitorError as error:
        sys.exit(str(error))


def _train(chosen: argparse.Namespace) -> Path:
    config = read_config(chosen.config)
    if chosen.autoencoder:
        from levitor_core.training.autoencoder import train_autoencoder

        return train_autoencoder(config)
    from levitor_core.training.loop import train

    return train(config, chosen.resume)


if __name__ == "__main__":
    main()
