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

constexpr int SPECIAL = 4; // up to so many states every address in the recursion is a constant

// Where the cells of F and Q lie within a block. For few states F is kept whole and flags say which cells there are;
// for more the cells are kept in the order of their list. Q is a packed triangle.
template <int N> struct Pattern {
    static constexpr bool WHOLE = N > 0 && N <= SPECIAL;
    const Problem& p;
    uint8_t listed[WHOLE ? N * N : 1] = {}, wanted[WHOLE ? N * N : 1] = {}; // cells of F; those whose derivative is asked for
    uint8_t noisy[WHOLE ? N * (N + 1) / 2 : 1] = {};                        // cells of the triangle of Q

    explicit Pattern(const Problem& problem) : p(problem) {
        if (!WHOLE) return;
        for (int e = 0; e < p.F.count; ++e) {
            listed[f_cell(e)] = 1;
            wanted[f_cell(e)] = !p.F.fixed[e];
        }
        for (int e = 0; e < p.Q.count; ++e) noisy[q_cell(e)] = 1;
    }
    ALWAYS bool asked(int64_t cell) const { return WHOLE ? wanted[cell] : !p.F.fixed[cell]; }
    int states() const { return N ? N : p.states; }
    int64_t f_cells() const { return WHOLE ? N * N : p.F.count; }
    int64_t q_cells() const { return int64_t(states()) * (states() + 1) / 2; }
    int64_t f_cell(int e) const { return WHOLE ? p.F.row[e] * N + p.F.column[e] : e; }
    int64_t q_cell(int e) const {
        const int i = p.Q.row[e] > p.Q.column[e] ? p.Q.row[e] : p.Q.column[e];
        return i * (i + 1) / 2 + p.Q.row[e] + p.Q.column[e] - i;
    }
};

// The cells of one block (or their adjoints), contiguous; `mean` is D x of steady series, `h` the loadings.
struct BlockCells {
    Lanes *F, *Q, *B, *C, *D, *R, *mean, *h;

    static BlockCells place(const Problem& p, Arena& arena, int64_t f_cells, int64_t q_cells) {
        BlockCells c;
        c.F = arena.take<Lanes>(p.regimes * f_cells);
        c.Q = arena.take<Lanes>(p.noises * q_cells);
        c.B = arena.take<Lanes>(int64_t(p.regimes) * p.B.count);
        c.C = arena.take<Lanes>(p.free_loadings);
        c.D = arena.take<Lanes>(p.D.count);
        c.R = arena.take<Lanes>(p.series);
        c.mean = arena.take<Lanes>(p.series);
        c.h = arena.take<Lanes>(p.h_start[p.series]);
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
    Lanes v, S;                 // y - d and R of the cell at hand, where `Seen::special`
    LogSum log_variances;
    Lanes squares;
    BlockCells in, adjoint;
    Update* updates;  // by series
    Free* free_cells; // by cell of h
    Lanes* store;     // predicted moments of every step
    Columns columns;

    // A block and what belongs to it, laid out in `arena`; null where the arena only counts.
    static Block* place(const Pattern<N>& pattern, Arena& arena, bool with_adjoint) {
        const Problem& p = pattern.p;
        const int64_t f_cells = pattern.f_cells(), q_cells = pattern.q_cells(), moments = pattern.states() + q_cells;
        Block* block = arena.take<Block>(1);
        const BlockCells in = BlockCells::place(p, arena, f_cells, q_cells);
        const BlockCells adjoint = with_adjoint ? BlockCells::place(p, arena, f_cells, q_cells) : BlockCells{};
        Lanes* store = with_adjoint ? arena.take<Lanes>(p.steps * moments) : nullptr;
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

    void load(const Pattern<N>& pattern, const Cells& cells) {
        const Problem& p = pattern.p;
        const auto copy = [this](Lanes* to, const double* from, int64_t rows) {
            for (int64_t row = 0; row < rows; ++row) to[row] = columns.load(from, row);
        };
        copy(in.B, cells.B, int64_t(p.regimes) * p.B.count);
        copy(in.C, cells.C, p.free_loadings);
        copy(in.D, cells.D, p.D.count);
        copy(in.R, cells.R, p.series);
        clear(in.F, p.regimes * pattern.f_cells());
        clear(in.Q, p.noises * pattern.q_cells());
        clear(in.mean, p.series);
        for (int e = 0; e < p.h_start[p.series]; ++e) in.h[e] = p.h[e].kind == FREE ? in.C[p.h[e].index] : all(1.0);
        for (int64_t k = 0; k < p.regimes; ++k)
            for (int e = 0; e < p.F.count; ++e)
                in.F[k * pattern.f_cells() + pattern.f_cell(e)] = columns.load(cells.F, k * p.F.count + e);
        for (int64_t k = 0; k < p.noises; ++k)
            for (int e = 0; e < p.Q.count; ++e)
                in.Q[k * pattern.q_cells() + pattern.q_cell(e)] = columns.load(cells.Q, k * p.Q.count + e);
        for (int i = 0; i < p.series; ++i)
            for (int e = p.D.start[i]; p.steady[i] && e < p.D.start[i + 1]; ++e)
                in.mean[i] += in.D[e] * p.x[p.D.column[e]];
    }

    void clear_adjoint(const Pattern<N>& pattern) {
        const Problem& p = pattern.p;
        clear(adjoint.F, p.regimes * pattern.f_cells());
        clear(adjoint.Q, p.noises * pattern.q_cells());
        clear(adjoint.B, int64_t(p.regimes) * p.B.count);
        clear(adjoint.C, p.free_loadings);
        clear(adjoint.D, p.D.count);
        clear(adjoint.R, p.series);
        clear(adjoint.mean, p.series);
    }

    // Adjoints of R and of Q's diagonal were gathered doubled.
    void add_adjoint(const Pattern<N>& pattern, const Cells& out) const {
        const Problem& p = pattern.p;
        const auto add = [this](double* to, const Lanes* from, int64_t rows, double factor) {
            for (int64_t row = 0; row < rows; ++row) columns.add(to, row, factor * from[row]);
        };
        for (int64_t k = 0; k < p.regimes; ++k)
            for (int e = 0; e < p.F.count; ++e)
                columns.add(out.F, k * p.F.count + e, adjoint.F[k * pattern.f_cells() + pattern.f_cell(e)]);
        for (int64_t k = 0; k < p.noises; ++k)
            for (int e = 0; e < p.Q.count; ++e)
                columns.add(out.Q, k * p.Q.count + e, adjoint.Q[k * pattern.q_cells() + pattern.q_cell(e)] *
                                                          (p.Q.row[e] == p.Q.column[e] ? 0.5 : 1.0));
        for (int i = 0; i < p.series; ++i)
            for (int e = p.D.start[i]; p.steady[i] && e < p.D.start[i + 1]; ++e)
                adjoint.D[e] += adjoint.mean[i] * p.x[p.D.column[e]];
        add(out.B, adjoint.B, int64_t(p.regimes) * p.B.count, 1.0);
        add(out.C, adjoint.C, p.free_loadings, 1.0);
        add(out.D, adjoint.D, p.D.count, 1.0);
        add(out.R, adjoint.R, p.series, 0.5);
    }

  private:
    static void clear(Lanes* at, int64_t count) {
        for (int64_t k = 0; k < count; ++k) at[k] = Lanes{};
    }
};

} // namespace ssm
