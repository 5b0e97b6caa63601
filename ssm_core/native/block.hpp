// What a block of chains keeps while the recursion runs: its moments, its cells and adjoints, what updates leave behind.
#pragma once

#include "lanes.hpp"
#include "problem.hpp"

namespace ssm {

// Hands out aligned pieces of one allocation; with no allocation it only counts.
struct Arena {
    char* base;
    int64_t used = 0;

    template <class T> T* take(int64_t count) {
        T* piece = base ? reinterpret_cast<T*>(base + used) : nullptr;
        used += (count * int64_t(sizeof(T)) + 63) / 64 * 64;
        return piece;
    }
};

// The cells of one block (or their adjoints), contiguous. `Q` holds the packed lower triangle of every noise among
// the values, the listed cells among the adjoints; `mean` is D x of steady series.
struct BlockCells {
    Lanes *F, *Q, *B, *C, *D, *R, *mean;

    static BlockCells place(const Problem& p, Arena& arena, int64_t noise_cells) {
        BlockCells c;
        c.F = arena.take<Lanes>(int64_t(p.regimes) * p.F.count);
        c.Q = arena.take<Lanes>(int64_t(p.noises) * noise_cells);
        c.B = arena.take<Lanes>(int64_t(p.regimes) * p.B.count);
        c.C = arena.take<Lanes>(p.free_loadings);
        c.D = arena.take<Lanes>(p.D.count);
        c.R = arena.take<Lanes>(p.series);
        c.mean = arena.take<Lanes>(p.series);
        return c;
    }
};

template <int N> struct Block {
    static constexpr int MAX = N ? N : MAX_STATES;

    // What an observation leaves for its adjoint: the gain K = Ph / S, 1 / S, v / S.
    struct Update {
        Lanes K[MAX], inverse, gain;
    };
    // And for each of its free loadings: the row of P and the mean of that state before, and its cell of Ph.
    struct Free {
        Lanes row[MAX], mean, M;
    };

    Lanes m[MAX], P[MAX * MAX]; // of P and G the lower triangle; the upper one is mirrored where rows are read
    Lanes r[MAX], G[MAX * MAX]; // dl/dm, 2 dl/dP
    Lanes product[MAX * MAX];
    LogSum log_variances;
    Lanes squares;
    BlockCells in, adjoint;
    Update* updates;  // by series
    Free* free_cells; // by cell of h
    Lanes* store;     // predicted moments of every step
    Columns columns;

    static int64_t packed(int n) { return n * (n + 1) / 2; }

    // A block and what belongs to it, laid out in `arena`; null where the arena only counts.
    static Block* place(const Problem& p, Arena& arena, bool with_adjoint) {
        const int n = N ? N : p.states;
        Block* block = arena.take<Block>(1);
        const BlockCells in = BlockCells::place(p, arena, packed(n));
        const BlockCells adjoint = with_adjoint ? BlockCells::place(p, arena, p.Q.count) : BlockCells{};
        Lanes* store = with_adjoint ? arena.take<Lanes>(int64_t(p.steps) * (n + packed(n))) : nullptr;
        Update* updates = arena.take<Update>(p.series);
        Free* free_cells = arena.take<Free>(p.h_start[p.series]);
        if (block) {
            block->in = in;
            block->adjoint = adjoint;
            block->store = store;
            block->updates = updates;
            block->free_cells = free_cells;
        }
        return block;
    }

    void load(const Problem& p, const Cells& cells, int n) {
        const auto copy = [this](Lanes* to, const double* from, int64_t rows) {
            for (int64_t row = 0; row < rows; ++row) to[row] = columns.load(from, row);
        };
        copy(in.F, cells.F, int64_t(p.regimes) * p.F.count);
        copy(in.B, cells.B, int64_t(p.regimes) * p.B.count);
        copy(in.C, cells.C, p.free_loadings);
        copy(in.D, cells.D, p.D.count);
        copy(in.R, cells.R, p.series);
        for (int i = 0; i < p.series; ++i) {
            in.mean[i] = Lanes{};
            if (p.steady[i])
                for (int e = p.D.start[i]; e < p.D.start[i + 1]; ++e) in.mean[i] += in.D[e] * p.x[p.D.column[e]];
        }
        for (int64_t e = 0; e < p.noises * packed(n); ++e) in.Q[e] = Lanes{};
        for (int64_t k = 0; k < p.noises; ++k)
            for (int e = 0; e < p.Q.count; ++e) {
                const int i = p.Q.row[e] > p.Q.column[e] ? p.Q.row[e] : p.Q.column[e];
                const int j = p.Q.row[e] + p.Q.column[e] - i;
                in.Q[k * packed(n) + packed(i) + j] = columns.load(cells.Q, k * p.Q.count + e);
            }
    }

    void clear_adjoint(const Problem& p) {
        const auto clear = [](Lanes* at, int64_t count) {
            for (int64_t k = 0; k < count; ++k) at[k] = Lanes{};
        };
        clear(adjoint.F, int64_t(p.regimes) * p.F.count);
        clear(adjoint.Q, int64_t(p.noises) * p.Q.count);
        clear(adjoint.B, int64_t(p.regimes) * p.B.count);
        clear(adjoint.C, p.free_loadings);
        clear(adjoint.D, p.D.count);
        clear(adjoint.R, p.series);
        clear(adjoint.mean, p.series);
    }

    // Adjoints of Q and R were gathered doubled.
    void add_adjoint(const Problem& p, const Cells& out) const {
        for (int i = 0; i < p.series; ++i)
            if (p.steady[i])
                for (int e = p.D.start[i]; e < p.D.start[i + 1]; ++e) adjoint.D[e] += adjoint.mean[i] * p.x[p.D.column[e]];
        const auto add = [this](double* to, const Lanes* from, int64_t rows, double factor) {
            for (int64_t row = 0; row < rows; ++row) columns.add(to, row, factor * from[row]);
        };
        add(out.F, adjoint.F, int64_t(p.regimes) * p.F.count, 1.0);
        add(out.Q, adjoint.Q, int64_t(p.noises) * p.Q.count, 0.5);
        add(out.B, adjoint.B, int64_t(p.regimes) * p.B.count, 1.0);
        add(out.C, adjoint.C, p.free_loadings, 1.0);
        add(out.D, adjoint.D, p.D.count, 1.0);
        add(out.R, adjoint.R, p.series, 0.5);
    }
};

} // namespace ssm
