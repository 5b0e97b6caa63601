// The whole log posterior of models whose cells are constants, parameters or squares of parameters.
//
//   x -> theta(x) -> cells = base + sum of coefficient * theta^power -> log p(y | cells), and every derivative back
#pragma once

#include <cmath>
#include <cstring>
#include <limits>

#include "priors.hpp"
#include "problem.hpp"

namespace ssm {

struct Density { // mirrored field by field in `density.py`
    Priors priors;
    int32_t cells, terms;
    const double* base;                             // by cell, F first: `cells_of` in `model/cells.py`
    const int32_t *term_cell, *term_parameter, *term_squared; // sorted by cell
    const double* coefficient;

    void fill(const double* theta, int chains, double* out) const {
        for (int cell = 0; cell < cells; ++cell)
            for (int chain = 0; chain < chains; ++chain) out[int64_t(cell) * chains + chain] = base[cell];
        for (int k = 0; k < terms; ++k) {
            const double* from = theta + int64_t(term_parameter[k]) * chains;
            double* to = out + int64_t(term_cell[k]) * chains;
            const double a = coefficient[k];
            if (term_squared[k])
                for (int chain = 0; chain < chains; ++chain) to[chain] += a * from[chain] * from[chain];
            else
                for (int chain = 0; chain < chains; ++chain) to[chain] += a * from[chain];
        }
    }

    // Adds d theta / dx times the derivatives by theta to `gradient`.
    void collect(const double* theta, const double* slope, const double* adjoint, int chains, double* gradient) const {
        for (int k = 0; k < terms; ++k) {
            const int64_t row = int64_t(term_parameter[k]) * chains;
            const double* from = adjoint + int64_t(term_cell[k]) * chains;
            const double a = coefficient[k];
            for (int chain = 0; chain < chains; ++chain) {
                const double inner = term_squared[k] ? 2.0 * a * theta[row + chain] : a;
                gradient[row + chain] += slope[row + chain] * (inner * from[chain]);
            }
        }
    }

    // Chains that are impossible get the value -inf and the gradient 0.
    void refuse(int chains, double* value, double* gradient) const {
        for (int chain = 0; chain < chains; ++chain) {
            bool possible = std::isfinite(value[chain]);
            for (int i = 0; i < priors.parameters; ++i) possible &= std::isfinite(gradient[int64_t(i) * chains + chain]);
            if (possible) continue;
            value[chain] = -std::numeric_limits<double>::infinity();
            for (int i = 0; i < priors.parameters; ++i) gradient[int64_t(i) * chains + chain] = 0.0;
        }
    }
};

// The parts of all cells below one another.
static inline Cells parts_of(const Problem& p, double* flat, int64_t chains) {
    Cells c;
    c.F = flat;
    c.Q = c.F + int64_t(p.regimes) * p.F.count * chains;
    c.B = c.Q + int64_t(p.noises) * p.Q.count * chains;
    c.C = c.B + int64_t(p.regimes) * p.B.count * chains;
    c.D = c.C + p.free_loadings * chains;
    c.R = c.D + p.D.count * chains;
    return c;
}

} // namespace ssm
