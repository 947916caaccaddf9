//! Shades by quantile, so that one outlier does not make all others pale.

/// The shades of numbers: 0 for nothing, else 1 (the least fifth) to 5 (the most). Equal numbers have the same shade.
pub(super) fn levels(counts: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let counts: Vec<_> = counts.into_iter().collect();
    let mut some: Vec<_> = counts.iter().copied().filter(|count| *count > 0).collect();
    some.sort_unstable();
    let level = |count: i64| {
        if count <= 0 {
            return 0;
        }
        // In the middle of those that are equal.
        let (less, up_to) =
            (some.partition_point(|other| *other < count), some.partition_point(|other| *other <= count));
        let fifth = (less + up_to) * 5 / (2 * some.len());
        1 + u8::try_from(fifth.min(4)).expect("at most 4")
    };
    counts.iter().copied().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_leaves_the_others_their_shades() {
        assert_eq!(levels([0, 1, 2, 3, 4, 1_000_000]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(levels([7, 7, 7]), [3, 3, 3]);
        assert_eq!(levels([5]), [3]);
        assert_eq!(levels([0, 0]), [0, 0]);
        assert!(levels([]).is_empty());
        assert_eq!(levels([1, 1, 1, 1, 9]), [3, 3, 3, 3, 5]);
    }
}
