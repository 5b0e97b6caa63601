// The reference problem with its states integrated out: one scalar observation at a time, observed cells only.
data {
  int<lower=1> T;
  int<lower=1> n;
  int<lower=1> m;
  int<lower=1> k;
  matrix[T, m] y; // missing cells hold 0 and are never read
  array[T] int<lower=0, upper=m> seen; // observed cells of each row
  array[T, m] int<lower=0, upper=m> cell; // their columns, then zeros
  matrix[k, T] u;
  int<lower=1> n_off;
  array[n_off, 2] int off_cell;
  int<lower=1> n_b;
  array[n_b, 2] int b_cell;
  int<lower=1> n_lam;
  array[n_lam, 2] int lam_cell;
  real initial_variance;
}
parameters {
  vector<lower=0, upper=1>[n] a;
  vector[n_off] off;
  vector[n_b] b;
  vector<lower=0>[n] q;
  vector[n_lam] lam;
  vector[m] d;
  vector<lower=0>[m] r;
}
model {
  matrix[n, n] A = diag_matrix(a);
  matrix[n, k] B = rep_matrix(0, n, k);
  matrix[n, m] C = rep_matrix(0, n, m); // transposed: one column for each observed variable
  for (i in 1 : n) C[i, i] = 1;
  for (i in 1 : n_off) A[off_cell[i, 1], off_cell[i, 2]] = off[i];
  for (i in 1 : n_b) B[b_cell[i, 1], b_cell[i, 2]] = b[i];
  for (i in 1 : n_lam) C[lam_cell[i, 2], lam_cell[i, 1]] = lam[i];

  target += beta_lpdf(a | 3, 2) + normal_lpdf(off | 0, 0.5) + normal_lpdf(b | 0, 1);
  target += lognormal_lpdf(q | log(0.5), 0.7) + normal_lpdf(lam | 0, 1) + normal_lpdf(d | 0, 1);
  target += lognormal_lpdf(r | log(0.5), 0.7);

  {
    matrix[n, T] input = B * u;
    vector[m] noise = square(r);
    matrix[n, n] Q = diag_matrix(square(q));
    vector[n] mean = rep_vector(0, n);
    matrix[n, n] P = diag_matrix(rep_vector(initial_variance, n));
    int total = sum(seen);
    vector[total] v;
    vector[total] S;
    int at = 0;
    for (t in 1 : T) {
      if (t > 1) {
        mean = A * mean + input[ : , t];
        P = quad_form_sym(P, A') + Q;
      }
      for (j in 1 : seen[t]) {
        int i = cell[t, j];
        vector[n] PC = i <= n ? P[ : , i] : P * C[ : , i];
        real variance = (i <= n ? PC[i] : dot_product(C[ : , i], PC)) + noise[i];
        real innovation = y[t, i] - d[i] - (i <= n ? mean[i] : dot_product(C[ : , i], mean));
        vector[n] K = PC / variance;
        mean += K * innovation;
        P -= K * PC';
        at += 1;
        v[at] = innovation;
        S[at] = variance;
      }
    }
    target += normal_lpdf(v | 0, sqrt(S));
  }
}
