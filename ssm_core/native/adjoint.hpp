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
    using Forward::lower;
    using Forward::p;
    using Forward::size;
    using Forward::traces;
    static constexpr int MAX = Forward::MAX;
    using Forward::Forward;

    void finish(Block& s) const {
        const int n = size();
        for (int i = 0; i < n; ++i) s.r[i] = Lanes{};
        for (int i = 0; i < n * n; ++i) s.G[i] = Lanes{};
    }

    ALWAYS void update_adjoint(Block& s, const Seen& o, double weight) const {
        const int n = size();
        const typename Block::Update& kept = s.updates[o.series];
        const Lanes inverse = kept.inverse, gain = kept.gain;
        Lanes a[MAX], kr = {}, ka = {};
#pragma GCC unroll 8
        for (int j = 0; j < n; ++j) a[j] = Lanes{};
#pragma GCC unroll 8
        for (int j = 0; j < n; ++j) {
            kr += kept.K[j] * s.r[j];
#pragma GCC unroll 8
            for (int c = 0; c <= j; ++c) {
                const Lanes g = s.G[j * n + c];
                a[j] += g * kept.K[c];
                if (c < j) a[c] += g * kept.K[j];
            }
        }
#pragma GCC unroll 8
        for (int c = 0; c < n; ++c) ka += kept.K[c] * a[c];
        const Lanes u = weight * gain - kr;
        const Lanes twice = weight * (gain * gain - inverse) + ka - 2.0 * kr * gain;
        if (traces.residual) s.columns.store(traces.residual, o.cell, u);
        s.adjoint.R[o.series] += traces.stretch ? twice * s.columns.load(traces.stretch, o.cell) : twice;
        s.adjoint.mean[o.series] += u;
        for (int e = o.d; e < o.d_end; ++e) s.adjoint.D[e] += u * o.x[p.D.column[e]];
        Lanes Mb[MAX];
#pragma GCC unroll 8
        for (int c = 0; c < n; ++c) Mb[c] = s.r[c] * gain - a[c];
        if (o.state >= 0) {
            const int32_t* at = lower + o.state * n;
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) cell_at(s.G, at[c]) += Mb[c];
            cell_at(s.G, at[o.state]) += Mb[o.state] + twice;
            s.r[o.state] += u;
        } else {
            scatter(s, o, Mb, u, 0.5 * twice);
        }
    }

    // hb, and h spread over r and G, for a row of several loadings.
    ALWAYS void scatter(Block& s, const Seen& o, Lanes* Mb, Lanes u, Lanes Sb) const {
        const int n = size();
        for (const Loading* h = o.h; h < o.h_end; ++h) Mb[h->state] += Sb * this->loading(s, *h, o.z);
        for (const Loading* h = o.h; h < o.h_end; ++h) {
            const Lanes value = this->loading(s, *h, o.z);
            const int32_t* at = lower + h->state * n;
            if (h->kind == FREE) {
                const typename Block::Free& kept = s.free_cells[h - p.h];
                Lanes hb = u * kept.mean + Sb * kept.M;
#pragma GCC unroll 8
                for (int c = 0; c < n; ++c) hb += kept.row[c] * Mb[c];
                s.adjoint.C[h->index] += hb;
            }
            s.r[h->state] += value * u;
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) cell_at(s.G, at[c]) += value * Mb[c];
            cell_at(s.G, at[h->state]) += value * Mb[h->state];
        }
    }

    // Adjoint of `predict` into step t; m and P are the filtered moments of step t - 1.
    ALWAYS void predict_adjoint(Block& s, int t) const {
        const int n = size();
        const int64_t regime = p.regime[t];
        const Lanes* F = s.in.F + regime * p.F.count;
        Lanes *Fb = s.adjoint.F + regime * p.F.count, *Bb = s.adjoint.B + regime * p.B.count;
        Lanes* Qb = s.adjoint.Q + int64_t(p.noise[t]) * p.Q.count;
        const double* u = p.u + int64_t(t) * p.inputs;
        this->mirror(s.P);
        this->mirror(s.G);
        for (int e = 0; e < p.Q.count; ++e) {
            const int i = p.Q.row[e], j = p.Q.column[e];
            const Lanes g = s.G[i * n + j];
            Qb[e] += i == j ? g : 2.0 * g;
        }
        for (int e = 0; e < p.B.count; ++e) Bb[e] += s.r[p.B.row[e]] * u[p.B.column[e]];
        // product[i][c] = (G F)[i][c]
        Lanes moved[MAX];
#pragma GCC unroll 8
        for (int c = 0; c < n; ++c) {
            Lanes row[MAX], back = {};
#pragma GCC unroll 8
            for (int i = 0; i < n; ++i) row[i] = Lanes{};
            for (int k = p.F.column_start[c]; k < p.F.column_start[c + 1]; ++k) {
                const int e = p.F.by_column[k];
                const Lanes f = F[e];
                const int64_t j = p.F.row[e];
                const Lanes* source = s.G + j * n;
                back += f * s.r[j];
#pragma GCC unroll 8
                for (int i = 0; i < n; ++i) row[i] += f * source[i];
            }
#pragma GCC unroll 8
            for (int i = 0; i < n; ++i) s.product[i * n + c] = row[i];
            moved[c] = back;
        }
        for (int e = 0; e < p.F.count; ++e) {
            if (p.F.fixed[e]) continue;
            const int64_t i = p.F.row[e], j = p.F.column[e];
            const Lanes *left = s.product + i * n, *right = s.P + j * n;
            Lanes sum = s.r[i] * s.m[j];
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) sum += left[c] * right[c];
            Fb[e] += sum;
        }
#pragma GCC unroll 8
        for (int a = 0; a < n; ++a) {
            Lanes row[MAX];
#pragma GCC unroll 8
            for (int c = 0; c <= a; ++c) row[c] = Lanes{};
            for (int k = p.F.column_start[a]; k < p.F.column_start[a + 1]; ++k) {
                const int e = p.F.by_column[k];
                const Lanes f = F[e];
                const Lanes* source = s.product + int64_t(p.F.row[e]) * n;
#pragma GCC unroll 8
                for (int c = 0; c <= a; ++c) row[c] += f * source[c];
            }
#pragma GCC unroll 8
            for (int c = 0; c <= a; ++c) s.G[a * n + c] = row[c];
        }
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i) s.r[i] = moved[i];
    }

    // m + P r with the predicted moments of step t: the mean of the state given all observations (every step scored).
    void smoothed(const Block& s, int t) const {
        const int n = size();
        const Lanes* at = s.store + t * (n + Block::packed(n));
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
