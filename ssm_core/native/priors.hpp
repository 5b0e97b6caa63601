// Priors on the whole line: theta(x), d theta / dx, log p(theta(x)) + log |d theta / dx| and its derivative.
//
// The formulas are those of `ssm_core/model/unconstrained.py`, which is their witness; a row is one parameter.
#pragma once

#include <cmath>
#include <cstdint>

namespace ssm {

constexpr int CONSTANTS = 5; // per parameter, in the order of the functions below

// In the order of `unconstrained.FAMILIES`.
enum Family : int32_t { NORMAL, LOG_NORMAL, TRUNCATED_NORMAL, STUDENT_T, HALF_NORMAL, GAMMA, BETA };

struct Point {
    double theta, slope, log_density, gradient;
};

static inline double square(double x) { return x * x; }

// theta = knee log(1 + exp(x / knee)) with its derivative and the logarithm of that.
struct Softplus {
    double theta, slope, log_slope, bend; // bend: derivative of `log_slope`

    Softplus(double x, double knee) {
        const double t = x / knee, small = std::exp(-std::fabs(t)), rest = std::log1p(small);
        theta = knee * (std::fmax(t, 0.0) + rest);
        slope = (t < 0.0 ? small : 1.0) / (1.0 + small);
        log_slope = std::fmin(t, 0.0) - rest;
        bend = (t < 0.0 ? 1.0 : small) / (1.0 + small) / knee;
    }
};

// s = 1 / (1 + exp(-x)) with log s and log (1 - s).
struct Sigmoid {
    double s, rest, log_s, log_rest;

    explicit Sigmoid(double x) {
        const double small = std::exp(-std::fabs(x)), log_sum = std::log1p(small);
        s = (x < 0.0 ? small : 1.0) / (1.0 + small);
        rest = (x < 0.0 ? 1.0 : small) / (1.0 + small);
        log_s = std::fmin(x, 0.0) - log_sum;
        log_rest = -std::fmax(x, 0.0) - log_sum;
    }
};

// `c`: mean, sd, log sd + log(2 pi) / 2.
static inline Point normal(double x, const double* c) {
    const double z = (x - c[0]) / c[1];
    return {x, 1.0, -0.5 * z * z - c[2], -z / c[1]};
}

// `c`: those of the normal law of log theta; knee.
static inline Point log_normal(double x, const double* c) {
    const Softplus at(x, c[3]);
    const double log_theta = std::log(at.theta);
    const Point p = normal(log_theta, c);
    return {at.theta, at.slope, p.log_density - log_theta + at.log_slope,
            (p.gradient - 1.0) * at.slope / at.theta + at.bend};
}

// `c`: those of the normal law, the logarithm of its mass between low and high added to the third; low, high - low.
static inline Point truncated_normal(double x, const double* c) {
    const Sigmoid at(x);
    const double slope = c[4] * at.s * at.rest;
    const Point p = normal(c[3] + c[4] * at.s, c);
    return {p.theta, slope, p.log_density + std::log(c[4]) + at.log_s + at.log_rest,
            p.gradient * slope + at.rest - at.s};
}

// `c`: df, mean, scale, logarithm of the constant.
static inline Point student_t(double x, const double* c) {
    const double z = (x - c[1]) / c[2], tail = 1.0 + z * z / c[0];
    return {x, 1.0, c[3] - 0.5 * (c[0] + 1.0) * std::log(tail), -(c[0] + 1.0) * z / (c[0] * c[2] * tail)};
}

// `c`: sd, logarithm of the constant, knee.
static inline Point half_normal(double x, const double* c) {
    const Softplus at(x, c[2]);
    return {at.theta, at.slope, c[1] - 0.5 * square(at.theta / c[0]) + at.log_slope,
            at.bend - at.theta / square(c[0]) * at.slope};
}

// `c`: shape, rate, logarithm of the constant, knee.
static inline Point gamma(double x, const double* c) {
    const Softplus at(x, c[3]);
    return {at.theta, at.slope, c[2] + (c[0] - 1.0) * std::log(at.theta) - c[1] * at.theta + at.log_slope,
            ((c[0] - 1.0) / at.theta - c[1]) * at.slope + at.bend};
}

// `c`: a, b, logarithm of the constant.
static inline Point beta(double x, const double* c) {
    const Sigmoid at(x);
    return {at.s, at.s * at.rest, c[2] + c[0] * at.log_s + c[1] * at.log_rest, c[0] * at.rest - c[1] * at.s};
}

struct Priors {
    int32_t parameters;
    const int32_t* family;
    const double* constants; // CONSTANTS for each parameter

    // One row for each parameter, one column for each chain; `log_prior` is summed over parameters.
    void at(const double* x, int chains, double* theta, double* slope, double* log_prior, double* gradient) const {
        for (int chain = 0; chain < chains; ++chain) log_prior[chain] = 0.0;
        for (int i = 0; i < parameters; ++i) {
            const double* c = constants + i * CONSTANTS;
            switch (family[i]) {
                case NORMAL: row(i, normal, c, x, chains, theta, slope, log_prior, gradient); break;
                case LOG_NORMAL: row(i, log_normal, c, x, chains, theta, slope, log_prior, gradient); break;
                case TRUNCATED_NORMAL: row(i, truncated_normal, c, x, chains, theta, slope, log_prior, gradient); break;
                case STUDENT_T: row(i, student_t, c, x, chains, theta, slope, log_prior, gradient); break;
                case HALF_NORMAL: row(i, half_normal, c, x, chains, theta, slope, log_prior, gradient); break;
                case GAMMA: row(i, gamma, c, x, chains, theta, slope, log_prior, gradient); break;
                case BETA: row(i, beta, c, x, chains, theta, slope, log_prior, gradient); break;
            }
        }
    }

  private:
    template <class Law>
    static inline void row(int i, Law law, const double* c, const double* x, int chains, double* theta, double* slope,
                           double* log_prior, double* gradient) {
        for (int64_t chain = 0, at = int64_t(i) * chains; chain < chains; ++chain, ++at) {
            const Point p = law(x[at], c);
            theta[at] = p.theta;
            slope[at] = p.slope;
            gradient[at] = p.gradient;
            log_prior[chain] += p.log_density;
        }
    }
};

} // namespace ssm
