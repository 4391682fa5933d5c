"""Two small classifiers that try to tell systems apart by form alone (X3)."""

import numpy as np
from scipy.stats import beta


def upper_bound(right: int, cases: int) -> float:
    """The upper end of the 95 % interval (Clopper–Pearson, two-sided) of a share."""
    return 1.0 if right == cases else float(beta.ppf(0.975, right + 1, cases - right))


def nearest(train: np.ndarray, labels: np.ndarray, test: np.ndarray, *, count: int = 5) -> np.ndarray:
    """Vote of the nearest neighbours, by standardised features; shapes (n, d), (n,), (m, d) to (m,)."""
    middle, spread = train.mean(axis=0), train.std(axis=0)
    spread[spread == 0] = 1
    one, other = (train - middle) / spread, (test - middle) / spread
    away = ((other[:, None, :] - one[None, :, :]) ** 2).sum(axis=2)
    close = labels[np.argsort(away, axis=1, kind="stable")[:, :count]]
    return np.array([np.bincount(row).argmax() for row in close])


def boosted(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, *, rounds: int = 60, rate: float = 0.3
) -> np.ndarray:
    """Gradient boosting with trees of one split, for as many classes as there are; shapes as `nearest`."""
    classes = int(labels.max()) + 1
    wanted = np.eye(classes)[labels]
    score, guess = np.zeros((len(train), classes)), np.zeros((len(test), classes))
    cuts = [
        np.unique(np.quantile(train[:, column], np.linspace(0.05, 0.95, 13)))
        for column in range(train.shape[1])
    ]
    for _ in range(rounds):
        chance = np.exp(score - score.max(axis=1, keepdims=True))
        rest = wanted - chance / chance.sum(axis=1, keepdims=True)
        best, split = 0.0, None
        for column, values in enumerate(cuts):
            for value in values:
                low = train[:, column] <= value
                if 0 < low.sum() < len(low):
                    gain = sum((rest[side].sum(axis=0) ** 2).sum() / side.sum() for side in (low, ~low))
                    if gain > best:
                        best, split = gain, (column, value)
        if split is None:
            break
        column, value = split
        for features, total in ((train, score), (test, guess)):
            low = features[:, column] <= value
            for side, known in ((low, train[:, column] <= value), (~low, train[:, column] > value)):
                total[side] += rate * rest[known].mean(axis=0) * classes
    return guess.argmax(axis=1)


def accuracy(features: np.ndarray, labels: np.ndarray, groups: np.ndarray, classify) -> tuple[int, int]:
    """How many are told right when each group (a prompt) in turn is left out, in ten parts."""
    right = 0
    for part in range(10):
        out = groups % 10 == part
        if out.any() and (~out).any():
            right += int((classify(features[~out], labels[~out], features[out]) == labels[out]).sum())
    return right, len(labels)
