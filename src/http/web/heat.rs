//! Heat-map levels by quantile, so that an outlier does not flatten the scale.

/// Returns the level of each count: 0 for zero, otherwise 1 (lowest fifth) to 5 (highest fifth). Equal counts have the
/// same level.
pub(super) fn levels(counts: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let counts: Vec<_> = counts.into_iter().collect();
    let mut nonzero: Vec<_> = counts.iter().copied().filter(|count| *count > 0).collect();
    nonzero.sort_unstable();
    let level = |count: i64| {
        if count <= 0 {
            return 0;
        }
        // The rank is the midpoint of all equal counts.
        let (below, up_to) =
            (nonzero.partition_point(|other| *other < count), nonzero.partition_point(|other| *other <= count));
        let fifth = (below + up_to) * 5 / (2 * nonzero.len());
        1 + u8::try_from(fifth.min(4)).expect("at most 4")
    };
    counts.iter().copied().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_does_not_flatten_the_scale() {
        assert_eq!(levels([0, 1, 2, 3, 4, 1_000_000]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(levels([7, 7, 7]), [3, 3, 3]);
        assert_eq!(levels([5]), [3]);
        assert_eq!(levels([0, 0]), [0, 0]);
        assert!(levels([]).is_empty());
        assert_eq!(levels([1, 1, 1, 1, 9]), [3, 3, 3, 3, 5]);
    }
}
