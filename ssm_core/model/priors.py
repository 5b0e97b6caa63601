"""Prior families, moved exactly to the scale that is sampled."""

from typing import assert_never

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, Prior, StudentT, TruncatedNormal


def standardised(prior: Prior, shift: float, scale: float) -> Prior:
    """The law of `(theta - shift) / scale` when `theta` follows `prior`.

    Raises:
        ValueError: when the family is not closed under that change (a Beta that would have to be rescaled, a
            positive family that would have to be shifted).
    """
    match prior:
        case Normal():
            return Normal(mean=(prior.mean - shift) / scale, sd=prior.sd / scale)
        case TruncatedNormal():
            moved = [(value - shift) / scale for value in (prior.mean, prior.low, prior.high)]
            return TruncatedNormal(mean=moved[0], sd=prior.sd / scale, low=moved[1], high=moved[2])
        case StudentT():
            return StudentT(df=prior.df, mean=(prior.mean - shift) / scale, scale=prior.scale / scale)
        case HalfNormal() if shift == 0:
            return HalfNormal(sd=prior.sd / scale)
        case LogNormal() if shift == 0:
            return LogNormal(median=prior.median / scale, log_sd=prior.log_sd)
        case Gamma() if shift == 0:
            return Gamma(shape=prior.shape, rate=prior.rate * scale)
        case Beta() if shift == 0 and scale == 1:
            return prior
        case HalfNormal() | LogNormal() | Gamma() | Beta():
            raise ValueError(f"a {prior.family} prior cannot be moved by {shift} and scaled by {scale}; use normal")
        case _:
            assert_never(prior)
