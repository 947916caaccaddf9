//! Plain-text tables.

/// Lays out a table and returns the lines, starting with the header. Numeric columns are right-aligned.
pub(super) fn lines(header: &[&str], rows: Vec<Vec<String>>) -> impl Iterator<Item = String> {
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let column = |index: usize| rows.iter().filter_map(move |row: &Vec<String>| row.get(index));
    let width = |index: usize| column(index).chain(&header[index..=index]).map(|cell| cell.chars().count()).max();
    let is_number = |index: usize| column(index).all(|cell| cell.bytes().all(|byte| byte.is_ascii_digit()));
    let layout: Vec<_> = (0..header.len()).map(|index| (width(index).unwrap_or_default(), is_number(index))).collect();
    std::iter::once(header).chain(rows).map(move |row| {
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
    fn columns_fit_their_widest_cell_and_numbers_are_aligned_to_the_right() {
        let rows = vec![vec!["1".to_owned(), "a".to_owned()], vec!["12".to_owned(), "long one".to_owned()]];
        let lines: Vec<_> = lines(&["#", "NAME"], rows).collect();
        assert_eq!(lines, [" #  NAME", " 1  a", "12  long one"]);
    }
}
