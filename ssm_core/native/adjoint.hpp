// Backward: the adjoint of the recursion in `moments.hpp`.
//
// It carries r = dl/dm and G = 2 dl/dP (symmetric) from the last step to the first. One observation, with K = M / S
// and w = 1 where it counts in the likelihood (0: it only conditions), a = G K:
//   u  = w v/S - K'r                                        (dl/dd = u)
//   2 Sb = w (v^2/S^2 - 1/S) + K'a - 2 (K'r) v/S            (dl/dR = Sb)
//   Mb = r v/S - a + Sb h
//   hb = u m + Sb M + P Mb,   r <- r + h u,   G <- G + Mb h' + h Mb'
// and one prediction m' = F m + B u, P' = F P F' + Q:
//   Fb = r m' + G F P,  Qb = G / 2,  Bb = r u',  r <- F'r,  G <- F' G F.
// Derived by differentiating the recursion; checked against finite differences and automatic differentiation.
#pragma once

#include "moments.hpp"

namespace ssm {

template <int N> struct Adjoint : Moments<N> {
    typedef Moments<N> Forward;
    typedef typename Forward::Block Block;
    using Forward::p;
    using Forward::pattern;
    using Forward::size;
    using Forward::traces;
    static constexpr int MAX = Forward::MAX;
    using Forward::Forward;

    // Calls `use(i, cell)` for the listed cells (i, j) of column j of F.
    template <class Use> ALWAYS void column_of_F(int j, Use use) const {
        if constexpr (Forward::WHOLE) {
            UNROLL for (int i = 0; i < N; ++i) if (pattern.listed[i * N + j]) use(i, i * N + j);
        } else {
            for (int k = p.F.column_start[j]; k < p.F.column_start[j + 1]; ++k)
                use(p.F.row[p.F.by_column[k]], p.F.by_column[k]);
        }
    }
    // Calls `use(i, j, cell)` for the listed cells of the lower triangle of Q.
    template <class Use> ALWAYS void cells_of_Q(Use use) const {
        if constexpr (Forward::WHOLE) {
            UNROLL for (int i = 0; i < N; ++i)
                UNROLL for (int j = 0; j <= i; ++j)
                    if (pattern.noisy[i * (i + 1) / 2 + j]) use(i, j, i * (i + 1) / 2 + j);
        } else {
            for (int e = 0; e < p.Q.count; ++e) use(p.Q.row[e], p.Q.column[e], pattern.q_cell(e));
        }
    }

    void finish(Block& s) const {
        const int n = size();
        for (int i = 0; i < n; ++i) s.r[i] = Lanes{};
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j) s.G[i * n + j] = Lanes{};
    }

    template <int J> ALWAYS void update_adjoint(Block& s, const Seen& o, double weight) const {
        const int n = size();
        const typename Block::Update& kept = s.updates[o.series];
        const Lanes inverse = kept.inverse, gain = kept.gain;
        Lanes a[MAX], kr = {}, ka = {};
        UNROLL for (int j = 0; j < n; ++j) a[j] = Lanes{};
        UNROLL for (int j = 0; j < n; ++j) {
            kr += kept.K[j] * s.r[j];
            UNROLL for (int c = 0; c <= j; ++c) {
                const Lanes g = s.G[j * n + c];
                a[j] += g * kept.K[c];
                if (c < j) a[c] += g * kept.K[j];
            }
        }
        UNROLL for (int c = 0; c < n; ++c) ka += kept.K[c] * a[c];
        const Lanes u = weight * gain - kr;
        const Lanes twice = weight * (gain * gain - inverse) + ka - 2.0 * kr * gain;
        s.adjoint.mean[o.series] += u;
        if (__builtin_expect(o.special, 0)) {
            s.v = u;
            s.S = twice;
            special_adjoint(s, o.t, o.series);
        } else {
            s.adjoint.R[o.series] += twice;
        }
        Lanes Mb[MAX];
        UNROLL for (int c = 0; c < n; ++c) Mb[c] = s.r[c] * gain - a[c];
        if constexpr (J != ANY) {
            UNROLL for (int c = 0; c < n; ++c) this->cell(s.G, J, c) += c == J ? 2.0 * Mb[c] + twice : Mb[c];
            s.r[J] += u;
        } else if (!Forward::WHOLE && o.state >= 0) {
            UNROLL for (int c = 0; c < n; ++c) this->cell(s.G, o.state, c) += Mb[c];
            this->cell(s.G, o.state, o.state) += Mb[o.state] + twice;
            s.r[o.state] += u;
        } else {
            scatter(s, o, Mb, u, 0.5 * twice);
        }
    }

    // Adjoints of R and D of a special cell, from u in `v` and 2 Sb in `S`.
    __attribute__((noinline)) void special_adjoint(Block& s, int t, int i) const {
        const int64_t cell = int64_t(t) * p.series + i;
        if (traces.residual) s.columns.store(traces.residual, cell, s.v);
        s.adjoint.R[i] += traces.stretch ? s.S * s.columns.load(traces.stretch, cell) : s.S;
        if (p.steady[i]) return;
        const double* x = p.x + int64_t(t) * p.regressors;
        for (int e = p.D.start[i]; e < p.D.start[i + 1]; ++e) s.adjoint.D[e] += s.v * x[p.D.column[e]];
    }

    // hb, and h spread over r and G, for a row of any loadings; `Mb` comes without its term Sb h.
    ALWAYS void scatter(Block& s, const Seen& o, Lanes* Mb, Lanes u, Lanes Sb) const {
        const int n = size();
        this->row_of_h(o, [&](int j, int e) __attribute__((always_inline)) { Mb[j] += Sb * s.in.h[e]; });
        this->row_of_h(o, [&](int j, int e) __attribute__((always_inline)) {
            const Lanes value = s.in.h[e];
            if (p.h[e].kind == FREE) {
                const typename Block::Free& kept = s.free_cells[e];
                Lanes hb = u * kept.mean + Sb * kept.M;
                UNROLL for (int c = 0; c < n; ++c) hb += kept.row[c] * Mb[c];
                s.adjoint.C[p.h[e].index] += hb;
            }
            s.r[j] += value * u;
            const Lanes change = value * Mb[j];
            UNROLL for (int c = 0; c < n; ++c) this->cell(s.G, j, c) += value * Mb[c];
            this->cell(s.G, j, j) += change;
        });
    }

    // Adjoint of `predict` into step t; m and P are the filtered moments of step t - 1.
    ALWAYS void predict_adjoint(Block& s, int t) const {
        const int n = size();
        const int64_t regime = p.regime[t];
        const Lanes* F = s.in.F + regime * pattern.f_cells();
        Lanes *Fb = s.adjoint.F + regime * pattern.f_cells(), *Bb = s.adjoint.B + regime * p.B.count;
        Lanes* Qb = s.adjoint.Q + p.noise[t] * pattern.q_cells();
        const double* u = p.u + int64_t(t) * p.inputs;
        this->mirror(s.P);
        this->mirror(s.G);
        cells_of_Q([&](int i, int j, int64_t at) __attribute__((always_inline)) { Qb[at] += this->row(s.G, i, j); });
        for (int e = 0; e < p.B.count; ++e) Bb[e] += s.r[p.B.row[e]] * u[p.B.column[e]];
        // product[i][c] = (G F)[i][c]
        Lanes moved[MAX];
        UNROLL for (int c = 0; c < n; ++c) {
            Lanes column[MAX], back = {};
            UNROLL for (int i = 0; i < n; ++i) column[i] = Lanes{};
            column_of_F(c, [&](int j, int64_t at) __attribute__((always_inline)) {
                const Lanes f = F[at];
                back += f * s.r[j];
                UNROLL for (int i = 0; i < n; ++i) column[i] += f * this->row(s.G, j, i);
            });
            UNROLL for (int i = 0; i < n; ++i) s.product[i * n + c] = column[i];
            moved[c] = back;
        }
        UNROLL for (int j = 0; j < n; ++j) {
            Lanes row[MAX];
            UNROLL for (int c = 0; c <= j; ++c) row[c] = Lanes{};
            column_of_F(j, [&](int i, int64_t at) __attribute__((always_inline)) {
                const Lanes f = F[at];
                UNROLL for (int c = 0; c <= j; ++c) row[c] += f * s.product[i * n + c];
                if (!pattern.asked(at)) return;
                Lanes sum = s.r[i] * s.m[j];
                UNROLL for (int c = 0; c < n; ++c) sum += s.product[i * n + c] * this->row(s.P, j, c);
                Fb[at] += sum;
            });
            UNROLL for (int c = 0; c <= j; ++c) s.G[j * n + c] = row[c];
        }
        UNROLL for (int i = 0; i < n; ++i) s.r[i] = moved[i];
    }

    // m + P r with the predicted moments of step t: the mean of the state given all observations (every step scored).
    void smoothed(const Block& s, int t) const {
        const int n = size();
        const Lanes* at = s.store + t * (n + this->packed());
        Lanes mean[MAX];
        for (int i = 0; i < n; ++i) mean[i] = *at++;
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j) {
                const Lanes P_ij = *at++;
                mean[i] += P_ij * s.r[j];
                if (i != j) mean[j] += P_ij * s.r[i];
            }
        for (int i = 0; i < n; ++i) s.columns.store(traces.state, int64_t(t) * n + i, mean[i]);
    }
};

} // namespace ssm
