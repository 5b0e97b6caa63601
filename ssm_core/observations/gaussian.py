"""`y ~ N(signal, R)`."""

from ssm_core.observations.family import Family


def gaussian(options: dict[str, float]) -> Family:
    """The Gaussian family has no options.

    Raises:
        ValueError: options were given.
    """
    if options:
        raise ValueError(f"a gaussian series has no options, got: {', '.join(options)}")
    return Family("gaussian", None, None, 1.0)
