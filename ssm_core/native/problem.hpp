// What a model and a record look like to the kernel; mirrored field by field in `records.py`.
#pragma once

#include <cstdint>

namespace ssm {

constexpr int MAX_STATES = 40; // more states than this are refused

enum LoadingKind : int32_t { UNIT = 0, FREE = 1, DATA = 2 };

struct Loading { // one cell of an observation row: 1, a cell of C, or a column of z
    int32_t state, kind, index;
};

struct Sparse { // cells of a matrix, sorted by row; `start` by row; for F also by column
    int32_t count;
    const int32_t *row, *column, *start, *by_column, *column_start;
    const uint8_t* fixed; // cells whose derivative nobody asks for
};

struct Problem {
    int32_t steps, states, series, inputs, regressors, columns, regimes, noises, free_loadings, data_count;
    Sparse F, Q, B, D; // Q: lower or upper triangle, each cell once
    const int32_t* h_start;
    const Loading* h;
    const int32_t* single;            // the state that a series measures with one loading of 1 and nothing else, or -1
    const int32_t* data;              // cells of h that are columns of z
    const uint8_t* measured;          // whether a series measures a state, series by states
    const uint8_t* steady;            // series whose regressors are the same at every step
    const int32_t *seen, *seen_start; // series observed at each step, in order; `seen_start` by step
    const double *u, *x, *z, *y;      // time-major; y is NaN where not observed
    const double* known;               // variance added to R, or null
    const uint8_t* scored;
    const int32_t *regime, *noise; // which F and B, which Q holds at a step
    const double *m0, *P0;
};

struct Cells { // values (or adjoints) of the listed cells, one column per chain
    double *F, *Q, *B, *C, *D, *R;
};

struct Traces { // per step and series, one column per chain; null where not wanted
    const double *y, *stretch;                // observations and factors of R that differ between chains
    double *innovation, *variance, *residual; // y - prediction, its variance, dl/dd
    double* state;                            // smoothed means
};

} // namespace ssm
