//! http (to come).
