//! Tables for people: columns as wide as their widest cell.

/// The lines of a table: its head, then each row; numbers stand on the right.
pub(super) fn lines(head: &[&str], rows: Vec<Vec<String>>) -> impl Iterator<Item = String> {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let column = |index: usize| rows.iter().filter_map(move |row: &Vec<String>| row.get(index));
    let width = |index: usize| column(index).chain(&head[index..=index]).map(|cell| cell.chars().count()).max();
    let is_number = |index: usize| column(index).all(|cell| cell.bytes().all(|byte| byte.is_ascii_digit()));
    let layout: Vec<_> = (0..head.len()).map(|index| (width(index).unwrap_or_default(), is_number(index))).collect();
    std::iter::once(head).chain(rows).map(move |row| {
        let cells =
            row.iter().zip(&layout).map(
                |(cell, &(width, is_number))| {
                    if is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
                },
            );
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_numbers_stand_on_the_right() {
        let rows = vec![vec!["1".to_owned(), "a".to_owned()], vec!["12".to_owned(), "long one".to_owned()]];
        let lines: Vec<_> = lines(&["#", "NAME"], rows).collect();
        assert_eq!(lines, [" #  NAME", " 1  a", "12  long one"]);
    }
}
