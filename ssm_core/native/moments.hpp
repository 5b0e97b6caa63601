// Forward: predict, and condition on one scalar observation at a time.
//
//   m <- F m + B u,  P <- F P F' + Q
//   M = Ph,  S = h'M + R,  K = M / S,  v = y - d - h'm,  m <- m + K v,  P <- P - K M'
//
// Only listed cells of F, B and h are touched, so zeros cost nothing, and only the lower triangle of P is updated.
// Source: Durbin & Koopman (2012), section 6.4.
#pragma once

#include "block.hpp"

namespace ssm {

// One observed cell, looked up once for all blocks.
struct Seen {
    int series, state; // `state` as `Problem::single`
    int64_t cell;
    double y;
    const Loading *h, *h_end;
    int d, d_end;       // cells of D to be added up now
    const double *x, *z; // of this step
};

// `N` is the number of states, known at compile time (0: known at run time, at most MAX_STATES).
template <int N> struct Moments {
    static constexpr int MAX = N ? N : MAX_STATES;
    typedef ssm::Block<N> Block;
    const Problem& p;
    const Traces& traces;
    int32_t lower[MAX * MAX]; // where cell (i, j) lies in the lower triangle, in doubles

    Moments(const Problem& problem, const Traces& traces_) : p(problem), traces(traces_) {
        const int n = size();
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) lower[i * n + j] = (i > j ? i * n + j : j * n + i) * WIDTH;
    }

    ALWAYS int size() const { return N ? N : p.states; }

    ALWAYS Seen look(int t, int i) const {
        const int64_t cell = int64_t(t) * p.series + i;
        return {i, p.single[i], cell, p.y[cell], p.h + p.h_start[i], p.h + p.h_start[i + 1],
                p.steady[i] ? 0 : p.D.start[i], p.steady[i] ? 0 : p.D.start[i + 1],
                p.x + int64_t(t) * p.regressors, p.z + int64_t(t) * p.columns};
    }

    ALWAYS void mirror(Lanes* symmetric) const {
        const int n = size();
#pragma GCC unroll 8
        for (int i = 1; i < n; ++i)
#pragma GCC unroll 8
            for (int j = 0; j < i; ++j) symmetric[j * n + i] = symmetric[i * n + j];
    }

    void start(Block& s) const {
        const int n = size();
        for (int i = 0; i < n; ++i) {
            s.m[i] = all(p.m0[i]);
            for (int j = 0; j < n; ++j) s.P[i * n + j] = all(p.P0[i * n + j]);
        }
    }

    ALWAYS void predict(Block& s, int t) const {
        const int n = size();
        const Lanes* F = s.in.F + int64_t(p.regime[t]) * p.F.count;
        const Lanes* B = s.in.B + int64_t(p.regime[t]) * p.B.count;
        const Lanes* Q = s.in.Q + p.noise[t] * Block::packed(n);
        const double* u = p.u + int64_t(t) * p.inputs;
        mirror(s.P);
        Lanes mean[MAX];
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i) mean[i] = Lanes{};
        for (int e = 0; e < p.B.count; ++e) mean[p.B.row[e]] += B[e] * u[p.B.column[e]];
        // product[c][i] = (F P)[i][c]
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i) {
            Lanes row[MAX], now = mean[i];
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) row[c] = Lanes{};
            for (int e = p.F.start[i]; e < p.F.start[i + 1]; ++e) {
                const Lanes f = F[e];
                const int64_t j = p.F.column[e];
                const Lanes* source = s.P + j * n;
                now += f * s.m[j];
#pragma GCC unroll 8
                for (int c = 0; c < n; ++c) row[c] += f * source[c];
            }
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) s.product[c * n + i] = row[c];
            mean[i] = now;
        }
#pragma GCC unroll 8
        for (int k = 0; k < n; ++k) {
            Lanes row[MAX];
#pragma GCC unroll 8
            for (int i = 0; i <= k; ++i) row[i] = Q[k * (k + 1) / 2 + i];
            for (int e = p.F.start[k]; e < p.F.start[k + 1]; ++e) {
                const Lanes f = F[e];
                const Lanes* source = s.product + int64_t(p.F.column[e]) * n;
#pragma GCC unroll 8
                for (int i = 0; i <= k; ++i) row[i] += f * source[i];
            }
#pragma GCC unroll 8
            for (int i = 0; i <= k; ++i) s.P[k * n + i] = row[i];
        }
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i) s.m[i] = mean[i];
    }

    ALWAYS void keep(const Block& s, int t) const {
        const int n = size();
        Lanes* at = s.store + t * (n + Block::packed(n));
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i) at[i] = s.m[i];
        at += n;
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i)
#pragma GCC unroll 8
            for (int j = 0; j <= i; ++j) *at++ = s.P[i * n + j];
    }

    ALWAYS void recall(Block& s, int t) const {
        const int n = size();
        const Lanes* at = s.store + t * (n + Block::packed(n));
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i) s.m[i] = at[i];
        at += n;
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i)
#pragma GCC unroll 8
            for (int j = 0; j <= i; ++j) s.P[i * n + j] = *at++;
    }

    static ALWAYS Lanes loading(const Block& s, const Loading& h, const double* z) {
        switch (h.kind) {
            case FREE: return s.in.C[h.index];
            case DATA: return all(z[h.index]);
            default: return all(1.0);
        }
    }

    // Condition on one cell; sets v, S and v / S, and with KEEP leaves in the block what the adjoint needs.
    template <bool KEEP> ALWAYS void update(Block& s, const Seen& o, Lanes& v, Lanes& S, Lanes& gain) const {
        const int n = size();
        v = (traces.y ? s.columns.load(traces.y, o.cell) : all(o.y)) - s.in.mean[o.series];
        S = s.in.R[o.series];
        if (traces.stretch) S *= s.columns.load(traces.stretch, o.cell);
        if (p.known) S += p.known[o.cell];
        for (int e = o.d; e < o.d_end; ++e) v -= s.in.D[e] * o.x[p.D.column[e]];
        Lanes M[MAX];
        if (o.state >= 0) {
            const int32_t* at = lower + o.state * n;
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) M[c] = cell_at(s.P, at[c]);
            S += cell_at(s.P, at[o.state]);
            v -= s.m[o.state];
        } else {
            gather<KEEP>(s, o, M, v, S);
        }
        const Lanes inverse = 1.0 / S;
        gain = v * inverse;
#pragma GCC unroll 8
        for (int c = 0; c < n; ++c) s.m[c] += M[c] * gain;
        typename Block::Update& kept = s.updates[o.series];
#pragma GCC unroll 8
        for (int a = 0; a < n; ++a) {
            const Lanes K = M[a] * inverse;
            if (KEEP) kept.K[a] = K;
#pragma GCC unroll 8
            for (int c = 0; c <= a; ++c) s.P[a * n + c] -= K * M[c];
        }
        if (KEEP) {
            kept.inverse = inverse;
            kept.gain = gain;
        }
    }

    // M = Ph, v - h'm and S + h'Ph for a row of several loadings.
    template <bool KEEP> ALWAYS void gather(Block& s, const Seen& o, Lanes* M, Lanes& v, Lanes& S) const {
        const int n = size();
        typename Block::Free* kept = s.free_cells + (o.h - p.h);
#pragma GCC unroll 8
        for (int c = 0; c < n; ++c) M[c] = Lanes{};
        for (const Loading* h = o.h; h < o.h_end; ++h) {
            const Lanes value = loading(s, *h, o.z);
            const int32_t* at = lower + h->state * n;
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) {
                const Lanes P_c = cell_at(s.P, at[c]);
                M[c] += value * P_c;
                if (KEEP) kept[h - o.h].row[c] = P_c;
            }
            if (KEEP) kept[h - o.h].mean = s.m[h->state];
            v -= value * s.m[h->state];
        }
        for (const Loading* h = o.h; h < o.h_end; ++h) {
            const Lanes M_e = M[h->state];
            if (KEEP) kept[h - o.h].M = M_e;
            S += loading(s, *h, o.z) * M_e;
        }
    }
};

} // namespace ssm
