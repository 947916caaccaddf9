//! jobs (to come).
