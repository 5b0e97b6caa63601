// The whole log posterior of models whose cells are polynomials of the parameters.
//
//   x -> theta(x) -> cells = base + sum of coefficient * theta_i * theta_j * .. -> log p(y | cells), and every derivative back
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
    const int32_t *term_cell, *term_first, *factors; // sorted by cell; factors of term k from first[k] to first[k + 1]
    const double* coefficient;

    void fill(const double* theta, int chains, double* out) const {
        for (int cell = 0; cell < cells; ++cell)
            for (int chain = 0; chain < chains; ++chain) out[int64_t(cell) * chains + chain] = base[cell];
        for (int k = 0; k < terms; ++k) {
            double* to = out + int64_t(term_cell[k]) * chains;
            add_product(theta, k, -1, coefficient[k], chains, nullptr, nullptr, to);
        }
    }

    // Adds d theta / dx times the derivatives by theta to `gradient`: of each factor, the product of the others.
    void collect(const double* theta, const double* slope, const double* adjoint, int chains, double* gradient) const {
        for (int k = 0; k < terms; ++k) {
            const double* from = adjoint + int64_t(term_cell[k]) * chains;
            for (int at = term_first[k]; at < term_first[k + 1]; ++at) {
                const int64_t row = int64_t(factors[at]) * chains;
                add_product(theta, k, at, coefficient[k], chains, slope + row, from, gradient + row);
            }
        }
    }

    // to += a * product of the factors of term k but that at `left_out` (* one * two where they are given).
    void add_product(const double* theta, int k, int left_out, double a, int chains, const double* one,
                     const double* two, double* to) const {
        const double* rows[2];
        int count = 0, more = -1;
        for (int at = term_first[k]; at < term_first[k + 1]; ++at) {
            if (at == left_out) continue;
            if (count == 2) { more = at; break; }
            rows[count++] = theta + int64_t(factors[at]) * chains;
        }
        for (int chain = 0; chain < chains; ++chain) {
            double product = a;
            if (count > 0) product *= rows[0][chain];
            if (count > 1) product *= rows[1][chain];
            if (more >= 0)
                for (int at = more; at < term_first[k + 1]; ++at)
                    if (at != left_out) product *= theta[int64_t(factors[at]) * chains + chain];
            to[chain] += one ? product * one[chain] * two[chain] : product;
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
