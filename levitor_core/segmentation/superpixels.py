"""Photo -> superpixels and the graph of their borders: what the weight-free stand-ins reason on instead of pixels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from levitor_core.structures import Image

COUNT = 1000
COMPACTNESS = 10.0
SMOOTHING = 1.0
GRAIN = 6.0  # Lab units of texture that leave a colour step its full weight


@dataclass(frozen=True, eq=False)
class Superpixels:
    """Superpixels 0..n-1 of an image and their graph.

    `colour` is the mean Lab colour, `area` is in pixels, `border` is the length of the image's own border that a
    superpixel holds. Edge i joins `edges[i]`, is `lengths[i]` pixels long and crosses a colour step of `steps[i]`.
    """

    labels: Int[np.ndarray, "h w"]
    colour: Float[np.ndarray, "n 3"]
    area: Int[np.ndarray, " n"]
    border: Int[np.ndarray, " n"]
    edges: Int[np.ndarray, "m 2"]
    lengths: Int[np.ndarray, " m"]
    steps: Float[np.ndarray, " m"]


def superpixels(image: Image, count: int = COUNT) -> Superpixels:
    """SLIC superpixels (Achanta et al. 2012) of `image`, about `count` of them; steps are Lab distances."""
    from skimage.segmentation import slic

    lab = smooth_lab(image)
    labels = slic(image, n_segments=count, compactness=COMPACTNESS, sigma=1, start_label=0)
    labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    area = np.bincount(labels.ravel())
    colour, square = (_means(labels, values, area) for values in (lab, lab**2))
    texture = (square - colour**2).clip(0).sum(1)
    outline = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    edges, lengths = _borders(labels)
    first, second = edges.T
    steps = np.linalg.norm(colour[first] - colour[second], axis=1)
    steps /= np.sqrt(1 + (texture[first] + texture[second]) / (2 * GRAIN**2))
    return Superpixels(labels, colour, area, np.bincount(outline, minlength=len(area)), edges, lengths, steps)


def smooth_lab(image: Image) -> Float[np.ndarray, "h w 3"]:
    """The image's Lab colours without their grain."""
    from scipy.ndimage import gaussian_filter
    from skimage.color import rgb2lab

    return gaussian_filter(rgb2lab(image), (SMOOTHING, SMOOTHING, 0))


def join(graph: Superpixels, distance: float, fewest: int, most: int) -> Int[np.ndarray, "h w"]:
    """Neighbouring superpixels joined while they are closer than `distance` (Ward, Lab units): regions 0, 1, ..."""
    from scipy.sparse import coo_matrix
    from sklearn.cluster import AgglomerativeClustering

    count = len(graph.area)
    if count <= fewest:
        return graph.labels
    links = coo_matrix((np.ones(len(graph.edges)), tuple(graph.edges.T)), shape=(count, count))
    links = (links + links.T).tocsr()
    tree = AgglomerativeClustering(n_clusters=fewest, connectivity=links, compute_distances=True).fit(graph.colour)
    wanted = int(np.clip(np.count_nonzero(tree.distances_ > distance) + 1, fewest, min(most, count)))
    return AgglomerativeClustering(n_clusters=wanted, connectivity=links).fit_predict(graph.colour)[graph.labels]


def _means(
    labels: Int[np.ndarray, "h w"], values: Float[np.ndarray, "h w c"], area: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "n c"]:
    sums = [np.bincount(labels.ravel(), values[..., channel].ravel()) for channel in range(values.shape[-1])]
    return np.stack(sums, 1) / area[:, None]


def _borders(labels: Int[np.ndarray, "h w"]) -> tuple[Int[np.ndarray, "m 2"], Int[np.ndarray, " m"]]:
    across = np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()], 1)
    down = np.stack([labels[:-1].ravel(), labels[1:].ravel()], 1)
    pairs = np.sort(np.concatenate([across, down]), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0, return_counts=True)
