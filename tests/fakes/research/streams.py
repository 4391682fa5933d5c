"""What a model would have to generate for given frames: Mini-Omni's delays, put in."""

END, PAD = 4096, 4097


def delayed(frames):
    """Seven streams, each with as many pads in front as its layer and one; the ends are even."""
    return [
        [PAD] * (layer + 1) + [frame[layer] for frame in frames] + [END] * (6 - layer) for layer in range(7)
    ]
