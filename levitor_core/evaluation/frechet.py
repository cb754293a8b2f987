"""PURE. The Frechet distance between two clouds of features, each taken as a Gaussian.

|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)): of Inception features it is FID (Heusel et al. 2017), of I3D's logits FVD
(Unterthiner et al. 2018). The features decide its name, so this function has none of those.
"""

import numpy as np
from jaxtyping import Float

from levitor_core.errors import InputError

Features = Float[np.ndarray, "n dims"]


def frechet_distance(first: Features, second: Float[np.ndarray, "m dims"]) -> float:
    """Distance of the two clouds; 0 for equal means and covariances. Raises InputError below two samples each.

    With C = R^T R, the eigenvalues of C1 C2 are the squared singular values of R1 R2^T: no root of a product that is
    barely positive, and exact for the singular covariances that few samples in many dimensions give.
    """
    if min(len(first), len(second)) < 2:
        raise InputError("A Frechet distance needs at least two samples on either side; evaluate more clips.")
    mean_difference = first.mean(axis=0) - second.mean(axis=0)
    factors = [_covariance_factor(cloud) for cloud in (first, second)]
    root_trace = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    spread = sum(float((factor**2).sum()) for factor in factors)
    return max(0.0, float(mean_difference @ mean_difference + spread - 2 * root_trace))


def _covariance_factor(cloud: Features) -> Float[np.ndarray, "rows dims"]:
    """R with R^T R the covariance of the cloud, with as few rows as that takes."""
    centred = (cloud - cloud.mean(axis=0)) / np.sqrt(len(cloud) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r"))
