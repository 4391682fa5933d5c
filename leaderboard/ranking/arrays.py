"""The kinds of arrays that the ranking is made of."""

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# Small numbers, a half or a quarter of the room and time.
Short = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
