//! safety (to come).
